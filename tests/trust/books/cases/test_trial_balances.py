"""Trial balances as people write them: read, or asked about, or refused; never with other figures.

Each story takes the file of a case and variants of it.
"""

import pytest

from tests.trust.books.cases.taking import codes, content, take
from tests.trust.books.scenario import BooksScenario
from trust.books.model import ReadFile
from trust.books.readers.files import Hints, read_file
from trust.books.readers.sourcefile import SourceFile

TODAY = "2026-12-01"
TITLE = "Trial Balance 2024-25\n"


def read(text: str | bytes, name: str = "tb.csv", **answers: str) -> ReadFile:
    """Read a trial balance without books around it."""
    data = text.encode() if isinstance(text, str) else text
    hints = Hints("", "", today=TODAY, answers=answers, filename=name)
    return read_file(SourceFile(data), "trial-balance", hints)


def leaves(found: ReadFile) -> dict[str, int]:
    """What the file would make of each account, in rupees, debit positive."""
    assert not found.refused, found.refused
    sums: dict[str, int] = {}
    for voucher in found.vouchers:
        for line in voucher.lines:
            sums[line.ledger] = sums.get(line.ledger, 0) + line.paise
    return {name: paise // 100 for name, paise in sums.items() if paise}


def asked(found: ReadFile) -> list[str]:
    return [one.code for one in found.questions]


def listed(*rows: str, title: str = TITLE) -> str:
    return title + "Head of account,Debit,Credit\n" + "\n".join(rows) + "\n"


CASH = {"Cash in hand": 90_000, "Share capital": -90_000}
SCHEDULES = {
    "Savings deposits": -30_000,
    "Fixed deposits": -60_000,
    "Gold loans": 70_000,
    "Surety loans": 20_000,
}


@pytest.mark.parametrize(
    "total",
    ["ആകെ", "മൊത്തം", "ആകെ തുക :", "Total :", "GRAND TOTAL", "Total (Rs.)", "Total as on 31-03-2025",
     "कुल योग", "योग", "'Total'", "Net Total", "Totals 2024-25", ""],
)  # fmt: skip
def test_a_total_in_any_language_is_no_account(total: str) -> None:
    rows = ("Cash in hand,90000.00,", "Share capital,,90000.00", f"{total},90000.00,90000.00")
    assert leaves(read(listed(*rows))) == CASH
    wrong = read(listed(*rows[:2], f"{total},91000.00,90000.00"))
    assert wrong.refused, "a total that is none is not passed over"


def test_the_cases_of_totals(scenario: BooksScenario) -> None:
    for name in ("06", "06c", "06e", "07", "07b"):
        report = take(scenario, name, dry_run=True)
        assert (report.state, report.debit, report.book_years) == (
            "preview", 9_000_000, ("2024-25",),
        )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["Total Energies Ltd", "ആകെ നിക്ഷേപം", "Sum Insurance", "കുടുംബശ്രീ ആകെ", "मुद्रा योग केंद्र"]
)
def test_an_account_named_like_a_total_stays(name: str) -> None:
    for rows in (
        (f"{name},400.00,", "Cash,600.00,", "Share capital,,1000.00"),
        ("Cash,600.00,", f"{name},400.00,", "Share capital,,1000.00", "Total,1000.00,1000.00"),
        ("Cash,400.00,", f"{name},400.00,", "Share capital,,800.00", "Total,800.00,800.00"),
        ("Cash,400.00,", f"{name},400.00,", "Share capital,,800.00"),
    ):
        assert leaves(read(listed(*rows)))[name] == 400


def test_subtotals_below_and_groups_above() -> None:
    assert leaves(read(content("07"))) == SCHEDULES
    assert leaves(read(content("07b"))) == SCHEDULES
    for total in ("", "Grand Total,90000.00,90000.00\n", "ആകെ,90000.00,90000.00\n"):
        assert leaves(read(content("07b") + total.encode())) == SCHEDULES
        below = listed(
            "Savings deposits,,30000", "Fixed deposits,,60000", "Deposits,,90000",
            "Gold loans,70000,", "Surety loans,20000,", "Loans,90000,",
        )  # fmt: skip
        assert leaves(read(below + total)) == SCHEDULES


