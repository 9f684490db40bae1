"""Reads a society's sealed books as facts: the only place where oversight reads the books."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from oversight.pure import readings, salvage
from oversight.pure.facts import NO_PERIOD, UNREADABLE, FactBook, Gap
from oversight.pure.readings import DateRow, LateRow, LoanRow, Read, SalesRow, SheetRow
from trust.books import queries as books
from trust.books.model import FiledStatement, TrialRow, Turnover
from trust.books.published import mapping_for
from trust.books.pure import balances, statements, years
from trust.books.pure.mapping import StatementMapping
from trust.formats.places import Place
from trust.people.model import SocietyProfile

SUMS_CHECKS = frozenset({7, 8, 10, 11, 12})
"""The checks of the books about the sums of a sheet: sides, casting, profit, stock."""

COMPARATIVE_CHECKS = frozenset({5, 9})
"""Those about last year: its closing is this year's opening, its column is what was filed."""

_ONE_RESULT = {"A8-11": "L3"}
"""Accumulated loss and profit are one figure with two places on the form."""


def fact_book(conn: Connection, profile: SocietyProfile, today: date) -> FactBook:
    """Everything oversight can know of a society on a day, with what is missing."""
    slug = profile.slug
    filed = books.statements(conn, slug)
    found = books.turnover(conn, slug, filed)
    sales = _sales(found)
    late = [LateRow(row.days, row.filed, row.at) for row in found.late]

    def of_sales(rows: Sequence[SalesRow]) -> Read:
        return readings.sales_facts(rows, books_through=found.through, today=today)

    def of_late(rows: Sequence[LateRow]) -> Read:
        sealed = found.sealed_at
        return readings.late_facts(rows, any_books=sealed is not None, through=sealed or 0)

    def next_quarter(rows: Sequence[SalesRow]) -> date | None:
        return readings.next_quarter(rows, today)

    parts = (
        salvage.read("loans", _loans(conn, slug), readings.loan_facts),
        salvage.read("sales", sales, of_sales),
        salvage.read("governance-date", _dates(conn, slug), readings.meeting_facts),
        salvage.read("late", late, of_late),
        _sheet_facts(conn, slug, filed, found.closings, today),
    )
    facts = [fact for facts, _ in parts for fact in facts]
    gaps = [gap for _, missing in parts for gap in missing]
    changes_on = next_quarter(salvage.readable(sales, next_quarter))
    return FactBook(facts, gaps, today=today, changes_on=changes_on)


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


def _sales(found: Turnover) -> list[SalesRow]:
    """Sales by quarter. A trial balance brings a year's sales in one sum dated at its end; such a
    year can only be compared with another such year."""
    quarters: dict[str, set[str]] = defaultdict(set)
    for row in found.sales:
        year, quarter = row.quarter.split(" ")
        quarters[year].add(quarter)
    in_one_sum = {year for year in found.summed if quarters[year] == {"Q4"}}
    return [
        SalesRow(row.quarter, row.paise, row.at, whole_year=row.quarter[:7] in in_one_sum)
        for row in found.sales
    ]


def _dates(conn: Connection, slug: str) -> list[DateRow]:
    return [
        DateRow(row.event, row.date, row.book_year, row.at)
        for row in books.governance_dates(conn, slug)
    ]


def _sheet_facts(
    conn: Connection,
    slug: str,
    filings: Sequence[FiledStatement],
    closings: tuple[Place, ...],
    today: date,
) -> Read:
    """What the sheets show; books that no draft can be computed from are a gap."""
    try:
        rows = _sheets(conn, slug, filings, closings, today)
    except DBAPIError:
        raise
    except Exception:  # Figures that no draft foresees; the other subjects are judged.
        places = closings[-salvage.MOST_PLACES :]
        return [], [Gap("sheet", NO_PERIOD, UNREADABLE, places)]
    return salvage.read("sheet", rows, readings.sheet_facts)


def _sheets(
    conn: Connection,
    slug: str,
    filings: Sequence[FiledStatement],
    closings: tuple[Place, ...],
    today: date,
) -> list[SheetRow]:
    """Each year's sheet: the filed one in force, or what a draft would show now."""
    sums = books.year_sums(conn, slug)
    if not sums:
        return []
    mapping = mapping_for(years.last_day(max(sums)))
    trials = balances.roll(sums, mapping)
    filed = {row.book_year: row for row in filings if row.in_force}
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
    """A filed sheet, by the checks the books ran when it was sealed."""
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
