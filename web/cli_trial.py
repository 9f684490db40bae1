"""`sakshi trial-clock`: moves the clock of a trial ahead."""

import re
from typing import Final

from cyclopts import App

from trust.formats.times import Moment
from trust.log import trial
from trust.log.errors import ClockAheadError
from web.terminal import out, state

_STEP: Final = re.compile(r"\+([0-9]{1,5})([dhm])", re.ASCII)
_SECONDS: Final = {"d": 86_400, "h": 3_600, "m": 60}


def register(app: App) -> None:
    """Add the command."""
    app.command(trial_clock)


def trial_clock(step: str | None = None) -> None:
    """Move the clock of a trial ahead, or show it. All its processes follow within a second.

    Parameters
    ----------
    step
        How far: +16d, +3h or +20m; without it the clock is only shown.
    """
    with state() as rt:
        if step is not None:
            with rt.db.write() as conn:
                trial.move(conn, rt.host, seconds(step))
        with rt.db.read() as conn:
            moved = trial.ahead(conn)
        out.print(f"{Moment(rt.clock())}, {moved} seconds ahead of this machine.")


def seconds(step: str) -> int:
    """The seconds of a step such as +16d; raises ClockAheadError if it is none."""
    found = _STEP.fullmatch(step)
    if found is None:
        raise ClockAheadError
    return int(found[1]) * _SECONDS[found[2]]
