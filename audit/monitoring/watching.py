"""Round after round until somebody stops it, each at a point where what it found is kept."""

import threading
import time
from collections.abc import Callable

from audit.monitoring.monitor import Monitor, Outcome
from trust.formats.errors import SakshiError

_GLANCE, _GRACE = 0.2, 3.0
"""Seconds between two looks whether to stop, and for which a round may end by itself."""


def watch(
    monitor: Monitor, every: float | None, say: Callable[[Outcome], None], stop: Callable[[], bool]
) -> int:
    """Round after round until `stop`, or one if `every` is None; returns the exit code of the last.

    A round is stopped at a safe point, and what it found by then is said. Call it in the main
    thread, where signals arrive. Raises as `Monitor.round` if there is but one round.
    """
    while True:
        started = time.monotonic()
        try:
            outcome = _watched(monitor, stop)
        except SakshiError as error:
            if every is None:
                raise
            outcome = Outcome(monitor.site.base, monitor.clock(), unchecked=[str(error)])
        say(outcome)
        if every is None:
            return outcome.exit_code
        while not stop() and time.monotonic() - started < every:
            time.sleep(min(_GLANCE, every))
        if stop():
            return outcome.exit_code


def _watched(monitor: Monitor, stop: Callable[[], bool]) -> Outcome:
    """One round in a thread of its own, so that this one can hear that it is to stop."""
    done: list[Outcome | BaseException] = []

    def work() -> None:
        try:
            done.append(monitor.round())
        except BaseException as error:
            done.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_GLANCE)
        if thread.is_alive() and stop():
            monitor.stop()
            thread.join(_GRACE)
            break
    if not done:
        return monitor.abandon(_GRACE)
    if isinstance(done[0], BaseException):
        raise done[0]
    return done[0]
