"""Reads of the log: heads, entries, openings, documents, tiles, bundles, proofs' paths."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Label,
    Row,
    Subquery,
    bindparam,
    func,
    literal,
    select,
)

from trust.formats import merkle
from trust.log.errors import NoEntryError, NoHeadError, NoHeadOfSizeError, UnknownLogError
from trust.log.model import Head, LogInfo, StoredEntry, StoredOpening
from trust.log.tables import (
    installation,
    log,
    log_admission,
    log_document,
    log_entry,
    log_head,
    log_payload,
    log_publication,
)

_Row = Row[*tuple[Any, ...]]

# Built once: publication asks these dozens of times a round, and making such an expression again
# costs more than running it.
_INFO = select(log).where(log.c.origin == bindparam("origin"))
_OF_SUBJECT = select(log).where(
    log.c.kind == bindparam("kind"), log.c.subject == bindparam("subject")
)
_LAST_TIME = select(log.c.last_time).where(log.c.origin == bindparam("origin"))
_LATEST_HEAD = (
    select(log_head.c.size, log_head.c.root, log_head.c.note)
    .join(log, log.c.id == log_head.c.log_id)
    .where(log.c.origin == bindparam("origin"))
    .order_by(log_head.c.size.desc())
    .limit(1)
)
_ABANDONED = (
    select(log_entry.c.idx)
    .join(log, log.c.id == log_entry.c.log_id)
    .where(log.c.kind == "state", log_entry.c.key == bindparam("key"))
    .limit(1)
)


def host(conn: Connection) -> str | None:
    """The host label of this state; None before it is installed."""
    row = conn.execute(select(installation.c.value).where(installation.c.name == "host")).first()
    return None if row is None else str(row.value)


def logs(conn: Connection, kind: str | None = None) -> list[LogInfo]:
    """Every log, or every log of a kind, in the order they were opened."""
    query = select(log).order_by(log.c.id)
    if kind is not None:
        query = query.where(log.c.kind == kind)
    return [_info(row) for row in conn.execute(query)]


def of_subject(conn: Connection, kind: str, subject: str) -> list[LogInfo]:
    """Every log of a kind about one subject (empty for oversight and state), in no order."""
    return [_info(row) for row in conn.execute(_OF_SUBJECT, {"kind": kind, "subject": subject})]


def subjects(kind: str) -> Subquery:
    """What the logs of a kind are about, each once, as a table of one column `subject`."""
    return select(log.c.subject).where(log.c.kind == kind).distinct().subquery()


def info(conn: Connection, origin: str) -> LogInfo:
    """One log's row; raises UnknownLogError."""
    row = conn.execute(_INFO, {"origin": origin}).first()
    if row is None:
        raise UnknownLogError(origin=origin)
    return _info(row)


def last_time(conn: Connection, origin: str) -> int:
    """Time of a log's last entry, or of its opening, in UTC seconds: no later entry bears an
    earlier one, whatever a clock says. Zero if there is no such log."""
    row = conn.execute(_LAST_TIME, {"origin": origin}).first()
    return 0 if row is None else int(row.last_time)


def exists(conn: Connection, origin: str) -> bool:
    """Whether there is a log of that origin."""
    return conn.execute(select(log.c.id).where(log.c.origin == origin)).first() is not None


def _info(row: Row[tuple[object, ...]]) -> LogInfo:
    return LogInfo(
        row.id, row.origin, row.kind, row.subject, row.vkey, row.opened_at, row.next_index,
        row.size, bytes(row.root),
    )  # fmt: skip


def origin_of(table: FromClause) -> Label[str]:
    """The origin of the log in which a row of a read table was sealed, as a column `origin`."""
    return select(log.c.origin).where(log.c.id == table.c.log_id).scalar_subquery().label("origin")


def latest_head(conn: Connection, origin: str) -> tuple[int, bytes, bytes] | None:
    """Size, root and signed note of the newest released head."""
    row = conn.execute(_LATEST_HEAD, {"origin": origin}).first()
    return None if row is None else (row.size, bytes(row.root), bytes(row.note))


def head(conn: Connection, origin: str) -> Head | None:
    """The newest released head. What is *published* of a log, or whether an entry is, only
    `trust.log.witnesses.witness_status.published` says."""
    covered = select(log_publication.c.size).where(
        log_publication.c.log_id == log_admission.c.state_log_id,
        log_publication.c.size > log_admission.c.state_index,
    )
    query = (
        select(log_head, covered.correlate(log_admission).exists().label("covered"))
        .join(
            log_admission,
            (log_admission.c.log_id == log_head.c.log_id)
            & (log_admission.c.size == log_head.c.size),
            isouter=True,
        )
        .where(log_head.c.log_id == info(conn, origin).id)
        .order_by(log_head.c.size.desc())
        .limit(1)
    )
    row = conn.execute(query).first()
    if row is None:
        return None
    return Head(
        origin, row.size, bytes(row.root), bytes(row.note), row.signed_at, bool(row.covered)
    )


def released(conn: Connection, origin: str) -> Head:
    """The newest released head; raises NoHeadError when the log has none yet."""
    found = head(conn, origin)
    if found is None:
        raise NoHeadError(origin=origin)
    return found


