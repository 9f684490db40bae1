"""Judgements that fail: which society, since when, why, and when it is tried again.

A failure is kept in a transaction of its own, so that it outlives the one that failed, and is
tried again by the clock with longer and longer pauses. A judgement that succeeds clears it.
"""

import re
import traceback
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from oversight import tables as t
from trust import outbox
from trust.formats.errors import SakshiError

FIRST_PAUSE, LONGEST_PAUSE = 60, 6 * 3600
"""Seconds from a failure to the next try: doubled at each, up to six hours."""

_F = t.oversight_failure.c
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Failure:
    """A society whose judgement fails.

    Attributes:
        since, last_at, next_at: first and newest failure in a row, next try; UTC seconds.
        tries: how often it has failed in a row.
        error: slug of the refusal, or of the kind of error; no value of the books.
    """

    society: str
    since: int
    last_at: int
    next_at: int
    tries: int
    error: str


def record(conn: Connection, society: str, error: Exception, *, now: int) -> Failure:
    """Keep that a judgement failed; the next try is put off."""
    held = of(conn, society)
    tries = 1 if held is None else held.tries + 1
    pause = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
    since = now if held is None else held.since
    made = Failure(society, since, now, now + pause, tries, slug(error))
    values = {
        "society": made.society, "since": made.since, "last_at": made.last_at,
        "next_at": made.next_at, "tries": made.tries, "error": made.error,
    }  # fmt: skip
    again = update(t.oversight_failure).where(_F.society == society).values(values)
    if conn.execute(again).rowcount == 0:
        conn.execute(insert(t.oversight_failure).values(values))
    return made


def clear(conn: Connection, society: str) -> None:
    """The society was judged."""
    conn.execute(delete(t.oversight_failure).where(_F.society == society))


def of(conn: Connection, society: str) -> Failure | None:
    """How the judgement of a society fails; None if it does not."""
    row = conn.execute(select(t.oversight_failure).where(_F.society == society)).first()
    return None if row is None else Failure(*row)


def listed(conn: Connection) -> list[Failure]:
    """Every society whose judgement fails, the longest first."""
    rows = conn.execute(select(t.oversight_failure).order_by(_F.since, _F.society))
    return [Failure(*row) for row in rows]


def ask_again(conn: Connection, *, now: int) -> list[str]:
    """Have those societies judged again whose next try is due; returns them."""
    # A try that lies further ahead than any pause was put there by a clock that ran ahead.
    due = [
        one.society
        for one in listed(conn)
        if one.next_at <= now or one.next_at > now + LONGEST_PAUSE
    ]
    for society in due:
        outbox.emit(conn, "society", society)
    # Until the try is done nobody asks for another.
    later = update(t.oversight_failure).where(_F.society.in_(due))
    if due:
        conn.execute(later.values(next_at=now + LONGEST_PAUSE))
    return due


def slug(error: Exception) -> str:
    """The name of an error that says nothing of what was read: its code, or its kind."""
    if isinstance(error, SakshiError):
        return error.code[:80]
    return _WORD_BEGINS.sub("-", type(error).__name__).lower()[:80]


def where(error: Exception) -> str:
    """Module and line at which it was raised; its text may hold what was read."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