def test_groups_within_groups() -> None:
    found = read(listed(
        "SOURCES,,1000", "Deposits,,700", "Savings,,300", "Fixed,,400", "Capital,,300", "A,,100",
        "B,,200", "USES,1000,", "Cash,400,", "Loans,600,", "Gold,250,", "Crop,350,",
        "Total,1000,1000",
    ))  # fmt: skip
    assert leaves(found) == {
        "Savings": -300, "Fixed": -400, "A": -100, "B": -200, "Cash": 400, "Gold": 250, "Crop": 350
    }  # fmt: skip
    assert "sums-left-out" in [note.code for note in found.notes]


def test_sums_that_may_be_chance_are_asked_about() -> None:
    text = listed("Cash,500,", "Bank,500,", "Share capital,,500", "Deposits,,500")
    found = read(text)
    assert asked(found) == ["sums"]
    assert leaves(read(text, sums="no"))["Cash"] == 500
    assert leaves(read(text, sums="yes")) == {"Bank": 500, "Deposits": -500}
    settled = read(text + "Total,1000,1000\n")
    assert not settled.questions and leaves(settled)["Cash"] == 500


@pytest.mark.parametrize(
    ("title", "year", "day"),
    [
        ("Trial Balance as on 31/03/2024", "2023-24", "2024-03-31"),
        ("Trial balance as at 31st March, 2024", "2023-24", "2024-03-31"),
        ("ട്രയൽ ബാലൻസ് 31.03.2024-ന്", "2023-24", "2024-03-31"),
        ("ട്രയൽ ബാലൻസ് 2024 മാർച്ച് 31", "2023-24", "2024-03-31"),
        ("For the year ended 31-3-24", "2023-24", "2024-03-31"),
        ("1-Apr-2024 to 31-Mar-2025", "2024-25", "2025-03-31"),
        ("FY 24-25", "2024-25", "2025-03-31"),
        ("Trial Balance 2023-2024", "2023-24", "2024-03-31"),
        ("TRIAL BALANCE 2023/24", "2023-24", "2024-03-31"),
        ("൨൦൨൩-൨൪ വർഷത്തെ ട്രയൽ ബാലൻസ്", "2023-24", "2024-03-31"),
        ("Trial Balance as on 30-09-2026 (2026-27)", "2026-27", "2026-09-30"),
        ("Trial Balance as on 31-03-2024 Printed on 05-04-2024", "2023-24", "2024-03-31"),
    ],
)
def test_the_year_is_in_the_heading(title: str, year: str, day: str) -> None:
    found = read(listed("Cash,1,", "Capital,,1", title=f'"{title}"\n'))
    assert not found.questions and found.as_of == day
    assert {voucher.date for voucher in found.vouchers} == {day}


@pytest.mark.parametrize(
    "title",
    ["", "Trial Balance\n", "Reg. No. 45/1998-99\n", "Printed on 31-03-2025\n",
     "Trial Balance 2023-24 and 2024-25\n", "Trial Balance for the year 2024\n"],
)  # fmt: skip
def test_a_year_that_is_not_named_is_asked(title: str) -> None:
    rows = ("Cash,9,", "Audit fee payable 2019-20,,4", "Capital,,5")
    assert asked(read(listed(*rows, title=title))) == ["year"]
    assert asked(read(listed(*rows, title=title), year="soon")) == ["year"]
    found = read(listed(*rows, title=title), year="2024-25")
    assert not found.questions and found.as_of == "2025-03-31"


def test_the_name_of_a_file_only_suggests_a_year(scenario: BooksScenario) -> None:
    rows = ("Cash,9,", "Capital,,9")
    assert asked(read(listed(*rows, title=""), "tb_2024-25.csv")) == ["year"]
    assert asked(read(listed(*rows), "tb_2023-24.csv")) == ["year"]
    assert asked(read(listed(*rows), "tb_2024-25.csv")) == []
    other = read(listed(*rows), year="2022-23")
    assert [one.code for one in other.odd] == ["year-differs"]
    report = take(scenario, "05")
    assert codes(report) == (set(), {"year"}, set())
    assert (report.state, report.debit, report.book_years) == ("asked", 9_000_000, ())


