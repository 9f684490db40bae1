"""Reads that believe the log and no other row: a page that says *sealed* shows what is committed.

Rooms keep columns beside the log for speed. Whoever can change such a column must not thereby
change what is shown or counted as sealed, so these reads hash what they hand out and compare it
with the commitment in the entry. That the entry itself stands under a signed head is shown by the
browser's check, by `sakshi-audit` and by fsck, who do not ask this server what is right.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, LargeBinary, func, or_, select

from trust.formats import canon, records
from trust.formats.canon import Json
from trust.formats.commitments import Opening, commit_public, open_commitment
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import SakshiError
from trust.log import queries
from trust.log.errors import AlteredError
from trust.log.proofs import public_document
from trust.log.tables import log_entry, log_payload


@dataclass(frozen=True, slots=True)
class Event:
    """One entry with its record; None if it is private and does not open. Time: UTC seconds."""

    index: int
    time: int
    kind: str
    record: dict[str, Json] | None


def document(conn: Connection, origin: str, index: int, kind: str) -> bytes:
    """The document of a public entry of that kind, hashed and compared.

    Raises AlteredError when the database holds no such thing any more.
    """
    try:
        raw = queries.entry(conn, origin, index).entry
        data = public_document(conn, origin, raw)
    except SakshiError:
        raise altered(origin, index) from None
    return checked(raw, data, kind, origin, index)


def checked(
    entry: bytes | None, document: bytes | None, kind: str, origin: str, index: int
) -> bytes:
    """The document read beside a public entry of that kind, hashed and compared.

    Raises AlteredError if it is not what was sealed, or if either is missing.
    """
    if entry is None or document is None:
        raise altered(origin, index)
    try:
        parsed = parse_entry(entry)
    except SakshiError:
        raise altered(origin, index) from None
    if not isinstance(parsed, Entry) or parsed.kind != kind:
        raise altered(origin, index)
    if commit_public(document) != parsed.commitment:
        raise altered(origin, index)
    return document


def abandonment(conn: Connection, origin: str) -> tuple[int, dict[str, Json]] | None:
    """When a log was given up (UTC seconds) and what the state log says of it; None if it was not.

    Raises AlteredError.
    """
    for state in queries.logs(conn, "state"):
        found = queries.entry_by_key(conn, state.origin, f"abandon {origin}")
        if found is not None:
            return found.time, record(conn, state.origin, found.index, "abandonment")
    return None


def record(conn: Connection, origin: str, index: int, kind: str) -> dict[str, Json]:
    """The record of a public entry of that kind; raises AlteredError."""
    return canon.parse(document(conn, origin, index, kind))


def told(
    conn: Connection, origin: str, kind: str, start: int = 0
) -> Iterator[tuple[int, int, dict[str, Json] | None]]:
    """Index, time and record of every private entry of a kind, in the order of the log, from an
    index on; the record is None if the payload was erased.

    Raises AlteredError at the first whose payload does not open its entry, or is gone without a
    mark that it was erased.
    """
    log_id = queries.info(conn, origin).id
    query = (
        select(
            log_entry.c.idx,
            log_entry.c.entry,
            log_payload.c.record,
            log_payload.c.salt,
            log_payload.c.erased,
        )
        .select_from(
            log_entry.outerjoin(
                log_payload,
                (log_payload.c.log_id == log_entry.c.log_id)
                & (log_payload.c.idx == log_entry.c.idx),
            )
        )
        .where(log_entry.c.log_id == log_id, log_entry.c.idx >= start)
        .order_by(log_entry.c.idx)
    )
    for row in conn.execute(query):
        # The kind is read from the entry: the column beside it is one more row to alter.
        parsed = parse_entry(bytes(row.entry))
        if not isinstance(parsed, Entry) or parsed.kind != kind:
            continue
        if row.record is None and row.erased:
            yield row.idx, parsed.time, None
            continue
        if row.record is None or row.salt is None:
            raise altered(origin, row.idx)
        try:
            opening = Opening(bytes(row.record), bytes(row.salt))
            found = open_commitment(kind, parsed.commitment, opening)
        except SakshiError:
            raise altered(origin, row.idx) from None
        yield row.idx, parsed.time, found


def events(
    conn: Connection, origin: str, kinds: Iterable[str], start: int = 0, stop: int | None = None
) -> Iterator[Event]:
    """Every entry of these kinds in the order of the log, from `start` and before `stop`.

    Raises AlteredError at a public one whose document is not what was sealed, or is gone; a
    private one that does not open comes with the record None.
    """
    # The kind is read from the entry: the column beside it is one more row to alter.
    heads = [f"sakshi/1 {kind} ".encode() for kind in kinds]
    begins = [func.substr(log_entry.c.entry, 1, len(h), type_=LargeBinary) == h for h in heads]
    query = (
        select(log_entry.c.idx, log_entry.c.entry, log_payload.c.record, log_payload.c.salt)
        .select_from(
            log_entry.outerjoin(
                log_payload,
                (log_payload.c.log_id == log_entry.c.log_id)
                & (log_payload.c.idx == log_entry.c.idx),
            )
        )
        .where(log_entry.c.log_id == queries.info(conn, origin).id, log_entry.c.idx >= start)
        .where(or_(*begins))
        .order_by(log_entry.c.idx)
    )
    for row in conn.execute(query if stop is None else query.where(log_entry.c.idx < stop)).all():
        parsed = parse_entry(bytes(row.entry))
        assert isinstance(parsed, Entry)
        found = (
            record(conn, origin, row.idx, parsed.kind)
            if records.is_public(parsed.kind)
            else _opened(parsed, row.record, row.salt)
        )
        yield Event(row.idx, parsed.time, parsed.kind, found)


def _opened(parsed: Entry, data: bytes | None, salt: bytes | None) -> dict[str, Json] | None:
    if data is None or salt is None:
        return None
    try:
        opening = Opening(bytes(data), bytes(salt))
        return open_commitment(parsed.kind, parsed.commitment, opening)
    except SakshiError:
        return None


def altered(origin: str, index: int) -> AlteredError:
    """The refusal of an entry that is not stored as it was sealed."""
    return AlteredError(index=index, origin=origin)
