"""Several logs are followed at once, and yet one thing is done at a time.

What a monitor remembers lies in one file and its rules are plain code, so only one thread works at
any moment: it holds the *turn* and gives it away while it waits for the server. That is where the
time goes, so a few connections are enough to hide the way to the server and back; and nothing is
ever half done when somebody else has the turn.

A round can be stopped: whoever waits for the server then, or asks it next, gets `Halted`.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from audit.monitoring.wire import NO_ANSWER, SMALL, Absent, Site, Unreachable

PATIENCE = 8
"""Requests without an answer, one after the other, after which a round asks no more."""

Job = Callable[[], None]


class Halted(Exception):
    """The round is to end here; everything remembered so far stands."""


class Scheduler:
    """A site as one round reads it, by several threads in turns."""

    def __init__(
        self, site: Site, connections: int, sleep: Callable[[float], object] | None = None
    ) -> None:
        self.site, self.base = site, site.base
        self._connections = max(1, connections)
        self._halt = threading.Event()
        self._sleep = sleep or self._halt.wait
        self._turn = threading.Lock()
        self._silent = 0

    def clock(self) -> int | None:
        """What time it is by the answers (UTC seconds)."""
        return self.site.clock()

    def interrupt(self) -> None:
        """End the round: who waits for the server, or asks it next, gets Halted."""
        self._halt.set()
        self.site.interrupt()

    def take(self, timeout: float = -1) -> bool:
        """Have the turn; False if it could not be had in so many seconds (-1: wait for ever)."""
        return self._turn.acquire(timeout=timeout)

    def give(self) -> None:
        """Give the turn back."""
        self._turn.release()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Give the turn away while waiting for somebody outside; raises Halted on return."""
        self._turn.release()
        try:
            yield
        finally:
            self._turn.acquire()
            if self._halt.is_set():
                raise Halted

    def sleep(self, seconds: float) -> None:
        """Wait without the turn."""
        with self.away():
            self._sleep(seconds)

    def get(self, path: str, limit: int = SMALL) -> bytes:
        """The file at a path; raises Absent, Unreachable or Halted."""
        return _value(self.get_many([path], limit)[0])

    def get_many(self, paths: Sequence[str], limit: int = SMALL) -> list[bytes | Exception]:
        """Several files at once, each as it came or with Absent or Unreachable in its place."""
        if self._silent >= PATIENCE:
            fault = Unreachable(
                f"{self.base} gave no answer {PATIENCE} times in a row; nothing more was asked in "
                "this round."
            )
            return [fault] * len(paths)
        with self.away():
            found = self._read_all(paths, limit)
        for item in found:
            silent = isinstance(item, Unreachable) and item.code == NO_ANSWER
            self._silent = self._silent + 1 if silent else 0
        return found

    def _read_all(self, paths: Sequence[str], limit: int) -> list[bytes | Exception]:
        if len(paths) == 1:
            return [self._read(paths[0], limit)]
        found: list[bytes | Exception] = [Halted() for _ in paths]
        # `next` of a C iterator is one step: no two threads get the same path.
        waiting = iter(range(len(paths)))

        def work() -> None:
            for at in waiting:
                found[at] = self._read(paths[at], limit)

        _together([work] * min(self._connections, len(paths)))
        return found

    def _read(self, path: str, limit: int) -> bytes | Exception:
        if self._halt.is_set():
            return Halted()
        try:
            return self.site.get(path, limit)
        except (Absent, Unreachable) as error:
            return error

    def each(self, jobs: Iterable[Job]) -> None:
        """Do the jobs, as many at once as there are connections; call it with the turn.

        Raises what the first job that failed raised; the others then end at their next request.
        """
        waiting, faults = iter(jobs), list[BaseException]()

        def work() -> None:
            try:
                with self._turn:
                    for job in waiting:
                        if faults:
                            return
                        job()
            except BaseException as error:
                faults.append(error)
                if not isinstance(error, Halted):
                    self._halt.set()

        self._turn.release()
        try:
            _together([work] * self._connections)
        finally:
            self._turn.acquire()
        if faults:
            raise next((fault for fault in faults if not isinstance(fault, Halted)), faults[0])


def _together(tasks: Sequence[Job]) -> None:
    # Daemons: one that hangs in the system must not keep a stopped monitor from ending.
    threads = [threading.Thread(target=task, daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _value(found: bytes | Exception) -> bytes:
    if isinstance(found, bytes):
        return found
    raise found
