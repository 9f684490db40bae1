"""The server's clock, compared with the newest sealed time and with a clock that nobody sets.

No entry of a log bears an earlier time than the one before it, so a clock that ran ahead leaves
seals of days to come. What was noticed is kept and told for `TOLD_SECONDS`, whatever the clock
says afterwards.
"""

import time
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from trust.log.tables import clock_move, log

TOLERANCE = 60
"""Seconds by which clocks of several machines, and one that is set right, may differ."""
TOLD_SECONDS = 30 * 86_400

AHEAD, BACK = "ahead", "back"


@dataclass(frozen=True, slots=True)
class Move:
    """The clock was moved, or found before what is sealed.

    Attributes:
        noticed_at: UTC seconds, by the clock after the move.
        kind: ``ahead`` or ``back``.
        seconds: by how much.
        seal: time of the newest entry then, UTC seconds; 0 if none was sealed.
    """

    noticed_at: int
    kind: str
    seconds: int
    seal: int


@dataclass(frozen=True, slots=True)
class Tick:
    """One look at both clocks: the one that is set, and the one that only runs (seconds)."""

    wall: int
    running: float


def tick(now: int) -> Tick:
    """Both clocks now. The running one goes on while the machine sleeps, where it can."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return Tick(now, time.monotonic() if boot is None else time.clock_gettime(boot))


def newest_seal(conn: Connection) -> int:
    """Time of the newest entry of all logs in UTC seconds; 0 if there is none."""
    return int(conn.execute(select(func.coalesce(func.max(log.c.last_time), 0))).scalar_one())


def behind(conn: Connection, now: int) -> int:
    """By how many seconds the clock is before the newest seal; 0 within the tolerance."""
    seconds = newest_seal(conn) - now
    return seconds if seconds > TOLERANCE else 0


def moved(before: Tick | None, after: Tick) -> int:
    """Seconds by which the clock was set ahead (or back, negative) between two looks of one
    process; 0 within the tolerance."""
    if before is None:
        return 0
    seconds = round((after.wall - before.wall) - (after.running - before.running))
    return seconds if abs(seconds) > TOLERANCE else 0


def note(conn: Connection, before: Tick | None, after: Tick) -> Move | None:
    """Keep what a look finds, once for each cause; None if there is nothing new."""
    seconds, seal = moved(before, after), newest_seal(conn)
    late = behind(conn, after.wall)
    if seconds <= 0 and (seconds or late):
        found = Move(after.wall, BACK, max(-seconds, late), seal)
    elif seconds:
        found = Move(after.wall, AHEAD, seconds, seal)
    else:
        return None
    if _known(conn, found):
        return None
    values = {"noticed_at": found.noticed_at, "kind": found.kind, "seconds": found.seconds}
    conn.execute(insert(clock_move).values(values | {"seal": seal}))
    return found


def _known(conn: Connection, found: Move) -> bool:
    """Whether another process has noticed it, or the same seals were ahead at the look before."""
    c = clock_move.c
    same = (
        (c.seal == found.seal)
        if found.kind == BACK
        else c.noticed_at.between(
            found.noticed_at - 2 * TOLERANCE, found.noticed_at + 2 * TOLERANCE
        )
    )
    return conn.execute(select(c.id).where(c.kind == found.kind, same)).first() is not None


def told(conn: Connection, now: int) -> list[Move]:
    """Moves of the last 30 days, oldest first; also those noticed by a clock that ran ahead."""
    c = clock_move.c
    query = select(c.noticed_at, c.kind, c.seconds, c.seal).where(c.noticed_at > now - TOLD_SECONDS)
    return [Move(*row) for row in conn.execute(query.order_by(c.id))]
