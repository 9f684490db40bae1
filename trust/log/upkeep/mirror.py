"""`sakshi mirror`: the whole public log as plain files, for any static file server.

Every log below its own origin, at the paths of C2SP tlog-tiles: `checkpoint`, `tile/<L>/<N>`,
`tile/entries/<N>`, and `doc/<sha256>` for public documents; at the top `policy`,
`policy-current` and `origins`.
Subject logs are written up to their newest *published* head, so that the state log beside them
always covers them; state logs up to their newest published head, with its cosignatures.
What is written is hashed first and must lead to the signed root: a mirror is create-only, so a
wrong file would stay for ever.

Full tiles are written once. Of partial tiles those of the newest head are; they stay until the
full tile is there. A run continues where the last checkpoint in the mirror ends, and passes over
logs whose checkpoint the last run left as it would be written now (`trust.log.upkeep.goals`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from trust.database import Database
from trust.formats import merkle, notes, records, tiles
from trust.formats.checkpoints import Checkpoint, open_checkpoint
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import SakshiError
from trust.log import queries, timestamping, tree_queries
from trust.log.compact_range import Frontier
from trust.log.errors import LogError, MirrorError
from trust.log.model import StoredEntry
from trust.log.proofs import policy_text
from trust.log.upkeep import goals, outlived
from trust.log.upkeep.goals import Goal
from trust.log.upkeep.targets import Target, target

Progress = Callable[[str], None]
POLICY, CURRENT, ORIGINS = "policy", "policy-current", "origins"
_JOURNAL = ".partial/outgrown"
_LEFT = ".partial/checkpoints"
_READ = 4096
_BATCH = 64
"""Logs whose files are under way together: their checkpoints follow when all files are there."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a run did: logs there are, those with something new, files and bytes written."""

    logs: int
    changed: int
    written: int
    bytes: int


def mirror(
    db: Database, place: Path | str, *, whole: bool = False, progress: Progress = lambda _: None
) -> Mirrored:
    """Bring a folder or object store up to the newest published heads.

    `whole` compares every file again. Raises MirrorError: a file there differs from the log, the
    mirror belongs to another state or is ahead of this one, or it cannot be written to. What was
    written before stays and is right.
    """
    with target(place) as to:
        _prune(to)
        with db.read() as conn:
            # In this order: the state logs' heads cover those of the others.
            wanted = goals.subjects(conn) + goals.states(conn)
            policy = policy_text(conn).encode()
            current = policy_text(conn, current=True).encode()
            longer = outlived.longer(conn, to, wanted)
        wanted = [g for g in wanted if g.origin not in longer] + list(longer.values())
        _refuse_another(to, wanted)
        left = {} if whole else goals.parse_left(to.read(_LEFT) or b"")
        run = _Run(db, to, whole=whole, progress=progress)
        for state in (False, True):
            some = [g for g in wanted if g.state == state and g.origin not in longer]
            # A state log may have new time-stamps without a new head.
            run.write([goal for goal in some if state or left.get(goal.origin) != goal.digest])
        to.replace(POLICY, policy)
        to.replace(CURRENT, current)
        to.replace(ORIGINS, goals.format_origins(wanted))
        to.replace(_LEFT, goals.format_left(wanted))
        to.sync()
        _prune(to)
        return Mirrored(len(wanted), run.changed, to.written, to.written_bytes)


def _prune(to: Target) -> None:
    """Remove the partial tiles that a journal names as outgrown; it survives a kill."""
    journal = to.read(_JOURNAL)
    if journal is not None:
        names = journal.decode("ascii", "replace").splitlines()
        for name in names:
            parts = name.split("/")
            if "tile" not in parts or not name.endswith(".p") or {"", ".", ".."} & set(parts):
                raise MirrorError(
                    f"{to.name}/{_JOURNAL} was changed: {name!r} is no partial tile. Nothing was "
                    "removed. Look who else writes there, remove that file and mirror again."
                )
        for name in names:
            to.remove(name)
        to.remove(_JOURNAL)


