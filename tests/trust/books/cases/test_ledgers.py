"""Day books and general ledgers as tables: voucher by voucher, with no identity of their own."""

import pytest

from tests.trust.books.cases.sheets import Cell, xlsx
from tests.trust.books.cases.taking import codes, content, take
from tests.trust.books.scenario import BooksScenario

HEADS = "Date,Particulars,Vch Type,Vch No.,Debit Amount,Credit Amount\n"
ABOVE = "Example Society,,,,,\nDay Book,,,,,\nFor 1-Apr-25 to 30-Apr-25,,,,,\n"
LEDGER = "Date,Account,Debit,Credit,Voucher No\n"


def test_the_case_is_read_as_vouchers_and_what_is_outside_its_period_is_odd(
    scenario: BooksScenario,
) -> None:
    report = take(scenario, "01", dry_run=True)
    assert (report.format, report.vouchers, report.book_years) == ("tally-daybook", 2, ("2023-24",))
    assert report.debit == report.credit == 700_000 and report.rows == 2
    assert not report.refused and "outside-period" in codes(report)[2]


def test_only_the_last_two_columns_of_a_workbook_post(scenario: BooksScenario) -> None:
    rows: list[list[Cell]] = [
        ["Example Society"], ["Day Book"], ["For 1-Apr-25"],
        ["Date", "Particulars", "", "", "Vch Type", "Vch No.", "Debit Amount", "Credit Amount"],
        ["1-Apr-25", "Cash", None, None, "Sales", "1", 100.5, None],
        [None, "Sales", None, None, None, None, None, 90],
        [None, "Rice", 9, 10, None, None, None, None],
        [None, "New Ref", 2, "30 Days", None, None, None, None],
        [None, "Tax", None, None, None, None, None, 10.5],
        [None, "Grand Total", None, None, None, None, 100.5, 100.5],
    ]  # fmt: skip
    formats = {"H6": '""0.00" Cr"', "H9": '""0.00" Cr"'}
    report = scenario.import_file(xlsx({"Day Book": rows}, formats=formats), dry_run=True)
    assert not report.refused and report.debit == report.credit == 10_050
    assert (report.vouchers, report.company) == (1, "Example Society")
    assert [one.count for one in report.skipped] == [2]


def test_a_voucher_that_does_not_balance_is_refused_alone(scenario: BooksScenario) -> None:
    text = ABOVE + HEADS + (
        "1-Apr-25,Cash,Receipt,1,5,\n,Shares,,,,5\n"
        "2-Apr-25,Cash,Receipt,2,5,\n,Shares,,,,4\n"
        "3-Apr-25,(cancelled),Receipt,3,,\n"
        "4-Apr-25,Cash,Receipt,4,5 Cr,\n,Shares,,,,5\n"
    )  # fmt: skip
    report = scenario.import_file(text.encode(), dry_run=True)
    assert report.vouchers == 1 and report.rows == 4
    assert sorted((one.code, one.row) for one in report.refused) == [
        ("amount-side", 10),
        ("unbalanced", 7),
    ]
    assert "incomplete" in codes(report)[1]


def test_a_day_without_a_year_takes_that_of_the_heading(scenario: BooksScenario) -> None:
    text = ABOVE + HEADS + "2-Apr,Cash,Receipt,1,5,\n,Shares,,,,5\n"
    report = scenario.import_file(text.encode(), dry_run=True)
    assert (report.vouchers, report.book_years) == (1, ("2025-26",))


def test_a_total_that_is_not_the_sum_refuses_the_day_book(scenario: BooksScenario) -> None:
    text = ABOVE + HEADS + "2-Apr-25,Cash,Receipt,1,5,\n,Shares,,,,5\n,Total,,,50,5\n"
    report = scenario.import_file(text.encode(), dry_run=True)
    assert codes(report)[0] == {"total-differs"} and report.vouchers == 0


@pytest.mark.parametrize("extra", ["", ",,,,\nTotal,,10,10,\n"])
def test_two_equal_vouchers_are_two_and_the_same_file_changes_nothing(
    scenario: BooksScenario, extra: str
) -> None:
    one = "13/04/2025,Cash,5,,{0}\n13/04/2025,Shares,,5,{0}\n"
    data = (LEDGER + one.format("JV-1") + one.format("JV-2") + extra).encode()
    answers = {"suspense": "yes"}
    first = scenario.import_file(data, "gl.csv", answers=answers)
    assert first.posted == {"voucher": 2} and first.debit == 1_000, (first.refused, first.questions)
    again = scenario.import_file(data + b"\n", "gl.csv", answers=answers)
    assert again.unchanged == 2 and not again.posted


def test_a_signed_amount_is_asked_about(scenario: BooksScenario) -> None:
    data = b"Transaction_ID,Date,Account_Name,Amount\n1,2025-04-13,Cash,5\n1,2025-04-13,Shares,-5\n"
    asked = scenario.import_file(data, dry_run=True)
    assert codes(asked)[1] >= {"sign"} and asked.debit == 500
    assert asked.questions[0].answers == ("debit", "credit")
    for said in ("debit", "credit"):
        report = scenario.import_file(data, answers={"sign": said}, dry_run=True)
        assert "sign" not in codes(report)[1] and report.debit == 500


def test_rows_of_one_number_and_day_are_a_voucher_wherever_they_stand(
    scenario: BooksScenario,
) -> None:
    text = LEDGER + (
        "13/04/2025,Cash,5,,1\n14/04/2025,Cash,7,,2\n13/04/2025,Shares,,5,1\n"
        "14/04/2025,Shares,,6,2\n15/04/2025,Cash,x,,3\n15/04/2025,Shares,,5,3\n"
    )
    report = scenario.import_file(text.encode(), dry_run=True)
    assert report.vouchers == 1 and report.debit == 500 and report.rows == 3
    assert sorted((one.code, one.row) for one in report.refused) == [
        ("amount-malformed", 6),
        ("unbalanced", 3),
    ]


def test_the_account_is_not_the_particulars_beside_it(scenario: BooksScenario) -> None:
    text = (
        "Date,Particulars,Account,Debit,Credit,Voucher No\n"
        "13/04/2025,paid in,Cash,5,,1\n13/04/2025,paid in,Shares,,5,1\n"
    )
    report = scenario.import_file(text.encode(), dry_run=True)
    assert set(report.unmapped) <= {"Cash", "Shares"} and report.vouchers == 1


def test_transactions_without_voucher_numbers_are_refused(scenario: BooksScenario) -> None:
    text = "Date,Account,Debit,Credit\n13/04/2025,Cash,5,\n13/04/2025,Shares,,5\n"
    report = scenario.import_file(text.encode(), dry_run=True)
    assert (report.format, codes(report)[0]) == ("general-ledger", {"no-header"})


def test_the_case_of_a_general_ledger_is_two_vouchers(scenario: BooksScenario) -> None:
    report = scenario.import_file(content("08b"), answers={"date-order": "day-first"}, dry_run=True)
    assert (report.vouchers, report.book_years, report.debit) == (2, ("2024-25",), 700_000)
    assert not report.refused and "date-order" not in codes(report)[1]
