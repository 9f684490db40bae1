"""Each rule on small books: what it finds, in which words, and what it refuses to judge."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oversight.pure.datefacts import DateRow
from oversight.pure.readings import LateRow, SalesRow, SheetRow
from oversight.pure.rules import Severity
from tests.oversight.rows import NOON, book, findings, loan, newest, seal


def year_end(year: str, on: str, index: int = 0) -> DateRow:
    return DateRow("accounting-date", on, year, seal(index))


def meeting(on: str, year: str, index: int = 1) -> DateRow:
    return DateRow("general-meeting", on, year, seal(index))


def quarter(name: str, paise: int, index: int = 0) -> SalesRow:
    return SalesRow(name, paise, (seal(index),))


def test_forty_six_loans_to_one_payee() -> None:
    """The register of Karuvannur's kind: most borrowers are many, one account took 46 loans."""
    rows = [loan(n, f"t-{n}") for n in range(60)]
    rows += [loan(100 + n, "t-same", sanctioned_on="2026-07-09") for n in range(46)]
    finding = newest("K2", book(loans=rows))
    assert finding.severity is Severity.act
    assert finding.lead.measure.id == "K2"
    assert finding.lead.reading.value == 46
    assert finding.lead.sentence("en").startswith("46 loans sanctioned in 07/2026 were paid out")
    assert "46" in finding.lead.sentence("ml")
    assert finding.lead.filled("en") == "46 loans to payee t-same in 07/2026, of 106 running loans"
    assert [ref.index for ref in finding.lead.reading.evidence] == list(range(100, 146))


def test_repaid_loans_do_not_count() -> None:
    rows = [loan(n, "t-same", outstanding=0) for n in range(46)] + [loan(50, "t-x")]
    assert newest("K2", book(loans=rows)).severity is Severity.none


def test_same_deed_pledged_again() -> None:
    rows = [loan(n, f"t-{n}", collateral="t-deed") for n in range(4)]
    finding = newest("K2", book(loans=rows))
    assert (finding.severity, finding.lead.measure.id) == (Severity.act, "K3")
    assert finding.lead.reading.value == 4


def test_share_of_one_payee_spread_over_months() -> None:
    """One loan a month escapes the monthly count, the share sees it."""
    rows = [loan(n, f"t-{n}") for n in range(18)]
    rows += [loan(40 + n, "t-same", sanctioned_on=f"2026-0{n + 1}-05") for n in range(6)]
    finding = newest("K2", book(loans=rows))
    assert (finding.severity, finding.lead.measure.id) == (Severity.act, "K1")
    assert finding.lead.reading.value == 2500
    assert finding.lead.filled("en") == "₹3,00,00,000 ÷ ₹12,00,00,000 = 25 %"


def test_a_small_register_has_no_share_but_is_judged_otherwise() -> None:
    finding = newest("K2", book(loans=[loan(1, "t-a"), loan(2, "t-b")]))
    shares = {m.measure.id: m for m in finding.measured}
    assert finding.severity is Severity.none
    assert shares["K1"].severity is None
    assert shares["K1"].reading.why == "too-few-loans"


def test_only_the_newest_register_of_a_year_counts() -> None:
    old = [loan(n, "t-same", as_of="2026-06-30") for n in range(5)]
    new = [loan(20, "t-a"), loan(21, "t-b")]
    (finding,) = findings("K2", book(loans=old + new))
    assert finding.severity is Severity.none


@pytest.mark.parametrize("rule_id", ["K2", "S1", "G1", "J1", "B1"])
def test_nothing_sealed_is_not_a_pass(rule_id: str) -> None:
    (finding,) = findings(rule_id, book(vouchers=False, through=None))
    assert finding.severity is None
    assert finding.lead.reading.why.startswith("no-")


def test_sales_fall() -> None:
    rows = [quarter("2025-26 Q1", 80_00_000_00), quarter("2026-27 Q1", 56_00_000_00)]
    finding = newest("S1", book(sales=rows))
    assert (finding.severity, finding.lead.reading.value) == (Severity.act, 3000)
    assert finding.lead.filled("en") == "(₹80,00,000 − ₹56,00,000) ÷ ₹80,00,000 = 30 %"
    assert finding.lead.sentence("en").startswith("Sales of 2026-27 Q1 were ₹56,00,000, 30 % below")


def test_sector_has_its_own_threshold() -> None:
    rows = [quarter("2025-26 Q1", 1000), quarter("2026-27 Q1", 850)]
    assert newest("S1", book(sales=rows), "dairy").severity is Severity.watch
    assert newest("S1", book(sales=rows), "fisheries").severity is Severity.none


def test_a_quarter_the_books_do_not_reach_is_not_assessable() -> None:
    rows = [quarter("2025-26 Q2", 1000), quarter("2026-27 Q2", 100)]
    finding = newest("S1", book(sales=rows, through="2026-08-31"))
    assert (finding.severity, finding.lead.reading.why) == (None, "books-end-inside-quarter")


def test_missing_books_do_not_hide_the_quarter_before() -> None:
    rows = [quarter("2025-26 Q1", 1000), quarter("2026-27 Q1", 500), quarter("2026-27 Q2", 9)]
    found = findings("S1", book(sales=rows, through="2026-07-31"))
    assert [(f.period, f.severity, f.latest) for f in found[1:]] == [
        ("2026-27 Q1", Severity.act, True),
        ("2026-27 Q2", None, False),
    ]


def test_a_running_quarter_is_not_looked_at() -> None:
    rows = [quarter("2025-26 Q3", 1000), quarter("2026-27 Q3", 1)]
    periods = [f.period for f in findings("S1", book(sales=rows))]
    assert periods == ["2025-26 Q3"]


