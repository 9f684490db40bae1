"""Reads a society's sealed books as facts: the only place where oversight meets the books room."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

from sqlalchemy import Connection

from oversight.pure import readings
from oversight.pure.facts import FactBook
from oversight.pure.readings import DateRow, LateRow, LoanRow, SalesRow, SheetRow
from trust.books import queries as books
from trust.books.model import FiledStatement, TrialRow
from trust.books.published import mapping_for
from trust.books.pure import balances, statements, years
from trust.books.pure.mapping import StatementMapping
from trust.formats.places import Place
from trust.log import lineage
from trust.log import queries as log_queries
from trust.people.model import SocietyProfile

SUMS_CHECKS = frozenset({7, 8, 10, 11, 12})
"""The questions of the books room about the sums of a sheet: sides, casting, profit, stock."""

COMPARATIVE_CHECKS = frozenset({5, 9})
"""Those about last year: its closing is this year's opening, its column is what was filed."""

_POSTS_VOUCHERS = frozenset({"trial-balance", "tally-xml"})
_ONE_RESULT = {"A8-11": "L3"}
"""Accumulated loss and profit are one figure with two places on the form."""


def fact_book(conn: Connection, profile: SocietyProfile, today: date) -> FactBook:
    """Everything oversight can know of a society on a day, with what is missing."""
    slug = profile.slug
    sealed_at = books.last_sealed(conn, slug)
    parts = (
        readings.loan_facts(_loans(conn, slug)),
        readings.sales_facts(
            _sales(conn, slug), books_through=books.books_through(conn, slug), today=today
        ),
        readings.meeting_facts(_dates(conn, slug)),
        readings.late_facts(
            _late(conn, slug), any_books=sealed_at is not None, through=sealed_at or 0
        ),
        readings.sheet_facts(_sheets(conn, slug, today)),
    )
    facts = [fact for found, _ in parts for fact in found]
    gaps = [gap for _, missing in parts for gap in missing]
    return FactBook(facts, gaps, today=today)


def _loans(conn: Connection, slug: str) -> list[LoanRow]:
    return [
        LoanRow(
            as_of=row.as_of,
            sanctioned_on=row.sanctioned_on,
            outstanding=row.outstanding,
            payee=row.disbursed_to,
            collateral=row.collateral,
            sealed=row.at,
        )
        for row in books.loans(conn, slug)
    ]


def _sales(conn: Connection, slug: str) -> list[SalesRow]:
    """Sales by quarter. A trial balance brings a year's sales in one sum dated at its end; such a
    year can only be held against another such year."""
    rows = books.sales(conn, slug)
    in_one_sum = {
        row.book_year
        for row in books.imports(conn, slug)
        if row.state == "posted" and row.format == "trial-balance"
    }
    quarters: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        year, quarter = row.quarter.split(" ")
        quarters[year].add(quarter)
    in_one_sum = {year for year in in_one_sum if quarters[year] == {"Q4"}}
    return [
        SalesRow(row.quarter, row.paise, row.at, whole_year=row.quarter.split(" ")[0] in in_one_sum)
        for row in rows
    ]


def _dates(conn: Connection, slug: str) -> list[DateRow]:
    return [
        DateRow(row.event, row.date, row.book_year, row.at)
        for row in books.governance_dates(conn, slug)
    ]


def _late(conn: Connection, slug: str) -> list[LateRow]:
    return [LateRow(row.days, row.filed, row.at) for row in books.backdated(conn, slug)]


def _sheets(conn: Connection, slug: str, today: date) -> list[SheetRow]:
    """Each year's sheet: the filed one in force, or what a draft would show now."""
    sums = books.year_sums(conn, slug)
    if not sums:
        return []
    mapping = mapping_for(years.last_day(max(sums)))
    trials = balances.roll(sums, mapping)
    filed = {row.book_year: row for row in books.statements(conn, slug) if row.in_force}
    closings = _import_closings(conn, slug)
    rows = []
    for year in sorted(sums):
        trial = abs(sum(row.closing for row in trials[year]))
        if year in filed:
            rows.append(_filed(filed[year], trial))
            continue
        before = trials.get(years.year_before(year))
        draft = statements.figures(trials[year], mapping, year)
        gap = abs(draft.assets - draft.liabilities)
        opened = sums[year].opening if sums[year].opened else None
        rows.append(
            SheetRow(
                book_year=year,
                as_of=min(years.last_day(year), today.isoformat()),
                filed=False,
                sums=1 if gap else 0,
                gap=gap,
                trial=trial,
                comparative=_opened_otherwise(opened, before, mapping),
                sealed=closings,
            )
        )
    return rows


def _filed(row: FiledStatement, trial: int) -> SheetRow:
    """A filed sheet, by the questions the books room asked when it was sealed."""
    wrong = [check for check in row.checks if check.state == "wrong"]
    totals = cast(Mapping[str, int], row.record["totals"])
    return SheetRow(
        book_year=row.book_year,
        as_of=str(row.record["as_of"]),
        filed=True,
        sums=sum(1 for check in wrong if check.number in SUMS_CHECKS),
        gap=abs(totals["assets"] - totals["liabilities"]),
        trial=trial,
        comparative=sum(len(c.faults) for c in wrong if c.number in COMPARATIVE_CHECKS),
        sealed=(row.at,),
    )


def _opened_otherwise(
    opening: Mapping[str, int] | None, before: Iterable[TrialRow] | None, mapping: StatementMapping
) -> int:
    """Lines that a draft opens with another amount than the year before closed with."""
    if opening is None or before is None:
        return 0
    gaps: dict[str, int] = defaultdict(int)
    for sign, amounts in ((1, opening), (-1, balances.carry(before, mapping))):
        for code, paise in amounts.items():
            account = mapping.accounts.get(code)
            line = account.line if account is not None else f"account {code}"
            gaps[_ONE_RESULT.get(line, line)] += sign * paise
    return sum(1 for paise in gaps.values() if paise)


def _import_closings(conn: Connection, slug: str) -> tuple[Place, ...]:
    """The closing entries of the imports a draft rests on."""
    found = []
    for row in books.imports(conn, slug):
        if row.state != "posted" or row.format not in _POSTS_VOUCHERS:
            continue
        for shard in lineage.shards(conn, "coop", slug):
            entry = log_queries.entry_by_key(conn, shard.origin, f"{row.id} close posted")
            if entry is not None:
                found.append(Place(shard.origin, entry.index, entry.time))
    return tuple(found)
