"""Casting for many at once: ballots that arrive together share one transaction and one publication.

A vote has its rush hour, and what a lone ballot costs most, a durable transaction and two signed
heads, costs hardly more for a hundred. Each ballot keeps its own outcome (`trust.groupcommit`).
Nobody gets a receipt before a published head covers the entry; when the time runs out the head is
None, and the caller must call the ballot *pending*.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

from sqlalchemy import Connection

from trust.groupcommit import MOST
from trust.log.model import Head, Sequenced
from trust.log.runtime import Runtime
from voting import ballots

CLOSE_SECONDS = 30
"""How long closing waits for ballots still on their way."""

Outcome = tuple[Sequenced, Head | None]


@dataclass(eq=False, slots=True)
class _Item:
    """A ballot on its way. The future returns its outcome, or raises why it was refused."""

    asked: ballots.Asked
    deadline: float
    outcome: "Future[Outcome]" = field(default_factory=Future)


class Caster:
    """Casts ballots for one process: sealed by the group commit, receipts by a thread for each log.

    Such a thread lives while ballots for its log come in; a log that cannot be published delays no
    other.
    """

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._lock = threading.Lock()
        self._on_their_way: set[Future[Outcome]] = set()
        self._waiting: dict[str, list[_Item]] = {}
        self._sealed: dict[str, list[tuple[_Item, Sequenced]]] = {}
        self._closed = False

    def cast(self, meeting: str, ballot: object, society: str | None = None) -> "Future[Outcome]":
        """Seal a ballot as `ballots.cast` does and wait for its head, without holding a thread.

        Args:
            society: if given, a meeting of another society is as if it were not there.

        The future raises what `ballots.cast` raises; its head is None after the receipt time-out.
        Raises RuntimeError after `close`.
        """
        item = _Item((ballot, society), time.monotonic() + self._rt.settings.receipt_timeout)
        item.outcome.set_running_or_notify_cancel()  # what was handed in is cast, come what may
        with self._lock:
            if self._closed:
                raise RuntimeError("Casting is closed.")
            self._on_their_way.add(item.outcome)
            waiting = self._waiting.setdefault(meeting, [])
            waiting.append(item)
            asked = len(waiting) == 1
        item.outcome.add_done_callback(self._on_their_way.discard)
        if asked:
            self._ask(meeting)
        return item.outcome

    def close(self) -> None:
        """Finish every ballot handed in."""
        with self._lock:
            self._closed = True
        wait(list(self._on_their_way), CLOSE_SECONDS)

    def _ask(self, meeting: str) -> None:
        """Have what waits for a meeting sealed in one piece: all that is there at its turn."""
        taken: list[_Item] = []

        def seal(conn: Connection) -> list[ballots.Outcome]:
            if not taken:  # else it runs once more, by itself
                taken.extend(self._take(meeting))
            asked = [item.asked for item in taken]
            return ballots.cast_all(conn, meeting, asked, now=self._rt.clock())

        def done(sealing: "Future[list[ballots.Outcome]]") -> None:
            self._has_sealed(taken or self._take(meeting), sealing)

        self._rt.commits.submit(seal, order=meeting).add_done_callback(done)

    def _take(self, meeting: str) -> list[_Item]:
        """The oldest that wait for a meeting; for what is left another piece is asked for."""
        with self._lock:
            waiting = self._waiting.pop(meeting)
            if left := waiting[MOST:]:
                self._waiting[meeting] = left
        if left:
            self._ask(meeting)
        return waiting[:MOST]

    def _has_sealed(self, items: Sequence[_Item], sealing: "Future[list[ballots.Outcome]]") -> None:
        why = sealing.exception()
        sealed: dict[str, list[tuple[_Item, Sequenced]]] = {}
        for item, found in zip(items, [why] * len(items) if why else sealing.result(), strict=True):
            if isinstance(found, Sequenced):
                sealed.setdefault(found.origin, []).append((item, found))
            else:
                item.outcome.set_exception(found)
        for origin, listed in sealed.items():
            self._await(origin, listed)

    def _await(self, origin: str, listed: list[tuple[_Item, Sequenced]]) -> None:
        with self._lock:
            if origin in self._sealed:
                self._sealed[origin] += listed
                return
            self._sealed[origin] = listed
        threading.Thread(
            target=self._give, args=(origin,), name="sakshi-receipts", daemon=True
        ).start()

    def _give(self, origin: str) -> None:
        """Wait for a head over what is sealed in one log, all of it at a time, until none is."""
        while True:
            with self._lock:
                items = self._sealed[origin]
                if not items:
                    del self._sealed[origin]
                    return
                self._sealed[origin] = []
            try:
                self._cover(origin, items)
            except Exception as error:
                for item, _ in items:
                    if not item.outcome.done():
                        item.outcome.set_exception(error)

    def _cover(self, origin: str, items: list[tuple[_Item, Sequenced]]) -> None:
        last = max(sealed.index for _, sealed in items)
        left = max(item.deadline for item, _ in items) - time.monotonic()
        head = self._rt.publisher.wait(origin, last, max(left, 0))
        for item, sealed in items:
            item.outcome.set_result((sealed, head))
