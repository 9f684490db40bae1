"""Sums that no record could hold, and days that books cannot have."""

import pytest

from tests.trust.books.cases.test_standing import assets, closing, refusing
from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import BooksScenario

HUGE = 2**53 // 100 // 2 + 1
"""Rupees, two of which are more paise than a record holds."""


def day(guid: str, rupees: int, date: str = "20240501") -> bytes:
    """A voucher of cash and share capital."""
    lines = [("20101", f"-{rupees}.00"), ("10101", f"{rupees}.00")]
    return daybook(voucher(guid, lines, date=date))


def test_a_sum_on_an_account_stays_what_a_record_holds(scenario: BooksScenario) -> None:
    assert scenario.import_file(day("g-1", HUGE)).state == "posted"
    report = scenario.import_file(day("g-2", HUGE, "20240502"))
    assert (report.state, refusing(report)) == ("refused", ({"sum-too-large"}, set()))
    assert report.refused[0].row == 1
    # Sides do not cancel: debits and credits are published each for itself.
    lines = [("20101", f"{HUGE}.00"), ("10101", f"-{HUGE}.00")]
    back = scenario.import_file(daybook(voucher("g-3", lines, date="20240503")))
    assert refusing(back)[0] == {"sum-too-large"}
    assert scenario.import_file(day("g-4", 5)).state == "posted"
    scenario.file("2024-25")


def test_a_sum_on_a_line_stays_what_a_record_holds(scenario: BooksScenario) -> None:
    def loans(code: str, date: str) -> bytes:
        lines = [(code, f"-{HUGE}.00"), ("10101" if code == "20501" else "10501", f"{HUGE}.00")]
        return daybook(voucher(f"g-{code}", lines, date=date))

    assert scenario.import_file(loans("20101", "20240501")).state == "posted"
    assert refusing(scenario.import_file(loans("20102", "20240502")))[0] == {"sum-too-large"}


def test_loans_of_a_register_stay_what_a_record_holds(scenario: BooksScenario) -> None:
    head = "Loan no,Member,Date of sanction,Amount,Balance,Overdue amount,Days overdue,As on\n"
    rows = "".join(f"L{n},M{n},01/05/2024,{HUGE},{HUGE},0,0,31/03/2025\n" for n in (1, 2))
    report = scenario.import_file((head + rows).encode(), "loans.csv")
    assert report.state == "refused"
    assert [(one.code, one.row) for one in report.refused][:1] == [("sum-too-large", 3)]


@pytest.mark.parametrize(
    ("date", "code"), [("20270101", "day-ahead"), ("19600101", "day-before-society")]
)
def test_days_that_cannot_be_are_refused_by_voucher(
    scenario: BooksScenario, date: str, code: str
) -> None:
    good = voucher("g-1", [("20101", "-5.00"), ("10101", "5.00")], date="20240501")
    bad = voucher("g-2", [("20101", "-7.00"), ("10101", "7.00")], date=date, number="2")
    report = scenario.import_file(daybook(good, bad))
    if code == "day-ahead" and not report.refused:
        assert report.state == "posted", "left out until its day"
    else:
        assert (report.state, refusing(report)) == ("asked", ({code}, {"incomplete"}))
        assert report.refused[0].row == 2
        report = scenario.import_file(daybook(good, bad), answers={"incomplete": "yes"})
    assert assets(scenario, "2024-25") == 5


@pytest.mark.parametrize("year", ["1950-51", "2027-28"])
def test_a_trial_balance_of_a_day_that_cannot_be_is_refused(
    scenario: BooksScenario, year: str
) -> None:
    report = scenario.import_file(closing(year, ("20101", 5), ("10101", -5)), year=year)
    assert report.state == "refused"
    assert refusing(report)[0] <= {"day-ahead", "day-before-society"}


def test_rows_of_registers_are_refused_by_their_days(scenario: BooksScenario) -> None:
    head = "Loan no,Member,Date of sanction,Amount,Balance,Overdue amount,Days overdue,As on\n"
    rows = "L1,M1,01/05/1950,10,10,0,0,31/03/2025\nL2,M2,01/05/2024,10,10,0,0,31/03/2025\n"
    loans = scenario.import_file((head + rows).encode(), "loans.csv")
    assert [(one.code, one.row) for one in loans.refused] == [("day-before-society", 2)]
    ahead = scenario.import_file(
        (head + rows).replace("31/03/2025", "31/03/2027").encode(), "l.csv"
    )
    assert ahead.state == "refused"
    dates = b"kind,date\ngeneral_meeting,01/06/2024\naudit,01/06/2030\n"
    met = scenario.import_file(dates, "dates.csv")
    assert [(one.code, one.row) for one in met.refused] == [("date-future", 3)]