def test_sales_without_a_year_before() -> None:
    finding = newest("S1", book(sales=[quarter("2026-27 Q1", 100)]))
    assert (finding.severity, finding.lead.reading.why) == (None, "no-quarter-a-year-before")


def test_general_meeting_overdue() -> None:
    finding = newest("G1", book(dates=[year_end("2025-26", "2026-03-31")]))
    assert (finding.severity, finding.lead.reading.value) == (Severity.watch, 53)
    assert finding.lead.figures["due"] == "2026-09-30"
    assert finding.lead.figures["since_year_end"] == 236
    assert "30/09/2026" in finding.lead.sentence("en")


def test_general_meeting_long_overdue() -> None:
    facts = book(dates=[year_end("2025-26", "2026-03-31")], today=date(2026, 12, 29))
    assert newest("G1", facts).severity is Severity.act


@pytest.mark.parametrize("year", ["2025-26", "2026-27"])
def test_a_meeting_counts_for_the_year_it_considered(year: str) -> None:
    """Whether the register names the year of the accounts or the year of the day."""
    facts = book(dates=[year_end("2025-26", "2026-03-31"), meeting("2026-09-20", year)])
    finding = newest("G1", facts)
    assert (finding.severity, finding.lead.reading.value) == (Severity.none, 0)
    assert finding.lead.figures["held"] == "2026-09-20"


def test_last_years_meeting_does_not_serve_this_year() -> None:
    facts = book(dates=[year_end("2025-26", "2026-03-31"), meeting("2025-09-20", "2025-26")])
    assert newest("G1", facts).severity is Severity.watch


def test_before_the_time_is_over_nothing_is_due() -> None:
    facts = book(dates=[year_end("2025-26", "2026-03-31")], today=date(2026, 9, 30))
    assert newest("G1", facts).severity is Severity.none


def test_back_dated_entries() -> None:
    rows = [LateRow(5, False, seal(1)), LateRow(31, False, seal(2)), LateRow(90, False, seal(3))]
    finding = newest("J1", book(late=rows))
    assert (finding.severity, finding.lead.reading.value) == (Severity.watch, 2)
    assert [ref.index for ref in finding.evidence] == [2, 3]
    assert "the oldest by 90 days" in finding.lead.sentence("en")


def test_entries_into_a_filed_year() -> None:
    rows = [LateRow(1, True, seal(n)) for n in range(6)]
    finding = newest("J1", book(late=rows))
    assert (finding.severity, finding.lead.measure.id) == (Severity.act, "J1-filed")


def test_late_entries_are_counted_in_the_month_they_were_sealed() -> None:
    month_before = NOON - 31 * 86_400
    rows = [LateRow(90, False, seal(1, month_before)), LateRow(90, False, seal(2))]
    assert [f.period for f in findings("J1", book(late=rows))] == ["2026-10", "2026-11"]


@pytest.mark.parametrize(
    ("gaps", "lead"), [((1, 0, 0), "B1"), ((0, 1, 0), "B1-trial"), ((0, 0, 3), "B1-comparative")]
)
def test_a_sheet_that_does_not_foot(gaps: tuple[int, int, int], lead: str) -> None:
    sums, trial, comparative = gaps
    sheet = SheetRow("2025-26", "2026-03-31", True, sums, 5_00, trial, comparative, (seal(9),))
    finding = newest("B1", book(sheets=[sheet]))
    assert (finding.severity, finding.lead.measure.id) == (Severity.act, lead)


def test_a_sheet_that_foots() -> None:
    sheet = SheetRow("2025-26", "2026-03-31", False, 0, 0, 0, 0, (seal(9),))
    assert newest("B1", book(sheets=[sheet])).severity is Severity.none


@given(others=st.integers(0, 30), gathered=st.integers(0, 60), more=st.integers(0, 30))
def test_more_concentration_is_never_milder(others: int, gathered: int, more: int) -> None:
    """Adding loans to the same payee on the same deed never lowers the severity."""

    def severity(count: int) -> int:
        rows = [loan(n, f"t-{n}") for n in range(others)]
        rows += [loan(100 + n, "t-same", collateral="t-deed") for n in range(count)]
        found = newest("K2", book(loans=rows)).severity
        return -1 if found is None else int(found)

    assert severity(gathered) <= severity(gathered + more)


@given(before=st.integers(1, 10**12), now=st.integers(0, 10**12), less=st.integers(0, 10**12))
def test_lower_sales_are_never_milder(before: int, now: int, less: int) -> None:
    def severity(sales: int) -> int:
        rows = [quarter("2025-26 Q1", before), quarter("2026-27 Q1", max(0, sales))]
        found = newest("S1", book(sales=rows)).severity
        assert found is not None
        return int(found)

    assert severity(now) <= severity(now - less)


@given(days=st.integers(0, 2000), later=st.integers(0, 2000))
def test_waiting_longer_is_never_milder(days: int, later: int) -> None:
    def severity(after: int) -> int:
        today = date.fromordinal(date(2026, 4, 1).toordinal() + after)
        found = findings("G1", book(dates=[year_end("2025-26", "2026-03-31")], today=today))[
            0
        ].severity
        assert found is not None
        return int(found)

    assert severity(days) <= severity(days + later)


@given(
    lags=st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=25),
    more=st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=25),
)
def test_more_late_entries_are_never_milder(
    lags: list[tuple[int, bool]], more: list[tuple[int, bool]]
) -> None:
    def severity(rows: list[tuple[int, bool]]) -> int:
        late = [LateRow(days, filed, seal(n)) for n, (days, filed) in enumerate(rows)]
        found = newest("J1", book(late=late)).severity
        assert found is not None
        return int(found)

    assert severity(lags) <= severity(lags + more)
