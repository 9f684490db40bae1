"""Loan registers compared with the one before, the one they replace, and the books."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from tests.trust.books.makers import daybook, ledger, trial_balance, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.model import ImportReport
from trust.books.pure.findings import Finding
from trust.books.tables import book_loan

HEAD = "Scheme,Loan No,Member No,Date of sanction,Sanctioned amount,Outstanding balance\n"
ONE, TWO = "KCC,L1,M1,13/05/2024,5000,4000\n", "KCC,L2,M2,14/05/2024,6000,3000\n"
MASTERS = (ledger("Crop loans", "Loans &amp; Advances (Asset)"), ledger("Cash", "Cash-in-hand"))


@pytest.fixture
def lending(scenario: BooksScenario) -> BooksScenario:
    """The society says that its ledger of crop loans is the account of crop loans."""
    with scenario.rt.db.write() as conn:
        now = scenario.rt.clock()
        books_service.map_ledgers(
            conn, SLUG, {"Crop loans": "20501", "Cash": "20101"}, officer="secretary", now=now
        )
    return scenario


def bring(
    society: BooksScenario, day: str, *rows: str, head: str = HEAD, **answers: str
) -> ImportReport:
    text = f"Loans as on {day}\n{head}{''.join(rows)}"
    report = society.import_file(text.encode(), f"{day}.csv", answers=answers)
    assert report.state == "posted", (report.refused, report.questions)
    return report


def lend(society: BooksScenario, guid: str, rupees: int, day: str) -> None:
    """Pay out a loan; a negative amount is repaid."""
    lines = [("Crop loans", f"{-rupees}.00"), ("Cash", f"{rupees}.00")]
    report = society.import_file(
        daybook(*MASTERS, voucher(guid, lines, date=day, kind="Journal")), f"{guid}.xml"
    )
    assert report.state == "posted", (report.refused, report.questions)


def found(society: BooksScenario) -> list[Finding]:
    with society.rt.db.read() as conn:
        return books.register_findings(conn, SLUG)


def codes(society: BooksScenario) -> list[str]:
    return [one.code for one in found(society)]


def test_a_loan_that_vanishes_is_told_before_sealing_and_after(scenario: BooksScenario) -> None:
    assert bring(scenario, "2025-03-31", ONE, TWO).odd == ()
    report = bring(scenario, "2026-03-31", TWO)
    (odd,) = report.odd
    (finding,) = found(scenario)
    assert (finding.code, finding.colour) == ("loans-vanished", "red")
    assert odd.code == "loans-vanished" and odd.message == finding.text("en")
    assert "1 loans of the register of 31/03/2025, with 4,000.00 outstanding" in odd.message
    assert "31/03/2025" in finding.text("ml")
    for hidden in ("L1", "M1"):
        assert hidden not in odd.message + str(finding.as_json())


def test_a_repaid_loan_with_zero_and_then_gone_is_in_order(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31", ONE, TWO)
    bring(scenario, "2025-09-30", ONE.replace(",4000", ",0"), TWO)
    bring(scenario, "2026-03-31", TWO)
    assert codes(scenario) == []


def test_repayment_in_the_books_explains_a_loan_that_is_gone(lending: BooksScenario) -> None:
    lend(lending, "a", 7000, "20250401")
    bring(lending, "2025-04-30", ONE, TWO)
    lend(lending, "b", -4000, "20250510")
    bring(lending, "2025-05-31", TWO)
    assert codes(lending) == []


def test_repayment_of_less_does_not(lending: BooksScenario) -> None:
    lend(lending, "a", 7000, "20250401")
    bring(lending, "2025-04-30", ONE, TWO)
    lend(lending, "b", -3999, "20250510")
    report = bring(lending, "2025-05-31", TWO)
    assert codes(lending) == ["loans-vanished", "register-control"]
    assert {one.code for one in report.odd} == {"loans-vanished", "register-control"}
    assert "3,999.00 repaid" in report.odd[0].message


def test_what_goes_out_and_comes_back_in_one_voucher_repays_nothing(lending: BooksScenario) -> None:
    lend(lending, "a", 7000, "20250401")
    bring(lending, "2025-04-30", ONE, TWO)
    lines = [("Crop loans", "-4000.00"), ("Crop loans", "4000.00")]
    wash = daybook(*MASTERS, voucher("w", lines, date="20250511", kind="Journal"))
    assert lending.import_file(wash, "w.xml").state == "posted"
    bring(lending, "2025-05-31", TWO)
    assert "loans-vanished" in codes(lending)


def test_loans_that_go_down_without_repayment(lending: BooksScenario) -> None:
    lend(lending, "a", 7000, "20250401")
    bring(lending, "2025-04-30", ONE, TWO)
    lend(lending, "b", -500, "20250510")
    bring(lending, "2025-05-31", ONE.replace(",4000", ",3500"), TWO)
    assert codes(lending) == []
    lend(lending, "c", -100, "20250610")
    bring(lending, "2025-06-30", ONE.replace(",4000", ",3000"), TWO)
    assert codes(lending) == ["loans-lowered", "register-control"]


def test_nothing_is_told_of_loans_that_go_down_if_the_books_are_silent(
    scenario: BooksScenario,
) -> None:
    bring(scenario, "2025-04-30", ONE, TWO)
    bring(scenario, "2025-05-31", ONE.replace(",4000", ",3000"), TWO)
    assert codes(scenario) == []


def test_a_register_sums_to_its_control_account(lending: BooksScenario) -> None:
    year = trial_balance(
        [
            ("10101", "Share capital", "10,000.00 Cr", "", "", "10,000.00 Cr"),
            ("20501", "Crop loans", "8,000.00 Dr", "500", "1,500", "7,000.00 Dr"),
            ("20101", "Cash", "2,000.00 Dr", "1,500", "500", "3,000.00 Dr"),
        ]
    )
    assert lending.import_file(year, "tb.csv", year="2024-25").state == "posted"
    bring(lending, "2025-03-31", ONE, TWO)
    assert codes(lending) == []
    bring(lending, "2024-12-31", ONE)
    assert codes(lending) == [], "in the middle of a year that came as a sum nothing is compared"
    bring(lending, "2025-03-31", ONE, TWO.replace(",3000", ",3001"))
    (finding,) = found(lending)
    assert (finding.code, finding.colour) == ("register-control", "red")
    assert (
        "7,001.00" in finding.text() and "7,000.00" in finding.text() and "1.00" in finding.text()
    )


def test_a_register_brought_in_again_without_a_loan(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31", ONE, TWO)
    report = bring(scenario, "2025-03-31", TWO)
    assert [one.code for one in report.odd] == ["register-replaced"]
    (finding,) = found(scenario)
    assert (finding.code, finding.colour) == ("register-replaced", "amber")


def test_a_scheme_written_otherwise_or_left_out_is_the_same_loan(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31", ONE, TWO)
    bring(scenario, "2025-04-30", ONE.replace("KCC", "Kisan credit"), TWO)
    bare = HEAD.removeprefix("Scheme,")
    bring(scenario, "2025-05-31", ONE[4:], TWO[4:], head=bare)
    assert codes(scenario) == []


def test_a_new_loan_under_an_old_number_does_not_hide_the_old_one(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31", ONE, TWO)
    bring(scenario, "2025-04-30", "Gold,L1,M7,15/04/2025,5000,4000\n", TWO)
    assert codes(scenario) == ["loans-vanished"]


def test_registers_of_version_1_are_not_comparable_and_never_vanish(
    scenario: BooksScenario,
) -> None:
    bring(scenario, "2025-03-31", ONE, TWO)
    with scenario.rt.db.write() as conn:
        conn.execute(update(book_loan).values(tag_key=None, number=None, member=None))
    report = bring(scenario, "2026-03-31", TWO)
    assert [one.code for one in report.odd] == ["register-not-comparable"]
    (finding,) = found(scenario)
    assert "not comparable" in finding.text() and "vanished cannot be told" in finding.text()


def test_another_secret_is_not_comparable_either(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31", ONE, TWO)
    scenario.rt.settings = replace(scenario.rt.settings, register_secret="another")
    bring(scenario, "2026-03-31", TWO, **{"tags-changed": "yes"})
    assert codes(scenario) == ["register-not-comparable"]


def test_a_voided_register_is_compared_with_nothing(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31", ONE, TWO)
    gone = bring(scenario, "2026-03-31", TWO)
    books_service.void_import(scenario.rt, gone.import_id, reason="another society's register")
    assert codes(scenario) == []


def test_a_register_of_an_earlier_day_takes_its_place_in_the_row(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31", ONE, TWO)
    bring(scenario, "2024-12-31", ONE)
    bring(
        scenario, "2025-01-31", "KCC,L9,M9,01/01/2024,50,40\n", ONE, **{"date-order": "day-first"}
    )
    assert codes(scenario) == ["loans-vanished"], "L9 of January is not in March"