def _refuse_another(to: Target, wanted: Sequence[Goal]) -> None:
    """Before anything is written: what the mirror lists must be logs of this state."""
    sizes = {goal.origin: goal.size for goal in wanted}
    for origin, size in goals.parse_origins(to.read(ORIGINS) or b""):
        if origin not in sizes:
            raise MirrorError(
                f"{to.name} holds {origin}, of which the database has published nothing: it is "
                "the mirror of another state, or the database was put back. Mirror elsewhere, or "
                "run `sakshi recover --from` this mirror."
            )
        if size > sizes[origin]:
            raise MirrorError(_put_back(f"{to.name}/{ORIGINS}", origin, size, sizes[origin]))


def _put_back(place: str, origin: str, held: int, size: int) -> str:
    return (
        f"{place} is at size {held} of {origin}, the database has published {size}. The database "
        "was put back: run `sakshi recover --from` this mirror."
    )


class _Run:
    """One run over the logs that have something new."""

    def __init__(self, db: Database, to: Target, *, whole: bool, progress: Progress) -> None:
        self._db, self._to, self._whole, self._progress = db, to, whole, progress
        self._outgrown: list[str] = []
        self.changed = 0

    def write(self, wanted: Sequence[Goal]) -> None:
        """Files, then checkpoints, a batch of logs at a time."""
        for at in range(0, len(wanted), _BATCH):
            self._batch(wanted[at : at + _BATCH])

    def _batch(self, batch: Sequence[Goal]) -> None:
        held = self._to.read_all([f"{goal.origin}/checkpoint" for goal in batch])
        outgrown = len(self._outgrown)
        for goal, note in zip(batch, held, strict=True):
            with self._db.read() as conn:
                found = _Log(conn, self._to, goal, note)
                if found.held != goal.size or self._whole:
                    self._progress(
                        f"{goal.origin}: entries {found.start(self._whole)} to {goal.size}"
                    )
                    self.changed += 1
                found.write(self._outgrown, whole=self._whole)
        self._to.sync()
        if len(self._outgrown) > outgrown:
            names = "".join(f"{name}\n" for name in self._outgrown)
            self._to.replace(_JOURNAL, names.encode())
            self._to.sync()
        for goal in batch:
            self._to.replace(f"{goal.origin}/checkpoint", goal.note)
        self._to.sync()