def head_root(conn: Connection, origin: str, size: int) -> bytes:
    """Root of a released head of that size; raises NoHeadOfSizeError if none was released."""
    row = conn.execute(
        select(log_head.c.root).where(
            log_head.c.log_id == info(conn, origin).id, log_head.c.size == size
        )
    ).first()
    if row is None:
        raise NoHeadOfSizeError(origin=origin, size=size)
    return bytes(row.root)


def released_notes(conn: Connection, origin: str) -> list[tuple[int, bytes]]:
    """Every released head of a log that the state log admitted, oldest first: size, note."""
    log_id = info(conn, origin).id
    rows = conn.execute(
        select(log_head.c.size, log_head.c.note)
        .join(
            log_admission,
            (log_admission.c.log_id == log_head.c.log_id)
            & (log_admission.c.size == log_head.c.size),
        )
        .where(log_head.c.log_id == log_id)
        .order_by(log_head.c.size)
    )
    return [(row.size, bytes(row.note)) for row in rows]


def admission(conn: Connection, origin: str, size: int) -> tuple[str, int] | None:
    """State log origin and index of an admitted head."""
    row = conn.execute(
        select(log_admission.c.state_log_id, log_admission.c.state_index).where(
            log_admission.c.log_id == info(conn, origin).id, log_admission.c.size == size
        )
    ).first()
    if row is None:
        return None
    state = conn.execute(select(log.c.origin).where(log.c.id == row.state_log_id)).scalar_one()
    return str(state), int(row.state_index)


def entry(conn: Connection, origin: str, index: int) -> StoredEntry:
    """One entry; raises NoEntryError when the log is not that long."""
    found = entries(conn, origin, index, index + 1)
    if not found:
        raise NoEntryError(origin=origin, index=index)
    return found[0]


def entries(conn: Connection, origin: str, start: int, stop: int) -> list[StoredEntry]:
    """Entries [start, stop) in order."""
    log_id = info(conn, origin).id
    mine = (log_entry.c.log_id == log_id) & (log_entry.c.idx >= start) & (log_entry.c.idx < stop)
    rows = conn.execute(select(log_entry).where(mine).order_by(log_entry.c.idx))
    return [stored(origin, row) for row in rows]


def stored(origin: str, row: _Row) -> StoredEntry:
    """A row of `log_entry` as an entry of that log."""
    data = bytes(row.entry)
    return StoredEntry(origin, row.idx, data, merkle.leaf_hash(data), row.kind, row.time)


def entry_by_key(conn: Connection, origin: str, key: str) -> StoredEntry | None:
    """The entry appended under an idempotency key."""
    mine = log_entry.c.log_id == info(conn, origin).id
    row = conn.execute(select(log_entry).where(mine, log_entry.c.key == key)).first()
    return None if row is None else stored(origin, row)


def abandoned(conn: Connection, origin: str) -> bool:
    """Whether a state log says that this log was given up (docs/adr/0007)."""
    return conn.execute(_ABANDONED, {"key": f"abandon {origin}"}).first() is not None


def given_up(origin: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the log of a row was given up, as part of another question."""
    said, state = log_entry.alias(), log.alias()
    return (
        select(said.c.idx)
        .join(state, state.c.id == said.c.log_id)
        .where(state.c.kind == "state", said.c.key == literal("abandon ") + origin)
        .exists()
    )


def opening(conn: Connection, origin: str, index: int) -> StoredOpening | None:
    """What opens a private entry; None for public ones."""
    row = conn.execute(
        select(log_payload).where(
            log_payload.c.log_id == info(conn, origin).id, log_payload.c.idx == index
        )
    ).first()
    if row is None:
        return None
    return StoredOpening(
        row.kind,
        _bytes(row.record),
        _bytes(row.salt),
        _bytes(row.detail),
        _bytes(row.detail_salt),
        row.erased,
    )


def details(conn: Connection, log_id: int, indexes: Sequence[int]) -> dict[int, bytes]:
    """The second payloads of entries of a log, by index, without those that were erased."""
    mine = (log_payload.c.log_id == log_id) & log_payload.c.idx.in_(indexes)
    rows = conn.execute(select(log_payload.c.idx, log_payload.c.detail).where(mine))
    return {row.idx: bytes(row.detail) for row in rows if row.detail is not None}


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)


def document(conn: Connection, sha256_hex: str, origin: str | None = None) -> bytes | None:
    """A public document by its hash, of one log if an origin is given."""
    query = select(log_document.c.document).where(log_document.c.sha256 == sha256_hex)
    if origin is not None:
        query = query.where(log_document.c.log_id == info(conn, origin).id)
    row = conn.execute(query.limit(1)).first()
    return None if row is None else bytes(row.document)


def documents(conn: Connection, origin: str) -> list[tuple[str, bytes]]:
    """Every public document of a log: hex hash, bytes."""
    rows = conn.execute(
        select(log_document.c.sha256, log_document.c.document)
        .where(log_document.c.log_id == info(conn, origin).id)
        .order_by(log_document.c.sha256)
    )
    return [(row.sha256, bytes(row.document)) for row in rows]


def count_kind(conn: Connection, origin: str, kind: str) -> int:
    """How many entries of a kind a log holds."""
    mine = (log_entry.c.log_id == info(conn, origin).id) & (log_entry.c.kind == kind)
    return int(conn.execute(select(func.count()).select_from(log_entry).where(mine)).scalar_one())
