"""From what the books hold to facts: loans, sales, entries that came late, sheets.

Each function takes plain rows (what the books offer) and returns facts and gaps. The
rows carry the entry they were sealed in; a row without one cannot be a fact. Facts of registers
compared are in `registerfacts`, of dates and meetings in `datefacts`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from oversight.pure import periods
from oversight.pure.facts import NO_PERIOD, Fact, Gap, made, of_rows
from trust.formats.places import Place

Read = tuple[list[Fact], list[Gap]]


@dataclass(frozen=True, slots=True)
class LoanRow:
    """One row of a loan register. Tags are pseudonyms, never names; money in paise."""

    as_of: str
    sanctioned_on: str
    outstanding: int
    payee: str | None
    collateral: str | None
    sealed: Place


@dataclass(frozen=True, slots=True)
class SalesRow:
    """Sales of one quarter in paise, with the entries that carry them.

    ``whole_year``: they came in one sum for the year, which the books put into its last quarter.
    ``corrected``: paise that entries which correct others changed, with the time of each.
    """

    quarter: str
    paise: int
    sealed: tuple[Place, ...]
    whole_year: bool = False
    corrected: tuple[tuple[int, int], ...] = ()

    def changed_since(self, day: date) -> int:
        """Paise by which corrections sealed after a day changed them."""
        return sum(paise for time, paise in self.corrected if periods.day_of_instant(time) > day)


@dataclass(frozen=True, slots=True)
class LateRow:
    """An entry sealed after the books had already moved past its date.

    Attributes:
        days: days between the entry's date and the newest date sealed before it.
        filed: the sheet of its book year had already been filed.
    """

    days: int
    filed: bool
    sealed: Place


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A filed or draft balance sheet with what does not agree in it.

    Attributes:
        sums: questions about its sums (sides, casting, profit, stock) answered wrong.
        gap: paise by which assets and liabilities differ, never negative.
        trial: paise by which the trial balance is out, never negative.
        comparative: lines whose figure of last year differs from what was filed or closed then.
    """

    book_year: str
    as_of: str
    filed: bool
    sums: int
    gap: int
    trial: int
    comparative: int
    sealed: tuple[Place, ...]


def loan_facts(rows: Sequence[LoanRow]) -> Read:
    """The newest register of each book year: its size and where it is concentrated.

    A later register replaces an earlier one of the same book year; loans with nothing outstanding
    count no more, so that repayment can clear an alert.
    """
    if not rows:
        return [], [Gap("loans", NO_PERIOD, "no-loan-register")]
    facts: list[Fact] = []
    gaps: list[Gap] = []
    for year, register in sorted(_newest_registers(rows).items()):
        found, missing = _register_facts(year, [row for row in register if row.outstanding > 0])
        facts += [of_rows("loans", year, _live(register), register, register[0].as_of), *found]
        gaps += missing
    return facts, gaps


def _live(register: Sequence[LoanRow]) -> int:
    return sum(1 for row in register if row.outstanding > 0)


def _newest_registers(rows: Iterable[LoanRow]) -> dict[str, list[LoanRow]]:
    by_date: dict[str, list[LoanRow]] = defaultdict(list)
    for row in rows:
        by_date[row.as_of].append(row)
    newest = {periods.book_year_of(periods.day(as_of)): as_of for as_of in sorted(by_date)}
    return {year: by_date[as_of] for year, as_of in newest.items()}


def _register_facts(year: str, live: Sequence[LoanRow]) -> Read:
    facts: list[Fact] = []
    gaps: list[Gap] = []
    if live:
        as_of = live[0].as_of
        total = sum(row.outstanding for row in live)
        facts.append(of_rows("loans.outstanding", year, total, live, as_of))
    payees = _grouped((row.payee, row) for row in live)
    if payees:
        facts += _payee_facts(year, payees)
    else:
        gaps.append(Gap("loans.payee-month", year, "no-payee-in-register"))
        gaps.append(Gap("loans.payee", year, "no-payee-in-register"))
    collateral = _grouped((row.collateral, row) for row in live)
    if collateral:
        tag, pledged = max(collateral.items(), key=lambda item: (len(item[1]), item[0]))
        facts.append(
            of_rows(
                "loans.collateral", year, len(pledged), pledged, pledged[0].as_of, collateral=tag
            )
        )
    else:
        gaps.append(Gap("loans.collateral", year, "no-collateral-in-register"))
    return facts, gaps


