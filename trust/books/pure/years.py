"""Book years and dates. A book year runs from 1 April to 31 March and is written ``2025-26``."""

import re
from datetime import date
from functools import lru_cache

_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2}|19[0-9]{2})-([0-9]{2})(?![0-9-])")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_INDIAN = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_NAMED = re.compile(r"([0-9]{1,2})[ -]([A-Za-z]{3,9})[ ,-]*([0-9]{2}|[0-9]{4})")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@lru_cache(maxsize=1024)
def book_year_of(day: str) -> str:
    """The book year in which an ISO date falls."""
    year, month = int(day[:4]), int(day[5:7])
    start = year if month >= 4 else year - 1
    return f"{start}-{(start + 1) % 100:02d}"


def parse_book_year(text: str) -> str | None:
    """A well-formed book year (``2025-26``: the second part is the year after) or None."""
    found = _YEAR.fullmatch(text.strip())
    if found is None or (int(found.group(1)) + 1) % 100 != int(found.group(2)):
        return None
    return found.group(0)


def find_book_year(text: str) -> str | None:
    """The one book year that is named somewhere in a text such as a file name; None if not one."""
    years = {parse_book_year(found.group(0)) for found in _YEAR.finditer(text)} - {None}
    return years.pop() if len(years) == 1 else None


def first_day(book_year: str) -> str:
    """1 April of its first calendar year."""
    return f"{book_year[:4]}-04-01"


def last_day(book_year: str) -> str:
    """31 March of its second calendar year."""
    return f"{int(book_year[:4]) + 1}-03-31"


def year_before(book_year: str) -> str:
    """The book year before."""
    return _shift(book_year, -1)


def year_after(book_year: str) -> str:
    """The book year after."""
    return _shift(book_year, 1)


def _shift(book_year: str, by: int) -> str:
    start = int(book_year[:4]) + by
    return f"{start}-{(start + 1) % 100:02d}"


def quarter_of(day: str) -> str:
    """The quarter of the book year: ``2025-26 Q1`` is April to June 2025."""
    return f"{book_year_of(day)} Q{(int(day[5:7]) - 4) % 12 // 3 + 1}"


def parse_date(text: str) -> str | None:
    """An ISO date from ISO, ``yyyymmdd``, ``dd/mm/yyyy`` or ``1-Apr-23``; None if it is no date.

    Day before month, always: these are Indian books. Years are those that a book year can name.
    """
    text = text.strip()
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _INDIAN.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
    elif (found := _NAMED.fullmatch(text)) and found.group(2)[:3].lower() in _MONTHS:
        day, year = int(found.group(1)), int(found.group(3))
        month = _MONTHS.index(found.group(2)[:3].lower()) + 1
        year += 2000 if year < 100 else 0
    else:
        return None
    if not 1901 <= year <= 2099:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
