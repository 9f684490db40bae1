"""Book years and dates. A book year runs from 1 April to 31 March and is written ``2025-26``."""

import calendar
import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

Order = Literal["day-first", "month-first"]

PIVOT = 50
"""Two-digit years below it are of this century, the others of the last.

Computers came to village societies in the 1980s, and no loan or meeting of before 1950 stands in a
register. Spreadsheets draw the line at 30 or 50. A date in the future is refused wherever it is
read, so a year from 27 to 49 never passes as one of this century that is still to come.
"""

_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2}|19[0-9]{2})-([0-9]{2})(?![0-9-])")
_BOOK_YEAR = re.compile(r"(20[0-9]{2}|19[0-9]{2}) ?[-/–] ?((?:20|19)?[0-9]{2})")
_TIME = re.compile(
    r"[ T,]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-][0-9:]{4,5})?"
)
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_NUMBERS = re.compile(r"([0-9]{1,2}) ?[-/. ] ?([0-9]{1,2}) ?[-/. ] ?([0-9]{4}|[0-9]{2})")
_TH = r"(?:st|nd|rd|th|-?ാം)?"
_NAME = r"([^\W\d_][^\d\s\-./,']*)"
_NAMED = re.compile(
    rf"([0-9]{{1,2}}){_TH}[\s\-./,]*{_NAME}[\s\-./,']*([0-9]{{4}}|[0-9]{{2}})", re.I
)
_NAME_FIRST = re.compile(rf"{_NAME}[\s\-./]*([0-9]{{1,2}}){_TH}[\s,]+([0-9]{{4}})", re.I)
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
_SERIAL_ZERO = date(1899, 12, 30)
_MONTHS = (
    ("jan", "ജനു"), ("feb", "ഫെബ"), ("mar", "മാർ"), ("apr", "ഏപ്ര"), ("may", "മെയ", "മേയ"),
    ("jun", "ജൂൺ", "ജൂണ"), ("jul", "ജൂല"), ("aug", "ഓഗ", "ആഗ"), ("sep", "സെപ"), ("oct", "ഒക"),
    ("nov", "നവ"), ("dec", "ഡിസ"),
)  # fmt: skip


@lru_cache(maxsize=1024)
def book_year_of(day: str) -> str:
    """The book year in which an ISO date falls."""
    year, month = int(day[:4]), int(day[5:7])
    start = year if month >= 4 else year - 1
    return f"{start}-{(start + 1) % 100:02d}"


def parse_book_year(text: str) -> str | None:
    """A book year (``2025-26``, also ``2025-2026`` and ``2025/26``: the second part is the year
    after) or None."""
    found = _BOOK_YEAR.fullmatch(text.strip())
    if found is None:
        return None
    first = int(found.group(1))
    after = found.group(2)
    if after not in (f"{(first + 1) % 100:02d}", str(first + 1)):
        return None
    return f"{first}-{(first + 1) % 100:02d}"


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


def months_around(first: str, last: str) -> tuple[str, str]:
    """The first and the last day of the calendar months of two ISO days; empty as they are."""
    if not first:
        return first, last
    year, month = int(last[:4]), int(last[5:7])
    return f"{first[:7]}-01", f"{last[:7]}-{calendar.monthrange(year, month)[1]:02d}"


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


def parse_date(text: str, order: Order = "day-first") -> str | None:
    """An ISO date from a date as people and programs write it; None if it is none.

    Args:
        text: ISO, ``yyyymmdd``, ``dd/mm/yyyy`` with other marks between, ``1-Apr-23``, ``3rd April
            2025``, a month in Malayalam; a time behind it does not count.
        order: what stands first in a date of three numbers. Years are those that a book year can
            name.
    """
    text = _TIME.sub("", text.strip(), count=1) if ":" in text else text.strip()
    if found := _YEAR_FIRST.fullmatch(text):
        return _iso(int(found[1]), int(found[3]), int(found[4]))
    if found := _COMPACT.fullmatch(text):
        return _iso(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        day, month = (first, second) if order == "day-first" else (second, first)
        return _iso(_whole(found[3]), month, day)
    if found := _NAMED.fullmatch(text):
        return _iso(_whole(found[3]), _month(found[2]), int(found[1]))
    if found := _NAME_FIRST.fullmatch(text):
        return _iso(_whole(found[3]), _month(found[1]), int(found[2]))
    return None


def parse_serial(text: str) -> str | None:
    """The ISO date of a spreadsheet's day number (45748 is 1 April 2025); None if it is none."""
    found = _SERIAL.fullmatch(text.strip())
    if found is None or int(found[1]) > 73_000:
        return None
    return (_SERIAL_ZERO + timedelta(days=int(found[1]))).isoformat()


def has_order(text: str) -> bool:
    """Whether a text is three numbers of which either may be the day."""
    text = _TIME.sub("", text.strip(), count=1) if ":" in text else text.strip()
    return _NUMBERS.fullmatch(text) is not None


def _whole(year: str) -> int:
    """The year that a text of two or four digits names."""
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) < PIVOT else 1900)


def _month(name: str) -> int:
    """1 to 12 by the first letters of its name in English or Malayalam; 0 if it is none."""
    small = name.casefold()
    for number, starts in enumerate(_MONTHS, 1):
        if small.startswith(starts):
            return number
    return 0


def _iso(year: int, month: int, day: int) -> str | None:
    if not 1901 <= year <= 2099:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
