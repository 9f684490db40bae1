"""`sakshi mirror`: the whole public log as plain files, for any static file server.

Every log below its own origin, at the paths of C2SP tlog-tiles: `checkpoint`, `tile/<L>/<N>`,
`tile/entries/<N>`, and `doc/<sha256>` for public documents; at the top `policy` and `origins`.
Subject logs are written up to their newest *published* head, so that the state log beside them
always covers them; state logs up to their newest published head, with its cosignatures.
What is written is hashed first and must lead to the signed root: a mirror is create-only, so a
wrong file would stay for ever.

Full tiles are written once. Of partial tiles those of the newest head are; they stay until the
full tile is there. A run continues where the last checkpoint of the folder ends.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from trust.database import Database
from trust.formats import merkle, notes, records, tiles
from trust.formats.checkpoints import open_checkpoint
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import FormatError, SakshiError
from trust.log import queries, standing, timestamping
from trust.log.errors import LogError, MirrorError
from trust.log.folder import Folder
from trust.log.frontier import Frontier
from trust.log.model import StoredEntry
from trust.log.proofs import policy_text

Progress = Callable[[str], None]
POLICY, ORIGINS = "policy", "origins"
_JOURNAL = ".partial/outgrown"
_READ = 4096


@dataclass(frozen=True)
class Mirrored:
    """What a run did: logs looked at, files and bytes written."""

    logs: int
    written: int
    bytes: int


@dataclass(frozen=True)
class _Goal:
    """A log and the head it is mirrored up to."""

    origin: str
    vkey: str
    size: int
    root: bytes
    note: bytes


def mirror(
    db: Database, target: Path, *, whole: bool = False, progress: Progress = lambda _: None
) -> Mirrored:
    """Bring a folder up to the newest published heads; `whole` compares every file again.

    Raises MirrorError: a file there differs from the log, the folder belongs to another state or
    is ahead of this one, or it cannot be written to. What was written before stays and is right.
    """
    with Folder(target) as folder:
        _prune(folder)
        with db.read() as conn:
            goals = list(_goals(conn))
            policy = policy_text(conn).encode()
        outgrown: list[str] = []
        for goal in goals:
            with db.read() as conn:
                _Log(conn, folder, goal, progress).write(outgrown, whole=whole)
        folder.replace(POLICY, policy)
        listed = sorted(f"{goal.origin} {goal.size}\n" for goal in goals)
        folder.replace(ORIGINS, "".join(listed).encode())
        _prune(folder)
        return Mirrored(len(goals), folder.written, folder.bytes)


def _goals(conn: Connection) -> Iterator[_Goal]:
    """Subject logs first: whoever reads the state log meanwhile finds what it speaks of."""
    for info in sorted(queries.logs(conn), key=lambda info: info.kind == "state"):
        if info.kind == "state":
            head = standing.published_head(conn, info.origin)
        else:
            head = queries.head(conn, info.origin, published=True)
        if head is None or info.vkey is None or head.size == 0:
            continue
        yield _Goal(info.origin, info.vkey, head.size, head.root, head.note)


def _prune(folder: Folder) -> None:
    """Remove the partial tiles that a journal names as outgrown; it survives a kill."""
    journal = folder.read(_JOURNAL)
    if journal is not None:
        for name in journal.decode().splitlines():
            folder.remove(name)
        folder.remove(_JOURNAL)


class _Log:
    """One log on its way into the folder."""

    def __init__(self, conn: Connection, folder: Folder, goal: _Goal, progress: Progress) -> None:
        self._conn, self._folder, self._goal, self._progress = conn, folder, goal, progress

    def write(self, outgrown: list[str], *, whole: bool) -> None:
        goal, origin = self._goal, self._goal.origin
        open_checkpoint(goal.note, notes.VerifierKey.parse(goal.vkey))
        held = self._held()
        if "/state/" in origin:
            self._stamps()
        start = 0 if whole else held
        if held == goal.size and not whole:
            self._folder.replace(f"{origin}/checkpoint", goal.note)
            return
        self._progress(f"{origin}: entries {start} to {goal.size}")
        self._check(start)
        for name, data in self._files(start, outgrown):
            self._folder.put(f"{origin}/{name}", data)
        self._folder.sync()
        if outgrown:
            self._folder.replace(_JOURNAL, "".join(f"{name}\n" for name in outgrown).encode())
        self._folder.replace(f"{origin}/checkpoint", goal.note)

    def _stamps(self) -> None:
        """Time-stamps and what they are of; each is written once."""
        sizes = timestamping.sizes(self._conn, self._goal.origin)
        for size in sizes:
            note = timestamping.note_of(self._conn, self._goal.origin, size)
            response = timestamping.response_of(self._conn, self._goal.origin, size)
            for kind, data in (("note", note), ("tsr", response)):
                if data is not None:
                    self._folder.put(f"{self._goal.origin}/tsa/{size}.{kind}", data)
        if sizes:
            index = "".join(f"{size}\n" for size in sizes).encode()
            self._folder.replace(f"{self._goal.origin}/tsa/index", index)

    def _held(self) -> int:
        """Size of the checkpoint in the folder, after holding it against this log."""
        goal = self._goal
        note = self._folder.read(f"{goal.origin}/checkpoint")
        if note is None:
            return 0
        place = f"{self._folder.root / goal.origin}/checkpoint"
        try:
            held = open_checkpoint(note, notes.VerifierKey.parse(goal.vkey))
        except SakshiError as fault:
            raise MirrorError(f"{place} is not this log's: {fault}") from None
        if held.size > goal.size:
            raise MirrorError(
                f"{place} is at size {held.size}, the database has published {goal.size}. The "
                "database was put back: run `sakshi recover --from` this mirror."
            )
        reader = queries.reader(self._conn, goal.origin, held.size)
        if merkle.root_from_nodes(held.size, reader.node) != held.root:
            raise MirrorError(
                f"{place} has another root for size {held.size} than the database: one of the two "
                "was changed. Nothing was written; `sakshi fsck` says whether it is the database."
            )
        return held.size

    def _check(self, start: int) -> None:
        """Before anything is written: the entries must lead to the signed root."""
        goal = self._goal
        tree = self._edge(start)
        for stored in self._entries(start, goal.size):
            tree.add(merkle.leaf_hash(stored.entry))
        if tree.root() != goal.root:
            raise MirrorError(
                f"The entries of {goal.origin} do not lead to the root signed for size "
                f"{goal.size}. Nothing was written; run `sakshi fsck`."
            )

    def _files(self, start: int, outgrown: list[str]) -> Iterator[tuple[str, bytes]]:
        """Every file of the log that a tree of `start` leaves did not have yet."""
        size, tree = self._goal.size, self._edge(start)
        first = start - start % tiles.TILE
        pending: list[bytes] = []
        for stored in self._entries(first, size):
            pending.append(stored.entry)
            yield from self._document(stored)
            if stored.index >= start:
                for level, n, data in tree.add(merkle.leaf_hash(stored.entry)):
                    yield tiles.tile_path(level, n), data
                    self._outgrow(tiles.tile_path(level, n), outgrown)
            if len(pending) == tiles.TILE:
                name = tiles.bundle_path(stored.index // tiles.TILE)
                yield name, tiles.encode_bundle(pending)
                self._outgrow(name, outgrown)
                pending = []
        if pending:
            yield tiles.bundle_path(size // tiles.TILE, len(pending)), tiles.encode_bundle(pending)
        for level, n, data in tree.partial():
            yield tiles.tile_path(level, n, len(data) // tiles.HASH), data

    def _outgrow(self, full: str, outgrown: list[str]) -> None:
        name = f"{self._goal.origin}/{full}.p"
        if (self._folder.root / name).is_dir():
            outgrown.append(name)

    def _edge(self, size: int) -> Frontier:
        if size == 0:
            return Frontier()
        return Frontier.at(queries.reader(self._conn, self._goal.origin, size))

    def _entries(self, start: int, stop: int) -> Iterator[StoredEntry]:
        for at in range(start, stop, _READ):
            yield from queries.entries(self._conn, self._goal.origin, at, min(at + _READ, stop))

    def _document(self, stored: StoredEntry) -> Iterator[tuple[str, bytes]]:
        """The document of a public entry."""
        parsed = parse_entry(stored.entry)
        if not isinstance(parsed, Entry) or not is_public(parsed.kind):
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


def is_public(kind: str) -> bool:
    """Whether the documents of a kind are served to everybody."""
    try:
        return records.kind(kind).public
    except FormatError:
        return False
