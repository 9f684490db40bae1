"""Entries of one log brought back from a mirror, in one transaction, verified before they stay."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from trust.database import insert_many
from trust.formats import canon, merkle, notes, records, tiles
from trust.formats.canon import Json
from trust.formats.checkpoints import Checkpoint, open_checkpoint
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.errors import FormatError, SakshiError
from trust.log import publication, queries
from trust.log.errors import LogError, MirrorError, PutBackError
from trust.log.frontier import Frontier
from trust.log.fsckrows import RECOVERED
from trust.log.model import LogInfo, StoredEntry
from trust.log.signerclient import Signer
from trust.log.sources import Source
from trust.log.tables import log, log_document, log_entry, log_payload

_ENTRY = ("log_id", "idx", "entry", "leaf", "kind", "key", "time")
_PAYLOAD = ("log_id", "idx", "kind", "record", "salt", "detail", "detail_salt", "erased")
_DOCUMENT = ("log_id", "sha256", "kind", "document")


@dataclass(frozen=True)
class Lost:
    """A private payload that no mirror holds: its entry stays, what it said is gone."""

    origin: str
    index: int
    kind: str
    time: int


def from_source(
    conn: Connection, signer: Signer, origin: str, source: Source
) -> tuple[int, list[Lost]]:
    """Append what a mirror holds beyond the stored entries, integrate it, and verify the root.

    Gives the number of entries and the payloads that are lost. Raises an error of the mirror or
    the log; the caller's transaction then leaves everything as it was.
    """
    info = queries.info(conn, origin)
    head = _head(signer, origin, source)
    if head is None or head.size <= info.next_index:
        return 0, []
    filling = _Filling(conn, info, head, source)
    lost = filling.run()
    return head.size - info.next_index, lost


def _head(signer: Signer, origin: str, source: Source) -> Checkpoint | None:
    """The mirror's head of this log, if it has one that the signer's key and guard bear out."""
    note = source.read(f"{origin}/checkpoint")
    if note is None:
        return None
    try:
        head = open_checkpoint(note, notes.VerifierKey.parse(signer.vkey(origin)))
    except SakshiError as fault:
        raise MirrorError(f"The checkpoint of {origin} in {source.name}: {fault}") from None
    size, root = signer.last(origin)
    if head.size > size:
        raise PutBackError(
            f"{source.name} holds a signed head of size {head.size} of {origin}, the signer's "
            f"guard knows {size} only: the guard itself was put back. Nothing may be signed with "
            "this guard again. Find the newest one, or give the log up with a guard that knows."
        )
    if head.size == size and head.root != root:
        raise LogError(
            f"{source.name} holds another head of size {size} of {origin} than the signer "
            "released: both are signed. The log was forked; keep both and find out how.",
            code="fork",
        )
    return head


class _Filling:
    """One log, from its stored length to a mirror's head."""

    def __init__(self, conn: Connection, info: LogInfo, head: Checkpoint, source: Source) -> None:
        self._conn, self._info, self._head, self._source = conn, info, head, source
        self._erasures: list[tuple[int, str]] = []
        self._lost: dict[int, Lost] = {}
        query = select(log.c.last_time).where(log.c.id == info.id)
        self._time = int(conn.execute(query).scalar_one()) if info.next_index else 0

    def run(self) -> list[Lost]:
        info, tree = self._info, self._stored_tree()
        for ref, entries in self._bundles():
            fresh: list[tuple[int, bytes]] = []
            for index, entry in enumerate(entries, ref.n * tiles.TILE):
                if index >= info.next_index:
                    fresh.append((index, entry))
                    tree.add(merkle.leaf_hash(entry))
            self._store(fresh)
        if tree.root() != self._head.root:
            raise LogError(
                f"What is stored of {info.origin} and what {self._source.name} holds do not lead "
                "to the released head. If this database was written to after it was put back, "
                "restore the backup again into an empty home and recover before serving."
            )
        self._conn.execute(
            update(log)
            .where(log.c.id == info.id)
            .values(next_index=self._head.size, last_time=self._time)
        )
        self._integrate()
        for index, part in self._erasures:
            self._erase(index, part)
        return list(self._lost.values())

    def _stored_tree(self) -> Frontier:
        """The tree of everything stored, integrated or not."""
        info = self._info
        tree = Frontier()
        if info.size:
            tree = Frontier.at(queries.reader(self._conn, info.origin, info.size))
        for at in range(info.size, info.next_index, 4096):
            stop = min(at + 4096, info.next_index)
            for stored in queries.entries(self._conn, info.origin, at, stop):
                tree.add(stored.leaf)
        return tree

    def _bundles(self) -> Iterator[tuple[tiles.BundleRef, list[bytes]]]:
        size, first = self._head.size, self._info.next_index // tiles.TILE
        for n in range(first, -(-size // tiles.TILE)):
            ref = tiles.BundleRef(n, min(tiles.TILE, size - n * tiles.TILE))
            data = self._source.read(f"{self._info.origin}/{ref.path}")
            if data is None:
                raise MirrorError(f"{self._source.name} lacks {self._info.origin}/{ref.path}.")
            yield ref, tiles.decode_bundle(data, ref.width)

    def _store(self, fresh: list[tuple[int, bytes]]) -> None:
        """Entries with their documents; private ones with an empty payload, named as lost."""
        log_id = self._info.id
        rows: list[tuple[object, ...]] = []
        payloads: list[tuple[object, ...]] = []
        documents: dict[str, tuple[object, ...]] = {}
        for index, data in fresh:
            parsed = parse_entry(data)
            kind, key = "head", f"{RECOVERED}{index}"
            if isinstance(parsed, Entry):
                kind, self._time = parsed.kind, max(parsed.time, self._time)
                if records.kind(kind).public:
                    digest, document, record = self._document(index, parsed)
                    documents[digest] = (log_id, digest, kind, document)
                    key = _key_of(record) or key
                    if kind == "erasure" and "origin" not in record:
                        self._erasures.append((int(str(record["index"])), str(record["part"])))
                else:
                    payloads.append((log_id, index, kind, None, None, None, None, False))
                    self._lost[index] = Lost(self._info.origin, index, kind, parsed.time)
            elif isinstance(parsed, NoteEntry):
                key = f"head {parsed.checkpoint.origin} {parsed.checkpoint.size}"
                key = "opening" if index == 0 else key
            rows.append((log_id, index, data, merkle.leaf_hash(data), kind, key, self._time))
        insert_many(self._conn, log_entry, _ENTRY, rows)
        insert_many(self._conn, log_payload, _PAYLOAD, payloads)
        held = self._held(list(documents))
        new = [row for digest, row in documents.items() if digest not in held]
        insert_many(self._conn, log_document, _DOCUMENT, new)

    def _document(self, index: int, parsed: Entry) -> tuple[str, bytes, dict[str, Json]]:
        digest = parsed.commitment.hex()
        name = f"{self._info.origin}/doc/{digest}"
        document = self._source.read(name)
        if document is None:
            raise MirrorError(f"{self._source.name} lacks {name}, the document of entry {index}.")
        try:
            record = open_commitment(parsed.kind, parsed.commitment, Opening(document, None))
        except SakshiError as fault:
            raise MirrorError(f"{name} in {self._source.name}: {fault}") from None
        return digest, document, record

    def _held(self, digests: list[str]) -> set[str]:
        mine = log_document.c.log_id == self._info.id
        query = select(log_document.c.sha256).where(mine, log_document.c.sha256.in_(digests))
        return {row.sha256 for row in self._conn.execute(query)}

    def _integrate(self) -> None:
        while True:
            now = queries.info(self._conn, self._info.origin)
            if now.size == now.next_index:
                break
            publication.integrate(self._conn, self._info.origin)
        if now.root != self._head.root:
            raise LogError(f"The tiles of {self._info.origin} do not lead to the released head.")

    def _erase(self, index: int, part: str) -> None:
        """A payload that was erased after the backup came back with it: it goes again."""
        gone: dict[str, bool | None] = {"detail": None, "detail_salt": None}
        if part == "record":
            gone |= {"record": None, "salt": None, "erased": True}
            self._lost.pop(index, None)
        mine = (log_payload.c.log_id == self._info.id) & (log_payload.c.idx == index)
        self._conn.execute(update(log_payload).where(mine).values(**gone))


def _key_of(record: dict[str, Json]) -> str | None:
    """The idempotency keys that can be told from the public record: those of the state log."""
    kind = {"log-key": "key", "abandonment": "abandon"}.get(str(record["kind"]))
    if kind == "key" and record["valid_to"] is not None:
        kind = "key-end"
    return None if kind is None else f"{kind} {record['origin']}"


def document_of(conn: Connection, origin: str, stored: StoredEntry) -> dict[str, Json]:
    """The record of a public entry."""
    parsed = parse_entry(stored.entry)
    if not isinstance(parsed, Entry):
        raise FormatError("A signed head has no document.")
    document = queries.document(conn, parsed.commitment.hex(), origin)
    if document is None:
        raise LogError(f"The document of entry {stored.index} of {origin} is missing.")
    return canon.parse(document)
