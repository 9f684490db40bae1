"""Which vouchers count: those of imports closed as posted, up to a head where one is named."""

from typing import Any

from sqlalchemy import Row, Select, or_

from trust.books.tables import book_import, book_posting, book_voucher
from trust.formats.places import Place


def counted(query: Select[Any], society: str, upto: tuple[str, int] | None = None) -> Select[Any]:
    """Vouchers of posted imports; with ``upto`` those a statement over that head counts.

    A head covers its own log up to its size; logs of earlier years are covered whole.
    """
    query = query.join(book_import, book_import.c.id == book_voucher.c.import_id).where(
        book_voucher.c.society == society, book_import.c.state == "posted"
    )
    if upto is not None:
        origin, size = upto
        query = query.where(or_(book_import.c.origin != origin, book_import.c.close_index < size))
    return query


def joined() -> Any:
    """Vouchers with their postings."""
    return book_voucher.join(
        book_posting,
        (book_posting.c.import_id == book_voucher.c.import_id)
        & (book_posting.c.seq == book_voucher.c.seq),
    )


def sealed_at(row: Row[Any]) -> Place:
    """Where a row of these tables was sealed."""
    return Place(row.origin, row.idx, row.time)
