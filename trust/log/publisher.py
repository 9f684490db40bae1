"""Group commit: one thread publishes for everybody who waits.

A request that needs a receipt appends, commits, and waits here; the thread publishes all logs
asked for in one round, so a hundred ballots in flight share two signatures. A waiter whose time
runs out gets None, which the caller must call *pending*, never a receipt.
"""

import logging
import threading
import time
from typing import TYPE_CHECKING

from trust.log import publication, queries, standing
from trust.log.model import Head

if TYPE_CHECKING:
    from trust.log.runtime import Runtime

AT_ONCE = 32
"""Logs in one publication at most: their admission is one transaction, and others want to write."""

_log = logging.getLogger("sakshi.publisher")


class Publisher:
    """Publishes requested logs in rounds, on a thread started at the first request."""

    def __init__(self, rt: "Runtime") -> None:
        self._rt = rt
        self._change = threading.Condition()
        self._wanted: set[str] = set()
        self._requested = 0
        self._finished = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def request(self, origin: str) -> int:
        """Ask for a log to be published in the next round; gives the ticket of that round."""
        with self._change:
            if self._closed:
                raise RuntimeError("The publisher is closed.")
            self._wanted.add(origin)
            self._requested += 1
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
            if not self._await(self.request(origin), deadline):
                return None
            head = self._covering(origin, index)
            if head is None:
                if time.monotonic() >= deadline:
                    return None
                time.sleep(0.05)
        return head

    def _covering(self, origin: str, index: int) -> Head | None:
        with self._rt.db.read() as conn:
            return standing.covering(conn, origin, index)

    def flush(self, origin: str, timeout: float = 60.0) -> bool:
        """Publish a log and wait for the round; False when the time runs out.

        Nothing is done for a log whose last entry is published: the outbox asks for every log that
        somebody has waited for already.
        """
        if self._is_published(origin):
            return True
        return self._await(self.request(origin), time.monotonic() + timeout)

    def _is_published(self, origin: str) -> bool:
        with self._rt.db.read() as conn:
            count = queries.info(conn, origin).next_index
            return count > 0 and standing.covering(conn, origin, count - 1) is not None

    def close(self) -> None:
        """Finish the round in hand and stop."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _await(self, ticket: int, deadline: float) -> bool:
        with self._change:
            while self._finished < ticket:
                left = deadline - time.monotonic()
                if left <= 0 or not self._change.wait(left):
                    return False
            return True

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._wanted and not self._closed:
                    self._change.wait()
                if self._closed and not self._wanted:
                    return
                wanted, self._wanted = self._wanted, set()
                ticket = self._requested
            self._round(wanted)
            with self._change:
                self._finished = max(self._finished, ticket)
                self._change.notify_all()

    def _round(self, wanted: set[str]) -> None:
        """One round; a log that cannot be published must not keep the others waiting.

        What the round before has published already is left out: whoever asked for it while that
        round ran often only wants to know.
        """
        try:
            left = sorted(origin for origin in wanted if not self._is_published(origin))
            for at in range(0, len(left), AT_ONCE):
                publication.publish(self._rt, left[at : at + AT_ONCE])
        except Exception:
            if len(wanted) == 1:
                _log.exception("publication failed: %s", next(iter(wanted)))
                time.sleep(0.1)
                return
            for origin in sorted(wanted):
                self._round({origin})
