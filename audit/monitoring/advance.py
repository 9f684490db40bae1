"""From the last verified head of a log to a new one: every entry read, hashed and judged.

Progress is written bundle by bundle, so that a monitor that is killed goes on where it was; but a
head counts as verified only when all entries give its root. If they do not, what was read is
forgotten and the reason is looked for: two signed heads that contradict each other (a fork, with
proof), or data that do not belong to the head.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from audit.monitoring import bundles, clocks, evidence_proofs
from audit.monitoring.bundles import Bundle, Stop
from audit.monitoring.context import Context
from audit.monitoring.ledger import Evidence
from audit.monitoring.logs import AHEAD, batched
from audit.monitoring.model import LogState, PendingHead
from audit.monitoring.rules import PLAIN, Parsed, continues, faults
from audit.monitoring.tree import Tree, first_difference
from audit.monitoring.wire import Absent
from trust.formats.canon import Json, canonical
from trust.formats.checkpoints import Checkpoint
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.errors import FormatError
from trust.formats.merkle import root_from_nodes
from trust.formats.tiles import TILE, TileReader, TileRef, bundle_path, tile_path, width_of

_BUNDLES = 4
"""Bundles read together, each with its tile."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry that could be read, with its public record if it has one that is right."""

    index: int
    parsed: Entry | NoteEntry
    record: dict[str, Json] | None = None


class Sink(Protocol):
    """Who else wants to see new entries: the replay of a state log."""

    def see(self, log: LogState, entry: Seen) -> None:
        """One new entry that could be read; called inside the transaction of its bundle."""
        ...


