"""Group commit: short pieces of writing that come together share one transaction.

What a lone entry costs most, a durable transaction, costs hardly more for a hundred. Each piece
keeps its own outcome: one that is refused leaves the others alone. A piece may be run twice (again
by itself when another of its group was refused), so it must do nothing but write to the database.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from trust.database import Database

MOST = 128
"""Pieces in one transaction at most, and rows of one kind in a piece, so that no other writer waits
long for its turn."""
CLOSE_SECONDS = 30
"""How long closing waits for what was handed in."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Piece:
    order: str
    work: Callable[[Connection], Any]
    outcome: "Future[Any]"


class GroupCommit:
    """Writes for all threads of a process; its own thread starts at the first piece."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._change = threading.Condition()
        self._waiting: list[_Piece] = []
        self._closed = False
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[Connection], T], order: str) -> "Future[T]":
        """Have a piece written; the future returns its result once that is durable.

        It raises what the piece raised, or what kept the whole transaction from being stored.
        `order` names what the piece locks (a log, a meeting): pieces are written in that order, so
        that two processes can never hold each other's. Raises RuntimeError after `close`.
        """
        piece = _Piece(order, work, Future())
        piece.outcome.set_running_or_notify_cancel()  # what was handed in is written, come what may
        with self._change:
            if self._closed:
                raise RuntimeError("Nothing is written any more: the process is ending.")
            self._waiting.append(piece)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="sakshi-group-commit", daemon=True
                )
                self._thread.start()
            self._change.notify()
        return piece.outcome

    def close(self) -> None:
        """Write what was handed in and end the thread."""
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
                pieces = self._waiting[:MOST]
                del self._waiting[:MOST]
            self._write(sorted(pieces, key=lambda piece: piece.order))

    def _write(self, pieces: list[_Piece]) -> None:
        try:
            try:
                with self._db.write() as conn:
                    results: list[Any] = [piece.work(conn) for piece in pieces]
            except Exception:
                results = self._one_by_one(pieces)
        except Exception as error:
            results = [error] * len(pieces)
        for piece, result in zip(pieces, results, strict=True):
            if isinstance(result, Exception):
                piece.outcome.set_exception(result)
            else:
                piece.outcome.set_result(result)

    def _one_by_one(self, pieces: list[_Piece]) -> list[Any]:
        """The same again, each in its own savepoint: a refusal rolls back its own piece only."""
        results: list[Any] = []
        with self._db.write() as conn:
            for piece in pieces:
                try:
                    with conn.begin_nested():
                        results.append(piece.work(conn))
                except Exception as refused:
                    if _ended(conn):
                        raise
                    results.append(refused)
        return results


def _ended(conn: Connection) -> bool:
    """Whether the whole transaction is gone, not the savepoint alone: SQLite does that when its
    disk fails in the middle of a statement. What was written before is then not stored either."""
    driver: Any = conn.connection.driver_connection
    return conn.dialect.name == "sqlite" and not driver.in_transaction
