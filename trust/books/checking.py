"""The figures of a book year at a head of the log, and the checks asked of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Connection

from trust.books import queries
from trust.books.model import Check, Figures, FiledStatement, SealedVoucher, TrialRow
from trust.books.pure import balances, checks, statements, years
from trust.books.pure.footing import Sheet
from trust.books.pure.mapping import StatementMapping
from trust.formats.canon import Json
from trust.formats.times import IST
from trust.log import lineage

MAX_DETAILS = 20_000


@dataclass(frozen=True, slots=True)
class YearFigures:
    """Trial balances and figures of a year and the one before, as a head shows them."""

    rows: tuple[TrialRow, ...]
    figures: Figures
    prior: Figures | None
    carried: Mapping[str, int] | None


def today(now: int) -> str:
    """The date in India at an instant (UTC seconds)."""
    return datetime.fromtimestamp(now, UTC).astimezone(IST).date().isoformat()


def compute(
    conn: Connection, society: str, book_year: str, mapping: StatementMapping, upto: tuple[str, int]
) -> YearFigures | None:
    """A year as the books show it at a head (origin, size), or None if nothing is sealed of it."""
    sums = queries.year_sums(conn, society, upto)
    rows = balances.roll(sums, mapping)
    if book_year not in rows:
        return None
    before = years.year_before(book_year)
    prior = rows.get(before)
    return YearFigures(
        rows[book_year],
        statements.figures(rows[book_year], mapping, book_year),
        None if prior is None else statements.figures(prior, mapping, before),
        None if prior is None else balances.carry(prior, mapping),
    )


def ask(
    conn: Connection,
    society: str,
    record: Mapping[str, Json],
    mapping: StatementMapping,
    found: YearFigures,
    before: FiledStatement | None,
    *,
    now: int,
) -> tuple[Check, ...]:
    """All checks of a statement record over the books at the head it names."""
    book_year, size = str(record["book_year"]), cast(int, record["book_size"])
    upto = (str(record["origin"]), size)
    listed = queries.vouchers(conn, society, book_year, upto=upto)
    standing = queries.statement(conn, society, book_year)
    refused = [
        fault
        for row in queries.imports(conn, society)
        if row.book_year == book_year and row.state == "posted"
        for fault in row.report.refused
        if fault.code.startswith("amount-")
    ]
    filed_before = None if before is None else cast(Mapping[str, Json], before.record)
    return checks.run(
        checks.Books(
            book_year=book_year,
            mapping=mapping,
            vouchers=_sealed(conn, listed, standing),
            rows=found.rows,
            figures=found.figures,
            today=min(today(now), str(record["as_of"])),
            carried=found.carried,
            prior=found.prior,
            sheet=Sheet(record, filed_before),
            refused_amounts=refused,
            rolled=True if any(v.voucher.source == "trial-balance" for v in listed) else None,
        )
    )


def _is_late(item: SealedVoucher, standing: FiledStatement | None) -> bool:
    if standing is None:
        return False
    size = cast(int, standing.record["book_size"])
    head = (lineage.order(str(standing.record["origin"])), size)
    return (lineage.order(item.at.origin), item.at.index) >= head


def _sealed(
    conn: Connection, listed: list[SealedVoucher], standing: FiledStatement | None
) -> list[checks.Checked]:
    """Vouchers with their details; beyond a size the details stay closed and say so."""
    if len(listed) > MAX_DETAILS:
        return [
            checks.Checked(item.voucher, item.at.index, late=_is_late(item, standing))
            for item in listed
        ]
    sealed = []
    for item in listed:
        detail = queries.voucher_detail(conn, item.at)
        if detail is None and item.voucher.corrects is not None:
            detail = {"number": "", "party": "", "narration": ""}
        got = detail or {}
        sealed.append(
            checks.Checked(
                item.voucher,
                item.at.index,
                got.get("number"),
                got.get("party"),
                got.get("narration"),
                late=_is_late(item, standing),
            )
        )
    return sealed
