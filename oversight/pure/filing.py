"""When the next file of a society is due, by a dated calendar (`oversight/calendars`).

Only times of sealing decide. A society that never brought a file has nothing to be late with: it
is shown from its first day on.
"""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from oversight.errors import PolicyError
from oversight.pure import periods
from trust.formats.times import IST

_APRIL = 4
_YEAR = 12
_DAY_SECONDS = timedelta(days=1).total_seconds()


@dataclass(frozen=True, slots=True)
class Period:
    """What is asked of societies that bring these formats: a file for every so many months, at
    the latest so many days after their end."""

    formats: frozenset[str]
    months: int
    days: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of files: the periods, and for how long a format counts after its newest file."""

    begins: date
    recent_days: int
    periods: tuple[Period, ...]

    @property
    def formats(self) -> frozenset[str]:
        """Formats that count as a file of the books."""
        return frozenset(name for period in self.periods for name in period.formats)


def parse(text: str) -> Calendar:
    """Reads a calendar.

    Raises:
        PolicyError: it is no calendar: it says where and why.
    """
    try:
        read = tomllib.loads(text)
        head, files = read["calendar"], read["file"]
        made = Calendar(head["from"], head["recent_days"], tuple(map(_period, files)))
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise PolicyError(f"the calendar of files cannot be read: {error}") from error
    if not made.periods or not all(period.formats for period in made.periods):
        raise PolicyError("the calendar of files names no format")
    if any(period.days < 0 or _YEAR % period.months for period in made.periods):
        raise PolicyError("the calendar of files has a period that does not divide a year")
    return made


def _period(table: Mapping[str, Any]) -> Period:
    return Period(frozenset(table["formats"]), table["months"], table["days"])


def in_force(calendars: Sequence[Calendar], today: date) -> Calendar:
    """The newest calendar that has begun, or the first."""
    begun = [one for one in calendars if one.begins <= today]
    return max(begun, key=lambda one: one.begins, default=calendars[0])


def due(calendar: Calendar, brought: Mapping[str, int]) -> date | None:
    """The last day for the next file; None if no file of the books was ever brought.

    Args:
        brought: for each format, when the newest file of it was sealed, UTC seconds.
    """
    counted = {name: at for name, at in brought.items() if name in calendar.formats}
    if not counted:
        return None
    newest = max(counted.values())
    since = newest - calendar.recent_days * _DAY_SECONDS
    recent = [name for name, at in counted.items() if at >= since]
    period = min(_asked(calendar, recent), key=lambda one: (one.months, one.days))
    return _end(india_day(newest), period.months) + timedelta(days=period.days)


def _asked(calendar: Calendar, formats: Collection[str]) -> list[Period]:
    return [one for one in calendar.periods if one.formats.intersection(formats)]


def _end(day: date, months: int) -> date:
    """The last day of the period from April in which a day lies."""
    since_april = (day.month - _APRIL) % _YEAR
    first = periods.add_months(day.replace(day=1), -(since_april % months))
    return periods.add_months(first, months) - timedelta(days=1)


def india_day(seconds: int) -> date:
    """The day in India of a time in UTC seconds."""
    return datetime.fromtimestamp(seconds, IST).date()
