"""Days and moments that people type: one way to read them, on pages and in the API.

A moment without an offset is Indian time, as a browser's field gives it; an offset is honoured.
Years outside `YEARS` are refused: 0001 and 9999 are slips of the pen, and no society is older.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from trust.formats.b64 import shorten
from trust.formats.errors import FormatError
from trust.formats.times import IST, parse_date
from web import staff
from web.errors import DayError, MomentError

YEARS: Final = (1900, 2099)
"""First and last year that a field takes; the oldest societies are of 1905."""

_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:00)?(?P<offset>Z|[+-]\d{2}:?\d{2})?", re.ASCII
)


def day(fields: Mapping[str, Any] | Any, name: str) -> date:
    """The day in a field of a form.

    Raises:
        DayError: it is empty, no day of the calendar, or outside `YEARS`.
    """
    typed = staff.text(fields, name, 40)
    try:
        found = parse_date(typed)
    except FormatError:
        raise _no_day(name, typed) from None
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise _no_day(name, typed)
    return found


def moment(fields: Mapping[str, Any] | Any, name: str) -> int:
    """The UTC seconds of a moment in a field of a form, whole minutes.

    Raises:
        MomentError: it is empty, no moment of the calendar, or outside `YEARS`.
    """
    typed = staff.text(fields, name, 40)
    try:
        if not _MOMENT.fullmatch(typed):
            raise ValueError
        found = datetime.fromisoformat(typed)
    except ValueError:
        raise _no_moment(name, typed) from None
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise _no_moment(name, typed)
    return int((found if found.tzinfo is not None else found.replace(tzinfo=IST)).timestamp())


def _no_day(name: str, typed: str) -> DayError:
    return DayError(name, first=YEARS[0], last=YEARS[1], found=shorten(typed))


def _no_moment(name: str, typed: str) -> MomentError:
    return MomentError(name, first=YEARS[0], last=YEARS[1], found=shorten(typed))
