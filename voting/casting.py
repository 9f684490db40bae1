"""Casting for many at once: ballots that arrive together share one transaction and one publication.

A vote has its rush hour, and what a lone ballot costs most, a durable transaction and two signed
heads, costs hardly more for a hundred. Each ballot keeps its own outcome (`trust.groupcommit`).
Nobody gets a receipt before a published head covers the entry; when the time runs out the head is
None, and the caller must call the ballot *pending*.
"""

import threading
import time
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

from sqlalchemy import Connection

from trust.log.model import Head, Sequenced
from trust.log.runtime import Runtime
from voting import ballots

CLOSE_SECONDS = 30
"""How long closing waits for ballots still on their way."""

Outcome = tuple[Sequenced, Head | None]


@dataclass(eq=False)
class _Item:
    """A ballot on its way. The future gives its outcome, or raises why it was refused."""

    deadline: float
    outcome: "Future[Outcome]" = field(default_factory=Future)


class Caster:
    """Casts ballots for one process: sealed by the group commit, receipts given by one thread."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._change = threading.Condition()
        self._on_their_way: set[Future[Outcome]] = set()
        self._sealed: list[tuple[_Item, Sequenced]] = []
        self._closed = False
        self._thread: threading.Thread | None = None

    def cast(self, meeting: str, ballot: object, society: str | None = None) -> "Future[Outcome]":
        """Seal a ballot as `ballots.cast` does and wait for its head, without holding a thread.

        Args:
            society: if given, a meeting of another society is as if it were not there.

        The future raises what `ballots.cast` raises; its head is None after the receipt time-out.
        Raises RuntimeError after `close`.
        """
        item = _Item(time.monotonic() + self._rt.settings.receipt_timeout)
        item.outcome.set_running_or_notify_cancel()  # what was handed in is cast, come what may
        with self._change:
            if self._closed:
                raise RuntimeError("Casting is closed.")
            self._on_their_way.add(item.outcome)
        item.outcome.add_done_callback(self._on_their_way.discard)

        def seal(conn: Connection) -> Sequenced:
            return ballots.cast(conn, meeting, ballot, now=self._rt.clock(), society=society)

        sealing = self._rt.commits.submit(seal, order=meeting)
        sealing.add_done_callback(lambda done: self._has_sealed(item, done))
        return item.outcome

    def close(self) -> None:
        """Finish every ballot handed in."""
        with self._change:
            self._closed = True
        wait(list(self._on_their_way), CLOSE_SECONDS)
        with self._change:
            self._change.notify()
        if self._thread is not None:
            self._thread.join(timeout=CLOSE_SECONDS)

    def _has_sealed(self, item: _Item, done: "Future[Sequenced]") -> None:
        why = done.exception()
        if why is not None:
            item.outcome.set_exception(why)
            return
        with self._change:
            self._sealed.append((item, done.result()))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="sakshi-receipts", daemon=True
                )
                self._thread.start()
            self._change.notify()

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._sealed and not (self._closed and not self._on_their_way):
                    self._change.wait()
                if not self._sealed:
                    return
                items, self._sealed = self._sealed, []
            try:
                self._cover(items)
            except Exception as error:
                for item, _ in items:
                    if not item.outcome.done():
                        item.outcome.set_exception(error)

    def _cover(self, items: list[tuple[_Item, Sequenced]]) -> None:
        """Wait for one head over all of them that stand in one log."""
        by_origin: dict[str, list[tuple[_Item, Sequenced]]] = {}
        for item, sealed in items:
            by_origin.setdefault(sealed.origin, []).append((item, sealed))
        if len(by_origin) > 1:  # one round for all of them
            self._rt.publisher.request(list(by_origin), urgent=True)
        for origin, listed in by_origin.items():
            last = max(sealed.index for _, sealed in listed)
            left = max(item.deadline for item, _ in listed) - time.monotonic()
            head = self._rt.publisher.wait(origin, last, max(left, 0))
            for item, sealed in listed:
                item.outcome.set_result((sealed, head))
