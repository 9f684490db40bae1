"""What a witness remembers: for each log the last checkpoint it cosigned, in an SQLite file.

Comparing and storing is one transaction, and it is on the disk before the cosignature leaves the
witness: two requests at once, or a kill at any moment, can never make it vouch for less than it
vouched for before. The file must never be put back to an older copy; a witness that lost its file
is to be replaced by a new one with new keys, so only `create` makes the file.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from trust.formats.errors import SakshiError
from trust.formats.notes import NoteSignature, SignedNote, format_note
from trust.formats.witness import EMPTY, AddCheckpoint, TreeHead, check_follows, cosigning_time

Cosign = Callable[[str, int], list[NoteSignature]]
"""Cosigns a checkpoint text at a time."""


class StoreError(SakshiError):
    """The state file is missing, of another witness, or not one of ours."""

    default_code = "witness-state"


@dataclass(frozen=True)
class Seen:
    """The last cosigned head of a log and the time stated with it (POSIX seconds)."""

    head: TreeHead
    time: int


class Store:
    """The state file, open. Safe to use from several threads, and from several processes."""

    def __init__(self, path: Path, identity: str) -> None:
        if not path.exists():
            raise StoreError(
                f"The state file {path} is missing. A witness without its memory could vouch for "
                "a fork: make a new witness (sakshi-witness init) and retire this one."
            )
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA cache_size=-512")
        try:
            row = self._db.execute("SELECT identity FROM witness").fetchone()
        except sqlite3.DatabaseError as fault:
            raise StoreError(f"{path} is not a state file of sakshi-witness: {fault}") from None
        if row is None or row[0] != identity:
            raise StoreError(f"The state file {path} belongs to another key.")

    def cosign(
        self, request: AddCheckpoint, trusted: Sequence[NoteSignature], now: int, sign: Cosign
    ) -> list[NoteSignature]:
        """Cosign a head if it follows from the one held, and hold it from now on.

        Args:
            trusted: the signature lines of the request that are worth keeping.
            now: POSIX seconds; an earlier one than was stated for this log before counts as that.

        Raises:
            Refusal: 409 or 422; nothing was changed.
        """
        origin, text = request.checkpoint.origin, request.note.text
        with self._transaction():
            seen = self._seen(origin)
            check_follows(request, seen.head)
            time = cosigning_time(now, seen.time)
            lines = sign(text, time)
            note = format_note(SignedNote(text, (*trusted, *lines)))
            self._db.execute(
                "INSERT INTO head (hash, origin, size, root, time, note) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (hash) DO UPDATE SET size = excluded.size, root = excluded.root,"
                " time = excluded.time, note = excluded.note",
                (_hash(origin), origin, request.head.size, request.head.root, time, note),
            )
        return lines

    def latest(self, origin_hash: str) -> str | None:
        """The last cosigned checkpoint of the log whose origin has this hex SHA-256."""
        with self._lock:
            row = self._db.execute(
                "SELECT note FROM head WHERE hash = ?", (origin_hash,)
            ).fetchone()
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _seen(self, origin: str) -> Seen:
        row = self._db.execute(
            "SELECT size, root, time FROM head WHERE hash = ?", (_hash(origin),)
        ).fetchone()
        return Seen(EMPTY, 0) if row is None else Seen(TreeHead(row[0], bytes(row[1])), row[2])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def create(path: Path, identity: str) -> None:
    """Make the state file of a new witness.

    Raises:
        StoreError: the file exists.
    """
    if path.exists():
        raise StoreError(f"The state file {path} exists; it is never overwritten.")
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN;"
        "CREATE TABLE witness (identity TEXT NOT NULL);"
        "CREATE TABLE head (hash TEXT PRIMARY KEY, origin TEXT NOT NULL, size INTEGER NOT NULL,"
        " root BLOB NOT NULL, time INTEGER NOT NULL, note TEXT NOT NULL) WITHOUT ROWID; COMMIT;"
    )
    db.execute("INSERT INTO witness VALUES (?)", (identity,))
    db.close()


def _hash(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()
