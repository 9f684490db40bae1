"""What `fsck` says of each stored entry by itself: bytes, leaf, kind, time, payload, document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select

from trust.formats import b64, logkinds, merkle, records, tiles
from trust.formats.commitments import commit_private
from trust.formats.entries import BeleniosEvent, Entry, NoteEntry, parse_entry
from trust.formats.errors import FormatError, SakshiError
from trust.log import leafindex
from trust.log.model import LogInfo
from trust.log.tables import log, log_document, log_entry, log_payload, log_tile

CHUNK = 1024
RECOVERED = "recovered "
"""How the idempotency key of an entry begins that came back from a mirror without its payload."""

Parsed = Entry | NoteEntry | BeleniosEvent
_Row = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Finding:
    """Two things that should agree and do not: log, entry or size, table and column, in words."""

    log: str
    index: int | None
    column: str
    words: str

    def __str__(self) -> str:
        place = self.log if self.index is None else f"{self.log}, index {self.index}"
        return f"{place}: {self.column}: {self.words}."


@dataclass(slots=True)
class Checked:
    """One stored entry: its leaf (None if indices have a hole) and what is wrong with it."""

    index: int
    parsed: Parsed | None
    entry: bytes
    leaf: bytes | None
    key: str
    time: int
    document: bytes | None = None
    faults: list[Finding] = field(default_factory=list)


def check_rows(
    conn: Connection, origin: str, log_id: int, kind: str, erased: set[tuple[int, str]]
) -> Iterator[Checked]:
    """Every entry of a log in order; ends at the first hole."""
    expected, before = 0, -1
    while True:
        rows = _chunk(conn, log_id, expected)
        documents, held = _documents(conn, log_id, rows), _tiles(conn, log_id, expected)
        for row in rows:
            one = _Entry(conn, origin, log_id, kind, row, erased)
            if row.idx != expected:
                yield one.hole(expected)
                return
            done = one.check(before, documents, held)
            yield done
            expected, before = expected + 1, max(before, done.time)
        if len(rows) < CHUNK:
            return


def erasures(conn: Connection, info: LogInfo) -> set[tuple[int, str]]:
    """(index, part) of every payload that this log, or a later one of the same subject, says was
    erased here."""
    query = (
        select(log_document.c.document, log.c.origin)
        .join(log, log.c.id == log_document.c.log_id)
        .where(
            log_document.c.kind == "erasure", log.c.kind == info.kind, log.c.subject == info.subject
        )
    )
    found: set[tuple[int, str]] = set()
    for row in conn.execute(query):
        try:
            record = json.loads(bytes(row.document))
            if record.get("origin", row.origin) == info.origin:
                found.add((int(record["index"]), str(record["part"])))
        except (ValueError, KeyError, TypeError):
            continue  # Its own entry will be named: the document no longer hashes to it.
    return found


def check_documents(conn: Connection, info: LogInfo) -> Iterator[Finding]:
    """Every document of a log has the fingerprint it is served by, whoever names it."""
    table, after = log_document, ""
    while True:
        rows = conn.execute(
            select(table.c.sha256, table.c.document)
            .where(table.c.log_id == info.id, table.c.sha256 > after)
            .order_by(table.c.sha256)
            .limit(CHUNK)
        ).all()
        for row in rows:
            if sha256(bytes(row.document)).hexdigest() != row.sha256:
                words = f"the document served as {row.sha256} has another fingerprint"
                yield Finding(info.origin, None, "log_document.sha256", words)
        if len(rows) < CHUNK:
            return
        after = rows[-1].sha256


def _chunk(conn: Connection, log_id: int, start: int) -> list[_Row]:
    query = (
        select(
            log_entry,
            log_payload.c.kind.label("payload_kind"),
            log_payload.c.record,
            log_payload.c.salt,
            log_payload.c.detail,
            log_payload.c.detail_salt,
            log_payload.c.erased,
        )
        .join(
            log_payload,
            (log_payload.c.log_id == log_entry.c.log_id) & (log_payload.c.idx == log_entry.c.idx),
            isouter=True,
        )
        .where(log_entry.c.log_id == log_id, log_entry.c.idx >= start)
        .order_by(log_entry.c.idx)
        .limit(CHUNK)
    )
    return list(conn.execute(query))


def _tiles(conn: Connection, log_id: int, start: int) -> dict[int, bytes]:
    """The tiles of leaf hashes that hold a chunk of entries."""
    first = start // tiles.TILE
    query = select(log_tile.c.n, log_tile.c.data).where(
        log_tile.c.log_id == log_id,
        log_tile.c.level == 0,
        log_tile.c.n >= first,
        log_tile.c.n <= first + CHUNK // tiles.TILE,
    )
    return {row.n: bytes(row.data) for row in conn.execute(query)}


def _documents(conn: Connection, log_id: int, rows: list[_Row]) -> dict[str, tuple[str, bytes]]:
    """The documents these entries commit to: kind and bytes by hash."""
    wanted: set[str] = set()
    for row in rows:
        if row.payload_kind is None:
            try:
                parsed = parse_entry(bytes(row.entry))
            except SakshiError:
                continue
            if isinstance(parsed, Entry):
                wanted.add(parsed.commitment.hex())
    listed, found = sorted(wanted), {}
    for at in range(0, len(listed), 500):
        query = select(log_document.c.sha256, log_document.c.kind, log_document.c.document).where(
            log_document.c.log_id == log_id, log_document.c.sha256.in_(listed[at : at + 500])
        )
        for row in conn.execute(query):
            found[row.sha256] = (row.kind, bytes(row.document))
    return found


class _Entry:
    """The checks of one row."""

    def __init__(
        self,
        conn: Connection,
        origin: str,
        log_id: int,
        kind: str,
        row: _Row,
        erased: set[tuple[int, str]],
    ) -> None:
        self._conn, self._origin, self._log_id, self._kind = conn, origin, log_id, kind
        self._row, self._erased = row, erased
        self._faults: list[Finding] = []

    def hole(self, expected: int) -> Checked:
        self._say("log_entry.idx", f"entry {expected} is missing", expected)
        row = self._row
        return Checked(row.idx, None, bytes(row.entry), None, row.key, row.time, None, self._faults)

    def check(
        self, before: int, documents: dict[str, tuple[str, bytes]], held: dict[int, bytes]
    ) -> Checked:
        row, data = self._row, bytes(self._row.entry)
        parsed, document = self._parse(data), None
        leaf = self._leaf(data, held)
        if row.time < before:
            self._say("log_entry.time", "it goes back behind the entry before")
        if isinstance(parsed, Entry):
            if (row.kind, row.time) != (parsed.kind, parsed.time):
                column = "log_entry.kind" if row.kind != parsed.kind else "log_entry.time"
                self._say(column, "it is not what the entry itself says")
            if leaf == merkle.leaf_hash(data):  # else nothing the entry says can be believed
                document = self._content(parsed, documents)
        elif parsed is not None and row.kind != ("head" if isinstance(parsed, NoteEntry) else ""):
            self._say("log_entry.kind", "it is not what the entry itself is")
        takes = logkinds.KINDS[self._kind].takes
        if isinstance(parsed, NoteEntry) and not takes(parsed, row.idx):
            self._say("log_entry.entry", "a signed head stands in the middle of a subject's log")
        return Checked(row.idx, parsed, data, leaf, row.key, row.time, document, self._faults)

    def _parse(self, data: bytes) -> Parsed | None:
        try:
            return parse_entry(data)
        except SakshiError as error:
            self._say("log_entry.entry", f"it is no entry: {str(error).rstrip('.')}")
            return None

    def _leaf(self, data: bytes, held: dict[int, bytes]) -> bytes:
        """The leaf the tree holds: of entry and tile the one that the index of leaves agrees with.

        Where it is the entry's, the tile will be named when the tree is built again.
        """
        computed, index = merkle.leaf_hash(data), self._row.idx
        at = index % tiles.TILE * tiles.HASH
        stored = held.get(index // tiles.TILE, b"")[at : at + tiles.HASH]
        if stored in (b"", computed) or (self._log_id, index) in leafindex.find(
            self._conn, computed
        ):
            return computed
        self._say("log_entry.entry", "it no longer hashes to its leaf: the entry was changed")
        return stored

    def _content(self, parsed: Entry, documents: dict[str, tuple[str, bytes]]) -> bytes | None:
        try:
            kind = records.newest(parsed.kind)
        except FormatError:
            self._say("log_entry.entry", f"no record is of the kind {parsed.kind!r}")
            return None
        if not kind.stands_in(self._kind):
            self._say("log_entry.entry", f"a {parsed.kind!r} does not belong in this log")
        if kind.public:
            return self._document(parsed, documents)
        self._payload(parsed)
        return None

    def _document(self, parsed: Entry, documents: dict[str, tuple[str, bytes]]) -> bytes | None:
        if self._row.payload_kind is not None:
            self._say("log_payload.idx", "a public entry has a private payload")
            return None
        kind, document = documents.get(parsed.commitment.hex(), ("", None))
        if document is None:
            self._say("log_document.sha256", "the document this entry commits to is missing")
        elif sha256(document).digest() != parsed.commitment:
            self._say("log_document.document", "it does not hash to what the entry commits to")
        elif kind != parsed.kind:
            self._say("log_document.kind", f"it says {kind!r}, the entry {parsed.kind!r}")
        return document

    def _payload(self, parsed: Entry) -> None:
        row = self._row
        if row.payload_kind is None:
            self._say("log_payload.idx", "the entry is private and has no payload row")
            return
        if row.payload_kind != parsed.kind:
            self._say("log_payload.kind", f"it says {row.payload_kind!r}")
        gone = (row.idx, "record") in self._erased
        if bool(row.erased) != gone:
            words = "not erased, but it is marked so" if row.erased else "erased, but it is not"
            self._say("log_payload.erased", f"the log says the payload was {words}")
        if row.record is None or row.salt is None:
            if row.record is not None or row.salt is not None:
                self._say("log_payload.record, salt", "one of the two is missing")
            elif not gone and not str(row.key).startswith(RECOVERED):
                self._say("log_payload.record, salt", "they are gone, and no entry says erased")
            return
        if gone:
            self._say("log_payload.record", "it is still here although the log says it was erased")
        if not _opens(parsed.kind, row.salt, row.record, parsed.commitment):
            self._say("log_payload.record, salt", "they do not open the entry's commitment")
            return
        self._detail(parsed.kind, bytes(row.record))

    def _detail(self, kind: str, record: bytes) -> None:
        row = self._row
        promised = json.loads(record).get("detail")
        gone = (row.idx, "detail") in self._erased or (row.idx, "record") in self._erased
        if row.detail is None or row.detail_salt is None:
            if promised is not None and not gone:
                self._say("log_payload.detail", "it is gone, and no entry says that it was erased")
        elif promised is None:
            self._say("log_payload.detail", "the record knows of no second payload")
        elif gone:
            self._say("log_payload.detail", "it is still here although the log says it was erased")
        elif not _opens(f"{kind}-detail", row.detail_salt, row.detail, b64.decode(promised)):
            self._say("log_payload.detail, detail_salt", "they do not open the record's commitment")

    def _say(self, column: str, words: str, index: int | None = None) -> None:
        at = self._row.idx if index is None else index
        self._faults.append(Finding(self._origin, at, column, words))


def _opens(kind: str, salt: bytes, record: bytes, commitment: bytes) -> bool:
    try:
        return commit_private(kind, bytes(salt), bytes(record)) == commitment
    except FormatError:
        return False
