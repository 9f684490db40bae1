"""Pulses: what runs in the background writes down that it lives.

A pulse of a worker is a task that came through the broker and was done: while pulses come, whoever
hands work over, the broker and a worker are all alive. Times are those of the machine's clock.
"""

from sqlalchemy import BigInteger, Column, Connection, String, Table, select, update

from trust.bulk import insert_many
from trust.database import metadata

WORKER = "worker"
SECONDS = 20.0
"""How often a worker is asked for its pulse."""
DEAD_SECONDS = 180
"""Without a pulse for so long a worker counts as dead; a long task does not take longer."""

pulse = Table(
    "pulse",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("at", BigInteger, nullable=False),
)


def beat(conn: Connection, name: str, *, now: int) -> None:
    """Write that `name` lives at this moment (UTC seconds)."""
    again = update(pulse).where(pulse.c.name == name).values(at=now)
    if conn.execute(again).rowcount == 0:
        insert_many(conn, pulse, ("name", "at"), [(name, now)], unless=("name",))


def last(conn: Connection, name: str) -> int | None:
    """The newest pulse of that name in UTC seconds; None if there was never one."""
    found = conn.execute(select(pulse.c.at).where(pulse.c.name == name)).scalar()
    return None if found is None else int(found)


def silent_since(conn: Connection, name: str, *, now: int) -> int | None:
    """When something that is dead was heard last, 0 if it never was; None if it lives.

    A pulse of a time to come is none: it was written before the clock was set back.
    """
    at = last(conn, name)
    if at is None:
        return 0
    return None if abs(now - at) <= DEAD_SECONDS else at
