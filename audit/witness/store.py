"""What a witness remembers, in an SQLite file: for each log the last checkpoint it cosigned.

Comparing and storing is one transaction, and it is on the disk before the cosignature leaves the
witness: two requests at once, or a kill at any moment, can never make it vouch for less than it
vouched for before. The file must never be put back to an older copy; a witness that lost its file
is to be replaced by a new one with new keys, so only `create` makes the file.

The logs it knows stand in the same file, so that ten thousands of them cost no memory: those of
the operator's list, and those that a followed state log names (`audit.witness.follow`).
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import NamedTuple

from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.errors import FormatError, SakshiError
from trust.formats.notes import VerifierKey
from trust.formats.origins import parse_origin
from trust.formats.witness import EMPTY, TreeHead

_LIST = ""
"""Source of the logs that stand in the operator's list; others come from the state so named."""
_TABLES = """
CREATE TABLE IF NOT EXISTS witness (identity TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS head (hash TEXT PRIMARY KEY, origin TEXT NOT NULL,
 size INTEGER NOT NULL, root BLOB NOT NULL, time INTEGER NOT NULL, note TEXT NOT NULL)
 WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known (origin TEXT NOT NULL, vkey TEXT NOT NULL,
 source TEXT NOT NULL, PRIMARY KEY (origin, vkey, source)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS followed (origin TEXT PRIMARY KEY, source TEXT NOT NULL,
 size INTEGER NOT NULL, peaks BLOB NOT NULL, taken INTEGER NOT NULL) WITHOUT ROWID;
"""


_RETIRE = (
    "A witness without its memory could vouch for a fork: make a new witness (sakshi-witness init) "
    "and retire this one."
)


class StoreError(SakshiError):
    """The state file is missing, of another witness, or not one of ours."""

    default_code = "witness-state"


class Seen(NamedTuple):
    """The last cosigned head of a log and the time stated with it (POSIX seconds)."""

    head: TreeHead
    time: int


class Kept(NamedTuple):
    """The last cosigned checkpoint of a log as monitors get it, and the time stated with it."""

    note: str
    time: int


class Followed(NamedTuple):
    """A state log that is followed: the head cosigned, and how far it was read.

    Attributes:
        size, peaks: entries read so far, and the roots of the largest perfect subtrees over them
            (32 bytes each, largest first), under a head that was cosigned here.
        taken: entries whose keys are known here; above `size` while documents are being fetched.
    """

    origin: str
    held: TreeHead
    size: int
    peaks: bytes
    taken: int


