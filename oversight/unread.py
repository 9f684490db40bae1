"""What of the sealed books could not be read as facts: kept until a judgement can read it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from oversight import tables as t
from oversight.pure.facts import Gap
from trust.bulk import insert_many
from trust.formats.places import Place

_KEY = ("society", "name", "period")
_COLUMNS = (*_KEY, "why", "places", "since")


@dataclass(frozen=True, slots=True)
class Unread:
    """A fact that is missing because it cannot be read.

    Attributes:
        name, period: of the fact, or id of the measure that cannot be computed from it.
        why: ``unreadable`` or ``too-large``.
        places: the entries, by origin of the log and index; of many the first.
        since: UTC seconds.
    """

    society: str
    name: str
    period: str
    why: str
    places: tuple[tuple[str, int], ...]
    since: int


def write(conn: Connection, society: str, gaps: Sequence[Gap], *, now: int) -> None:
    """Make these gaps the society's; what was known before keeps its time."""
    before = {(one.name, one.period): one.since for one in listed(conn, society)}
    if not before and not gaps:
        return
    conn.execute(delete(t.oversight_unread).where(t.oversight_unread.c.society == society))
    rows = [
        (society, gap.name, gap.period, gap.why, _stored(gap.places),
         before.get((gap.name, gap.period), now))
        for gap in gaps
    ]  # fmt: skip
    insert_many(conn, t.oversight_unread, _COLUMNS, rows)


def listed(conn: Connection, society: str | None = None) -> list[Unread]:
    """What could not be read of a society, or of all, the oldest first."""
    u = t.oversight_unread.c
    query = select(t.oversight_unread).order_by(u.since, u.society, u.name, u.period)
    if society is not None:
        query = query.where(u.society == society)
    return [
        Unread(row.society, row.name, row.period, row.why, _places(row.places), row.since)
        for row in conn.execute(query)
    ]


def count(conn: Connection) -> int:
    """How many facts of all societies cannot be read."""
    return int(conn.execute(select(func.count()).select_from(t.oversight_unread)).scalar_one())


def _stored(places: Sequence[Place]) -> str:
    return json.dumps([{"index": at.index, "origin": at.origin} for at in places])


def _places(stored: list[dict[str, object]]) -> tuple[tuple[str, int], ...]:
    return tuple((str(item["origin"]), int(str(item["index"]))) for item in stored)