def test_a_year_that_is_not_over_is_asked_for_its_day() -> None:
    text = listed("Cash,9,", "Capital,,9", title="Trial Balance 2026-27\n")
    assert asked(read(text)) == ["as-of"]
    found = read(text, **{"as-of": "2026-10-31"})
    assert not found.questions and found.as_of == "2026-10-31"


@pytest.mark.parametrize("name", ["04", "28", "34", "34b", "49", "57"])
def test_heads_years_and_dashes(scenario: BooksScenario, name: str) -> None:
    asked = {one.code for one in take(scenario, name, {"suspense": "no"}).questions}
    assert asked == {"suspense"}, "closing lists ask as other files do"
    report = take(scenario, name, dry_run=True)
    assert (report.state, report.debit, report.vouchers) == ("preview", 100_000, 1)
    assert report.book_years == (("2023-24",) if name in ("04", "28") else ("2024-25",))
    if name == "04":
        assert report.company == "Thekkumbhagam Vanitha Sahakarana Sangham"


@pytest.mark.parametrize(
    "head",
    ["Ledger,Debit (Rs.),Credit (Rs.)", "Particulars,Amount in Rs. Dr,Amount in Rs. Cr",
     "ഇനം,പറ്റ്,വരവ്", "ഇനം,ഡെബിറ്റ് (രൂ.),ക്രെഡിറ്റ് (രൂ.)", "विवरण,नामे,जमा", "A/c Head,Dr.,Cr.",
     "Name of Account,Debit Balance,Credit Balance", "Head,D.R.,C.R."],
)  # fmt: skip
def test_heads_in_other_words(head: str) -> None:
    assert leaves(read(f"{TITLE}{head}\nCash,5,\nCapital,,5\n")) == {"Cash": 5, "Capital": -5}
    swapped = head.split(",")
    text = f"{TITLE}Sl No,{swapped[0]},{swapped[2]},{swapped[1]}\n1,Cash,,5\n2,Capital,5,\n"
    assert leaves(read(text)) == {"Cash": 5, "Capital": -5}


def test_groups_two_head_rows_and_sides_in_their_own_column() -> None:
    whole = {"Cash": 70, "Loans": 50, "Shares": -90, "Deposits": -30}
    found = read(content("16"))
    assert found.company == "Kadalora Matsya Sahakarana Sangham"
    assert sorted(leaves(found).values()) == sorted(1000 * paise for paise in whole.values())
    assert sorted(leaves(read(content("14"))).values()) == sorted(
        1000 * paise for paise in whole.values()
    )
    with_year = read(content("02"), year="2024-25")
    assert sum(paise for paise in leaves(with_year).values() if paise > 0) == 120_000
    assert {voucher.type for voucher in with_year.vouchers} == {
        "Opening balances", "Movements per trial balance"
    }  # fmt: skip


def test_the_head_of_a_product_over_four_rows() -> None:
    text = (
        "Particulars,Kadalora Sangham,\n,1-Apr-2024 to 31-Mar-2025,\n,Closing Balance,\n"
        ",Debit,Credit\nCapital Account,,500\nShare Capital,,500\nCurrent Assets,500,\nCash,200,\n"
        "Bank,300,\nGrand Total,500,500\n"
    )
    found = read(text)
    assert leaves(found) == {"Share Capital": -500, "Cash": 200, "Bank": 300}
    assert not found.questions and found.as_of == "2025-03-31"


def test_amounts_as_people_write_them(scenario: BooksScenario) -> None:
    report = take(scenario, "13", dry_run=True)
    assert [(one.row, one.code) for one in report.refused] == [
        (6, "movement-sign"), (8, "movement-sign")
    ]  # fmt: skip
    rows = [row for row in content("13").decode().splitlines() if "500.00" not in row]
    found = read("\n".join(rows))
    assert "amount-exponent-read" in [one.code for one in found.odd]
    assert leaves(found)["Building"] == 30_000 and leaves(found)["Loans"] == 1_234_567