class Store:
    """The state file, open; in one thread at a time, in as many processes as there are.

    `identity` ties the file to a key; None for whoever signs nothing.
    """

    def __init__(self, path: str | os.PathLike[str], identity: str | None) -> None:
        if not os.path.exists(path):
            raise StoreError(f"The state file {path} is missing. {_RETIRE}")
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
        try:
            row = self._db.execute("SELECT identity FROM witness").fetchone()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path} is not a state file of sakshi-witness: {error}") from None
        if row is None or identity not in (None, row[0]):
            raise StoreError(f"The state file {path} belongs to another key.")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA cache_size=-512")
        try:
            self._check()
            self._db.executescript(_TABLES)
        except (sqlite3.DatabaseError, TypeError, ValueError) as error:
            raise StoreError(f"The state file {path} is damaged ({error}). {_RETIRE}") from None

    def _check(self) -> None:
        """Raise ValueError if the file is damaged, or a row differs from its checkpoint."""
        for (words,) in self._db.execute("PRAGMA quick_check(1)"):
            if words != "ok":
                raise ValueError(words)
        for name, origin, size, root, note in self._db.execute(
            "SELECT hash, origin, size, root, note FROM head"
        ):
            if name != _hash(origin) or not _states(note, origin, TreeHead(size, root)):
                raise ValueError(f"the row of {origin} contradicts its own checkpoint")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is stored together and is on the disk at the end, or no part of it.

        Inside another transaction it is part of that one.
        """
        if self._open():
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            if not self._open():  # SQLite undid it by itself: the disk is full
                raise sqlite3.OperationalError("the transaction was undone")
            self._db.execute("COMMIT")
        except BaseException:
            if self._open():
                self._db.execute("ROLLBACK")
            raise

    def _open(self) -> bool:
        return self._db.in_transaction

    def seen(self, origin: str) -> Seen:
        """The head held of a log.

        Raises StoreError when the row says another head than the checkpoint in it.
        """
        row = self._db.execute(
            "SELECT size, root, time, note FROM head WHERE hash = ?", (_hash(origin),)
        ).fetchone()
        if row is None:
            return Seen(EMPTY, 0)
        head = TreeHead(row[0], bytes(row[1]))
        if not _states(row[3], origin, head):
            raise StoreError(f"What is held of {origin} contradicts itself. {_RETIRE}")
        return Seen(head, row[2])

    def hold(self, origin: str, head: TreeHead, time: int, note: str) -> None:
        """From now on this is the head held of a log; part of the transaction that compared it."""
        self._db.execute(
            "INSERT INTO head (hash, origin, size, root, time, note) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (hash) DO UPDATE SET size = excluded.size, root = excluded.root,"
            " time = excluded.time, note = excluded.note",
            (_hash(origin), origin, head.size, head.root, time, note),
        )

    def renew(self, origin_hash: str, kept: Kept, fresh: Kept) -> None:
        """The same head, cosigned again later; part of the transaction that read `kept`.

        Raises StoreError when something else is held by now: nothing is changed then.
        """
        done = self._db.execute(
            "UPDATE head SET time = ?, note = ? WHERE hash = ? AND note = ?",
            (fresh.time, fresh.note, origin_hash, kept.note),
        )
        if done.rowcount != 1:
            raise StoreError("Another head came to be held meanwhile; ask again.")

    def latest(self, origin_hash: str) -> Kept | None:
        """The last cosigned checkpoint of the log whose origin has this hex SHA-256."""
        row = self._db.execute(
            "SELECT note, time FROM head WHERE hash = ?", (origin_hash,)
        ).fetchone()
        return None if row is None else Kept(*row)

    def keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """The keys of a known log; none if it is not known."""
        rows = self._db.execute(
            "SELECT DISTINCT vkey FROM known WHERE origin = ? ORDER BY vkey", (origin,)
        )
        return tuple(VerifierKey.parse(row[0]) for row in rows)

    def know_list(self, keys: Iterable[VerifierKey]) -> int:
        """Put the operator's list in force; returns how many logs are known now.

        Logs of a state are forgotten when the list names no state log of it any more.
        """
        with self.transaction():
            self._db.execute("DELETE FROM known WHERE source = ?", (_LIST,))
            self._db.executemany(
                "INSERT OR IGNORE INTO known VALUES (?, ?, ?)",
                ((key.name, key.format(), _LIST) for key in keys),
            )
            listed = self._db.execute(
                "SELECT DISTINCT origin FROM known WHERE source = ? AND origin GLOB '*/state/*'",
                (_LIST,),
            )
            hosts = {state_of(origin) for (origin,) in listed if _is_state(origin)}
            sources = self._db.execute("SELECT DISTINCT source FROM known").fetchall()
            for (source,) in sources:
                if source not in hosts | {_LIST}:
                    self._db.execute("DELETE FROM known WHERE source = ?", (source,))
                    self._db.execute("DELETE FROM followed WHERE source = ?", (source,))
            return int(self._db.execute("SELECT COUNT(DISTINCT origin) FROM known").fetchone()[0])

    def know(self, origin: str, vkey: str, source: str) -> bool:
        """Know a log that a state names, unless another key is known; returns whether it fits."""
        found = self._db.execute("SELECT vkey FROM known WHERE origin = ?", (origin,)).fetchall()
        fits = not found or (vkey,) in found
        if fits:
            row = (origin, vkey, source)
            self._db.execute("INSERT OR IGNORE INTO known VALUES (?, ?, ?)", row)
        return fits

    def states(self) -> list[Followed]:
        """Every known state log of which a head was cosigned, and how far it was followed."""
        rows = self._db.execute(
            "SELECT k.origin, h.size, h.root, f.size, f.peaks, f.taken FROM"
            " (SELECT DISTINCT origin FROM known WHERE origin GLOB '*/state/*') k"
            " JOIN head h ON h.origin = k.origin LEFT JOIN followed f ON f.origin = k.origin"
            " ORDER BY k.origin"
        )
        return [
            Followed(row[0], TreeHead(row[1], row[2]), row[3] or 0, row[4] or b"", row[5] or 0)
            for row in rows
            if _is_state(row[0])
        ]

    def followed(self, state: Followed) -> None:
        """How far a state log was followed."""
        self._db.execute(
            "INSERT INTO followed VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET"
            " size = excluded.size, peaks = excluded.peaks, taken = excluded.taken",
            (state.origin, state_of(state.origin), state.size, state.peaks, state.taken),
        )

    def changes(self) -> int:
        """How many rows were changed through this connection; to see that something has."""
        return self._db.total_changes

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def create(path: str | os.PathLike[str], identity: str) -> None:
    """Make the state file of a new witness.

    Raises:
        StoreError: the file exists.
    """
    if os.path.exists(path):
        raise StoreError(f"The state file {path} exists; it is never overwritten.")
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN;{_TABLES}COMMIT;")
    db.execute("INSERT INTO witness VALUES (?)", (identity,))
    db.close()


def state_of(origin: str) -> str:
    """The label of a state, with which all its logs' names begin."""
    return origin.partition("/")[0]


def _is_state(origin: str) -> bool:
    """Whether what GLOB found is a state log, and not that of a society called `state`."""
    try:
        return parse_origin(origin).kind == "state"
    except FormatError:
        return False


def _states(note: str, origin: str, head: TreeHead) -> bool:
    """Whether a checkpoint is the one of this head."""
    try:
        return note.startswith(format_checkpoint(Checkpoint(origin, head.size, head.root)))
    except SakshiError:
        return False


def _hash(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()
