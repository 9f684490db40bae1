"""Calendar of the co-operative year: book years, their quarters, months.

A book year runs from 1 April to 31 March (the co-operative year of the Kerala Act; an
``accounting-date`` record may end it earlier). Periods are texts that sort in time:
``2026-27`` a book year, ``2026-27 Q1`` its first quarter (April to June), ``2026-06`` a month.
"""

import re
from datetime import UTC, date, datetime

from trust.formats.times import IST

_FIRST_MONTH = 4
_QUARTER = re.compile(r"(\d{4})-(\d{2}) Q([1-4])")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_YEAR = re.compile(r"\d{4}-\d{2}")


def day(text: str) -> date:
    """Reads ``yyyy-mm-dd``.

    Raises:
        ValueError: the text is not a date.
    """
    return date.fromisoformat(text)


def day_of_instant(seconds: int) -> date:
    """The UTC day of a time in seconds."""
    return datetime.fromtimestamp(seconds, UTC).date()


def book_year_of(on: date) -> str:
    """The book year a day falls in, as ``2026-27``."""
    first = on.year if on.month >= _FIRST_MONTH else on.year - 1
    return f"{first}-{(first + 1) % 100:02d}"


def month_of(on: date) -> str:
    """The month of a day, as ``2026-06``."""
    return f"{on.year}-{on.month:02d}"


def first_day(period: str) -> str:
    """The first day of a book year, quarter or month, as ``yyyy-mm-dd``; empty if it is none."""
    if _QUARTER.fullmatch(period):
        first, number = _quarter_parts(period)
        return add_months(date(first, _FIRST_MONTH, 1), (number - 1) * 3).isoformat()
    if _MONTH.fullmatch(period):
        return f"{period}-01"
    return f"{period[:4]}-{_FIRST_MONTH:02d}-01" if _YEAR.fullmatch(period) else ""


def year_end(book_year: str) -> date:
    """Last day of a book year, unless its own accounting date says another."""
    first = int(book_year.split("-")[0])
    return date.fromordinal(date(first + 1, _FIRST_MONTH, 1).toordinal() - 1)


def year_after(book_year: str) -> str:
    """The book year that follows."""
    return book_year_of(date.fromordinal(year_end(book_year).toordinal() + 1))


def india_day(seconds: int) -> str:
    """The day in India of a time in seconds, as ``yyyy-mm-dd``: days in books are India's."""
    return datetime.fromtimestamp(seconds, IST).date().isoformat()


def quarter_year_before(quarter: str) -> str:
    """The same quarter of the year before.

    Raises:
        ValueError: the text is not a quarter.
    """
    first, number = _quarter_parts(quarter)
    return f"{first - 1}-{first % 100:02d} Q{number}"


def quarter_end(quarter: str) -> date:
    """Last day of a quarter."""
    first, number = _quarter_parts(quarter)
    after = add_months(date(first, _FIRST_MONTH, 1), number * 3)
    return date.fromordinal(after.toordinal() - 1)


def add_months(on: date, months: int) -> date:
    """The same day of the month ``months`` later, or that month's last day if it is shorter.

    The last day of a month stays the last day: six months after 31 March is 30 September.
    """
    index = on.year * 12 + on.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(on.day, _month_length(year, month + 1)))


def _month_length(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - date(year, month, 1)).days


def _quarter_parts(quarter: str) -> tuple[int, int]:
    match = _QUARTER.fullmatch(quarter)
    if match is None:
        raise ValueError(f"{quarter!r} is not a quarter such as 2026-27 Q1")
    return int(match[1]), int(match[3])
