"""What the oversight asks of the books: sales by quarter, and entries that came late."""

from collections import defaultdict
from datetime import date

from sqlalchemy import Connection, func, select

from trust.books.counting import counted, joined, placed, sealed_at
from trust.books.model import LateEntry, QuarterSales
from trust.books.published import mapping_for
from trust.books.pure import years
from trust.books.tables import book_import, book_posting, book_statement, book_voucher
from trust.formats.places import Place
from trust.log import lineage
from trust.log import queries as log_queries

_SALES_LINE = "TC1"


def sales(conn: Connection, society: str) -> list[QuarterSales]:
    """Sales by quarter with their entries, oldest first. A sales return lowers its quarter."""
    codes = mapping_for("9999-12-31").account_lines[_SALES_LINE]
    columns = (
        book_voucher.c.date,
        log_queries.origin_of(book_voucher),
        book_voucher.c.idx,
        book_voucher.c.time,
        book_posting.c.paise,
    )
    query = counted(select(*columns).select_from(joined()), society).where(
        book_posting.c.account.in_(codes), book_voucher.c.opening.is_(False)
    )
    paise: dict[str, int] = defaultdict(int)
    entries: dict[str, dict[Place, None]] = defaultdict(dict)
    for row in conn.execute(query.order_by(book_voucher.c.time, book_voucher.c.idx)):
        quarter = years.quarter_of(row.date)
        paise[quarter] -= row.paise
        entries[quarter].setdefault(sealed_at(row))
    return [QuarterSales(name, paise[name], tuple(entries[name])) for name in sorted(paise)]


def sales_by_quarter(conn: Connection, society: str) -> dict[str, int]:
    """Sales by quarter in paise, oldest first."""
    return {row.quarter: row.paise for row in sales(conn, society)}


def books_through(conn: Connection, society: str) -> str | None:
    """The newest value date in the books, None if there are no vouchers."""
    query = counted(select(func.max(book_voucher.c.date)), society)
    found: str | None = conn.execute(query).scalar()
    return found


def last_sealed(conn: Connection, society: str) -> int | None:
    """When the newest voucher was sealed (UTC seconds), None if there is none."""
    found = conn.execute(counted(select(func.max(book_voucher.c.time)), society)).scalar()
    return None if found is None else int(found)


def backdated(conn: Connection, society: str) -> list[LateEntry]:
    """Vouchers dated before what earlier imports had already brought, in sealing order.

    Openings and corrections that name what they correct are not late. Within one import the order
    of the file says nothing, so a voucher is held against the imports before its own.
    """
    query = counted(placed(book_voucher), society)
    order = (book_import.c.created_at, book_import.c.close_index, book_voucher.c.idx)
    filed = _first_filed(conn, society)
    late: list[LateEntry] = []
    frontier, current, through = "", "", ""
    for row in conn.execute(query.order_by(*order)):
        if row.import_id != current:
            frontier, current = max(frontier, through), row.import_id
        through = max(through, row.date)
        first = filed.get(row.book_year)
        in_filed = first is not None and (lineage.order(row.origin), row.idx) > first
        if row.opening or row.corrects is not None or not (row.date < frontier or in_filed):
            continue
        late.append(
            LateEntry(row.date, _days_between(row.date, frontier), in_filed, sealed_at(row))
        )
    return late


def _days_between(earlier: str, later: str) -> int:
    """Days from one ISO date to another, none if the other is not later (or empty)."""
    if later <= earlier:
        return 0
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def _first_filed(conn: Connection, society: str) -> dict[str, tuple[tuple[str, int], int]]:
    """Where the first sheet of each book year was sealed, as a place that can be compared."""
    query = placed(book_statement).where(book_statement.c.society == society)
    found: dict[str, tuple[tuple[str, int], int]] = {}
    for row in conn.execute(query.order_by(book_statement.c.time.desc())):
        found[row.book_year] = (lineage.order(row.origin), row.idx)
    return found
