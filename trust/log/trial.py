"""The clock of a trial: the machine's clock, moved ahead by an operator, never back.

A state is a trial if its host label begins with ``trial-``. The label is chosen once, is in every
origin and so under every signature; a signer of another label refuses them. So no state that is
not a trial can take this clock, and no book of a trial can be shown as that of another state.
"""

import threading
import time
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from trust.database import Database, StorageError
from trust.formats import origins
from trust.log.errors import ClockAheadError, NotTrialError
from trust.log.tables import installation

TRIAL: Final = "Trial installation: its clock is not the time of day."
"""What every command on a trial writes to standard error, every answer of the server to a header,
every page to its head."""
MOST_AHEAD: Final = 10 * 366 * 86_400
"""Seconds that a trial may be ahead: ten years."""
FRESH_SECONDS: Final = 0.5
_NAME: Final = "trial-ahead"


def ahead(conn: Connection) -> int:
    """Seconds by which the trial's clock is ahead of the machine's; 0 if it was never moved."""
    query = select(installation.c.value).where(installation.c.name == _NAME)
    return int(conn.execute(query).scalar() or 0)


def move(conn: Connection, host: str, seconds: int) -> int:
    """Move the clock of a trial ahead; returns by how much it is ahead now, in seconds.

    Raises:
        NotTrialError: the state is no trial.
        ClockAheadError: `seconds` is not positive, or the clock would be too far ahead.
    """
    if not origins.is_trial(host):
        raise NotTrialError(host=host)
    total = ahead(conn) + seconds
    if seconds <= 0 or total > MOST_AHEAD:
        raise ClockAheadError
    conn.execute(delete(installation).where(installation.c.name == _NAME))
    conn.execute(insert(installation).values(name=_NAME, value=str(total)))
    return total


class TrialClock:
    """The clock of all processes of a trial, in UTC seconds; follows a move within a second.

    One thread at a time looks; others use what was read last, so that a thread which holds the
    last free connection is never waited for.
    """

    def __init__(self, db: Database) -> None:
        self._db, self._turn = db, threading.Lock()
        self._ahead, self._read = 0, -1.0
        self._look()

    def __call__(self) -> int:
        """Now."""
        stale = time.monotonic() - self._read > FRESH_SECONDS
        if stale and self._turn.acquire(blocking=False):
            try:
                self._look()
            except StorageError:
                pass  # the database is away: what was read last holds
            finally:
                self._turn.release()
        return int(time.time()) + self._ahead

    def _look(self) -> None:
        with self._db.read() as conn:
            # Never back, whatever somebody writes into the row.
            self._ahead = max(self._ahead, ahead(conn))
        self._read = time.monotonic()
