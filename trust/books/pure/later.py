"""Findings out of what was sealed after a sheet's figures were taken, and before it was opened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trust.books.model import Posting
from trust.books.pure import statements, years
from trust.books.pure.booked import Moved
from trust.books.pure.findinglist import Names, Record, in_order
from trust.books.pure.findings import Colour, Finding, Paise, Place, day_of
from trust.books.pure.mapping import StatementMapping

_DEBIT = frozenset({"assets", "expenditure", "debit"})


@dataclass(frozen=True, slots=True)
class After:
    """What was sealed after the figures of a sheet were taken.

    Attributes:
        moved: what came into the sheet's own year and what was withdrawn from it.
        closed: vouchers that cannot be opened here, whose year is therefore not known.
        reasons: what the society said of later entries: time (UTC seconds) and words.
        refiled: time at which another sheet of the year was filed; None while this one stands.
        unposted: imports of the sheet's year that never ended, opened before its figures were
            taken, and since.
        erased: vouchers sealed before the figures were taken whose contents are gone.
    """

    moved: Moved
    closed: int = 0
    reasons: Sequence[tuple[int, str]] = ()
    refiled: int | None = None
    unposted: tuple[int, int] = (0, 0)
    erased: int = 0


def after(record: Record, since: After, names: Names) -> list[Finding]:
    """What came after the figures of a sheet were taken."""
    year = str(record["book_year"])
    found = [*_replaced(year, since), *_late(year, since), *_withdrawn(year, since)]
    found += _lines(record, since, names, found[-1].colour if found else "green")
    if since.closed:
        found.append(Finding("late-closed", "green", {"year": year, "count": since.closed}))
    found += _uncounted(year, since)
    return found + [
        Finding("late-reason", "green", {"year": year, "day": day_of(time), "reason": words})
        for time, words in since.reasons
    ]


def _uncounted(year: str, since: After) -> list[Finding]:
    """Imports that never ended, and contents that are gone: no sheet can count them (again)."""
    before, after_it = since.unposted
    found: list[Finding] = []
    if before + after_it:
        tone: Colour = "red" if before else "green"
        found.append(Finding("unposted", tone, {"year": year, "count": before + after_it}))
    if since.erased:
        found.append(Finding("erased", "amber", {"year": year, "count": since.erased}))
    return found


def _replaced(year: str, since: After) -> list[Finding]:
    if since.refiled is None:
        return []
    return [Finding("replaced", "amber", {"year": year, "day": day_of(since.refiled)})]


def _late(year: str, since: After) -> list[Finding]:
    """Later entries: how many, when, and whether each names what it corrects."""
    entries = since.moved.entries
    if not entries:
        return []
    code, tone = late_tone(since.moved, since.refiled)
    times = [item.time for item in entries]
    places: dict[str, Place] = {
        "year": year,
        "count": len(times),
        "unnamed": since.moved.unnamed,
        "first": day_of(min(times)),
        "last": day_of(max(times)),
    }
    return [Finding(code, tone, places)]


def _withdrawn(year: str, since: After) -> list[Finding]:
    gone = since.moved.withdrawn
    if not gone:
        return []
    tone: Colour = "red" if since.refiled is None else "amber"
    last = day_of(max(item.time for item in gone))
    return [Finding("withdrawn", tone, {"year": year, "count": len(gone), "last": last})]


def _lines(record: Record, since: After, names: Names, tone: Colour) -> list[Finding]:
    """What later entries and withdrawals move, line by line, with both figures."""
    year, filed = str(record["book_year"]), statements.filed_amounts(record)
    held: dict[str, Place] = {"year": year}
    return [
        Finding(
            "late-moves",
            tone,
            held | {"filed": Paise(filed.get(line, 0)), "now": Paise(paise)} | names.places(line),
        )
        for line, paise in moved_lines(filed, since.moved, names.mapping).items()
    ]


def late_tone(moved: Moved, refiled: int | None) -> tuple[str, Colour]:
    """Code and colour of later entries: explained where each names what it corrects, or where the
    sheet was filed again."""
    if refiled is not None:
        return "late-refiled", "amber"
    return ("late-unnamed", "red") if moved.unnamed else ("late-named", "amber")


def replaces(record: Record, filed: int) -> Finding:
    """The sheet was filed again: it stands in place of one of that time (UTC seconds)."""
    year = str(record["book_year"])
    return Finding("replaces", "amber", {"year": year, "day": day_of(filed)})


def before_changed(
    record: Record, earlier: Record, now: Mapping[str, int], names: Names
) -> list[Finding]:
    """Lines on which the books of the year before, from which a sheet opens, are no longer those
    of the sheet filed for it. `now`: what those books give on the lines that moved."""
    year, filed = str(record["book_year"]), statements.filed_amounts(earlier)
    held: dict[str, Place] = {"year": year, "before": str(earlier["book_year"])}
    return [
        Finding(
            "before-changed",
            "red",
            held | {"filed": Paise(filed.get(line, 0)), "now": Paise(paise)} | names.places(line),
        )
        for line, paise in now.items()
    ]


def before_late(record: Record, moved: Moved, refiled: int | None) -> list[Finding]:
    """What came into the year before after the figures of this sheet were taken.

    `refiled`: when the year before was filed again since; None if it was not.
    """
    count = len(moved.entries) + len(moved.withdrawn)
    if not count:
        return []
    year = str(record["book_year"])
    places: dict[str, Place] = {"year": year, "before": years.year_before(year), "count": count}
    tone = late_tone(moved, refiled)[1]
    if moved.withdrawn and refiled is None:
        tone = "red"
    return [Finding("before-late", tone, places)]


def moved_lines(
    filed: Mapping[str, int], moved: Moved, mapping: StatementMapping
) -> dict[str, int]:
    """The lines of a filed sheet that entries and withdrawals move, with the new amounts.

    Accumulated result and the year's profit stand as one figure on either side of the form; entries
    of income and expenditure move it too. Accounts outside the chart move no line.
    """
    amounts = dict(filed)
    result = 0
    for posting in _postings(moved):
        account = mapping.accounts.get(posting.account)
        if account is None:
            continue
        line = mapping.line[account.line]
        if line.role == "carried" or line.statement != "BS":
            result -= posting.paise
        if line.role != "carried":
            paise = posting.paise if line.side in _DEBIT else -posting.paise
            amounts[line.id] = amounts.get(line.id, 0) + paise
    _carry(amounts, result, mapping)
    lines = in_order(amounts, mapping)
    return {line: amounts[line] for line in lines if amounts[line] != filed.get(line, 0)}


def _postings(moved: Moved) -> Iterable[Posting]:
    for item in moved.entries:
        yield from item.voucher.lines
    for item in moved.withdrawn:
        yield from (Posting(line.account, -line.paise) for line in item.voucher.lines)


def _carry(amounts: dict[str, int], result: int, mapping: StatementMapping) -> None:
    """Add a result to the one figure that stands under profit or, as a loss, under the assets."""
    ids = {line.carries: line.id for line in mapping.lines if line.role == "carried"}
    standing = amounts.get(ids["profit"], 0) - amounts.get(ids["loss"], 0) + result
    amounts[ids["profit"]], amounts[ids["loss"]] = max(standing, 0), max(-standing, 0)
