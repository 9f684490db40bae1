"""An import over which its log was closed (the year turned, a key was rotated) begins again.

An import stands whole in one log, so that whoever holds that log can count it. What was posted
under it in the closed log stays there, under an import that never ends there and that therefore no
statement counts; the same rows go on the stage again, and the import is opened in the next log.
"""

import json
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from trust.books.tables import (
    book_date,
    book_import,
    book_loan,
    book_posting,
    book_stage,
    book_voucher,
)
from trust.formats import canon
from trust.formats.entries import Entry, parse_entry
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import DocumentMissingError, ErasedError, NotHeldError
from trust.log.model import NewEntry, StoredEntry
from trust.people.service import open_book


def move(conn: Connection, row: Row[Any], *, now: int) -> str:
    """Put everything posted back on the stage and open the import in the log of now.

    The caller holds the society's import lock. Gives the origin of that log.
    """
    origin = open_book(conn, row.society, now=now)
    opening = _document(conn, row.origin, _entry(conn, row.origin, f"{row.id} open"))
    staged = [_stage_row(conn, row, seq) for seq in range(row.posted)]
    for table in (book_posting, book_voucher, book_loan, book_date):
        conn.execute(delete(table).where(table.c.import_id == row.id))
    if staged:
        conn.execute(insert(book_stage), staged)
    conn.execute(
        update(book_import).where(book_import.c.id == row.id).values(origin=origin, posted=0)
    )
    entry = NewEntry("import-open", canon.parse(opening), f"{row.id} open")
    logs.append(conn, origin, [entry], now=now)
    return origin


def _entry(conn: Connection, origin: str, key: str) -> StoredEntry:
    found = log_queries.entry_by_key(conn, origin, key)
    if found is None:
        raise NotHeldError(origin=origin, key=key)
    return found


def _document(conn: Connection, origin: str, stored: StoredEntry) -> bytes:
    parsed = parse_entry(stored.entry)
    assert isinstance(parsed, Entry)
    document = log_queries.document(conn, parsed.commitment.hex(), origin)
    if document is None:
        raise DocumentMissingError(origin=origin)
    return document


def _stage_row(conn: Connection, row: Row[Any], seq: int) -> dict[str, object]:
    """The row as it stood on the stage, out of what was sealed and the tables."""
    stored = _entry(conn, row.origin, f"{row.id} {seq}")
    opening = log_queries.opening(conn, row.origin, stored.index)
    data = _document(conn, row.origin, stored) if opening is None else opening.record
    if data is None:
        raise ErasedError(index=stored.index, origin=row.origin)
    record = canon.parse(data)
    if "detail" in record:
        record["detail"] = None  # committed to anew, with a salt of its own
    return {
        "import_id": row.id,
        "seq": seq,
        "kind": stored.kind,
        "record": canon.canonical(record),
        "detail": None if opening is None else opening.detail,
        "extra": json.dumps(_extra(conn, row, seq, stored)),
    }


def _extra(conn: Connection, row: Row[Any], seq: int, stored: StoredEntry) -> dict[str, object]:
    extra: dict[str, object] = {"source_id": "", "version": 0, "reversal": False, "note": ""}
    if stored.kind == "voucher":
        v = book_voucher.c
        query = select(v.source_id, v.version, v.reversal).where(
            v.import_id == row.id, v.seq == seq
        )
        extra |= dict(conn.execute(query).one()._mapping)
    elif stored.kind == "governance-date":
        d = book_date.c
        note = select(d.note).where(d.import_id == row.id, d.idx == stored.index)
        extra["note"] = conn.execute(note).scalar_one()
    return extra
