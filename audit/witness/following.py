"""Starts `sakshi-witness follow` whenever a state log that was cosigned has grown.

A process of its own, because what fetches over HTTP would be as large again as the witness, and
may take as long as it likes.
"""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from audit.witness.store import Store

REST_SECONDS = (2.0, 300.0)
"""Between two runs; after runs that failed twice as long each time, up to the second."""


class Following:
    """At most one such process at a time."""

    def __init__(self, memory: Store, state: str, bases: Sequence[str]) -> None:
        self._memory = memory
        self._command = [
            sys.executable,
            "-m",
            "audit.witness.cli",
            "follow",
            "--state",
            state,
            *bases,
        ]
        self._child = 0
        self._failures = 0
        self._not_before = 0.0
        self._looked = -1

    def tick(self) -> None:
        """Collect a process that has ended; start one if there is something to read."""
        if self._child and not self._collect():
            return
        now = time.monotonic()
        if now < self._not_before or self._memory.changes() == self._looked:
            return
        changes = self._memory.changes()
        if any(state.taken < state.held.size for state in self._memory.states()):
            self._child = os.posix_spawn(sys.executable, self._command, os.environ)
        else:
            self._looked = changes

    def close(self) -> None:
        """End the process, if there is one; it goes on from where it was next time."""
        if self._child:
            with suppress(OSError):
                os.kill(self._child, 15)
                os.waitpid(self._child, 0)
            self._child = 0

    def _collect(self) -> bool:
        pid, status = os.waitpid(self._child, os.WNOHANG)
        if not pid:
            return False
        self._child = 0
        self._failures = self._failures + 1 if status else 0
        first, most = REST_SECONDS
        self._not_before = time.monotonic() + min(most, first * 2 ** min(self._failures, 16))
        return True
