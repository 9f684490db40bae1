"""Outbox and live events: how anything leaves a transaction.

A verb that changes something writes an outbox row in the same transaction. A dispatcher hands
rows to Celery; a lost broker loses nothing, because a row not yet done is handed over again. The
live-event table is what every web process follows by id for server-sent events, so that no page
rests on a queue inside one process.

Events: `log` (key: origin; publish it) and `society` (key: slug; its facts changed, evaluate it).
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from trust.bulk import Statement
from trust.database import metadata

_LIVE_LOCK = 0x5A4B5348
_Id = BigInteger().with_variant(Integer, "sqlite")

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("event", String(20), nullable=False),
    Column("key", String(200), nullable=False),
    Column("payload", Text, nullable=False),
    Column("handed_at", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("emitted_at", BigInteger),
    sqlite_autoincrement=True,
)
Index("ix_outbox_handed", outbox.c.handed_at)

_EMIT = Statement(
    "INSERT INTO outbox (event, key, payload, attempts, emitted_at)"
    " VALUES (:event, :key, :payload, 0, :now)"
)

live_event = Table(
    "live_event",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("topic", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Pending:
    """One piece of work: all outbox rows of an event and key up to an id."""

    event: str
    key: str
    upto: int


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One line for open pages; ids only grow."""

    id: int
    topic: str
    payload: dict[str, Any]


def emit(conn: Connection, event: str, key: str, payload: dict[str, Any] | None = None) -> None:
    """Record that something happened, to be acted on after commit."""
    data = json.dumps(payload) if payload else "{}"
    _EMIT.run(conn, event=event, key=key, payload=data, now=int(time.time()))


def claim(conn: Connection, now: int, retry_after: int = 30, limit: int = 1000) -> list[Pending]:
    """Take the rows to hand over: new ones, and those handed over long ago and still here.

    Rows of one event and key are one piece of work. Of two dispatchers that race, one takes a
    row; should both take it all the same, tasks are idempotent and it costs only time.
    """
    due = _due(now, retry_after)
    chosen = select(outbox.c.id).where(due).order_by(outbox.c.id).limit(limit)
    rows = conn.execute(
        select(outbox.c.event, outbox.c.key, func.max(outbox.c.id))
        .where(outbox.c.id.in_(chosen.scalar_subquery()))
        .group_by(outbox.c.event, outbox.c.key)
        .order_by(func.min(outbox.c.id))
    ).all()
    work = [Pending(event, key, upto) for event, key, upto in rows]
    return [item for item in work if _take(conn, item, due, now)]


def _due(now: int, retry_after: int) -> ColumnElement[bool]:
    """Not handed over, or so long ago that it is lost; a clock that was set back hides neither."""
    handed = outbox.c.handed_at
    return handed.is_(None) | (handed < now - retry_after) | (handed > now + retry_after)


def _take(conn: Connection, item: Pending, due: ColumnElement[bool], now: int) -> bool:
    result = conn.execute(
        update(outbox)
        .where(_matches(item), due)
        .values(handed_at=now, attempts=outbox.c.attempts + 1)
    )
    return result.rowcount > 0


def waiting(conn: Connection, now: int, retry_after: int = 30) -> bool:
    """Whether `claim` would find anything; cheap enough to ask ten times a second."""
    due = _due(now, retry_after)
    return conn.execute(select(outbox.c.id).where(due).limit(1)).first() is not None


def keys(conn: Connection, event: str, limit: int) -> list[str]:
    """Keys of the oldest rows of an event, handed over or not: what else there is to do."""
    query = select(outbox.c.key).where(outbox.c.event == event).order_by(outbox.c.id).limit(limit)
    return list(dict.fromkeys(conn.execute(query).scalars()))


def done(conn: Connection, item: Pending) -> None:
    """The work is done: its rows go.

    Only rows handed over go: on PostgreSQL a lower id can become visible after a higher one.
    """
    conn.execute(delete(outbox).where(_matches(item), outbox.c.handed_at.is_not(None)))


def backlog(conn: Connection) -> int:
    """Rows not yet done (a metric: it must return to zero)."""
    return int(conn.execute(select(func.count()).select_from(outbox)).scalar_one())


def waits(conn: Connection) -> int:
    """How long the oldest row has waited, in seconds; 0 if none waits.

    Dispatcher and `emit` use the clock of the machine, so this does too. A row of before this was
    recorded counts from the moment it was handed over. A row of a time to come was written before
    the clock was set back: it has waited for at least as long.
    """
    since = func.coalesce(outbox.c.emitted_at, outbox.c.handed_at)
    row = conn.execute(select(func.min(since), func.max(since))).one()
    if row[0] is None:
        return 0
    now = int(time.time())
    return max(now - int(row[0]), int(row[1]) - now, 0)


def _matches(item: Pending) -> ColumnElement[bool]:
    return (outbox.c.event == item.event) & (outbox.c.key == item.key) & (outbox.c.id <= item.upto)


def live(conn: Connection, topic: str, payload: dict[str, Any]) -> None:
    """A line for open pages: ids and states only, never personal data.

    On PostgreSQL a lock makes ids visible in their order, so a reader that follows by id cannot
    step over a row whose transaction is still open.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LIVE_LOCK})
    conn.execute(insert(live_event).values(topic=topic, payload=json.dumps(payload)))


def live_after(
    conn: Connection, after_id: int, topics: Sequence[str], limit: int = 500
) -> list[LiveEvent]:
    """Live events with an id above `after_id`, oldest first."""
    rows = conn.execute(
        select(live_event.c.id, live_event.c.topic, live_event.c.payload)
        .where(live_event.c.id > after_id, live_event.c.topic.in_(topics))
        .order_by(live_event.c.id)
        .limit(limit)
    )
    return [LiveEvent(row.id, row.topic, json.loads(row.payload)) for row in rows]


def last_live_id(conn: Connection) -> int:
    """The newest live event's id, 0 if none: where a fresh page starts following."""
    return int(conn.execute(select(func.coalesce(func.max(live_event.c.id), 0))).scalar_one())


def prune_live(conn: Connection, keep: int) -> None:
    """Drop live events that no open page can still be following."""
    conn.execute(delete(live_event).where(live_event.c.id <= last_live_id(conn) - keep))
