"""Ending an import as void, unless a filed sheet rests on it."""

from typing import Any, cast

from sqlalchemy import Connection, Row, func, select

from trust.books import posting, queries
from trust.books.errors import ImportFiledError, UnknownImportError
from trust.books.model import ImportReport
from trust.books.tables import book_voucher
from trust.log import lineage
from trust.log.runtime import Runtime


def void_import(rt: Runtime, import_id: str) -> ImportReport:
    """End an import as void: none of its entries counts any more; they stay in the log.

    Raises:
        UnknownImportError; ImportStateError if a filed statement rests on it (correct by new
            vouchers instead).
    """
    with rt.db.write() as conn:
        row = posting.locked_row(conn, import_id)
        if row is None:
            raise UnknownImportError(number=import_id)
        filed = _resting(conn, row)
        if filed is not None:
            raise ImportFiledError(filed=filed)
        return posting.close(conn, row, "void", now=rt.clock())


def _resting(conn: Connection, row: Row[Any]) -> str | None:
    """The book year of a sheet in force that counts vouchers of this import, if there is one."""
    years_in = select(func.min(book_voucher.c.book_year)).where(book_voucher.c.import_id == row.id)
    first = conn.execute(years_in).scalar()
    if row.state != "posted" or first is None:
        return None
    for sheet in queries.statements(conn, row.society):
        size = cast(int, sheet.record["book_size"])
        same = sheet.at.origin == row.origin
        covered = (
            row.close_index < size
            if same
            else lineage.order(sheet.at.origin) > lineage.order(row.origin)
        )
        if sheet.in_force and sheet.book_year >= first and covered:
            return sheet.book_year
    return None
