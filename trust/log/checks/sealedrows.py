"""For the rooms' own part of `fsck`: what a log sealed, in pieces, and rows compared with it.

A room keeps rows beside its entries so that pages, drafts and rules read fast. Whoever can write
to the database can alter them without touching the log. Each room therefore derives its rows from
the openings again, with the function that wrote them, and names what differs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Table, exists, select

from trust.formats import canon
from trust.formats.canon import Json
from trust.formats.commitments import Opening, commit_public, open_commitment, open_detail
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import SakshiError
from trust.formats.records import newest as kind_of
from trust.log.checks.fsckrows import CHUNK, RECOVERED, Finding
from trust.log.model import LogInfo
from trust.log.replay.subjects import Tally as Tally
from trust.log.tables import log, log_document, log_entry, log_payload

AnyRow = Row[Any]


@dataclass(frozen=True, slots=True)
class Sealed:
    """One entry of a log with its record, and its second payload where the record commits to one;
    None if the payload was erased or is lost."""

    origin: str
    index: int
    kind: str
    time: int
    key: str
    record: dict[str, Json] | None
    document: bytes
    detail: dict[str, Json] | None = None

    @property
    def recovered(self) -> bool:
        """Whether it came back from a mirror: the rooms' rows did not."""
        return self.key.startswith(RECOVERED)


@dataclass(slots=True)
class Piece:
    """Some consecutive entries, and payloads or documents that do not open theirs."""

    first: int
    last: int
    entries: list[Sealed] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)


def pieces(conn: Connection, info: LogInfo, kinds: Iterable[str], tally: Tally) -> Iterator[Piece]:
    """Every entry of these kinds in a log, in order; the memory of one piece at a time."""
    wanted, after = tuple(kinds), -1
    query = (
        select(
            log_entry.c.idx,
            log_entry.c.entry,
            log_entry.c.key,
            log_payload.c.record,
            log_payload.c.salt,
            log_payload.c.detail,
            log_payload.c.detail_salt,
        )
        .join(
            log_payload,
            (log_payload.c.log_id == log_entry.c.log_id) & (log_payload.c.idx == log_entry.c.idx),
            isouter=True,
        )
        .where(log_entry.c.log_id == info.id, log_entry.c.kind.in_(wanted))
        .order_by(log_entry.c.idx)
        .limit(CHUNK)
    )
    while True:
        rows = conn.execute(query.where(log_entry.c.idx > after)).all()
        if not rows:
            return
        piece = Piece(rows[0].idx, rows[-1].idx)
        for row in rows:
            _read(conn, info, row, wanted, piece, tally)
        yield piece
        after = piece.last


def _read(
    conn: Connection, info: LogInfo, row: Any, wanted: Sequence[str], piece: Piece, tally: Tally
) -> None:
    def wrong(column: str, words: str) -> None:
        piece.faults.append(Finding(info.origin, row.idx, column, words))

    try:
        parsed = parse_entry(bytes(row.entry))
    except SakshiError as error:
        return wrong("log_entry.entry", str(error).rstrip("."))
    if not isinstance(parsed, Entry) or parsed.kind not in wanted:
        return wrong("log_entry.kind", "it is not what the entry itself says")
    record: dict[str, Json] | None = None
    detail: dict[str, Json] | None = None
    document = b""
    try:
        if kind_of(parsed.kind).public:
            document = _document(conn, info, parsed)
            if commit_public(document) != parsed.commitment:
                return wrong("log_document.document", "it does not hash to the entry's commitment")
            record = canon.parse(document)
        elif row.record is not None and row.salt is not None:
            document = bytes(row.record)
            opening = Opening(document, bytes(row.salt))
            record = open_commitment(parsed.kind, parsed.commitment, opening)
            if row.detail is not None and row.detail_salt is not None:
                second = Opening(bytes(row.detail), bytes(row.detail_salt))
                detail = open_detail(parsed.kind, record, second)
    except SakshiError as error:
        return wrong("log_payload.record", str(error).rstrip("."))
    if record is None:
        tally.unchecked += 1
    else:
        tally.checked += 1
    piece.entries.append(
        Sealed(info.origin, row.idx, parsed.kind, parsed.time, row.key, record, document, detail)
    )
    return None


def _document(conn: Connection, info: LogInfo, parsed: Entry) -> bytes:
    digest = parsed.commitment.hex()
    where = (log_document.c.log_id == info.id) & (log_document.c.sha256 == digest)
    return bytes(conn.execute(select(log_document.c.document).where(where)).scalar() or b"")


def at_index(
    conn: Connection, table: Table, column: str, origin: str, piece: Piece
) -> dict[int, list[AnyRow]]:
    """The rows of a table that say they are entries within this piece, by index."""
    found: dict[int, list[AnyRow]] = {}
    index = table.c[column]
    query = select(table).where(table.c.origin == origin, index >= piece.first, index <= piece.last)
    for row in conn.execute(query):
        found.setdefault(int(row._mapping[column]), []).append(row)
    return found


def the_row(
    sealed: Sealed, table: Table, rows: Sequence[AnyRow], tally: Tally
) -> tuple[AnyRow | None, list[Finding]]:
    """The one row an entry must have, or what is wrong: none, or more than one."""
    if len(rows) == 1:
        return rows[0], []
    if not rows and sealed.recovered:
        tally.unchecked += 1
        return None, []
    words = "the entry has no row" if not rows else f"{len(rows)} rows claim the one entry"
    return None, [Finding(sealed.origin, sealed.index, table.name, words)]


def differences(
    place: Sealed, table: Table, expected: Mapping[str, object], row: AnyRow
) -> Iterator[Finding]:
    """Every column of a row that is not what the entry makes it; values are not told."""
    held = row._mapping
    for column, value in expected.items():
        there = held[column]
        if isinstance(there, memoryview):
            there = bytes(there)
        if there != value:
            words = f"the row {key_of(table, row)} is not what the entry says"
            yield Finding(place.origin, place.index, f"{table.name}.{column}", words)


def key_of(table: Table, row: AnyRow) -> str:
    """The primary key of a row, for words."""
    return ", ".join(str(row._mapping[column.name]) for column in table.primary_key)


def orphans(
    conn: Connection,
    table: Table,
    column: str,
    kinds: Sequence[str],
    *,
    origin: ColumnElement[Any] | None = None,
    source: FromClause | None = None,
) -> Iterator[Finding]:
    """Rows whose place in a log holds no entry of these kinds.

    ``origin`` and ``source`` for a table that has its log's name from another one.
    """
    name: ColumnElement[Any] = table.c.origin if origin is None else origin
    entry = (
        exists()
        .where(log.c.origin == name, log_entry.c.log_id == log.c.id)
        .where(log_entry.c.idx == table.c[column], log_entry.c.kind.in_(kinds))
    )
    query = select(table, name.label("at_origin")).select_from(table if source is None else source)
    for row in conn.execute(query.where(~entry)):
        words = f"the row {key_of(table, row)} has no {' or '.join(kinds)} entry there"
        yield Finding(row.at_origin, row._mapping[column], f"{table.name}.{column}", words)


Check = Callable[[Connection, Tally], Iterator[Finding]]
"""What each room offers; web puts them together."""
