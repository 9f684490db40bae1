"""The live stream: events by id from the live-event table, as server-sent-event text.

Every web process follows the table by itself, so no page rests on a queue inside one process and a
page that was away goes on from its ``Last-Event-ID``. Format: WHATWG HTML, server-sent events.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from trust import outbox
from trust.database import Database
from trust.outbox import LiveEvent

TOPICS = ("alerts",)
HEARTBEAT = b": still here\n\n"
"""A comment line: keeps proxies from closing a quiet stream."""

MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Batch:
    """What came since an id: text for the page (may be empty) and the id to go on from."""

    after: int
    data: bytes


def start_after(conn: Connection, last_event_id: str | None) -> int:
    """Where a stream begins: after the id the browser names, else after the newest event.

    A header that is not a number means a fresh page; it is no error.
    """
    newest = outbox.last_live_id(conn)
    given = last_event_id or ""
    readable = given.isascii() and given.isdigit() and len(given) <= MAX_DIGITS
    # An id from before a reset would lie beyond every event to come.
    return min(int(given), newest) if readable else newest


def batch(
    conn: Connection, after: int, societies: Collection[str], topics: Collection[str] = TOPICS
) -> Batch:
    """Events since an id about the societies the reader oversees.

    The id moves on over events of others too, so that they are not read again.
    """
    events = outbox.live_after(conn, after, tuple(topics))
    if not events:
        return Batch(after, b"")
    allowed = [event for event in events if event.payload.get("society") in societies]
    return Batch(events[-1].id, b"".join(format_event(event) for event in allowed))


def format_event(event: LiveEvent) -> bytes:
    """One event as text: id, topic, one line of JSON."""
    payload = json.dumps(event.payload, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return f"id: {event.id}\nevent: {event.topic}\ndata: {payload}\n\n".encode("ascii")


def follow(
    db: Database,
    after: int,
    societies: Collection[str],
    stop: Callable[[], bool],
    *,
    every: float = 0.2,
    heartbeat: float = 15.0,
    topics: Collection[str] = TOPICS,
) -> Iterator[bytes]:
    """Events as they come, heartbeats in between, until ``stop()`` says so.

    A blocking generator for a thread of its own; each look opens a short read transaction.

    Args:
        every: seconds between two looks.
        heartbeat: seconds of silence after which a heartbeat is sent.
    """
    spoke = time.monotonic()
    while not stop():
        with db.read() as conn:
            found = batch(conn, after, societies, topics)
        after = found.after
        if found.data:
            yield found.data
            spoke = time.monotonic()
        elif time.monotonic() - spoke >= heartbeat:
            yield HEARTBEAT
            spoke = time.monotonic()
        time.sleep(every)
