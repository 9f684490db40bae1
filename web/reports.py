"""The report of an import: for a terminal as text in the order one reads it, and as JSON."""

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trust.books.model import Fault, ImportReport, Question
from trust.books.pure.money import format_paise
from trust.people.model import SocietyProfile
from web.negotiate import Json, plain

MAX_FAULTS = 40
_FIRST = ("vouchers", "voucher", "loans", "dates", "rows")
_STATES = {
    "posted": "[bold green]✓ sealed[/]",
    "unchanged": "[bold green]✓ changes nothing[/]: everything in this file stands in the books",
    "asked": "[bold yellow]? asked[/]: nothing was sealed; answer the questions below",
    "preview": "[bold]preview[/]: nothing was sealed",
    "refused": "[bold red]✗ refused[/]: nothing was written",
    "void": "[bold red]✗ void[/]: none of its entries counts",
    "lost": "[bold red]✗ lost[/]: its contents went with the database; import the file again",
    "open": "[bold yellow]… not finished yet[/]: it goes on when the import or server is started",
}
_FORMATS = {
    "trial-balance": "trial balance",
    "tally-xml": "Tally XML",
    "tally-daybook": "Tally day book",
    "general-ledger": "general ledger",
    "loan-register": "loan register",
    "governance-dates": "dates of meetings, audits and elections",
    "unknown": "unknown kind of file",
}


def as_json(report: ImportReport) -> dict[str, Json]:
    """The report for programs: its own members and `kind`, which is what the file is."""
    told = plain(report)
    assert isinstance(told, Mapping), "a report is a record"
    return {**told, "kind": report.format}


def print_report(report: ImportReport, society: SocietyProfile, console: Console) -> None:
    """Print an import's report; faults with row and column, identifiers as counts only."""
    _what(report, society, console)
    _amounts(report, console)
    _asked(console, report.questions)
    _faults(console, "refused", report.refused)
    _faults(console, "looks odd", report.odd)
    _left_out(report, console)
    for note in report.notes:
        _say(console, f"  note: {escape(note.message)}")
    if report.import_id:
        _say(console, f"  import {report.import_id}, file sha256 {report.sha256}")


def _what(report: ImportReport, society: SocietyProfile, console: Console) -> None:
    """What the file is, whose, and what became of it."""
    _say(console, f"[bold]{escape(f'{society.registration_number} {society.name_en}')}[/]")
    kind = _FORMATS.get(report.format, report.format)
    _say(console, f"{escape(report.filename)} ({escape(kind)}, {report.size} bytes)")
    if report.company:
        _say(console, f"  company in the file: {escape(report.company)}")
    _say(console, f"  {_STATES.get(report.state, escape(report.state))}")
    _counts(console, "read", report.read)


def _amounts(report: ImportReport, console: Console) -> None:
    """Years, days, sums and entries: of what was sealed, or would be."""
    if report.book_years:
        _say(console, f"  book years: {', '.join(report.book_years)}")
    if report.first:
        days = report.first if report.first == report.last else f"{report.first} to {report.last}"
        _say(console, f"  days: {days}")
    if report.vouchers:
        sums = f"debit {format_paise(report.debit)}, credit {format_paise(report.credit)}"
        _say(console, f"  {report.vouchers} vouchers: {sums}")
    sealed = "would be sealed" if report.state == "preview" else "entries sealed"
    _counts(console, sealed, report.posted)
    if report.unchanged:
        _say(console, f"  unchanged: {report.unchanged} already in the books")
    if report.unmapped:
        listed = ", ".join(report.unmapped[:8])
        more = f" and {len(report.unmapped) - 8} more" if len(report.unmapped) > 8 else ""
        _say(console, f"  on suspense (not in the chart): {escape(listed)}{more}")


def _asked(console: Console, questions: Iterable[Question]) -> None:
    """Each question with the exact words that answer it."""
    for number, question in enumerate(questions, 1):
        where = "" if question.row is None else f"row {question.row}: "
        _say(console, f"  question {number}: {escape(where + question.message)}")
        words = question.answers or ("…",)
        ways = " or ".join(f"--answer {question.code}={answer}" for answer in words)
        _say(console, f"    answer with {escape(ways)}")


def _left_out(report: ImportReport, console: Console) -> None:
    for skipped in report.skipped:
        what = f"{skipped.count} × {skipped.what}"
        _say(console, f"  left out: {escape(what)} ({escape(skipped.reason)})")
    for duplicate in report.duplicates:
        how = "the same identity" if duplicate.by == "id" else "alike in every figure"
        _say(console, f"  more than once: {duplicate.count} × {how}")
    _counts(console, "cleaned before reading", report.cleaned)
    _counts(console, "look like personal identifiers (sealed, never shown)", report.pii)


def _counts(console: Console, what: str, counts: Mapping[str, int]) -> None:
    if counts:
        named = sorted(counts.items(), key=lambda item: item[0] not in _FIRST)
        listed = ", ".join(f"{number} {escape(name)}" for name, number in named)
        _say(console, f"  {what}: {listed}")


def _faults(console: Console, what: str, faults: Iterable[Fault]) -> None:
    listed = list(faults)
    if not listed:
        return
    _say(console, f"  {what}: {len(listed)}")
    table = Table("row", "column", "why", box=None, padding=(0, 2, 0, 0))
    for fault in listed[:MAX_FAULTS]:
        row = "whole file" if fault.row is None else str(fault.row)
        table.add_row(row, escape(fault.column), escape(fault.message))
    console.print(table, highlight=False)
    if len(listed) > MAX_FAULTS:
        _say(console, f"  … and {len(listed) - MAX_FAULTS} more (--json lists all)")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
