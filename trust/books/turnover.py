"""What the oversight asks of the books: sales by quarter, entries that came late, what is new."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, String, case, func, select

from trust.books.counting import counted
from trust.books.model import FiledStatement, LateEntry, QuarterSales, Turnover
from trust.books.published import mapping_for
from trust.books.pure import years
from trust.books.pure.findings import day_of
from trust.books.tables import book_import, book_posting, book_statement, book_voucher
from trust.bulk import plain_rows
from trust.formats.places import Place
from trust.log import lineage
from trust.log import queries as log_queries

_SALES_LINE = "TC1"
_ONE_SUM = "trial-balance"
"""The format that brings a year's turnover in one sum."""


class _Row(NamedTuple):
    """A voucher: where it was sealed, its import, and what it sold (None: no line of sales)."""

    import_id: str
    date: str
    book_year: str
    opening: bool
    corrects: str | None
    origin: str
    idx: int
    time: int
    format: str
    close_index: int
    closed_at: int
    sold: int | None

    @property
    def at(self) -> Place:
        return Place(self.origin, self.idx, self.time)


def turnover(conn: Connection, society: str, filed: Sequence[FiledStatement]) -> Turnover:
    """Everything that is read from the vouchers of a society, one by one.

    Args:
        filed: every sheet the society filed (`trust.books.queries.statements`).
    """
    every = _rows(conn, society)
    sealed_on = cache(day_of)
    rows = [row for row in every if row.date <= sealed_on(row.time)]
    closings = dict.fromkeys((row.origin, row.close_index, row.closed_at) for row in every)
    return Turnover(
        sales=_sales(every),
        late=_late(rows, _first_filed(filed)),
        through=max((row.date for row in rows), default=None),
        sealed_at=max((row.time for row in every), default=None),
        closings=tuple(Place(*place) for place in closings),
        summed=frozenset(row.book_year for row in rows if row.format == _ONE_SUM),
        ahead=tuple((row.date, row.at) for row in every if row.date > sealed_on(row.time)),
    )


def version_of(society: str | ColumnElement[str]) -> ColumnElement[str]:
    """What becomes another text whenever something of a society's books begins or ceases to count.

    An expression, so that it can be compared where it is read: how many imports are posted, when
    the newest was closed, how many sheets are filed and when the newest was.
    """
    i, s = book_import.c, book_statement.c
    counts = i.state == "posted"
    imports = _marked(func.sum(case((counts, 1), else_=0)), i.closed_at).where(i.society == society)
    sheets = _marked(func.count(), s.time).where(s.society == society)
    found: ColumnElement[str] = imports.scalar_subquery() + " " + sheets.scalar_subquery()
    return found


def _marked(count: ColumnElement[int], time: ColumnElement[int]) -> Select[Any]:
    counted, newest = (func.coalesce(n, 0).cast(String) for n in (count, func.max(time)))
    return select(counted + "@" + newest)


def _rows(conn: Connection, society: str) -> list[_Row]:
    """Vouchers that count, import by import as they were closed."""
    v, i, p = book_voucher.c, book_import.c, book_posting.c
    codes = mapping_for("9999-12-31").account_lines[_SALES_LINE]
    sold = (
        select(func.sum(p.paise))
        .where(p.log_id == v.log_id, p.idx == v.idx, p.account.in_(sorted(codes)))
        .scalar_subquery()
    )
    columns = (
        v.import_id, v.date, v.book_year, v.opening, v.corrects,
        log_queries.origin_of(book_voucher), v.idx, v.time, i.format, i.close_index, i.closed_at,
        sold,
    )  # fmt: skip
    query = counted(select(*columns), society).order_by(i.created_at, i.close_index, v.idx)
    return [_Row(*row) for row in plain_rows(conn, query, {})]


def _sales(rows: Sequence[_Row]) -> list[QuarterSales]:
    """Sales by quarter with their entries, oldest first. A sales return lowers its quarter."""
    paise: dict[str, int] = defaultdict(int)
    entries: dict[str, list[Place]] = defaultdict(list)
    corrected: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        if row.sold is not None and not row.opening:
            quarter = years.quarter_of(row.date)
            paise[quarter] -= int(row.sold)
            entries[quarter].append(row.at)
            if row.corrects is not None:
                corrected[quarter].append((row.time, -int(row.sold)))
    return [
        QuarterSales(name, paise[name], tuple(entries[name]), tuple(corrected[name]))
        for name in sorted(paise)
    ]


def _late(rows: Sequence[_Row], filed: dict[str, tuple[tuple[str, int], int]]) -> list[LateEntry]:
    """Vouchers dated before what earlier imports had already brought, in sealing order.

    Openings and corrections that name what they correct are not late. Within one import the order
    of the file says nothing, so a voucher is compared with the imports before its own.
    """
    late: list[LateEntry] = []
    frontier, current, through = "", "", ""
    for row in rows:
        if row.import_id != current:
            frontier, current = max(frontier, through), row.import_id
        through = max(through, row.date)
        first = filed.get(row.book_year)
        in_filed = first is not None and (lineage.order(row.origin), row.idx) > first
        if row.opening or row.corrects is not None or not (row.date < frontier or in_filed):
            continue
        late.append(LateEntry(row.date, _days_between(row.date, frontier), in_filed, row.at))
    return late


def _days_between(earlier: str, later: str) -> int:
    """Days from one ISO date to another, none if the other is not later (or empty)."""
    if later <= earlier:
        return 0
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def _first_filed(filed: Sequence[FiledStatement]) -> dict[str, tuple[tuple[str, int], int]]:
    """Where the first sheet of each book year was sealed, as a place that can be compared."""
    found: dict[str, tuple[tuple[str, int], int]] = {}
    for row in sorted(filed, key=lambda row: row.at.time, reverse=True):
        found[row.book_year] = (lineage.order(row.at.origin), row.at.index)
    return found