def test_commas_without_quotes_never_make_one_rupee() -> None:
    both = {"Cash in hand": 100_000, "Share capital": -100_000}
    assert leaves(read(content("48"))) == both
    for row in ("Cash,1,500,,", "Cash,1,00,000,500,"):
        text = listed(row, "Share capital,,1,500")
        assert read(text).refused, row


@pytest.mark.parametrize(
    "heads",
    [",Previous year,,Current year,", ",2023-24,,2024-25,", ",31-03-2024,,31-03-2025,",
     ",മുൻവർഷം,,നടപ്പുവർഷം,", ",As on 31.03.2024,,As on 31.03.2025,"],
)  # fmt: skip
def test_last_years_columns_are_not_this_years(heads: str) -> None:
    rows = "Head of account,Debit,Credit,Debit,Credit\nCash,7,,10,\nCapital,,7,,10\n"
    assert leaves(read(f"{TITLE}{heads}\n{rows}")) == {"Cash": 10, "Capital": -10}
    bare = read(TITLE + rows)
    assert asked(bare) == ["columns"]
    assert leaves(read(TITLE + rows, columns="2")) == {"Cash": 10, "Capital": -10}


def test_a_date_or_voucher_column_is_no_trial_balance() -> None:
    for head in ("Date,Account,Debit,Credit", "Account,Voucher No,Debit,Credit"):
        found = read(f"{TITLE}{head}\n01/04/2024,Cash,5,\n02/04/2024,Capital,,5\n")
        assert [one.code for one in found.refused] == ["no-header"]


def test_what_is_repeated_or_signed_below_is_no_account() -> None:
    text = listed("Cash,5,", "Head of account,Debit,Credit", "Capital,,5", "Total,5,5",
                  "Secretary,,President")  # fmt: skip
    found = read(text)
    assert leaves(found) == {"Cash": 5, "Capital": -5} and found.rows == 2
    assert [one.code for one in found.notes] == ["heads-again"]


def test_days_under_a_total_and_a_sub_head() -> None:
    text = listed("Cash,5,", "Capital,,5", "Total,5,5", "Kochi,Date: 05-04-2025,Secretary")
    assert leaves(read(text)) == {"Cash": 5, "Capital": -5}
    assert read(listed("Cash,5,", "Capital,,5", "Bank,1O,")).refused, "a letter in an amount"
    text = "Main Head,Sub Head,Debit,Credit\nAssets,Cash,5,\nAssets,Bank,5,\nFunds,Capital,,10\n"
    assert leaves(read(TITLE + text)) == {"Cash": 5, "Bank": 5, "Capital": -10}


def test_debit_and_credit_of_one_account_are_asked_about() -> None:
    text = listed("Cash,9,4", "Capital,,5")
    assert asked(read(text)) == ["balances"]
    assert [v.type for v in read(text, balances="closings").vouchers] == [
        "Closing balances per trial balance"
    ]
    assert [v.type for v in read(text, balances="movements").vouchers] == [
        "Movements per trial balance"
    ]


def test_a_part_of_a_year_with_openings_is_refused() -> None:
    text = (
        "Trial Balance 1-Jul-2024 to 30-Sep-2024\nLedger,Opening,Debit,Credit,Closing\n"
        "Cash,5 Dr,2,1,6 Dr\nCapital,5 Cr,1,2,6 Cr\n"
    )
    assert [one.code for one in read(text).refused] == ["period-part"]
    month = text.replace("1-Jul-2024 to 30-Sep-2024", "for the month of July 2024")
    assert [one.code for one in read(month).refused] == ["period-part"]


@pytest.mark.parametrize("name", ["43", "44", "45"])
def test_what_does_not_foot_stays_refused(scenario: BooksScenario, name: str) -> None:
    assert take(scenario, name, dry_run=True).state == "refused"
