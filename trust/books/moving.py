"""An import over which its log was closed (the year turned, a key was rotated) begins again.

An import stands whole in one log, so that whoever holds that log can count it. What was posted
under it in the closed log stays there, under an import that never ends there and that therefore no
statement counts; the same entries go on the stage again, and the import is opened in the next log.
"""

from typing import Any

from sqlalchemy import Connection, Row, select, union_all

from trust.books import staging
from trust.books.tables import book_date, book_loan, book_voucher
from trust.formats import canon
from trust.log import annex, preparing, sealed
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import ErasedError
from trust.log.model import NewEntry
from trust.people.service import open_book


def move(conn: Connection, row: Row[Any], *, now: int) -> None:
    """Put everything posted back on the stage and open the import in the log of now.

    The caller holds the society's import lock.
    """
    origin = open_book(conn, row.society, now=now)
    indexes = conn.execute(_indexes(row.id)).scalars().all()
    sealed_before = [_entry(conn, row, number, index) for number, index in enumerate(indexes)]
    staging.put(conn, row.id, preparing.prepare_all(sealed_before))
    opening = sealed.record(conn, row.origin, row.idx, "import-open")
    beside = annex.of(conn, row.log_id, row.idx)
    entry = NewEntry("import-open", opening, f"{row.id} open", annex=beside)
    logs.append(conn, origin, [entry], now=now)


def _indexes(import_id: str) -> Any:
    """Where the entries of an import stand, in the order in which they were staged."""
    tables = (book_voucher, book_loan, book_date)
    return union_all(
        *(select(table.c.idx).where(table.c.import_id == import_id) for table in tables)
    ).order_by("idx")


def _entry(conn: Connection, row: Row[Any], number: int, index: int) -> NewEntry:
    """What was staged, out of what was sealed and annexed."""
    stored = log_queries.entry(conn, row.origin, index)
    opening = log_queries.opening(conn, row.origin, index)
    if opening is None:
        data: bytes | None = sealed.document(conn, row.origin, index, stored.kind)
    else:
        data = opening.record
    if data is None:
        raise ErasedError(index=index, origin=row.origin)
    record = canon.parse(data)
    if "detail" in record:
        record["detail"] = None  # committed to again, with a salt of its own
    detail = None if opening is None or opening.detail is None else canon.parse(opening.detail)
    beside = annex.of(conn, row.log_id, index) or None
    return NewEntry(stored.kind, record, staging.key_of(row.id, number), detail, beside)
