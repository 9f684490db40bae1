"""The pulse: a task that shows that work is done, and what has to be looked at every few seconds.

It is asked for by the dispatcher's own running clock and not by beat: while a clock that was set
back has not caught up, beat sends nothing.
"""

import logging
import threading

from oversight import service as oversight_service
from trust import pulse
from trust.log import clockwatch
from trust.log.clockwatch import Tick
from trust.log.runtime import Runtime

_log = logging.getLogger("sakshi.watching")

TASK = "sakshi.pulse"
SWEEP = "sweep"


class Watcher:
    """What one process saw of the clocks last."""

    def __init__(self) -> None:
        self._before: Tick | None = None
        self._lock = threading.Lock()

    def look(self, rt: Runtime, sweep_seconds: float) -> bool:
        """Write that a worker lives, keep a move of the clock, have failed judgements tried again.

        True if no sweep was ever made, or it is overdue, or it was made by a clock that has been
        set back since.
        """
        now = rt.clock()
        with self._lock:
            before, self._before = self._before, clockwatch.tick(now)
            after = self._before
        with rt.db.write() as conn:
            pulse.beat(conn, pulse.WORKER, now=now)
            move = clockwatch.note(conn, before, after)
            again = oversight_service.ask_again(conn, now=now)
            swept = pulse.last(conn, SWEEP)
        if move is not None:
            _log.error("the clock was moved %s by %d seconds", move.kind, move.seconds)
        if again:
            _log.info("judging again what failed: %d societies", len(again))
        in_time = swept is not None and -clockwatch.TOLERANCE <= now - swept <= 2 * sweep_seconds
        return not in_time


def swept(rt: Runtime) -> None:
    """Write that a sweep began."""
    with rt.db.write() as conn:
        pulse.beat(conn, SWEEP, now=rt.clock())
