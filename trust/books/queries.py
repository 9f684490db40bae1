"""Reads of the books. Only imports closed as posted count, unless said otherwise."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, select

from trust.books import reports
from trust.books.brought import brought, waiting_sheets
from trust.books.counting import counted, placed, sealed_at, sealed_under
from trust.books.filings import findings, statement, statements
from trust.books.loanregisters import loans, register_findings, registers
from trust.books.mapboard import Board, board, search
from trust.books.model import ImportRow, Posting, SealedDate, SealedVoucher, TrialRow, Voucher
from trust.books.published import mapping_for
from trust.books.pure import balances, years
from trust.books.summing import year_sums
from trust.books.tables import book_date, book_import, book_posting, book_voucher
from trust.books.turnover import turnover, version_of
from trust.books.underway import open_imports
from trust.books.waiting import kept, waiting_years
from trust.formats.places import Place
from trust.log import queries as log_queries

__all__ = [
    "Board",
    "board",
    "book_years",
    "brought",
    "corrections",
    "findings",
    "governance_dates",
    "import_row",
    "imports",
    "kept",
    "loans",
    "open_imports",
    "register_findings",
    "registers",
    "search",
    "statement",
    "statements",
    "trial_balance",
    "turnover",
    "version_of",
    "voucher_detail",
    "vouchers",
    "waiting_sheets",
    "waiting_years",
    "year_sums",
]


def imports(conn: Connection, society: str) -> list[ImportRow]:
    """Every import of a society, newest first, in whatever state."""
    query = select(book_import).where(book_import.c.society == society)
    rows = conn.execute(query.order_by(book_import.c.created_at.desc(), book_import.c.id)).all()
    return [_import(conn, row) for row in rows]


def import_row(conn: Connection, import_id: str) -> ImportRow | None:
    """One import by its id."""
    row = conn.execute(select(book_import).where(book_import.c.id == import_id)).first()
    return None if row is None else _import(conn, row)


def _import(conn: Connection, row: Row[Any]) -> ImportRow:
    return ImportRow(
        row.id,
        row.society,
        row.format,
        row.filename,
        row.sha256,
        row.size,
        row.book_year,
        row.state,
        row.posted if row.closed_at is not None else sealed_under(conn, row.id),
        row.actor,
        row.created_at,
        row.closed_at,
        reports.load(row),
    )


def book_years(conn: Connection, society: str) -> list[str]:
    """Book years with sealed vouchers, newest first."""
    query = counted(select(book_voucher.c.book_year), society).distinct()
    return sorted(conn.execute(query).scalars(), reverse=True)


def trial_balance(conn: Connection, society: str, book_year: str) -> tuple[TrialRow, ...]:
    """The trial balance of a year from everything sealed; empty if there is nothing."""
    mapping = mapping_for(years.last_day(book_year))
    return balances.roll(year_sums(conn, society), mapping).get(book_year, ())


def vouchers(
    conn: Connection,
    society: str,
    book_year: str | None = None,
    *,
    limit: int | None = None,
    after: int = -1,
    upto: tuple[str, int] | None = None,
) -> list[SealedVoucher]:
    """Vouchers in the order they were sealed; ``after`` is the last index seen in the log."""
    query = counted(placed(book_voucher), society, upto).where(book_voucher.c.idx > after)
    if book_year is not None:
        query = query.where(book_voucher.c.book_year == book_year)
    query = query.order_by(book_voucher.c.time, book_voucher.c.idx)
    rows = conn.execute(query if limit is None else query.limit(limit)).all()
    lines = _lines(conn, rows)
    return [_voucher(row, lines[row.log_id, row.idx]) for row in rows]


def _lines(conn: Connection, rows: Iterable[Row[Any]]) -> dict[tuple[int, int], list[Posting]]:
    wanted: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        wanted[row.log_id].append(row.idx)
    found: dict[tuple[int, int], list[Posting]] = defaultdict(list)
    p = book_posting.c
    for log_id, indexes in wanted.items():
        query = (
            select(book_posting)
            .where(p.log_id == log_id, p.idx.between(min(indexes), max(indexes)))
            .order_by(p.idx, p.line)
        )
        for line in conn.execute(query):
            found[log_id, line.idx].append(Posting(line.account, line.paise))
    return found


def _voucher(row: Row[Any], lines: list[Posting]) -> SealedVoucher:
    voucher = Voucher(
        row.voucher_id,
        row.society,
        row.book_year,
        row.date,
        row.type,
        row.source,
        tuple(lines),
        row.corrects,
        row.import_id,
    )
    return SealedVoucher(voucher, sealed_at(row))


def voucher_detail(conn: Connection, at: Place) -> dict[str, Any] | None:
    """The second payload of a voucher (narration, party, numbers), if it was not erased.

    Member-level data: whoever shows it to staff also records the access.
    """
    opening = log_queries.opening(conn, at.origin, at.index)
    if opening is None or opening.detail is None:
        return None
    found: dict[str, Any] = json.loads(opening.detail)
    return found


def governance_dates(conn: Connection, society: str) -> list[SealedDate]:
    """Dates of general meetings, audits, elections and accounting dates, oldest first."""
    query = (
        placed(book_date)
        .join(book_import, book_import.c.id == book_date.c.import_id)
        .where(book_date.c.society == society, book_import.c.state == "posted")
        .order_by(book_date.c.date, book_date.c.idx)
    )
    return [
        SealedDate(row.event, row.date, row.book_year, sealed_at(row))
        for row in conn.execute(query)
    ]


def corrections(conn: Connection, society: str) -> int:
    """How many sealed vouchers name an earlier one that they correct."""
    query = counted(select(func.count()).select_from(book_voucher), society)
    return int(conn.execute(query.where(book_voucher.c.corrects.is_not(None))).scalar_one())
