"""Instants and dates as text: UTC, whole seconds, one spelling.

An instant is ``2026-11-22T05:00:00Z`` (RFC 3339 with ``Z``), in the program an integer of POSIX
seconds; a day is ``2026-11-22`` (ISO 8601). Years have four digits (0001 to 9999), every value
must exist in the calendar, and leap seconds are not written. There is no clock in this package.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from trust.formats.b64 import shorten
from trust.formats.errors import DateError, FormatError, TimeError

IST = timezone(timedelta(hours=5, minutes=30), "IST")
"""Indian Standard Time: no summer time since 1945, so a fixed offset is exact."""

_DAY = 86_400
_OFFSET = 19_800

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def format_time(moment: datetime | int) -> str:
    """Write an instant given as POSIX seconds or as a datetime with a time zone.

    Raises:
        FormatError: no time zone, a fraction of a second, or outside the years 1 to 9999.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None or moment.microsecond:
            raise FormatError("A time needs its time zone and whole seconds.", code="time")
        utc = moment.astimezone(UTC)
    else:
        try:
            utc = _EPOCH + timedelta(seconds=moment)
        except OverflowError as error:
            raise FormatError("This time is outside the years 1 to 9999.", code="time") from error
    return utc.replace(tzinfo=None).isoformat() + "Z"


def parse_time(text: str) -> int:
    """Read an instant as POSIX seconds.

    Raises:
        FormatError: another spelling, or a time that does not exist.
    """
    try:
        if not _TIME.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
    except ValueError as error:
        raise TimeError(found=shorten(text)) from error
    return (moment - _EPOCH) // timedelta(seconds=1)


def parse_date(text: str) -> date:
    """Read a day.

    Raises:
        FormatError: another spelling, or a day that does not exist.
    """
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise DateError(found=shorten(text)) from error


class Moment(int):
    """An instant in POSIX seconds that is told to people, in Indian time."""

    def __str__(self) -> str:
        """ "22 Nov 2026, 10:30 IST"; months in English, seconds where they are not zero."""
        try:
            told = (_EPOCH + timedelta(seconds=int(self))).astimezone(IST)
        except OverflowError:  # The last hours of the year 9999, or no year of four digits.
            return f"{int(self)} seconds after 1 Jan 1970"
        seconds = f":{told:%S}" if told.second else ""
        return f"{told.day} {told:%b} {told.year:04d}, {told:%H:%M}{seconds} IST"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class Deadline(Moment):
    """An instant before which something must happen; at 00:00 it is told as 24:00 of the day
    before, to which it belongs."""

    def __str__(self) -> str:
        """ "21 Nov 2026, 24:00 IST" for the midnight that begins the 22nd."""
        if not at_midnight(self):
            return super().__str__()
        return str(Moment(self - 60)).replace("23:59", "24:00")


def at_midnight(moment: int) -> bool:
    """Whether a moment in POSIX seconds is 00:00 in Indian time."""
    return (moment + _OFFSET) % _DAY == 0
