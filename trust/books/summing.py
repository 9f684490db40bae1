"""What sealed vouchers sum to; added up by the database."""

from collections import defaultdict

from sqlalchemy import Connection, case, func, select

from trust.books.counting import counted, joined
from trust.books.pure.balances import YearSums
from trust.books.tables import book_posting, book_voucher


def year_sums(
    conn: Connection, society: str, upto: tuple[str, int] | None = None
) -> dict[str, YearSums]:
    """Sums by book year and account, added up by the database.

    Args:
        upto: a head, as a statement over it counts.
    """
    debit = func.sum(case((book_posting.c.paise > 0, book_posting.c.paise), else_=0))
    credit = func.sum(case((book_posting.c.paise < 0, -book_posting.c.paise), else_=0))
    columns = (
        book_voucher.c.book_year,
        book_voucher.c.opening,
        book_posting.c.account,
        debit.label("debit"),
        credit.label("credit"),
    )
    query = select(*columns).select_from(joined())
    query = counted(query, society, upto).group_by(
        book_voucher.c.book_year, book_voucher.c.opening, book_posting.c.account
    )
    sums: dict[str, YearSums] = defaultdict(YearSums)
    for row in conn.execute(query):
        year = sums[row.book_year]
        if row.opening:
            year.opened = True
            year.opening[row.account] = int(row.debit) - int(row.credit)
        else:
            year.debit[row.account] = int(row.debit)
            year.credit[row.account] = int(row.credit)
    return dict(sums)
