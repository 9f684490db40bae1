"""What a monitor remembers, in one SQLite file: written atomically, whole after a kill at any time.

For each log the last verified head with its note, and how far entries have been read; of the
hashes one for every 256 entries; heads the state log admitted but that are not yet checked; every
state head seen; findings. Entries and documents are not kept.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path

from audit.monitoring.model import LATER, SCHEMA, LogState, PendingHead
from trust.formats.errors import SakshiError
from trust.formats.merkle import EMPTY_ROOT
from trust.formats.tiles import HASH

FORMAT = "sakshi-monitor/1"
ALL = (1 << 63) - 1
"""As a limit: no limit."""

_LINGER = 1.0


class StoreError(SakshiError):
    """The state file cannot be used."""

    default_code = "monitor-state"


_COLUMNS = tuple(field.name for field in fields(LogState))
_LOG = f"SELECT {', '.join(_COLUMNS)} FROM log"  # noqa: S608 (names of our own fields)
_SAVE = (
    f"UPDATE log SET {', '.join(f'{name} = :{name}' for name in _COLUMNS[1:])} "  # noqa: S608
    "WHERE id = :id"
)


class Store:
    """One state file; opened by one monitor at a time."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        try:
            mode = "ro" if read_only else "rwc"
            where = f"{path.absolute().as_uri()}?mode={mode}"
            # Several threads, but one at a time: each works when it has the turn (scheduler.py).
            self.db = sqlite3.connect(
                where, uri=True, isolation_level=None, timeout=5, check_same_thread=False
            )
            if not read_only:
                self._own()
            self._check()
            if not read_only:
                for statement in filter(str.strip, LATER.split(";\n")):
                    self.db.execute(statement)
        except sqlite3.Error as error:
            raise StoreError(f"The state file {path} cannot be used: {error}.") from None
        self._depth = 0
        self._open = False
        self._since = 0.0

    def _own(self) -> None:
        self.db.execute("PRAGMA journal_mode = DELETE")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("BEGIN IMMEDIATE")
        if not self.db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            for statement in SCHEMA.split(";\n"):
                if statement.strip():
                    self.db.execute(statement)
            self.db.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
        self.db.execute("COMMIT")

    def _check(self) -> None:
        try:
            row = self.db.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
        except sqlite3.Error:
            row = None
        if row is None or row[0] != FORMAT:
            raise StoreError(f"{self.path} is not the state file of a monitor.")

    def close(self) -> None:
        """Write what is open and let go of the file."""
        with suppress(sqlite3.Error):
            self.flush()
        self.db.close()

    def flush(self) -> None:
        """Make every change so far durable."""
        if self._open and not self._depth:
            self._open = False
            self.db.execute("COMMIT")

    @contextmanager
    def change(self) -> Iterator[None]:
        """A change, whole or not at all; inside another it is part of that one.

        Changes of a second share a transaction, so that thousands of logs do not cost thousands
        of flushes: a kill loses that second, which is then read again.
        """
        if self._depth:
            yield
            return
        if not self._open:
            self.db.execute("BEGIN IMMEDIATE")
            self._open, self._since = True, time.monotonic()
        self._depth += 1
        try:
            yield
        except BaseException:
            self._open = False
            if self.db.in_transaction:  # a full disk has ended it already
                self.db.execute("ROLLBACK")
            raise
        finally:
            self._depth -= 1
        if time.monotonic() - self._since >= _LINGER:
            self.flush()

    def meta(self, name: str) -> str | None:
        """A remembered word, such as the policy that is pinned."""
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Remember a word."""
        with self.change():
            self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def log(self, origin: str) -> LogState | None:
        """What is remembered of a log."""
        row = self.db.execute(f"{_LOG} WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else LogState(*row)

    def before(self, origin: str) -> LogState | None:
        """The closed log that says it goes on in this one."""
        row = self.db.execute(f"{_LOG} WHERE next = ? LIMIT 1", (origin,)).fetchone()
        return None if row is None else LogState(*row)

    def logs(self) -> Iterator[LogState]:
        """Every log, in the order they became known."""
        for row in self.db.execute(f"{_LOG} ORDER BY id"):
            yield LogState(*row)

    def know(self, origin: str, kind: str) -> LogState:
        """The log's row, made if it is new."""
        with self.change():
            self.db.execute(
                "INSERT OR IGNORE INTO log (origin, kind, valid_from, size, root, last_time, read,"
                " read_time, head_size, head_root, visited, verified, recheck)"
                " VALUES (?, ?, 0, 0, ?, 0, 0, 0, 0, ?, 0, 0, 0)",
                (origin, kind, EMPTY_ROOT, EMPTY_ROOT),
            )
        found = self.log(origin)
        assert found is not None
        return found

    def save(self, log: LogState) -> None:
        """Write a log's row back."""
        with self.change():
            self.db.execute(_SAVE, {name: getattr(log, name) for name in _COLUMNS})

    def add_nodes(self, log: LogState, nodes: list[tuple[int, int, bytes]]) -> None:
        """Keep completed hashes: level, index, hash."""
        rows = [(log.id, level, index, value) for level, index, value in nodes]
        with self.change():
            self.db.executemany("INSERT OR REPLACE INTO node VALUES (?, ?, ?, ?)", rows)

    def nodes(self, log: LogState, level: int, start: int, stop: int) -> bytes:
        """Hashes [start, stop) of a tile level above the entries."""
        rows = self.db.execute(
            "SELECT hash FROM node WHERE log = ? AND level = ? AND idx >= ? AND idx < ?"
            " ORDER BY idx",
            (log.id, level, start, stop),
        )
        found = b"".join(row[0] for row in rows)
        if len(found) != (stop - start) * HASH:
            raise StoreError(f"{self.path} has lost hashes of {log.origin}: begin a new file.")
        return found

    def forget_unverified(self, log: LogState) -> None:
        """Go back to the last verified head: what was read after it did not hold."""
        with self.change():
            for level in range(1, 9):
                self.db.execute(
                    "DELETE FROM node WHERE log = ? AND level = ? AND idx >= ?",
                    (log.id, level, log.size >> (8 * level)),
                )
            self.db.execute("DELETE FROM head WHERE state = ? AND idx >= ?", (log.origin, log.size))
            self.db.execute(
                "UPDATE log SET vkey = NULL, key_state = NULL, key_index = NULL"
                " WHERE key_state = ? AND key_index >= ? AND size = 0",
                (log.origin, log.size),
            )
            log.read, log.read_time = log.size, log.last_time
            if log.closed is not None and log.closed >= log.size:
                log.closed = log.next = log.next_key = None
            self.save(log)

    def suspect(self, log: LogState, level: int, n: int) -> None:
        """Remember a tile that is to be compared once the head above it is verified."""
        with self.change():
            self.db.execute("INSERT OR IGNORE INTO suspect VALUES (?, ?, ?)", (log.id, level, n))

    def suspects(self, log: LogState) -> list[tuple[int, int]]:
        """Those tiles: level and number."""
        rows = self.db.execute("SELECT level, n FROM suspect WHERE log = ?", (log.id,))
        return [(row[0], row[1]) for row in rows]

    def compared(self, log: LogState, level: int, n: int) -> None:
        """This tile has been compared."""
        with self.change():
            self.db.execute(
                "DELETE FROM suspect WHERE log = ? AND level = ? AND n = ?", (log.id, level, n)
            )

    def add_head(self, head: PendingHead) -> None:
        """Note a head that stands in a state log."""
        with self.change():
            self.db.execute(
                "INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?, ?, ?)",
                (head.state, head.index, head.origin, head.size, head.root, head.note),
            )

    def heads(self, origin: str) -> list[PendingHead]:
        """The heads of a log that are not yet checked, smallest first; at most a thousand."""
        rows = self.db.execute(
            "SELECT * FROM head WHERE origin = ? ORDER BY size, state, idx LIMIT 1000", (origin,)
        )
        return [PendingHead(*row) for row in rows]

    def newest_head(self, origin: str) -> tuple[int, bytes, str] | None:
        """Size, root and note of the head the state logs took last, checked or not."""
        row = self.db.execute(
            "SELECT size, root, note FROM head WHERE origin = ? ORDER BY state DESC, idx DESC"
            " LIMIT 1",
            (origin,),
        ).fetchone()
        if row is None:
            row = self.db.execute(
                "SELECT head_size, head_root, head_note FROM log"
                " WHERE origin = ? AND head_note IS NOT NULL",
                (origin,),
            ).fetchone()
        return None if row is None else (row[0], bytes(row[1]), row[2])

    def drop_head(self, head: PendingHead) -> None:
        """This head has been judged."""
        with self.change():
            self.db.execute(
                "DELETE FROM head WHERE state = ? AND idx = ?", (head.state, head.index)
            )

    def add_witness_head(self, name: str, origin: str, size: int, root: bytes, note: str) -> None:
        """Remember a head that a witness was shown and this monitor was not, until it is."""
        with self.change():
            self.db.execute(
                "INSERT OR REPLACE INTO witness_head VALUES (?, ?, ?, ?, ?)",
                (name, origin, size, root, note),
            )

    def witness_heads(self, origin: str) -> list[tuple[str, int, bytes, str]]:
        """Those heads: witness, size, root, note."""
        rows = self.db.execute(
            "SELECT name, size, root, note FROM witness_head WHERE origin = ?", (origin,)
        )
        return [(row[0], row[1], bytes(row[2]), row[3]) for row in rows]

    def drop_witness_head(self, name: str, origin: str, size: int) -> None:
        """This head has been compared."""
        with self.change():
            self.db.execute(
                "DELETE FROM witness_head WHERE origin = ? AND name = ? AND size = ?",
                (origin, name, size),
            )

    def add_seen(self, origin: str, size: int, root: bytes, note: str, at: int) -> None:
        """Remember a verified head for ever, to be compared with another monitor's."""
        with self.change():
            self.db.execute(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)", (origin, size, root, note, at)
            )

    def seen(self, origin: str) -> Iterator[tuple[int, bytes, str]]:
        """Every head of a state log that was verified: size, root, note."""
        for row in self.db.execute(
            "SELECT size, root, note FROM seen WHERE origin = ? ORDER BY size", (origin,)
        ):
            yield row[0], bytes(row[1]), row[2]

    def first_beyond(self, origin: str, size: int) -> int | None:
        """When this monitor first saw a larger head of a state log; None if it never did."""
        (at,) = self.db.execute(
            "SELECT min(at) FROM seen WHERE origin = ? AND size > ?", (origin, size)
        ).fetchone()
        return None if at is None else int(at)

    def due(self, limit: int) -> list[str]:
        """Origins to visit: those with heads to check or open findings, then the longest unseen."""
        rows = self.db.execute(
            "SELECT origin FROM log WHERE kind != 'state' AND (origin IN (SELECT origin FROM head)"
            " OR origin IN (SELECT origin FROM finding WHERE closed IS NULL))"
            " UNION SELECT origin FROM (SELECT origin FROM log WHERE kind != 'state'"
            " ORDER BY visited, id LIMIT ?)",
            (limit,),
        )
        return [row[0] for row in rows]

    def wait(self, origin: str, what: str, size: int, now: int) -> int:
        """Seconds since `size` was first awaited."""
        with self.change():
            self.db.execute(
                "INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?)", (origin, what, size, now)
            )
        row = self.db.execute(
            "SELECT since FROM waiting WHERE origin = ? AND what = ?", (origin, what)
        ).fetchone()
        return now - int(row[0])

    def awaited(self, origin: str, what: str) -> int | None:
        """The size that is awaited, if one is."""
        row = self.db.execute(
            "SELECT size FROM waiting WHERE origin = ? AND what = ?", (origin, what)
        ).fetchone()
        return None if row is None else int(row[0])

    def came(self, origin: str, what: str) -> None:
        """What was awaited has come."""
        with self.change():
            self.db.execute("DELETE FROM waiting WHERE origin = ? AND what = ?", (origin, what))
