"""Societies of which no file came in time: read from the times of sealing, not from a judgement.

It needs neither a worker nor a policy, because silence must be seen when nothing runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from sqlalchemy import Connection

from oversight.pure import filing
from oversight.pure.filing import Calendar
from trust.books import queries as books
from trust.people import queries as people


@dataclass(frozen=True, slots=True)
class Silent:
    """A society that is silent.

    Attributes:
        since: when its newest file was sealed, or when it was entered; UTC seconds.
        due: the last day for the next file; None if it never brought one.
    """

    society: str
    since: int
    due: date | None


@cache
def calendars() -> tuple[Calendar, ...]:
    """Every calendar that comes with the platform, by file name; raises PolicyError."""
    folder = resources.files("oversight").joinpath("calendars")
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return tuple(filing.parse(folder.joinpath(n).read_text(encoding="utf-8")) for n in names)


def silent(conn: Connection, *, now: int, society: str | None = None) -> list[Silent]:
    """Societies that never brought a file, and those whose next file is overdue; the longest
    silence first.

    Args:
        society: look at this one alone.
    """
    today = filing.india_day(now)
    calendar = filing.in_force(calendars(), today)
    brought = books.brought(conn, society)
    found = [
        _silent(calendar, slug, added, brought.get(slug, {}), now)
        for slug, added in people.entered(conn, society).items()
    ]
    late = [one for one in found if one is not None and (one.due is None or one.due < today)]
    return sorted(late, key=lambda one: (one.since, one.society))


def _silent(
    calendar: Calendar, slug: str, added: int, brought: Mapping[str, int], now: int
) -> Silent | None:
    # A file that was sealed by a clock that ran ahead puts nothing off.
    known = {name: min(at, now) for name, at in brought.items() if name in calendar.formats}
    return Silent(slug, max(known.values(), default=added), filing.due(calendar, known))
