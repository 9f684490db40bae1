"""A report for a person: the verdict, what is known, what is wrong, what is not known."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from audit.verify.history import History
from audit.verify.report import EXIT_RIGHT, EXIT_WRONG, Finding, Report
from trust.formats.errors import FormatError
from trust.formats.times import Moment, parse_time

SHOWN = 20
"""Findings of one state that are written out; the rest are counted (`--json` has them all)."""

_MARKS = {"right": "✓", "wrong": "✗", "missing": "✗", "not-checked": "–"}
_WORDS = {"right": "right", "wrong": "WRONG", "missing": "MISSING", "not-checked": "not checked"}
TRIAL = (
    "It is from a TRIAL installation: its clock is not the time of day, and nothing of it is a "
    "society's real book."
)
_UNDECIDED = "the vote could not be counted and decided with what is here; it is listed."


def verdict(found: Report | History) -> str:
    """One sentence that says what the exit code says."""
    reports = found.reports if isinstance(found, History) else [found]
    what = reports[0].what
    if found.exit_code == EXIT_RIGHT:
        partly = any(report.findings("not-checked") for report in reports)
        more = " Some things could not be checked here; they are listed." if partly else ""
        if any(report.findings("note") for report in reports):
            more += " There are notes that a reader should know."
        if any(report.trial for report in reports):
            more += f" {TRIAL}"
        return f"Everything that could be checked in {what} is right.{more}"
    if found.exit_code == EXIT_WRONG:
        return f"Something is wrong with {what}. Do not rely on it."
    if _only_undecided(reports):
        return f"{what[0].upper()}{what[1:]} is not verified: {_UNDECIDED}"
    return f"It was not possible to verify {what}: something is missing or unreadable."


def _only_undecided(reports: Sequence[Report]) -> bool:
    """Whether nothing is missing, and yet not all of a vote was counted and decided."""
    checks = [check for report in reports for check in report.checks.values()]
    return any(one.undecided for one in checks) and not any(
        not one.reached or one.state == "missing" for one in checks
    )


def show(report: Report, console: Console, *, quiet: bool = False) -> None:
    """Write the report; `quiet` leaves out what is right."""
    console.print(Text(verdict(report), style="bold"), soft_wrap=True)
    _body(report, console, quiet=quiet)


def show_history(found: History, console: Console, *, quiet: bool = False) -> None:
    """Write the verdict on several logs, then what lies between them, then each log."""
    console.print(Text(verdict(found), style="bold"), soft_wrap=True)
    if found.seams is not None:
        _body(found.seams, console, quiet=quiet)
    for part in found.parts:
        if quiet and part.report.exit_code == EXIT_RIGHT:
            continue
        console.print()
        origin = part.report.facts.get("log")
        named = f"{origin} ({part.name})" if origin and origin != part.name else part.name
        console.print(Text(f"── {named}", style="bold"), soft_wrap=True)
        console.print(Text(verdict(part.report)), soft_wrap=True)
        _body(part.report, console, quiet=quiet)


def _body(report: Report, console: Console, *, quiet: bool) -> None:
    if not quiet:
        _facts(report, console)
        _checks(report, console)
    _paragraphs(console, "What is wrong", report.findings("wrong"))
    _paragraphs(console, "What is missing", report.findings("missing"))
    _paragraphs(console, "Notes", report.findings("note"))
    if not quiet:
        _paragraphs(console, "What was not checked", report.findings("not-checked"))
        _unreached(report, console)


def _facts(report: Report, console: Console) -> None:
    if report.facts:
        console.print()
    for name, value in report.facts.items():
        console.print(Text(f"  {name:>12}  {_in_india(value)}"), soft_wrap=True)


def _in_india(value: str) -> str:
    """A time of a record as a person reads it; anything else as it is."""
    try:
        return str(Moment(parse_time(value)))
    except FormatError:
        return value


def _checks(report: Report, console: Console) -> None:
    console.print()
    for check in report.checks.values():
        if not check.reached:
            continue
        none = check.state == "right" and check.right == 0
        count = " (none here)" if none else f" ({check.right})" if check.right > 1 else ""
        line = f"  {_MARKS[check.state]} {_WORDS[check.state]:<11} {check.sentence}{count}"
        console.print(Text(line), soft_wrap=True)


def _paragraphs(console: Console, title: str, found: list[Finding]) -> None:
    if not found:
        return
    console.print()
    console.print(Text(f"{title}:", style="bold"))
    for finding in found[:SHOWN]:
        where = f"[{finding.entry}] " if finding.entry is not None else ""
        shown = "" if where and where.strip("[] ") in finding.text else where
        console.print(Text(f"  • {shown}{finding.text}"), soft_wrap=True)
    if len(found) > SHOWN:
        console.print(Text(f"  … and {len(found) - SHOWN} more; --json lists them."))


def _unreached(report: Report, console: Console) -> None:
    left = [check.sentence for check in report.checks.values() if not check.reached]
    if left:
        console.print()
        console.print(Text("Not reached, because of what is said above:", style="bold"))
        for sentence in left:
            console.print(Text(f"  – {sentence}"), soft_wrap=True)
