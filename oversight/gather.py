"""Reads a society's sealed books as facts: the only place where oversight reads the books."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from oversight.pure import datefacts, readings, registerfacts, salvage
from oversight.pure.datefacts import Dated, DateRow, is_ahead
from oversight.pure.facts import NO_PERIOD, UNREADABLE, FactBook, Gap
from oversight.pure.periods import india_day
from oversight.pure.readings import LateRow, LoanRow, Read, SalesRow, SheetRow
from oversight.pure.registerfacts import LEFT, LentRow, NoticedRow, RegisterRow
from trust.books import queries as books
from trust.books.model import FiledStatement, TrialRow, Turnover
from trust.books.noticed import SealedNotice, SealedRegister
from trust.books.published import mapping_for
from trust.books.pure import balances, statements, years
from trust.books.pure.mapping import StatementMapping, loan_lines
from trust.formats.canon import Json
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
    dates = _dates(conn, slug)
    standing, noticed, lost = _registers_of(conn, slug, today)

    def of_sales(rows: Sequence[SalesRow]) -> Read:
        return readings.sales_facts(rows, books_through=found.through, today=today)

    def of_dates(rows: Sequence[DateRow]) -> Read:
        return datefacts.meeting_facts(rows, today)

    def of_dated(rows: Sequence[Dated]) -> Read:
        return datefacts.ahead_facts(rows, today)

    def of_registers(rows: Sequence[RegisterRow]) -> Read:
        told = _noticed(standing, noticed)
        return registerfacts.compared_facts(rows, told, _lent(filed, today))

    def of_late(rows: Sequence[LateRow]) -> Read:
        sealed = found.sealed_at
        return readings.late_facts(rows, any_books=sealed is not None, through=sealed or 0)

    def next_quarter(rows: Sequence[SalesRow]) -> date | None:
        return readings.next_quarter(rows, today)

    dated = _dated(standing, noticed, dates, found, filed)
    parts: tuple[Read, ...] = (
        ([], lost),
        salvage.read("loans", _loans(standing), readings.loan_facts),
        salvage.read(LEFT, _registers(standing), of_registers),
        salvage.read("sales", sales, of_sales),
        salvage.read("governance-date", dates, of_dates),
        salvage.read("dated-ahead", dated, of_dated),
        salvage.read("late", late, of_late),
        _sheet_facts(conn, slug, filed, found.closings, today),
    )
    facts = [fact for facts, _ in parts for fact in facts]
    gaps = [gap for _, missing in parts for gap in missing]
    changes_on = next_quarter(salvage.readable(sales, next_quarter))
    return FactBook(facts, gaps, today=today, changes_on=changes_on)


def _last_day(today: date) -> str:
    """The last day that can have come: India's may be one ahead of the UTC day."""
    return (today + timedelta(days=1)).isoformat()


def _registers_of(
    conn: Connection, slug: str, today: date
) -> tuple[list[SealedRegister], list[SealedNotice], list[Gap]]:
    """The registers, and what is found about them; those that cannot be compared are a gap."""
    try:
        return *books.registers(conn, slug, _last_day(today)), []
    except DBAPIError:
        raise
    except Exception:  # Days or amounts that no comparison foresees; other subjects are judged.
        return [], [], [Gap(name, NO_PERIOD, UNREADABLE) for name in ("loans", LEFT)]


def _loans(standing: Sequence[SealedRegister]) -> list[LoanRow]:
    return [
        LoanRow(
            as_of=row.as_of,
            sanctioned_on=row.sanctioned_on,
            outstanding=row.outstanding,
            payee=row.disbursed_to,
            collateral=row.collateral,
            sealed=row.at,
        )
        for register in standing
        for row in register.loans
    ]


def _registers(standing: Sequence[SealedRegister]) -> list[RegisterRow]:
    return [
        RegisterRow(
            day=register.day,
            outstanding=register.outstanding,
            booked=register.booked,
            unexplained=register.unexplained,
            sealed=register.at,
        )
        for register in standing
    ]


def _noticed(
    standing: Sequence[SealedRegister], others: Sequence[SealedNotice]
) -> list[NoticedRow]:
    """What is found about registers, those that stand and those that do not."""
    found = [one for register in standing for one in register.noticed]
    return [
        NoticedRow(one.finding.code, one.day, one.finding.figures, one.at)
        for one in (*found, *others)
    ]


def _dated(
    standing: Sequence[SealedRegister],
    others: Sequence[SealedNotice],
    dates: Sequence[DateRow],
    found: Turnover,
    filed: Sequence[FiledStatement],
) -> list[Dated]:
    """Own day and entry of what bears a day: the newest register that stands and those of days to
    come, dates, vouchers of days to come, and filed sheets."""
    dated = [Dated(row.day, row.at[-1]) for row in standing[-1:]]
    dated += [
        Dated(one.day, at)
        for one in others
        if one.finding.code == "register-ahead"
        for at in one.at
    ]
    dated += [Dated(row.on, row.sealed) for row in dates]
    dated += [Dated(str(row.record["as_of"]), row.at) for row in filed]
    return dated + [Dated(on, at) for on, at in found.ahead]


def _lent(filed: Sequence[FiledStatement], today: date) -> list[LentRow]:
    """What the filed sheets in force show as lent."""
    rows = []
    first: dict[str, int] = {}
    for row in filed:
        first[row.book_year] = min(row.at.time, first.get(row.book_year, row.at.time))
    for row in filed:
        as_of = str(row.record["as_of"])
        if row.in_force and not is_ahead(as_of, row.at, today):
            lines = loan_lines(mapping_for(years.last_day(row.book_year)))
            amounts = statements.filed_amounts(cast(Mapping[str, Json], row.record))
            lent = sum(amounts.get(line, 0) for line in lines)
            rows.append(
                LentRow(row.book_year, as_of, lent, row.at, india_day(first[row.book_year]))
            )
    return rows


def _sales(found: Turnover) -> list[SalesRow]:
    """Sales by quarter. A trial balance brings a year's sales in one sum dated at its end; such a
    year can only be compared with another such year."""
    quarters: dict[str, set[str]] = defaultdict(set)
    for row in found.sales:
        year, quarter = row.quarter.split(" ")
        quarters[year].add(quarter)
    in_one_sum = {year for year in found.summed if quarters[year] == {"Q4"}}
    return [
        SalesRow(row.quarter, row.paise, row.at, row.quarter[:7] in in_one_sum, row.corrected)
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
    filed = {
        row.book_year: row
        for row in filings
        if row.in_force and not is_ahead(str(row.record["as_of"]), row.at, today)
    }
    rows = []
    for year in sorted(year for year in sums if years.first_day(year) <= _last_day(today)):
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
