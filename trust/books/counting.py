"""Which vouchers count: those of imports closed as posted, up to a head if one is named."""

from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, or_, select

from trust.books.tables import book_date, book_import, book_loan, book_posting, book_voucher
from trust.formats.places import Place
from trust.log import queries as log_queries


def counted(query: Select[Any], society: str, upto: tuple[str, int] | None = None) -> Select[Any]:
    """Vouchers of posted imports; with `upto` those a statement over that head counts.

    A head covers its own log up to its size; logs of earlier years are covered whole.
    """
    query = query.join(book_import, book_import.c.id == book_voucher.c.import_id).where(
        book_voucher.c.society == society, book_import.c.state == "posted"
    )
    if upto is not None:
        origin, size = upto
        elsewhere = log_queries.origin_of(book_import).element != origin
        query = query.where(or_(elsewhere, book_import.c.close_index < size))
    return query


def joined() -> Any:
    """Vouchers with their postings."""
    v, p = book_voucher.c, book_posting.c
    return book_voucher.join(book_posting, (p.log_id == v.log_id) & (p.idx == v.idx))


def sealed_under(conn: Connection, import_id: str) -> int:
    """How many entries were sealed under an import."""
    tables = (book_voucher, book_loan, book_date)
    counts = (select(func.count()).where(t.c.import_id == import_id) for t in tables)
    return sum(conn.execute(query).scalar_one() for query in counts)


def placed(table: Table) -> Select[Any]:
    """All columns of a read table and the origin of the log of each row."""
    return select(table, log_queries.origin_of(table))


def sealed_at(row: Row[Any]) -> Place:
    """Where a row that was read by `placed` was sealed."""
    return Place(row.origin, row.idx, row.time)
