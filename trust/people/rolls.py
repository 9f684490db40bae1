"""Rolls that are drawn: what happens to a key meanwhile is told in the meeting's log too.

The order of a ballot and of the stop of a key decides whether the ballot counts, and order across
two logs is never told by seconds (docs/adr/0009). So while a roll is drawn, each binding, re-issue
and stop of a member's or officer's key is appended in one transaction to the society's book log and
as a `roll-change` without a name, to the log of each such meeting.

Locks are taken in this order: meeting row (by whoever draws or closes), book log, rows of
`drawn_roll`, meeting logs by name.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select

from trust.formats import b64
from trust.formats.canon import Json
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry, Position, Sequenced
from trust.log.positions import position
from trust.log.projections import ReadTable, Subject
from trust.people import tables as t
from trust.people.register import open_book

Holder = Literal["member", "secretary", "president"]
Change = Literal["bind", "reissue", "stop"]


@dataclass(frozen=True, slots=True)
class Book:
    """A society's book log, locked, and the logs of the meetings whose rolls are drawn.

    `at` is now in UTC seconds, or the log's last time where the clock went back behind it.
    """

    origin: str
    at: int
    drawn: tuple[str, ...]


def _of_meeting(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.origin.in_([info.origin for info in subject.logs])


DRAWN_ROLL = ReadTable(t.drawn_roll, of=_of_meeting)
"""A meeting's own log decides whether its roll is drawn: voting projects it."""


def roll_drawn(conn: Connection, society: str, origin: str) -> None:
    """From now on changes of keys of the society are told in that meeting's log, too.

    Called in the transaction that seals the roll, after `book_position`; a second time changes
    nothing. `origin` is the origin of the meeting's log.
    """
    table = t.drawn_roll
    if conn.execute(select(table.c.origin).where(table.c.origin == origin)).first() is None:
        conn.execute(insert(table).values(origin=origin, society=society))


def roll_closed(conn: Connection, origin: str) -> None:
    """The meeting of that log was closed or given up: changes of keys no longer matter to it."""
    conn.execute(delete(t.drawn_roll).where(t.drawn_roll.c.origin == origin))


def book_position(conn: Connection, society: str, *, now: int) -> Position:
    """Origin, size and root of all that is sequenced in the society's book log at this moment.

    Opens the log of the year if it is time, and keeps others from appending until the transaction
    ends: what is bound or stopped afterwards stands behind this position. Whoever draws a roll or
    closes a meeting takes the meeting's row first and this before the meeting's log.
    """
    return position(conn, open_book(conn, society, now=now))


def lock_book(conn: Connection, society: str, *, now: int) -> Book:
    """Take the book log, then the drawn rolls; first thing in every verb that changes a key.

    The log of a meeting that was given up after a disaster takes no entry and is left out.
    """
    origin = open_book(conn, society, now=now)
    logs.lock(conn, origin)
    table = t.drawn_roll
    query = select(table.c.origin).where(table.c.society == society).order_by(table.c.origin)
    drawn = conn.execute(query.with_for_update()).scalars()
    at = max(now, log_queries.last_time(conn, origin))
    return Book(origin, at, tuple(o for o in drawn if not log_queries.abandoned(conn, o)))


def tell(
    conn: Connection, book: Book, sealed: Sequenced, key: bytes, holder: Holder, action: Change
) -> None:
    """Append what the book log holds as `sealed` to the log of each meeting with a drawn roll."""
    for origin in book.drawn:
        record: dict[str, Json] = {
            "kind": "roll-change",
            "v": 1,
            "meeting": origin,
            "key": b64.encode(key),
            "holder": holder,
            "action": action,
        }
        told = NewEntry("roll-change", record, f"roll-change {sealed.origin} {sealed.index}")
        logs.append(conn, origin, [told], now=sealed.time)
