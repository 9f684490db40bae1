"""How far an import is, on the error stream of a command, once it has taken two seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich import progress as bars
from rich.console import Console

from trust.books.progress import Progress, Stage, Tell

AFTER_SECONDS: Final = 2.0
EVERY_SECONDS: Final = 5.0
"""How often a line is written where a bar cannot be drawn, such as into a file."""
_WORDS: Final[dict[Stage, str]] = {
    "waiting": "finishing an earlier import of the society",
    "reading": "reading",
    "comparing": "comparing with the books",
    "staging": "preparing entries",
    "sealing": "sealing",
}


class Bar:
    """Takes what an import tells and shows it: a bar on a terminal, else a line now and then.

    Args:
        console: where it is shown.
        clock: monotonic seconds.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._begun = clock()
        self._told = self._begun + AFTER_SECONDS - EVERY_SECONDS
        self._stage: Stage | None = None
        self._bars: bars.Progress | None = None
        self._task = bars.TaskID(0)

    def tell(self, at: Progress) -> None:
        """Show how far it is, if it has taken long enough."""
        now = self._clock()
        if now - self._begun < AFTER_SECONDS:
            return
        if self._console.is_terminal:
            self._draw(at)
        elif now - self._told >= EVERY_SECONDS:
            self._told = now
            self._console.print(f"{_WORDS[at.stage]}: {_far(at)}", soft_wrap=True)

    def _draw(self, at: Progress) -> None:
        if self._bars is None:
            text, left = bars.TextColumn("{task.description}"), bars.TimeRemainingColumn()
            far = bars.TextColumn("{task.fields[far]}")
            self._bars = bars.Progress(
                text, bars.BarColumn(), far, left, console=self._console, transient=True
            )
            self._task = self._bars.add_task("", total=None, far="")
            self._bars.start()
        if at.stage != self._stage:
            self._stage = at.stage
            self._bars.reset(self._task, description=_WORDS[at.stage])
        total = at.total or None
        self._bars.update(self._task, total=total, completed=at.done, far=_far(at))

    def end(self) -> None:
        """Take the bar away."""
        if self._bars is not None:
            self._bars.stop()


def _far(at: Progress) -> str:
    if at.stage == "reading":
        return f"{at.done / 1e6:.1f} of {at.total / 1e6:.1f} MB"
    return f"{at.done:,} of {at.total:,} entries" if at.total else "…"


@contextmanager
def shown(console: Console) -> Iterator[Tell]:
    """What an import is to tell; the bar is gone when the block ends."""
    bar = Bar(console)
    try:
        yield bar.tell
    finally:
        bar.end()
