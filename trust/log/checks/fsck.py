"""`sakshi fsck`: everything a proof rests on, computed again from SQL and compared.

Each log is read once, in order, in pieces, so memory stays the same however long the log is.
Leaves come from the entries; tiles and the root at every released size from the leaves; notes are
verified with the key that the signer derives now; the signer's guard is asked for its last head;
payloads and documents are hashed against their entries; the state log is compared with every head
it admitted. Nothing is changed. What disagrees is yielded in the order in which it is found.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from trust.database import Database
from trust.formats import merkle, notes, origins, tiles
from trust.formats.checkpoints import open_checkpoint
from trust.formats.errors import SakshiError
from trust.log import queries
from trust.log.checks import fsckleaves
from trust.log.checks.fscklines import LineCheck
from trust.log.checks.fsckorphans import orphans
from trust.log.checks.fsckrows import Finding, check_documents, check_rows, erasures
from trust.log.checks.fsckshards import ShardCheck, waits
from trust.log.checks.fsckstate import StateCheck
from trust.log.checks.fsckwitness import WitnessCheck
from trust.log.compact_range import Frontier
from trust.log.context import Signer
from trust.log.errors import NotInstalledError
from trust.log.keys import society_keys
from trust.log.model import LogInfo
from trust.log.tables import log, log_entry, log_head, log_payload, log_tile

__all__ = ["Finding", "check"]

Progress = Callable[[str], None]
_HEADS = 500


def check(db: Database, signer: Signer, progress: Progress = lambda _: None) -> Iterator[Finding]:
    """Yield everything that disagrees, log by log; none if all agrees.

    Raises NotInstalledError where there is no state, SignerError when it does not answer.
    """
    # The guard before the snapshot: what it has released by now must stand in what is read then,
    # also while a server goes on publishing.
    guard = {origin: (size, root) for origin, size, root in signer.heads()}
    with db.read() as conn:
        host, listed = queries.host(conn), queries.logs(conn)
        if host is None and not listed:
            raise NotInstalledError
        if signer.host() != host:
            column = "name" if host is None else "value"
            words = f"the signer signs for {signer.host()}"
            yield Finding(host or "installation", None, f"installation.{column}", words)
            host = signer.host()
        one = _Logs(conn, signer, host, guard, StateCheck(conn), progress)
        # State logs last: by then the heads they admitted have been derived again.
        for info in sorted(listed, key=lambda info: info.kind == "state"):
            progress(f"{info.origin}: {info.next_index} entries")
            yield from one.check(info)
        yield from _unknown(guard, {info.origin for info in listed})
        progress("witnesses, second lines, time-stamps")
        yield from WitnessCheck(conn, progress).faults()
        yield from LineCheck(conn, signer, progress).faults()
        yield from orphans(conn, host)
        progress("receipt codes")
        yield from fsckleaves.disagreements(conn)


def _unknown(guard: dict[str, tuple[int, bytes]], known: set[str]) -> Iterator[Finding]:
    """Logs that the signer has released heads of and the database does not know."""
    for origin, (size, _) in sorted(guard.items()):
        if size and origin not in known:
            yield Finding(
                origin,
                None,
                "guard.origin",
                f"the signer released a head of size {size}, and the database knows no such log: "
                "it was put back. Run `sakshi recover`",
            )


@dataclass(frozen=True, slots=True)
class _Logs:
    """The checks of one log after another."""

    conn: Connection
    signer: Signer
    host: str
    guard: dict[str, tuple[int, bytes]]
    state: StateCheck
    progress: Progress

    def check(self, info: LogInfo) -> Iterator[Finding]:
        """What disagrees in one log."""
        try:
            parsed = origins.parse_origin(info.origin)
            held = society_keys.key_of(self.conn, info.origin)
            key = notes.VerifierKey.parse(held or self.signer.vkey(info.origin))
        except SakshiError as error:
            yield Finding(info.origin, None, "log.origin", str(error).rstrip("."))
            return
        if (parsed.host, parsed.kind, parsed.subject or "") != (self.host, info.kind, info.subject):
            yield Finding(
                info.origin,
                None,
                "log.kind, subject",
                f"the origin says {parsed.kind} {parsed.subject or ''} of {parsed.host}, "
                f"the row says {info.kind} {info.subject} of {self.host}",
            )
        if info.vkey not in (None, key.format()):
            whose = "the society gave" if held else "the signer derives"
            yield Finding(info.origin, None, "log.vkey", f"it is not the key {whose}")
        if waits(self.conn, info):
            return  # Opened with the new year; the last head of the year before is still to come.
        yield from self._walk(info, key, parsed.kind)

    def _walk(self, info: LogInfo, key: notes.VerifierKey, kind: str) -> Iterator[Finding]:
        conn, shard, said = self.conn, ShardCheck(self.conn, info), False
        walk = _Walk(conn, info, key, self._last(info), self.signer)
        for row in check_rows(conn, info.origin, info.id, kind, erasures(conn, info)):
            yield from row.faults
            said = said or any(fault.column.startswith("log_document") for fault in row.faults)
            if row.leaf is None:
                return  # A hole: nothing after it can be derived.
            yield from shard.entry(row)
            if kind == "state":
                yield from self.state.entry(info, row)
            yield from walk.leaf(row.leaf)
            if walk.tree.size % 65_536 == 0:
                self.progress(f"{info.origin}: {walk.tree.size} of {info.next_index}")
            walk.last_time = row.time
        yield from walk.end()
        if not said:
            yield from check_documents(conn, info)
        if kind == "state":
            yield from self.state.end(info)

    def _last(self, info: LogInfo) -> tuple[int, bytes]:
        """The head that the signer's guard holds; a society's own guard is not here to be asked."""
        if society_keys.key_of(self.conn, info.origin) is None:
            return self.guard.get(info.origin, (0, merkle.EMPTY_ROOT))
        latest = queries.latest_head(self.conn, info.origin)
        return (latest[0], latest[1]) if latest else (0, merkle.EMPTY_ROOT)


class _Walk:
    """One log's tree as it is built again, with what is stored at each size it passes."""

    def __init__(
        self,
        conn: Connection,
        info: LogInfo,
        key: notes.VerifierKey,
        last: tuple[int, bytes],
        signer: Signer,
    ) -> None:
        self._conn, self._info, self._key, self._signer = conn, info, key, signer
        self._guard, self._guard_root = last
        self._heads = self._read_heads()
        self._head = next(self._heads, None)
        self._last_head = 0
        self.tree = Frontier()
        self.last_time: int | None = None

    def leaf(self, leaf: bytes) -> Iterator[Finding]:
        """The next leaf: compare the tiles it fills, and what is stored for this size."""
        if self.tree.size == 0:
            yield from self._at_size()
        filled = self.tree.add(leaf)
        if self.tree.size <= self._info.size:
            for level, n, data in filled:
                yield from self._tile(level, n, data)
        yield from self._at_size()

    def end(self) -> Iterator[Finding]:
        """What can only be said when every entry has been read."""
        info, size = self._info, self.tree.size
        if size == 0:
            yield from self._at_size()
        if info.next_index != size:
            yield self._say(
                None, "log.next_index", f"it says {info.next_index}, but there are {size} entries"
            )
        if not 0 <= info.size <= size:
            yield self._say(
                None, "log.size", f"{info.size} entries are integrated, only {size} are stored"
            )
        stored = self._conn.execute(select(log.c.last_time).where(log.c.id == info.id)).scalar_one()
        if self.last_time is not None and stored != self.last_time:
            yield self._say(size - 1, "log.last_time", "it is not the time of the last entry")
        if self._head is not None:
            yield self._say(
                self._head.size,
                "log_head.size",
                f"a head of size {self._head.size} is stored, but only {size} entries are",
            )
        yield from self._counts()
        yield from self._guarded_end()

    def _at_size(self) -> Iterator[Finding]:
        size, root = self.tree.size, b""
        if size in (self._info.size, self._guard) or self._head_is(size):
            root = self.tree.root()
        if size == self._info.size:
            if self._info.root != root:
                yield self._say(None, "log.root", f"it is not the root of {size} entries")
            for level, n, data in self.tree.partial():
                yield from self._tile(level, n, data)
        if self._head is not None and self._head_is(size):
            yield from self._check_head(self._head, root)
            self._last_head = size
            self._head = next(self._heads, None)
        if size == self._guard and self._guard_root != root:
            yield self._say(
                None,
                "guard.root",
                f"the signer released another root for size {size}: these are not the entries it "
                "signed",
            )

    def _head_is(self, size: int) -> bool:
        return self._head is not None and self._head.size == size

    def _check_head(self, head: Row[*tuple[Any, ...]], root: bytes) -> Iterator[Finding]:
        size = head.size
        if bytes(head.root) != root:
            yield self._say(
                size, "log_head.root", f"it is not the root of the first {size} entries"
            )
        try:
            signed = open_checkpoint(bytes(head.note), self._key)
        except SakshiError as error:
            yield self._say(size, "log_head.note", str(error))
            return
        if (signed.size, signed.root) != (size, root):
            yield self._say(size, "log_head.note", "the note states another size or root")

    def _tile(self, level: int, n: int, data: bytes) -> Iterator[Finding]:
        where = (log_tile.c.log_id == self._info.id) & (log_tile.c.level == level)
        query = select(log_tile.c.data).where(where, log_tile.c.n == n)
        stored = self._conn.execute(query).scalar()
        name = tiles.tile_path(level, n, len(data) // tiles.HASH)
        first = (n * tiles.TILE) << (8 * level)
        if stored is None:
            yield self._say(first, "log_tile", f"{name} is missing")
        elif bytes(stored) != data:
            at = next(
                (i for i in range(0, len(data), 32) if stored[i : i + 32] != data[i : i + 32]),
                len(data),
            )
            index = first + ((at // 32) << (8 * level))
            yield self._say(index, "log_tile.data", f"{name} differs from what the entries hash to")

    def _counts(self) -> Iterator[Finding]:
        info = self._info
        expected, left = 0, info.size
        while left > 0:
            expected += -(-left // tiles.TILE)
            left //= tiles.TILE
        stored = select(func.count()).select_from(log_tile).where(log_tile.c.log_id == info.id)
        if self._conn.execute(stored).scalar_one() != expected:
            yield self._say(
                None, "log_tile", f"there should be {expected} tiles at size {info.size}"
            )
        private = select(func.count()).select_from(log_payload)
        private = private.where(log_payload.c.log_id == info.id)
        orphans = private.where(
            ~select(log_entry.c.idx)
            .where(log_entry.c.log_id == info.id, log_entry.c.idx == log_payload.c.idx)
            .exists()
        )
        if self._conn.execute(orphans).scalar_one():
            yield self._say(None, "log_payload.idx", "a payload belongs to no entry")

    def _guarded_end(self) -> Iterator[Finding]:
        guard, info = self._guard, self._info
        if guard > self.tree.size:
            if queries.abandoned(self._conn, info.origin):
                return
            yield self._say(
                self.tree.size,
                "guard.size",
                f"the signer released size {guard}, {self.tree.size} entries are stored: the "
                "database was put back. Run `sakshi recover`",
            )
        elif self._ahead():
            yield self._say(
                self._last_head,
                "guard.size",
                f"a head of size {self._last_head} is stored, but the signer's guard knows {guard} "
                "only: the guard was put back or replaced",
            )
        elif guard > info.size:
            yield self._say(
                info.size,
                "log.size",
                f"the signer released size {guard}, but {info.size} entries are integrated: the "
                "database was put back. Publishing goes on by itself",
            )

    def _ahead(self) -> bool:
        """Whether a head is stored that the guard knows nothing of, now that it is asked again."""
        return self._last_head > self._guard and self._last_head > self._now()

    def _now(self) -> int:
        if society_keys.key_of(self._conn, self._info.origin) is not None:
            return self._last_head
        return self._signer.last(self._info.origin)[0]

    def _read_heads(self) -> Iterator[Row[*tuple[Any, ...]]]:
        after = -1
        while True:
            rows = self._conn.execute(
                select(log_head)
                .where(log_head.c.log_id == self._info.id, log_head.c.size > after)
                .order_by(log_head.c.size)
                .limit(_HEADS)
            ).all()
            yield from rows
            if len(rows) < _HEADS:
                return
            after = rows[-1].size

    def _say(self, index: int | None, column: str, words: str) -> Finding:
        return Finding(self._info.origin, index, column, words)
