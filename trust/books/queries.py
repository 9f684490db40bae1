"""Reads of the books room. Only imports closed as posted count, unless said otherwise."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select

from trust.books import reports
from trust.books.counting import counted, joined, sealed_at
from trust.books.errors import SheetAlteredError
from trust.books.model import (
    At,
    Check,
    FiledStatement,
    ImportRow,
    Posting,
    SealedDate,
    SealedLoan,
    SealedVoucher,
    TrialRow,
    Voucher,
)
from trust.books.published import mapping_for
from trust.books.pure import balances, years
from trust.books.pure.balances import YearSums
from trust.books.tables import (
    book_date,
    book_import,
    book_loan,
    book_posting,
    book_statement,
    book_voucher,
)
from trust.books.telling import SheetFindings, tell
from trust.books.turnover import backdated, books_through, last_sealed, sales, sales_by_quarter
from trust.books.waiting import kept, waiting_years
from trust.formats import canon
from trust.log import queries as logs
from trust.log import sealed

__all__ = [
    "backdated",
    "book_years",
    "books_through",
    "corrections",
    "filing",
    "findings",
    "governance_dates",
    "import_row",
    "imports",
    "kept",
    "last_sealed",
    "loans",
    "sales",
    "sales_by_quarter",
    "statement",
    "statements",
    "trial_balance",
    "voucher_detail",
    "vouchers",
    "waiting_years",
    "year_sums",
]


def imports(conn: Connection, society: str) -> list[ImportRow]:
    """Every import of a society, newest first, in whatever state."""
    query = select(book_import).where(book_import.c.society == society)
    rows = conn.execute(query.order_by(book_import.c.created_at.desc(), book_import.c.id))
    return [_import(row) for row in rows]


def import_row(conn: Connection, import_id: str) -> ImportRow | None:
    """One import by its id."""
    row = conn.execute(select(book_import).where(book_import.c.id == import_id)).first()
    return None if row is None else _import(row)


def _import(row: Row[Any]) -> ImportRow:
    return ImportRow(
        row.id,
        row.society,
        row.format,
        row.filename,
        row.sha256,
        row.size,
        row.book_year,
        row.state,
        row.posted,
        row.actor,
        row.created_at,
        row.closed_at,
        reports.load(row.report),
    )


def book_years(conn: Connection, society: str) -> list[str]:
    """Book years with sealed vouchers, newest first."""
    query = counted(select(book_voucher.c.book_year), society).distinct()
    return sorted(conn.execute(query).scalars(), reverse=True)


def year_sums(
    conn: Connection, society: str, upto: tuple[str, int] | None = None
) -> dict[str, YearSums]:
    """Sums by book year and account, added up by the database."""
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
    query = counted(select(book_voucher), society, upto).where(book_voucher.c.idx > after)
    if book_year is not None:
        query = query.where(book_voucher.c.book_year == book_year)
    query = query.order_by(book_voucher.c.time, book_voucher.c.idx)
    rows = conn.execute(query if limit is None else query.limit(limit)).all()
    lines = _lines(conn, rows)
    return [_voucher(row, lines[row.import_id, row.seq]) for row in rows]


def _lines(conn: Connection, rows: Iterable[Row[Any]]) -> dict[tuple[str, int], list[Posting]]:
    wanted: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        wanted[row.import_id].append(row.seq)
    found: dict[tuple[str, int], list[Posting]] = defaultdict(list)
    for import_id, seqs in wanted.items():
        query = (
            select(book_posting)
            .where(
                book_posting.c.import_id == import_id,
                book_posting.c.seq.between(min(seqs), max(seqs)),
            )
            .order_by(book_posting.c.seq, book_posting.c.line)
        )
        for line in conn.execute(query):
            found[import_id, line.seq].append(Posting(line.account, line.paise))
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


def voucher_detail(conn: Connection, at: At) -> dict[str, Any] | None:
    """The second payload of a voucher (narration, party, numbers), if it was not erased.

    Member-level data: whoever shows it to staff also records the access.
    """
    opening = logs.opening(conn, at.origin, at.index)
    if opening is None or opening.detail is None:
        return None
    found: dict[str, Any] = json.loads(opening.detail)
    return found


def loans(conn: Connection, society: str, *, newest_only: bool = False) -> list[SealedLoan]:
    """Loans of all registers by date; a later import of the same day replaces an earlier one."""
    query = (
        select(book_loan)
        .join(book_import, book_import.c.id == book_loan.c.import_id)
        .where(book_loan.c.society == society, book_import.c.state == "posted")
        .order_by(book_loan.c.as_of, book_loan.c.time, book_loan.c.idx)
    )
    rows = conn.execute(query).all()
    standing = {row.as_of: row.import_id for row in rows}
    newest = max(standing, default="")
    return [
        SealedLoan(
            row.id,
            row.as_of,
            row.sanctioned_on,
            row.sanctioned,
            row.outstanding,
            row.overdue,
            row.overdue_days,
            row.purpose,
            row.in_area,
            row.disbursed_to,
            row.collateral,
            sealed_at(row),
        )
        for row in rows
        if standing[row.as_of] == row.import_id and (not newest_only or row.as_of == newest)
    ]


def governance_dates(conn: Connection, society: str) -> list[SealedDate]:
    """Dates of general meetings, audits, elections and accounting dates, oldest first."""
    query = (
        select(book_date)
        .join(book_import, book_import.c.id == book_date.c.import_id)
        .where(book_date.c.society == society, book_import.c.state == "posted")
        .order_by(book_date.c.date, book_date.c.idx)
    )
    return [
        SealedDate(row.event, row.date, row.book_year, sealed_at(row))
        for row in conn.execute(query)
    ]


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


def filing(conn: Connection, society: str, sha256: str) -> FiledStatement | None:
    """One filing of a society by its hash, in force or not; it keeps its page for ever."""
    return next((item for item in statements(conn, society) if item.sha256 == sha256), None)


def findings(conn: Connection, society: str) -> dict[str, SheetFindings]:
    """What stands about every filed sheet of a society, by the hash of the sheet."""
    return tell(conn, society, statements(conn, society))


def _filings(society: str) -> Select[Any]:
    """A society's filings; of each year the one filed last, which is in force, stands first."""
    c = book_statement.c
    query = select(book_statement).where(c.society == society)
    return query.order_by(c.book_year.desc(), c.time.desc(), c.idx.desc())


def _statement(conn: Connection, row: Row[Any], in_force: bool) -> FiledStatement:
    """A filing with its sealed document: figures kept beside the log are shown to nobody."""
    document = sealed.document(conn, row.origin, row.idx, "statement")
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


def corrections(conn: Connection, society: str) -> int:
    """How many sealed vouchers name an earlier one that they correct."""
    query = counted(select(func.count()).select_from(book_voucher), society)
    return int(conn.execute(query.where(book_voucher.c.corrects.is_not(None))).scalar_one())
