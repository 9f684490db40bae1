"""Whatever an officer can seal, the rest of the society is judged and what is lost is named."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oversight.pure import datefacts, readings, registerfacts, salvage
from oversight.pure.datefacts import Dated, DateRow
from oversight.pure.facts import FAULTY, NO_PERIOD, TOO_LARGE, UNREADABLE, FactBook
from oversight.pure.readings import LateRow, LoanRow, Read, SalesRow, SheetRow
from oversight.pure.registerfacts import LentRow, RegisterRow
from oversight.pure.rules import Severity, blinded, holds_until, judge_all
from tests.oversight.rows import NOON, TODAY, loan, policy, seal
from trust.formats import canon
from trust.formats.canon import MAX_INT
from trust.formats.places import Place

PAISE = st.integers(-MAX_INT, MAX_INT) | st.sampled_from([-MAX_INT, -1, 0, 1, MAX_INT])
DAYS = st.dates() | st.sampled_from([date.min, date(999, 12, 31), TODAY, date.max])
YEARS = st.builds(lambda n: f"{n:04d}-{(n + 1) % 100:02d}", st.integers(1, 9999))
QUARTERS = st.builds(lambda year, n: f"{year} Q{n}", YEARS, st.integers(1, 4))
PLACES = st.builds(seal, st.integers(0, 10_000), st.integers(0, NOON))
TAGS = st.none() | st.sampled_from(["t-a", "t-b", "", " ", "t a b"])

LOANS = st.builds(
    LoanRow, DAYS.map(date.isoformat), DAYS.map(date.isoformat), PAISE, TAGS, TAGS, PLACES
)
SALES = st.builds(SalesRow, QUARTERS, PAISE, st.tuples(PLACES), st.booleans())
DATES = st.builds(
    DateRow,
    st.sampled_from(["accounting-date", "general-meeting", "audit", "election"]),
    DAYS.map(date.isoformat),
    YEARS,
    PLACES,
)
LATE = st.builds(LateRow, st.integers(0, 3_660_000), st.booleans(), PLACES)
SHEETS = st.builds(
    SheetRow,
    YEARS,
    DAYS.map(date.isoformat),
    st.booleans(),
    st.integers(0, 5),
    PAISE.map(abs),
    PAISE.map(abs),
    st.integers(0, 2_000),
    st.tuples(PLACES),
)


REGISTERS = st.builds(
    RegisterRow,
    DAYS.map(date.isoformat),
    PAISE,
    st.none() | PAISE,
    st.booleans(),
    st.tuples(PLACES),
)
LENT = st.builds(LentRow, YEARS, DAYS.map(date.isoformat), PAISE, PLACES, DAYS.map(date.isoformat))


def book(
    loans: Sequence[LoanRow] = (),
    sales: Sequence[SalesRow] = (),
    dates: Sequence[DateRow] = (),
    late: Sequence[LateRow] = (),
    sheets: Sequence[SheetRow] = (),
    registers: Sequence[RegisterRow] = (),
    lent: Sequence[LentRow] = (),
) -> FactBook:
    """Facts as `oversight.gather` puts them together."""

    def of_sales(rows: Sequence[SalesRow]) -> Read:
        return readings.sales_facts(rows, books_through="2026-11-20", today=TODAY)

    def of_late(rows: Sequence[LateRow]) -> Read:
        return readings.late_facts(rows, any_books=True, through=NOON)

    def of_dates(rows: Sequence[DateRow]) -> Read:
        return datefacts.meeting_facts(rows, TODAY)

    def of_dated(rows: Sequence[Dated]) -> Read:
        return datefacts.ahead_facts(rows, TODAY)

    def of_registers(rows: Sequence[RegisterRow]) -> Read:
        return registerfacts.compared_facts(rows, (), lent)

    dated = [Dated(row.on, row.sealed) for row in dates]
    parts = (
        salvage.read("loans", loans, readings.loan_facts),
        salvage.read("loans.left", registers, of_registers),
        salvage.read("sales", sales, of_sales),
        salvage.read("governance-date", dates, of_dates),
        salvage.read("dated-ahead", dated, of_dated),
        salvage.read("late", late, of_late),
        salvage.read("sheet", sheets, readings.sheet_facts),
    )
    facts = [fact for found, _ in parts for fact in found]
    return FactBook(facts, [gap for _, found in parts for gap in found], today=TODAY)


@given(
    st.lists(LOANS, max_size=30),
    st.lists(SALES, max_size=8, unique_by=lambda row: row.quarter),
    st.lists(DATES, max_size=8),
    st.lists(LATE, max_size=8),
    st.lists(SHEETS, max_size=4),
    st.lists(REGISTERS, max_size=4),
    st.lists(LENT, max_size=4),
)
def test_no_row_keeps_a_society_from_being_judged(
    loans: list[LoanRow],
    sales: list[SalesRow],
    dates: list[DateRow],
    late: list[LateRow],
    sheets: list[SheetRow],
    registers: list[RegisterRow],
    lent: list[LentRow],
) -> None:
    """All figures can be written into the sealed record, and a clean subject is judged as ever."""
    found = book(loans, sales, dates, late, sheets, registers, lent)
    findings = judge_all(policy(), found, "class-1", "credit")
    assert {finding.rule.id for finding in findings} >= {"K2", "S1", "G1", "J1", "B1"}
    for finding in findings:
        for item in finding.measured:
            canon.canonical(dict(item.figures))
    assert all(abs(fact.value) <= MAX_INT for fact in found.facts)
    holds_until(findings, found)
    keys = [(gap.name, gap.period) for gap in blinded(findings, found)]
    assert len(keys) == len(set(keys))


def test_a_row_that_no_reader_can_read_is_named_and_the_others_are_judged() -> None:
    """46 loans to one payee are found beside a row with a day that does not exist."""
    bad = LoanRow("2026-09-30", "2026-02-31", 1, "t-a", None, seal(999))
    found = book([*(loan(n) for n in range(46)), bad])
    findings = judge_all(policy(), found, "class-1", "credit")
    (k2,) = [one for one in findings if one.rule.id == "K2" and one.severity is not None]
    assert k2.severity is Severity.act and k2.lead.reading.value == 46
    (gap,) = blinded(findings, found)
    assert (gap.name, gap.period, gap.why) == ("loans", NO_PERIOD, UNREADABLE)
    assert gap.places == (seal(999),)


def test_two_loans_too_large_together_are_named_and_the_count_is_judged() -> None:
    """The sum of two loans passes what a record holds: K1 is blind, K2 counts them."""
    found = book([loan(n, outstanding=MAX_INT) for n in range(12)])
    findings = judge_all(policy(), found, "class-1", "credit")
    (k2,) = [one for one in findings if one.rule.id == "K2"]
    assert k2.severity is Severity.act and k2.lead.reading.value == 12
    why = {(gap.name, gap.why) for gap in blinded(findings, found)}
    assert {("loans.outstanding", TOO_LARGE), ("loans.payee", TOO_LARGE)} <= why


def test_a_fall_from_one_paisa_is_no_number_that_stops_the_judging() -> None:
    """Sales of one paisa, then returns of lakhs of crores: basis points that no record holds."""
    quarters = (("2025-26 Q1", 1), ("2026-27 Q1", -MAX_INT))
    rows = [SalesRow(quarter, paise, (seal(n),)) for n, (quarter, paise) in enumerate(quarters)]
    found = book(sales=rows)
    findings = judge_all(policy(), found, "class-1", "credit")
    gaps = blinded(findings, found)
    assert [(gap.name, gap.period, gap.why) for gap in gaps] == [("S1", "2026-27 Q1", TOO_LARGE)]
    assert set(gaps[0].places) == {seal(0), seal(1)}


@pytest.mark.parametrize("fails", [ValueError, ZeroDivisionError, KeyError, RecursionError])
def test_a_reader_that_fails_for_all_rows_together_tells_their_places(
    fails: type[Exception],
) -> None:
    def reader(rows: Sequence[LateRow]) -> Read:
        if len(rows) > 1:
            raise fails
        return [], []

    facts, (gap,) = salvage.read("late", [LateRow(1, False, seal(n)) for n in range(3)], reader)
    assert facts == [] and gap.why in FAULTY
    assert gap.places == tuple(Place(seal(n).origin, n, NOON) for n in range(3))