class _Log:
    """One log on its way into the mirror."""

    def __init__(self, conn: Connection, to: Target, goal: Goal, note: bytes | None) -> None:
        self._conn, self._to, self._goal = conn, to, goal
        self._key = notes.VerifierKey.parse(goal.vkey)
        open_checkpoint(goal.note, self._key)
        self._few: list[StoredEntry] | None = None
        self.held = self._verify(note)

    def start(self, whole: bool) -> int:
        """The first entry that is looked at."""
        return 0 if whole else self.held

    def write(self, outgrown: list[str], *, whole: bool) -> None:
        """Ask for every file that is missing; the checkpoint is the caller's."""
        goal, start = self._goal, self.start(whole)
        if goal.state:
            self._stamps()
        if start == goal.size:
            return
        self._check(start)
        full: dict[str, list[str]] = {}
        for name, data in self._files(start, full):
            self._to.put(f"{goal.origin}/{name}", data)
        for folder, names in full.items():
            outgrown += self._to.partials(f"{goal.origin}/{folder}", names)

    def _stamps(self) -> None:
        """Time-stamps and what they are of; each is written once."""
        sizes = timestamping.sizes(self._conn, self._goal.origin)
        for size in sizes:
            note = timestamping.note_of(self._conn, self._goal.origin, size)
            response = timestamping.response_of(self._conn, self._goal.origin, size)
            for kind, data in (("note", note), ("tsr", response)):
                if data is not None:
                    self._to.put(f"{self._goal.origin}/tsa/{size}.{kind}", data)
        if sizes:
            index = "".join(f"{size}\n" for size in sizes).encode()
            self._to.replace(f"{self._goal.origin}/tsa/index", index)

    def _verify(self, note: bytes | None) -> int:
        """Size of the checkpoint in the mirror, after comparing it with this log."""
        goal = self._goal
        if note is None:
            return 0
        place = f"{self._to.name}/{goal.origin}/checkpoint"
        try:
            held: Checkpoint = open_checkpoint(note, self._key)
        except SakshiError as error:
            raise MirrorError(f"{place} is not this log's: {error}") from None
        if held.size > goal.size:
            raise MirrorError(_put_back(place, goal.origin, held.size, goal.size))
        self._reader = tree_queries.reader(self._conn, goal.origin, held.size)
        if merkle.root_from_nodes(held.size, self._reader.node) != held.root:
            raise MirrorError(
                f"{place} has another root for size {held.size} than the database: one of the two "
                "was changed. Nothing was written; `sakshi fsck` says whether it is the database."
            )
        return held.size

    def _check(self, start: int) -> None:
        """Before anything is written: the entries must lead to the signed root, also those at
        the end of the mirror's log that go into its last bundle again."""
        goal = self._goal
        tree = self._edge(start)
        right = True
        for stored in self._entries(start):
            leaf = merkle.leaf_hash(stored.entry)
            if stored.index < start:
                right = right and leaf == self._reader.leaf(stored.index)
            else:
                tree.add(leaf)
        if not right or tree.root() != goal.root:
            raise MirrorError(
                f"The entries of {goal.origin} do not lead to the root signed for size "
                f"{goal.size}. Nothing was written; run `sakshi fsck`."
            )

    def _files(self, start: int, full: dict[str, list[str]]) -> Iterator[tuple[str, bytes]]:
        """Every file of the log that a tree of `start` leaves did not have yet; the names of the
        full tiles among them go into `full`, by their folder."""
        size, tree = self._goal.size, self._edge(start)
        pending: list[bytes] = []
        for stored in self._entries(start):
            pending.append(stored.entry)
            yield from self._document(stored)
            if stored.index >= start:
                for level, n, data in tree.add(merkle.leaf_hash(stored.entry)):
                    yield tiles.tile_path(level, n), data
                    self._full(full, f"tile/{level}", tiles.tile_path(level, n))
            if len(pending) == tiles.TILE:
                name = tiles.bundle_path(stored.index // tiles.TILE)
                yield name, tiles.encode_bundle(pending)
                self._full(full, "tile/entries", name)
                pending = []
        if pending:
            yield tiles.bundle_path(size // tiles.TILE, len(pending)), tiles.encode_bundle(pending)
        for level, n, data in tree.partial():
            yield tiles.tile_path(level, n, len(data) // tiles.HASH), data

    def _full(self, full: dict[str, list[str]], folder: str, name: str) -> None:
        full.setdefault(folder, []).append(f"{self._goal.origin}/{name}")

    def _edge(self, start: int) -> Frontier:
        return Frontier.at(self._reader) if start else Frontier()

    def _entries(self, start: int) -> Iterator[StoredEntry]:
        """Entries from the beginning of the bundle that `start` lies in; a few are read once."""
        first, size = start - start % tiles.TILE, self._goal.size
        if size - first > _READ:
            for at in range(first, size, _READ):
                yield from queries.entries(self._conn, self._goal.origin, at, min(at + _READ, size))
            return
        if self._few is None:
            self._few = queries.entries(self._conn, self._goal.origin, first, size)
        yield from self._few

    def _document(self, stored: StoredEntry) -> Iterator[tuple[str, bytes]]:
        """The document of a public entry."""
        parsed = parse_entry(stored.entry)
        if not isinstance(parsed, Entry) or not records.is_public(parsed.kind):
            return
        digest = parsed.commitment.hex()
        document = queries.document(self._conn, digest, stored.origin)
        if document is None:
            raise LogError(
                f"The document of entry {stored.index} of {stored.origin} is missing; run "
                "`sakshi fsck`."
            )
        if sha256(document).digest() != parsed.commitment:
            raise MirrorError(
                f"The document of entry {stored.index} of {stored.origin} was changed; run "
                "`sakshi fsck`."
            )
        yield f"doc/{digest}", document
