"""Group commit: one thread publishes for everybody who waits.

A request that needs a receipt appends, commits, and waits here; the thread publishes the logs
asked for in rounds, so a hundred ballots in flight share two signatures. Logs somebody waits for
go before those that only have to be published some time. A waiter whose time runs out gets None,
which the caller must call *pending*, never a receipt.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence

from trust.database import Database
from trust.log import batch_queries
from trust.log.model import Head
from trust.log.witnesses import witness_status

AT_ONCE = 256
"""Logs in one round at most: their admission is one transaction, and others want to write."""

_log = logging.getLogger("sakshi.publisher")


class Publisher:
    """Publishes requested logs in rounds, on a thread started at the first request."""

    def __init__(self, db: Database, publish: Callable[[Collection[str]], object]) -> None:
        self._db, self._publish = db, publish
        self._change = threading.Condition()
        self._urgent: dict[str, int] = {}
        self._wanted: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._failed: set[str] = set()
        self._requested = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def request(self, origins: Sequence[str], *, urgent: bool = False) -> int:
        """Ask for logs to be published in a coming round; returns a ticket for it."""
        with self._change:
            if self._closed:
                raise RuntimeError("The publisher is closed.")
            self._requested += 1
            for origin in origins:
                waiting = origin in self._urgent or urgent
                queue = self._urgent if waiting else self._wanted
                queue[origin] = self._requested
                if waiting:
                    self._wanted.pop(origin, None)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="sakshi-publisher", daemon=True
                )
                self._thread.start()
            self._change.notify_all()
            return self._requested

    def wait(self, origin: str, index: int, timeout: float) -> Head | None:
        """Wait until a published head covers the entry; None when the time runs out."""
        deadline = time.monotonic() + timeout
        head = self._covering(origin, index)
        while head is None:
            if not self._await(origin, self.request([origin], urgent=True), deadline):
                return None
            head = self._covering(origin, index)
            if head is None:
                if time.monotonic() >= deadline:
                    return None
                time.sleep(0.05)
        return head

    def _covering(self, origin: str, index: int) -> Head | None:
        with self._db.read() as conn:
            return witness_status.published(conn, origin, index)

    def flush(self, origin: str, along: Sequence[str] = (), timeout: float = 60.0) -> bool:
        """Publish a log and wait for the round; False when the time runs out or it failed.

        Logs that come `along` are asked for too, and not waited for.

        Nothing is done for a log whose last entry is published: the outbox asks for every log that
        somebody has waited for already.
        """
        left = self._unpublished([origin, *along])
        if origin not in left:
            return True
        ticket, deadline = self.request(left), time.monotonic() + timeout
        return self._await(origin, ticket, deadline) and origin not in self._failed

    def _unpublished(self, origins: Sequence[str]) -> list[str]:
        with self._db.read() as conn:
            return batch_queries.unpublished(conn, origins, witness_status.CLOSED)

    def close(self) -> None:
        """Finish the round in hand and stop."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _await(self, origin: str, ticket: int, deadline: float) -> bool:
        with self._change:
            while self._done.get(origin, 0) < ticket:
                left = deadline - time.monotonic()
                if left <= 0 or not self._change.wait(left):
                    return False
            return True

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._urgent and not self._wanted and not self._closed:
                    self._change.wait()
                if self._closed and not self._urgent and not self._wanted:
                    return
                taken = self._take()
            failed = self._round(list(taken))
            with self._change:
                self._failed = self._failed.difference(taken).union(failed)
                self._done.update(taken)
                self._change.notify_all()

    def _take(self) -> dict[str, int]:
        """The logs of the next round, those somebody waits for first, then the oldest."""
        taken: dict[str, int] = {}
        for queue in (self._urgent, self._wanted):
            for origin in list(queue)[: AT_ONCE - len(taken)]:
                taken[origin] = queue.pop(origin)
        return taken

    def _round(self, wanted: Sequence[str]) -> set[str]:
        """One round; returns the logs that could not be published, which never keep the others
        waiting.

        What the round before has published already is left out: whoever asked for it while that
        round ran often only wants to know.
        """
        try:
            left = self._unpublished(wanted)
            if left:
                self._publish(left)
        except Exception:
            if len(wanted) == 1:
                _log.exception("publication failed: %s", wanted[0])
                time.sleep(0.1)
                return set(wanted)
            return set().union(*(self._round([origin]) for origin in wanted))
        return set()
