"""The report of an import for a terminal: what was read, sealed, refused, left out, and why."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trust.books.model import Fault, ImportReport
from trust.people.model import SocietyProfile

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


def print_report(report: ImportReport, society: SocietyProfile, console: Console) -> None:
    """Print an import's report; faults with row and column, identifiers as counts only."""
    name = f"{society.registration_number} {society.name_en}"
    _say(console, f"[bold]{escape(name)}[/]")
    kind = _FORMATS.get(report.format, report.format)
    _say(console, f"{escape(report.filename)} ({kind}, {report.size} bytes)")
    _counts(console, "read", report.read)
    _say(console, f"  {_STATES.get(report.state, escape(report.state))}")
    _counts(console, "entries sealed", report.posted)
    if report.unchanged:
        _say(console, f"  unchanged: {report.unchanged} already in the books")
    _faults(console, "refused", report.refused)
    for question in report.questions:
        answers = "|".join(question.answers) or "…"
        _say(console, f"  asked: {escape(question.message)} (--answer {question.code}={answers})")
    _faults(console, "looks odd", report.odd)
    for skipped in report.skipped:
        what = f"{skipped.count} × {skipped.what}"
        _say(console, f"  left out: {escape(what)} ({escape(skipped.reason)})")
    for duplicate in report.duplicates:
        how = "the same identity" if duplicate.by == "id" else "alike in every figure"
        _say(console, f"  more than once: {duplicate.count} × {how}")
    _counts(console, "cleaned before reading", report.cleaned)
    if report.unmapped:
        listed = ", ".join(report.unmapped[:8])
        more = f" and {len(report.unmapped) - 8} more" if len(report.unmapped) > 8 else ""
        _say(console, f"  on suspense (not in the chart): {escape(listed)}{more}")
    _counts(console, "look like personal identifiers (sealed, never shown)", report.pii)
    for note in report.notes:
        _say(console, f"  note: {escape(note.message)}")
    if report.import_id:
        _say(console, f"  import {report.import_id}, file sha256 {report.sha256}")


def _counts(console: Console, what: str, counts: object) -> None:
    if isinstance(counts, dict) and counts:
        named = sorted(counts.items(), key=lambda item: str(item[0]) not in _FIRST)
        listed = ", ".join(f"{number} {escape(str(name))}" for name, number in named)
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
