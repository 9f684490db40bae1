"""`--keep DIR`: what a monitor has verified stays on its machine, as the plain files of a mirror.

Everything that reads a mirror reads the folder: `sakshi-audit verify` and `monitor`, a static file
server, and `sakshi recover` when the operator's database and mirrors are gone. Only verified
bytes come in: every bundle is hashed against the hashes the monitor kept when the signed head was
verified, every document against its entry, and every file is made once. A subject log is kept up
to the newest head of it that the kept state log holds, so that whoever reads the folder finds one
covered by the other.

What was read in this round and is still in memory is not asked for again.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from threading import Lock

from audit.monitoring import bundles
from audit.monitoring.context import Context
from audit.monitoring.model import LogState
from audit.monitoring.plainfiles import KeepError, PlainFiles, opened
from audit.monitoring.rules import PLAIN
from audit.monitoring.tree import Tree, leaves
from audit.monitoring.wire import LARGE, SMALL, Absent, Site, Unreachable
from audit.verify.states import order
from trust.formats import records
from trust.formats.checkpoints import open_checkpoint
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import FormatError, SakshiError
from trust.formats.notes import VerifierKey
from trust.formats.policy import TrustPolicy, format_policy
from trust.formats.tiles import HASH, TILE, bundle_path, decode_bundle, tile_path

META = "kept"
"""Name under which the state file remembers the folder."""
_MEMORY = 64 << 20


class Recalling:
    """A site that remembers the last entries and documents it was asked for, up to some bytes."""

    def __init__(self, site: Site, memory: int = _MEMORY) -> None:
        self.site, self.base = site, site.base
        self._left = memory
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, path: str, limit: int = SMALL) -> bytes:
        """The file at a path, asked for again."""
        data = self.site.get(path, limit)
        if "/tile/entries/" in path or "/doc/" in path:
            self._hold(path.removeprefix("l/"), data)
        return data

    def clock(self) -> int | None:
        """What time it is by the answers."""
        return self.site.clock()

    def interrupt(self) -> None:
        """Whoever is waiting for an answer shall get an error at once."""
        self.site.interrupt()

    def recall(self, path: str) -> bytes | None:
        """What was read there last, if it is remembered; it is then forgotten."""
        with self._lock:
            data = self._held.pop(path, None)
            self._left += 0 if data is None else len(data)
        return data

    def _hold(self, path: str, data: bytes) -> None:
        with self._lock:
            self._left += len(self._held.pop(path, b""))
            self._held[path] = data
            self._left -= len(data)
            while self._left < 0:
                self._left += len(self._held.popitem(last=False)[1])


@dataclass(frozen=True, slots=True)
class _Goal:
    """A log and the verified head it is kept up to."""

    log: LogState
    size: int
    root: bytes
    note: str


@dataclass(slots=True)
class MirrorWriter:
    """Writes what is verified into one folder; `site` is what the round reads from."""

    folder: Path
    site: Recalling

    def keep(self, ctx: Context) -> None:
        """Bring the folder up to what this monitor has verified; what could not be kept is said.

        Raises Halted when the round is stopped; what is written by then is right.
        """
        ctx.store.set_meta(META, str(self.folder.absolute()))
        try:
            with opened(self.folder) as files:
                self._all(ctx, files)
        except KeepError as error:
            ctx.ledger.could_not(f"Not kept: {error}")

    def _all(self, ctx: Context, files: PlainFiles) -> None:
        sizes: dict[str, int] = {}
        for goal in _goals(ctx):
            origin = goal.log.origin
            try:
                sizes[origin] = _Keeping(ctx, files, self.site, goal).run()
            except (Unreachable, Absent, FormatError) as error:
                ctx.ledger.could_not(f"{origin} was not kept up to entry {goal.size}: {error}")
                sizes[origin] = _held(files, goal.log)
        files.replace("policy", format_policy(ctx.policy).encode())
        files.replace("policy-current", format_policy(_current(ctx)).encode())
        listed = sorted(f"{origin} {size}\n" for origin, size in sizes.items() if size)
        files.replace("origins", "".join(listed).encode())


def _current(ctx: Context) -> TrustPolicy:
    """The policy with the newest state log alone; unchanged if it pins logs of others."""
    states = [log.origin for log in ctx.store.logs() if log.kind == "state"]
    newest = max(states, key=order, default=None)
    own = tuple(log for log in ctx.policy.logs if log.key.name == newest)
    return replace(ctx.policy, logs=own or ctx.policy.logs)


def _goals(ctx: Context) -> Iterator[_Goal]:
    """Subject logs first: whoever reads the state log meanwhile finds what it speaks of."""
    listed = list(ctx.store.logs())
    for log in listed:
        if log.kind in ("state", PLAIN):
            continue  # A name that is none of ours has no place in a mirror.
        if log.head_note is not None and log.vkey is not None:
            yield _Goal(log, log.head_size, log.head_root, log.head_note)
    for log in listed:
        if log.kind == "state" and log.note is not None:
            yield _Goal(log, log.size, log.root, log.note)


def _held(files: PlainFiles, log: LogState) -> int:
    """Size of the head in the folder; 0 if missing.

    Raises KeepError for a head of another log or key: the folder is not ours to write to.
    """
    note = files.read(f"{log.origin}/checkpoint")
    if note is None:
        return 0
    try:
        return open_checkpoint(note, VerifierKey.parse(log.vkey or "")).size
    except SakshiError as error:
        raise KeepError(
            f"{files.root / log.origin}/checkpoint is not this log's: {error}"
        ) from None


class _Keeping:
    """One log on its way into the folder."""

    def __init__(self, ctx: Context, files: PlainFiles, site: Recalling, goal: _Goal) -> None:
        self._ctx, self._files, self._site, self._goal = ctx, files, site, goal
        self._log = goal.log

    def run(self) -> int:
        """Write what the folder lacks; returns the size it then holds."""
        goal, origin = self._goal, self._log.origin
        held = _held(self._files, self._log)
        if held > goal.size:
            return held
        if held < goal.size:
            self._ctx.progress(f"{origin}: keeping entries {held} to {goal.size}")
            for n in range(held // TILE, -(-goal.size // TILE)):
                self._bundle(n, held)
            self._upper_tiles(held)
        self._files.replace(f"{origin}/checkpoint", goal.note.encode())
        if held < goal.size:
            self._prune(held)
        return goal.size

    def _bundle(self, n: int, held: int) -> None:
        """One bundle with its tile and documents, verified before anything is written."""
        origin, width = self._log.origin, min(TILE, self._goal.size - n * TILE)
        data = self._read(bundle_path(n, width))
        entries = decode_bundle(data, width)
        hashes = leaves(entries)
        self._check(n, hashes)
        for index, entry in enumerate(entries, n * TILE):
            if index >= held:
                self._document(entry)
        self._files.put(f"{origin}/{bundle_path(n, width)}", data)
        self._files.put(f"{origin}/{tile_path(0, n, width)}", b"".join(hashes))

    def _check(self, n: int, hashes: list[bytes]) -> None:
        if len(hashes) == TILE:
            root = Tree(0, {}).grow(hashes)[0][2]
            right = root == self._ctx.store.nodes(self._log, 1, n, n + 1)
        else:
            tree = bundles.kept_tree(self._ctx, self._log, self._goal.size, hashes)
            right = tree.root == self._goal.root
        if not right:
            raise FormatError(f"bundle {n} as served now is not the one that was verified.")

    def _document(self, entry: bytes) -> None:
        if self._log.kind == "plain":
            return
        parsed = parse_entry(entry)
        if isinstance(parsed, Entry) and records.is_public(parsed.kind):
            name = f"doc/{parsed.commitment.hex()}"
            if self._files.read(f"{self._log.origin}/{name}") is None:
                data = self._read(name)
                if sha256(data).digest() != parsed.commitment:
                    raise FormatError(f"{name} is not the document that the log holds.")
                self._files.put(f"{self._log.origin}/{name}", data)

    def _read(self, name: str) -> bytes:
        data = self._site.recall(f"{self._log.origin}/{name}")
        return self._ctx.logs.get(self._log.origin, name, LARGE) if data is None else data

    def _upper_tiles(self, held: int) -> None:
        """Tiles above the entries, from hashes that were verified with the head."""
        size, level = self._goal.size, 1
        while size >> (8 * level):
            count = size >> (8 * level)
            for n in range((held >> (8 * level)) // TILE, -(-count // TILE)):
                width = min(TILE, count - n * TILE)
                data = self._ctx.store.nodes(self._log, level, n * TILE, n * TILE + width)
                assert len(data) == width * HASH
                self._files.put(f"{self._log.origin}/{tile_path(level, n, width)}", data)
            level += 1

    def _prune(self, held: int) -> None:
        """Partial files whose full ones are there now."""
        size, level = self._goal.size, 0
        while held >> (8 * level):
            n = (held >> (8 * level)) // TILE
            if (size >> (8 * level)) // TILE > n:
                self._files.outgrow(f"{self._log.origin}/{tile_path(level, n)}")
                if not level:
                    self._files.outgrow(f"{self._log.origin}/{bundle_path(n)}")
            level += 1
