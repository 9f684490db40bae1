"""Group commit of ballots: those that arrive together share one transaction and one publication.

A vote has its rush hour, and what a lone ballot costs most, a durable transaction and two signed
heads, costs hardly more for a hundred. Each ballot keeps its own outcome: it is cast inside its own
savepoint, in the order of arrival, and a refused one leaves the others alone. Nobody gets a receipt
before a published head covers the entry; when the time runs out the head is None, and the caller
must call the ballot *pending*.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from sqlalchemy import Connection

from trust.formats.errors import SakshiError
from trust.log.model import Head, Sequenced
from trust.log.runtime import Runtime
from voting import ballots

_log = logging.getLogger("sakshi.casting")

BATCH = 128
"""Ballots in one transaction at most, so that no other writer waits long for its turn."""

CLOSE_SECONDS = 30
"""How long closing waits for ballots still on their way."""

Outcome = tuple[Sequenced, Head | None]


@dataclass
class _Item:
    """A ballot on its way. The future gives its outcome, or raises why it was refused."""

    meeting: str
    ballot: object
    society: str | None
    deadline: float
    sealed: Sequenced | None = None
    outcome: "Future[Outcome]" = field(default_factory=Future)


class _Queue:
    """What one thread works through, all that is waiting at a time; the thread starts on need."""

    def __init__(self, name: str, work: Callable[[list[_Item]], None], most: int | None) -> None:
        self._name, self._work, self._most = name, work, most
        self._change = threading.Condition()
        self._waiting: list[_Item] = []
        self._closed = False
        self._thread: threading.Thread | None = None

    def put(self, items: Sequence[_Item]) -> None:
        """Add work; raises RuntimeError after `close`."""
        with self._change:
            if self._closed:
                raise RuntimeError("Casting is closed.")
            self._waiting += items
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._change.notify()

    def close(self) -> None:
        """Finish what is waiting and end the thread."""
        with self._change:
            self._closed = True
            self._change.notify()
        if self._thread is not None:
            self._thread.join(timeout=CLOSE_SECONDS)

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._closed:
                    self._change.wait()
                if not self._waiting:
                    return
                items = self._waiting[: self._most]
                del self._waiting[: self._most]
            try:
                self._work(items)
            except Exception as error:
                _log.exception("%d ballots could not be cast", len(items))
                for item in items:
                    if not item.outcome.done():
                        item.outcome.set_exception(error)


class Caster:
    """Casts ballots for one process: one thread seals them, one waits for their heads."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._sealing = _Queue("sakshi-caster", self._seal, BATCH)
        self._covering = _Queue("sakshi-receipts", self._cover, None)

    def cast(self, meeting: str, ballot: object, society: str | None = None) -> "Future[Outcome]":
        """Seal a ballot as `ballots.cast` does and wait for its head, without holding a thread.

        Args:
            society: if given, a meeting of another society is as if it were not there.

        The future raises what `ballots.cast` raises; its head is None after the receipt time-out.
        """
        item = _Item(meeting, ballot, society, time.monotonic() + self._rt.settings.receipt_timeout)
        item.outcome.set_running_or_notify_cancel()  # what was handed in is cast, come what may
        self._sealing.put([item])
        return item.outcome

    def close(self) -> None:
        """Finish every ballot handed in."""
        self._sealing.close()
        self._covering.close()

    def _seal(self, items: list[_Item]) -> None:
        # A fixed order of meetings, so that two processes can never hold each other's.
        items = sorted(items, key=lambda item: item.meeting)
        refused: list[tuple[_Item, SakshiError]] = []
        with self._rt.db.write() as conn:
            for item in items:
                try:
                    item.sealed = self._cast_one(conn, item)
                except SakshiError as fault:
                    refused.append((item, fault))
        for item, why in refused:
            item.outcome.set_exception(why)
        self._covering.put([item for item in items if item.sealed is not None])

    def _cast_one(self, conn: Connection, item: _Item) -> Sequenced:
        with conn.begin_nested():
            return ballots.cast(
                conn, item.meeting, item.ballot, now=self._rt.clock(), society=item.society
            )

    def _cover(self, items: list[_Item]) -> None:
        """Wait for one head over all of them that stand in one log."""
        by_origin: dict[str, list[tuple[_Item, Sequenced]]] = {}
        for item in items:
            assert item.sealed is not None
            by_origin.setdefault(item.sealed.origin, []).append((item, item.sealed))
        if len(by_origin) > 1:
            for origin in by_origin:  # one round for all of them
                self._rt.publisher.request([origin], urgent=True)
        for origin, listed in by_origin.items():
            last = max(sealed.index for _, sealed in listed)
            left = max(item.deadline for item, _ in listed) - time.monotonic()
            head = self._rt.publisher.wait(origin, last, max(left, 0))
            for item, sealed in listed:
                item.outcome.set_result((sealed, head))
