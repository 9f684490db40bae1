"""Imports that run in threads of the server while pages show how far they are.

A page waits a moment for the outcome; whoever leaves it harms nothing. What is under way is kept in
the memory of this process alone: after a restart the page of a waiting file looks at it again.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal

from trust.books.model import ImportReport
from trust.books.progress import Progress, Tell

THREADS: Final = 2
MOST_DONE: Final = 32
"""Outcomes kept for whoever has not looked yet."""
WAIT_SECONDS: Final = 2.0
"""How long an answer waits for an outcome before it shows the progress."""

Verb = Literal["look", "seal"]
Take = Callable[[Tell], ImportReport]
"""An import that tells how far it is."""


class StoppingError(Exception):
    """The server stops; what is staged goes on at the next start."""


@dataclass(slots=True)
class Work:
    """A look at a file or its seal, under way or done.

    Attributes:
        society, account: whose it is.
        progress: how far it is, as `import_file` said last; None before that.
    """

    society: str
    account: int
    verb: Verb
    future: "Future[ImportReport]"
    progress: Progress | None = None

    def outcome(self, seconds: float | None) -> ImportReport | None:
        """The report; None if it is not there in time. Raises what the import raised.

        Args:
            seconds: how long to wait; None for as long as it takes.
        """
        try:
            return self.future.result(seconds)
        except TimeoutError:
            return None


class Works:
    """What is under way in this process, by the token of its file."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sakshi-import")
        self._known: dict[str, Work] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def begin(self, token: str, society: str, account: int, verb: Verb, take: Take) -> Work:
        """Start an import of this file, or join the one that runs."""
        with self._lock:
            known = self._known.get(token)
            if known is not None and not known.future.done():
                return known
            self._prune()
            made = Work(society, account, verb, Future())
            self._known[token] = made
        self._pool.submit(self._run, made, take)
        return made

    def find(self, token: str, society: str, account: int) -> Work | None:
        """What runs or is done for this file, for whom it belongs to."""
        found = self._known.get(token)
        mine = found is not None and (found.society, found.account) == (society, account)
        return found if mine else None

    def forget(self, token: str) -> None:
        """The outcome was shown."""
        with self._lock:
            self._known.pop(token, None)

    def close(self) -> None:
        """End what runs at its next step, as a crash would, and wait for that."""
        self._stopping = True
        self._pool.shutdown(cancel_futures=True)

    def _run(self, work: Work, take: Take) -> None:
        def tell(progress: Progress) -> None:
            if self._stopping:
                raise StoppingError
            work.progress = progress

        try:
            work.future.set_result(take(tell))
        except BaseException as error:
            work.future.set_exception(error)

    def _prune(self) -> None:
        done = [token for token, work in self._known.items() if work.future.done()]
        for token in done[: max(0, len(done) - MOST_DONE)]:
            del self._known[token]
