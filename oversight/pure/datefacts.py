"""Facts of dates: when accounts were closed, when meetings were held, and dates that cannot be.

What an officer types clears nothing by its date alone. A meeting sealed before its own day was not
held. A meeting counts for one year. Of two accounting dates of a year the earlier stands, and none
is later than the year's last day. A year that ended without an accounting date ended on that day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from oversight.pure import periods
from oversight.pure.facts import NO_PERIOD, Fact, Gap, comes_later, of_rows
from trust.formats.places import Place

Read = tuple[list[Fact], list[Gap]]

_END, _MEETING = "accounting-date", "general-meeting"
_UNTOLD_YEARS = 4
"""Of how many years back an end that nobody told is supplied."""


@dataclass(frozen=True, slots=True)
class DateRow:
    """A meeting held, or the accounting date of a book year."""

    event: str
    on: str
    book_year: str
    sealed: Place


@dataclass(frozen=True, slots=True)
class Dated:
    """Something in the books that bears a day, and where it was sealed."""

    on: str
    sealed: Place


def is_ahead(on: str, sealed: Place, today: date) -> bool:
    """Whether a day was to come when something of it was sealed, or is (a clock ran ahead)."""
    return on > periods.india_day(sealed.time) or comes_later(on, today)


def meeting_facts(rows: Sequence[DateRow], today: date) -> Read:
    """Each book year's accounting date, and the general meeting that considered its accounts.

    Some registers give a meeting the year whose accounts it took, others the year it was held in.
    A meeting counts for the year it names if that one had ended by then, otherwise for the one
    that had ended last.
    """
    past = [row for row in rows if not is_ahead(row.on, row.sealed, today)]
    ends = _year_ends(past, today)
    if not ends:
        return [], [Gap(_END, NO_PERIOD, "no-accounting-date")]
    held = _meetings(past, ends)
    joined = min(row.sealed.time for row in past)
    facts: list[Fact] = []
    for year, end in sorted(ends.items()):
        facts.append(_day_fact(_END, year, end))
        if year in held:
            facts.append(_day_fact(_MEETING, year, held[year]))
            facts.append(_recorded(year, held[year], joined))
    return facts, []


def _year_ends(past: Sequence[DateRow], today: date) -> dict[str, DateRow]:
    """The end of each year: the earliest that is told, and the last day of each of the last years
    that is over and whose end nobody told, once some end was told."""
    ends: dict[str, DateRow] = {}
    for row in sorted(past, key=lambda row: (row.on, row.sealed), reverse=True):
        if row.event == _END:
            last = periods.year_end(row.book_year).isoformat()
            ends[row.book_year] = replace(row, on=min(row.on, last))
    if not ends:
        return ends
    said = ends[min(ends)]
    first = periods.book_year_of(periods.add_months(today, -12 * _UNTOLD_YEARS))
    year = max(first, said.book_year)
    while (end := periods.year_end(year)) < today:
        ends.setdefault(year, DateRow(_END, end.isoformat(), year, said.sealed))
        year = periods.year_after(year)
    return ends


def _meetings(past: Sequence[DateRow], ends: Mapping[str, DateRow]) -> dict[str, DateRow]:
    """The first meeting of each year that considered its accounts."""
    held: dict[str, DateRow] = {}
    for row in sorted(past, key=lambda row: (row.on, row.sealed)):
        ended = [year for year, end in sorted(ends.items()) if end.on < row.on]
        if row.event == _MEETING and ended:
            year = row.book_year if row.book_year in ended else ended[-1]
            held.setdefault(year, row)
    return held


def _recorded(year: str, row: DateRow, joined: int) -> Fact:
    """How many days after the meeting it was sealed; what was before the society's first date was
    sealed does not count."""
    since = max(row.on, periods.india_day(joined))
    days = _ordinal(periods.india_day(row.sealed.time)) - _ordinal(since)
    return of_rows("meeting-recorded", year, max(0, days), [row], row.on)


def ahead_facts(rows: Sequence[Dated], today: date) -> Read:
    """Entries of days that were to come, by the book year in which they were sealed.

    Args:
        rows: everything in the books that bears a day.
    """
    by_year: dict[str, list[Dated]] = defaultdict(list)
    for row in rows:
        sealed = periods.day(periods.india_day(row.sealed.time))
        by_year[periods.book_year_of(sealed)].append(row)
    return [_ahead_fact(year, found, today) for year, found in sorted(by_year.items())], []


def _ahead_fact(year: str, found: Sequence[Dated], today: date) -> Fact:
    ahead = [row for row in found if is_ahead(row.on, row.sealed, today)]
    behind = ahead or found
    furthest = max((row.on for row in ahead), default="")
    as_of = max(periods.india_day(row.sealed.time) for row in behind)
    entries = {row.sealed for row in ahead}
    return of_rows("dated-ahead", year, len(entries), behind, as_of, furthest=furthest)


def _day_fact(name: str, year: str, row: DateRow) -> Fact:
    return of_rows(name, year, _ordinal(row.on), [row], row.on)


def _ordinal(day: str) -> int:
    return periods.day(day).toordinal()
