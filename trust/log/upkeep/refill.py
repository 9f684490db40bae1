"""Entries of one log brought back from a mirror, in one transaction, verified before they stay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from trust.bulk import insert_many
from trust.formats import canon, merkle, records, tiles
from trust.formats.canon import Json
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.errors import FormatError, SakshiError
from trust.log import lineage, queries, sequencing, tree_queries
from trust.log.checks.fsckrows import RECOVERED, erasures
from trust.log.compact_range import Frontier
from trust.log.errors import LogError, MirrorError
from trust.log.model import LogInfo, StoredEntry
from trust.log.publish import integration
from trust.log.tables import log, log_document, log_payload
from trust.log.upkeep import survey
from trust.log.upkeep.survey import Offer

_PAYLOAD = ("log_id", "idx", "kind", "record", "salt", "detail", "detail_salt", "erased")
_DOCUMENT = ("log_id", "sha256", "kind", "document")


@dataclass(frozen=True, slots=True)
class Lost:
    """A private payload that no mirror holds: its entry stays, what it said is gone."""

    origin: str
    index: int
    kind: str
    time: int


def from_offer(
    conn: Connection, origin: str, offer: Offer, known: Sequence[Offer]
) -> tuple[int, list[Lost]]:
    """Append what a mirror holds beyond the stored entries, integrate it, and verify the root.

    `known` are the heads of all mirrors: the entries must pass through each. Returns the number of
    entries and the payloads that are lost. Raises an error of the mirror or the log (`fork` when
    two heads contradict each other); the caller's transaction then leaves everything as it was.
    """
    info = queries.info(conn, origin)
    if offer.head.size <= info.next_index:
        return 0, []
    filling = _Filling(conn, info, offer, known)
    lost = filling.run()
    return offer.head.size - info.next_index, lost


class _Filling:
    """One log, from its stored length to a mirror's head."""

    def __init__(
        self, conn: Connection, info: LogInfo, offer: Offer, known: Sequence[Offer]
    ) -> None:
        self._conn, self._info, self._offer = conn, info, offer
        self._head, self._source = offer.head, offer.source
        self._passed = {other.head.size: other for other in known}
        self._erasures: list[tuple[str, int, str]] = []
        # What later logs of the subject say was erased here, if they came back first.
        self._gone = erasures(conn, info)
        self._suspect: Offer | None = None
        self._lost: dict[int, Lost] = {}
        query = select(log.c.last_time).where(log.c.id == info.id)
        self._time = int(conn.execute(query).scalar_one()) if info.next_index else 0

    def run(self) -> list[Lost]:
        info = self._info
        self._link()
        tree = self._stored_tree()
        for ref, entries in self._bundles(info.next_index):
            fresh: list[tuple[int, bytes]] = []
            for index, entry in enumerate(entries, ref.n * tiles.TILE):
                if index >= info.next_index:
                    fresh.append((index, entry))
                    self._add(tree, merkle.leaf_hash(entry))
            self._store(fresh)
        if tree.root() != self._head.root:
            raise LogError(
                f"What is stored of {info.origin} and what {self._source.name} holds do not lead "
                "to the released head. If this database was written to after it was put back, "
                "restore the backup again into an empty home and recover before serving."
            )
        if self._suspect is not None:
            # The entries lead to the signed head, and so cannot lead to the other one.
            raise survey.forked(self._offer, self._suspect)
        self._conn.execute(
            update(log)
            .where(log.c.id == info.id)
            .values(next_index=self._head.size, last_time=self._time)
        )
        self._integrate()
        for origin, index, part in self._erasures:
            self._erase(origin, index, part)
        return list(self._lost.values())

    def _link(self) -> None:
        """Position 0 of a log that continues another, kept free in a backup of just that moment."""
        info = self._info
        if info.size or not info.next_index or lineage.has_entry(self._conn, info.id, 0):
            return
        for _, entries in self._bundles(0):
            now, self._time = self._time, info.opened_at
            self._store([(0, entries[0])])
            self._time = now
            return

    def _add(self, tree: Frontier, leaf: bytes) -> None:
        """One leaf more; where a mirror has a signed head of that size, it must be this one."""
        tree.add(leaf)
        other = self._passed.get(tree.size)
        if other is not None and tree.size < self._head.size and tree.root() != other.head.root:
            self._suspect = other

    def _stored_tree(self) -> Frontier:
        """The tree of everything stored, integrated or not."""
        info = self._info
        tree = Frontier()
        if info.size:
            tree = Frontier.at(tree_queries.reader(self._conn, info.origin, info.size))
        for at in range(info.size, info.next_index, 4096):
            stop = min(at + 4096, info.next_index)
            for stored in queries.entries(self._conn, info.origin, at, stop):
                self._add(tree, stored.leaf)
        return tree

    def _bundles(self, start: int) -> Iterator[tuple[tiles.BundleRef, list[bytes]]]:
        """Bundles of the mirror from the one that holds entry `start` on."""
        size, first = self._head.size, start // tiles.TILE
        for n in range(first, -(-size // tiles.TILE)):
            ref = tiles.BundleRef(n, min(tiles.TILE, size - n * tiles.TILE))
            data = self._source.read(f"{self._info.origin}/{ref.path}")
            if data is None:
                raise MirrorError(f"{self._source.name} lacks {self._info.origin}/{ref.path}.")
            yield ref, tiles.decode_bundle(data, ref.width)

    def _store(self, fresh: list[tuple[int, bytes]]) -> None:
        """Entries with their documents; private ones with an empty payload, named as lost."""
        log_id = self._info.id
        rows: list[sequencing.Row] = []
        payloads: list[tuple[object, ...]] = []
        documents: dict[str, tuple[object, ...]] = {}
        for index, data in fresh:
            parsed = parse_entry(data)
            kind, key = "head", f"{RECOVERED}{index}"
            if isinstance(parsed, Entry):
                kind, self._time = parsed.kind, max(parsed.time, self._time)
                if records.newest(kind).public:
                    digest, document, record = self._document(index, parsed)
                    documents[digest] = (log_id, digest, kind, document)
                    key = _key_of(record) or key
                    if kind == "erasure":
                        there = str(record.get("origin", self._info.origin))
                        self._erasures.append(
                            (there, int(str(record["index"])), str(record["part"]))
                        )
                else:
                    erased = (index, "record") in self._gone
                    payloads.append((log_id, index, kind, None, None, None, None, erased))
                    if not erased:
                        self._lost[index] = Lost(self._info.origin, index, kind, parsed.time)
            elif isinstance(parsed, NoteEntry):
                key = f"head {parsed.checkpoint.origin} {parsed.checkpoint.size}"
                key = "opening" if index == 0 else key
            rows.append((log_id, index, data, kind, key, self._time))
        sequencing.insert_rows(self._conn, rows)
        insert_many(self._conn, log_payload, _PAYLOAD, payloads)
        held = ("log_id", "sha256")
        insert_many(self._conn, log_document, _DOCUMENT, list(documents.values()), unless=held)

    def _document(self, index: int, parsed: Entry) -> tuple[str, bytes, dict[str, Json]]:
        digest = parsed.commitment.hex()
        name = f"{self._info.origin}/doc/{digest}"
        document = self._source.read(name)
        if document is None:
            raise MirrorError(f"{self._source.name} lacks {name}, the document of entry {index}.")
        try:
            record = open_commitment(parsed.kind, parsed.commitment, Opening(document, None))
        except SakshiError as error:
            raise MirrorError(f"{name} in {self._source.name}: {error}") from None
        return digest, document, record

    def _integrate(self) -> None:
        while integration.integrate(self._conn, [self._info.origin]).left:
            pass
        if queries.info(self._conn, self._info.origin).root != self._head.root:
            raise LogError(f"The tiles of {self._info.origin} do not lead to the released head.")

    def _erase(self, origin: str, index: int, part: str) -> None:
        """A payload that was erased after the backup came back with it: it goes again."""
        gone: dict[str, bool | None] = {"detail": None, "detail_salt": None}
        if part == "record":
            gone |= {"record": None, "salt": None, "erased": True}
            if origin == self._info.origin:
                self._lost.pop(index, None)
        if queries.exists(self._conn, origin):
            log_id = queries.info(self._conn, origin).id
            mine = (log_payload.c.log_id == log_id) & (log_payload.c.idx == index)
            self._conn.execute(update(log_payload).where(mine).values(**gone))


def _key_of(record: dict[str, Json]) -> str | None:
    """The idempotency keys that can be told from the public record: those of this package."""
    if record["kind"] == "log-closed":
        return "closed"
    if record["kind"] == "erasure":
        there = f" {record['origin']}" if "origin" in record else ""
        return f"erase {record['index']} {record['part']}{there}"
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
