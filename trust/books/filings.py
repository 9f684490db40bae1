"""Reads of filed balance sheets: their sealed documents, and what is found about each."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select

from trust.books import reports
from trust.books.counting import placed, sealed_at
from trust.books.errors import SheetAlteredError
from trust.books.model import Check, FiledStatement
from trust.books.tables import book_statement
from trust.books.telling import SheetFindings, tell
from trust.formats import canon
from trust.log import sealed
from trust.log.errors import AlteredError
from trust.log.tables import log_document, log_entry


def statements(conn: Connection, society: str) -> list[FiledStatement]:
    """Every filed statement, newest book year first, superseded ones included."""
    rows = conn.execute(_filings(society)).all()
    newest = {row.book_year: row.sha256 for row in reversed(rows)}
    return [_statement(conn, row, newest[row.book_year] == row.sha256) for row in rows]


def statement(conn: Connection, society: str, book_year: str) -> FiledStatement | None:
    """The statement in force for a book year."""
    query = _filings(society).where(book_statement.c.book_year == book_year)
    row = conn.execute(query.limit(1)).first()
    return None if row is None else _statement(conn, row, True)


def findings(
    conn: Connection, society: str, filed: Sequence[FiledStatement] | None = None
) -> dict[str, SheetFindings]:
    """What is found about every filed sheet of a society, by the hash of the sheet.

    Args:
        filed: the society's `statements`, if they were read already.
    """
    return tell(conn, society, statements(conn, society) if filed is None else filed)


def _filings(society: str) -> Select[Any]:
    """A society's filings, each with its entry and document; of each year the one filed last, which
    is in force, stands first."""
    c, e, d = book_statement.c, log_entry.c, log_document.c
    query = (
        placed(book_statement)
        .add_columns(e.entry, d.document)
        .outerjoin(log_entry, (e.log_id == c.log_id) & (e.idx == c.idx))
        .outerjoin(log_document, (d.log_id == c.log_id) & (d.sha256 == c.sha256))
        .where(c.society == society)
    )
    return query.order_by(c.book_year.desc(), c.time.desc(), c.idx.desc())


def _statement(conn: Connection, row: Row[Any], in_force: bool) -> FiledStatement:
    """A filing with its sealed document: figures kept beside the log are shown to nobody."""
    document = _document(conn, row)
    record = canon.parse(document)
    if (record["society"], record["book_year"]) != (row.society, row.book_year):
        raise SheetAlteredError(
            index=row.idx, origin=row.origin, society=row.society, book_year=row.book_year
        )
    checks: tuple[Check, ...] = reports.load_checks(row.checks)
    return FiledStatement(
        row.society,
        row.book_year,
        hashlib.sha256(document).hexdigest(),
        record,
        sealed_at(row),
        in_force,
        checks,
    )


def _document(conn: Connection, row: Row[Any]) -> bytes:
    try:
        return sealed.checked(row.entry, row.document, "statement", row.origin, row.idx)
    except AlteredError:
        # The row may name another document than its entry does: the entry decides.
        return sealed.document(conn, row.origin, row.idx, "statement")