@dataclass(slots=True)
class Advance:
    """One walk of a log to a signed head.

    Attributes:
        agreed: heads of the state log, by log and index, that the entries gave on the way.
    """

    ctx: Context
    log: LogState
    target: Checkpoint
    note: str
    sink: Sink | None = None
    heads: list[PendingHead] = field(default_factory=list)
    suspects: list[tuple[int, int, bytes]] = field(default_factory=list)
    agreed: set[tuple[str, int]] = field(default_factory=set)

    def run(self) -> bool:
        """Whether the head is now verified. Raises Stop, or Unreachable with progress kept."""
        if self.target.size < self.log.read:
            self.ctx.store.forget_unverified(self.log)
        tree = self._begin()
        waiting = [head for head in self.heads if head.size > self.log.read]
        numbers = range(self.log.read // TILE, -(-self.target.size // TILE))
        for n in numbers:
            self.ctx.progress(f"{self.log.origin}: {tree.size} of {self.target.size} entries")
            if (n - numbers.start) % _BUNDLES == 0:
                if n > numbers.start:
                    self.ctx.store.flush()
                self._ahead(range(n, min(n + _BUNDLES, numbers.stop)))
            bundle = bundles.fetch(self.ctx, self.log, n, self.target.size, self.note)
            self._suspect_tile(bundle)
            self._take(tree, bundle, waiting)
        if tree.root != self.target.root:
            self._explain()
            self.ctx.store.forget_unverified(self.log)
            return False
        self._verified(tree)
        return True

    def _ahead(self, numbers: range) -> None:
        """Read the next bundles and their tiles together."""
        paths: list[str] = []
        for n in numbers:
            width = width_of(0, n, self.target.size)
            paths += [bundle_path(n, width), tile_path(0, n, width)]
        self.ctx.logs.ahead(self.log.origin, paths)

    def _begin(self) -> Tree:
        """The tree as far as entries were read; an unfinished bundle is compared with it again."""
        log = self.log
        if log.read % TILE == 0:
            return bundles.kept_tree(self.ctx, log, log.read, [])
        # Only a verified head ends inside a bundle, so its root is known.
        bundle = bundles.fetch(self.ctx, log, log.read // TILE, self.target.size, self.note)
        tree = bundles.kept_tree(self.ctx, log, log.read, bundle.leaves[: log.read % TILE])
        if tree.root != log.root:
            self._explain()
            raise Stop(log.origin)
        return tree

    def _suspect_tile(self, bundle: Bundle) -> None:
        served = bundles.tile(self.ctx, self.log, 0, bundle.n, self.target.size, self.note)
        if served is not None and first_difference(bundle.leaves, served) is not None:
            self._suspect(0, bundle.n, b"".join(bundle.leaves))

    def _suspect(self, level: int, n: int, mine: bytes) -> None:
        """A tile that differs: the tile's fault, or the entries', as the root will tell."""
        self.suspects.append((level, n, mine))
        del self.suspects[20:]
        # On the disk too: a walk that is killed goes on behind this tile.
        self.ctx.store.suspect(self.log, level, n)

    def _take(self, tree: Tree, bundle: Bundle, waiting: list[PendingHead]) -> None:
        """Judge the new entries of a bundle and add them to the tree."""
        done = tree.size - bundle.first
        seen = self._judge(bundle, done)
        nodes: list[tuple[int, int, bytes]] = []
        while waiting and waiting[0].size <= bundle.first + len(bundle.leaves):
            head = waiting.pop(0)
            nodes += tree.grow(bundle.leaves[done : head.size - bundle.first])
            done = head.size - bundle.first
            if tree.root == head.root:
                self.agreed.add((head.state, head.index))
        nodes += tree.grow(bundle.leaves[done:])
        with self.ctx.store.change():
            self.ctx.store.add_nodes(self.log, nodes)
            if self.sink is not None:
                for entry in seen:
                    self.sink.see(self.log, entry)
            if tree.size % TILE == 0:
                self.log.read = tree.size
                self.ctx.store.save(self.log)
        self._full_tiles(tree, nodes)

    def _judge(self, bundle: Bundle, done: int) -> list[Seen]:
        """The rules, for each new entry of a bundle; returns those that could be read."""
        ctx, log, place = self.ctx, self.log, self.ctx.place(self.log)
        seen: list[Seen] = []
        ctx.counts["entries"] += len(bundle.entries) - done
        for index, data, parsed in self._parsed(bundle, done):
            for kind, text in faults(place, index, parsed, log.read_time):
                if kind == clocks.KIND and isinstance(parsed, Entry):
                    ctx.clocks.ahead(log, index, parsed.time, self._shown(data))
                else:
                    self._fact(kind, index, text, data)
            for kind, text in self._order(index, parsed):
                self._fact(kind, index, text, data)
            if isinstance(parsed, Entry):
                log.read_time = max(log.read_time, parsed.time)
                seen.append(Seen(index, parsed, ctx.document(log, index, parsed)))
                self._closing(seen[-1])
            elif isinstance(parsed, NoteEntry):
                ctx.opening(log, index, parsed)
                seen.append(Seen(index, parsed))
        return seen

    def _parsed(self, bundle: Bundle, done: int) -> Iterator[tuple[int, bytes, Parsed]]:
        """New entries that follow the grammar; their documents are read ahead, some at a time."""
        if self.log.kind == PLAIN:
            return
        for part in batched(range(done, len(bundle.entries)), AHEAD):
            found: list[tuple[int, bytes, Parsed]] = []
            for offset in part:
                index, data = bundle.first + offset, bundle.entries[offset]
                try:
                    found.append((index, data, parse_entry(data)))
                except FormatError as error:
                    self._fact("bad-entry", index, str(error), data)
            entries = [parsed for _, _, parsed in found if isinstance(parsed, Entry)]
            self.ctx.documents_ahead(self.log, entries)
            yield from found

    def _order(self, index: int, parsed: object) -> Iterator[tuple[str, str]]:
        """First and last entry of a log: what it continues, and that no entry follows its end."""
        log = self.log
        if log.closed is not None and index > log.closed:
            yield "after-close", f"Entry {log.closed} closed the log."
        if index == 0 and not isinstance(parsed, NoteEntry):
            before = self.ctx.store.before(log.origin)
            if before is not None:
                yield (
                    "wrong-kind",
                    f"It continues {before.origin} but does not begin with the last head of it.",
                )

    def _closing(self, seen: Seen) -> None:
        """Remember that a log ends here and where it goes on."""
        log, entry, record = self.log, seen.parsed, seen.record
        if not isinstance(entry, Entry) or entry.kind != "log-closed" or log.closed is not None:
            return
        log.closed = seen.index
        if record is None:
            return
        if record["size"] != seen.index + 1 or not continues(str(record["next"]), log.origin):
            text = "It names another size, or a next log that cannot continue this one."
            self._fact("bad-document", seen.index, text, canonical(record))
            return
        key = record["next_key"]
        log.next, log.next_key = str(record["next"]), None if key is None else str(key)

    def _fact(self, kind: str, index: int, text: str, data: bytes) -> None:
        self.ctx.ledger.found(
            kind,
            self.log.origin,
            text,
            scope=f"fact:{self.log.origin}:{index}",
            index=index,
            evidence=self._shown(data),
        )

    def _shown(self, data: bytes) -> Evidence:
        return {"entry.txt": data, "head.note": self.note, "key.txt": self.log.vkey}

    def _full_tiles(self, tree: Tree, nodes: list[tuple[int, int, bytes]]) -> None:
        """Compare tiles above the entries as soon as they are full."""
        for level, index, _ in nodes:
            if (index + 1) % TILE == 0:
                mine = self.ctx.store.nodes(self.log, level, index + 1 - TILE, index + 1)
                self._upper(level, index // TILE, tree.size, mine)

    def _upper(self, level: int, n: int, size: int, mine: bytes) -> None:
        served = bundles.tile(self.ctx, self.log, level, n, size, self.note)
        if served is not None and served != mine:
            self._suspect(level, n, mine)

    def _verified(self, tree: Tree) -> None:
        """Every entry gives the signed root: keep this head, and say what does not fit it."""
        ctx, log = self.ctx, self.log
        with ctx.store.change():
            first = log.size // TILE
            log.size, log.root, log.note = self.target.size, self.target.root, self.note
            log.last_time, log.read = log.read_time, self.target.size
            ctx.store.save(log)
        for level in range(1, 9):
            width = (log.size >> (8 * level)) % TILE
            if width:
                full = log.size >> (8 * level)
                mine = ctx.store.nodes(log, level, full - width, full)
                bundles.compare_tile(ctx, log, level, full // TILE, log.size, mine, log.note)
        for level, n, mine in self.suspects:
            if len(mine) == width_of(level, n, log.size) * 32:
                bundles.compare_tile(ctx, log, level, n, log.size, mine, log.note)
                ctx.store.compared(log, level, n)
        for n in {int(scope.rsplit(":", 1)[1]) for scope in self._open_bundles()}:
            if n >= first:
                ctx.ledger.passed(f"bundle:{log.origin}:{n}")

    def _open_bundles(self) -> list[str]:
        return self.ctx.ledger.open_scopes(f"bundle:{self.log.origin}:")

    def _fork(self, other: str, what: str, size: int, hashes: Evidence | None = None) -> None:
        self.ctx.ledger.found(
            "fork",
            self.log.origin,
            f"The head of size {self.target.size} does not continue {what}: both are signed by "
            "the log, and the entries belong to one of them only.",
            scope=f"fork:{self.log.origin}:{size}",
            evidence={"kept.note": other, "served.note": self.note, "key.txt": self.log.vkey}
            | dict(hashes or {}),
        )

    def _explain(self) -> None:
        """The entries do not give the root: whose fault is it?"""
        for head in self.heads:
            if head.size == self.target.size and head.root != self.target.root:
                self._fork(head.note, "the head of the same size in the state log", head.size)
                return
        node = self._tiles()
        if node is not None and self._roots(node):
            return
        for bundle in self._differing():
            hashes = {} if node is None else evidence_proofs.of_tiles(node)
            bundles.say_altered(self.ctx, self.log, bundle, self.target.size, self.note, hashes)
            return
        first, last = self.log.size, self.target.size - 1
        self.ctx.ledger.found(
            "altered-entry",
            self.log.origin,
            f"The entries as served do not give the root of the head of size {self.target.size}; "
            f"entries up to {first - 1} were right before, so one of {first} to {last} was "
            "changed, or the head continues another history than the one served.",
            scope=f"bundle:{self.log.origin}:{first // TILE}",
            index=first,
            evidence={
                "kept.note": self.log.note,
                "served.note": self.note,
                "key.txt": self.log.vkey,
            },
        )

    def _tiles(self) -> TileReader | None:
        """The tree that the tiles show, if it has the signed root."""

        def get(ref: TileRef) -> bytes:
            return self.ctx.logs.get(self.log.origin, ref.path)

        reader = TileReader(self.target.size, get)
        try:
            same = root_from_nodes(self.target.size, reader.node) == self.target.root
        except (Absent, FormatError):
            return None
        return reader if same else None

    def _roots(self, reader: TileReader) -> bool:
        """Whether the tiles, which give the signed root, prove that it is another history."""
        olds = [(self.log.size, self.log.root, self.log.note)]
        olds += [(head.size, head.root, head.note) for head in self.heads]
        for size, root, note in olds:
            if not 0 < size <= self.target.size or note is None:
                continue
            try:
                same = root_from_nodes(size, reader.node) == root
            except (Absent, FormatError):
                continue
            if not same:
                hashes = evidence_proofs.of_tiles(reader, size)
                self._fork(note, f"the head of size {size}", size, hashes)
                return True
        return False

    def _differing(self) -> list[Bundle]:
        """The first bundle whose entries and tile differ, where the new head should be."""
        for level, n, _ in self.suspects:
            if level == 0:
                return [bundles.fetch(self.ctx, self.log, n, self.target.size, self.note)]
        return []