def _payee_facts(year: str, payees: Mapping[str, Sequence[LoanRow]]) -> list[Fact]:
    months = _grouped(
        (f"{tag} {periods.month_of(periods.day(row.sanctioned_on))}", row)
        for tag, paid in payees.items()
        for row in paid
    )
    key, paid = max(months.items(), key=lambda item: (len(item[1]), item[0]))
    payee, month = key.split(" ")
    tag, owed = max(payees.items(), key=lambda item: (sum(r.outstanding for r in item[1]), item[0]))
    outstanding = sum(row.outstanding for row in owed)
    as_of = paid[0].as_of
    return [
        of_rows("loans.payee-month", year, len(paid), paid, as_of, payee=payee, month=month),
        of_rows("loans.payee", year, outstanding, owed, as_of, payee=tag, loans=str(len(owed))),
    ]


def sales_facts(rows: Sequence[SalesRow], *, books_through: str | None, today: date) -> Read:
    """Sales of each finished quarter that the books cover to its end.

    A quarter still running, or whose last month the books have not reached, is a gap: half a
    quarter always looks like a fall.
    """
    if not rows or books_through is None:
        return [], [Gap("sales", NO_PERIOD, "no-sales-in-books")]
    facts: list[Fact] = []
    gaps: list[Gap] = []
    for row in sorted(rows, key=lambda item: item.quarter):
        end = periods.quarter_end(row.quarter)
        if end >= today:
            continue
        if books_through < periods.month_of(end):
            gaps.append(Gap("sales", row.quarter, "books-end-inside-quarter"))
            continue
        labels = {
            "spread": "year" if row.whole_year else "quarter",
            "since_end": str(row.changed_since(end)),
            "since_next": str(row.changed_since(periods.add_months(end, 12))),
        }
        facts.append(made("sales", row.quarter, row.paise, row.sealed, end.isoformat(), labels))
    if not facts and not gaps:
        gaps.append(Gap("sales", NO_PERIOD, "no-finished-quarter"))
    return facts, gaps


def next_quarter(rows: Sequence[SalesRow], today: date) -> date | None:
    """The day on which the first quarter with sales that still runs is over; None if none runs."""
    ends = [periods.quarter_end(row.quarter) for row in rows]
    return min((end + timedelta(days=1) for end in ends if end >= today), default=None)


def late_facts(rows: Sequence[LateRow], *, any_books: bool, through: int) -> Read:
    """Entries sealed late, by the month in which they were sealed.

    Entries of one month with the same lateness make one fact whose value is the days; a month of
    the books without any is a fact too (``late.none``), or nothing could ever be said of it.

    Args:
        rows: late entries.
        any_books: whether the society has sealed any voucher at all.
        through: time of the newest voucher's entry, UTC seconds.
    """
    if not any_books:
        return [], [Gap("late", NO_PERIOD, "no-vouchers")]
    by_lateness: dict[tuple[str, int], list[LateRow]] = defaultdict(list)
    by_month: dict[str, list[LateRow]] = defaultdict(list)
    for row in rows:
        month = periods.month_of(periods.day_of_instant(row.sealed.time))
        by_lateness[month, row.days].append(row)
        if row.filed:
            by_month[month].append(row)
    facts = [
        of_rows("late", month, days, found, _day(found))
        for (month, days), found in sorted(by_lateness.items())
    ]
    facts += [
        of_rows("late.filed", month, len(found), found, _day(found))
        for month, found in sorted(by_month.items())
    ]
    month = periods.month_of(periods.day_of_instant(through))
    if not any(fact.period == month for fact in facts):
        as_of = periods.day_of_instant(through).isoformat()
        facts.append(Fact("late.none", month, 0, as_of, through, (), 0))
    return facts, []


def sheet_facts(rows: Sequence[SheetRow]) -> Read:
    """What does not agree in each year's newest sheet."""
    if not rows:
        return [], [Gap("sheet", NO_PERIOD, "no-sheet")]
    facts: list[Fact] = []
    for row in sorted(rows, key=lambda item: item.book_year):
        labels = {"sheet": "filed" if row.filed else "draft", "gap": str(row.gap)}
        values = {
            "sheet.sums": row.sums,
            "sheet.trial": row.trial,
            "sheet.comparative": row.comparative,
        }
        facts += [
            made(name, row.book_year, value, row.sealed, row.as_of, labels)
            for name, value in values.items()
        ]
    return facts, []


def _grouped(pairs: Iterable[tuple[str | None, LoanRow]]) -> dict[str, list[LoanRow]]:
    groups: dict[str, list[LoanRow]] = defaultdict(list)
    for tag, row in pairs:
        if tag is not None:
            groups[tag].append(row)
    return groups


def _day(rows: Sequence[LateRow]) -> str:
    return periods.day_of_instant(max(row.sealed.time for row in rows)).isoformat()
