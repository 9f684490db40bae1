"""Loan registers and dates of governance as societies keep them: read, asked about, or refused."""

import pytest

from tests.trust.books.cases.taking import codes, content, take
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import queries as books
from trust.books.model import Answers, ImportReport, SealedLoan

DAY: Answers = {"as-of": "2026-05-31"}
DAY_FIRST: Answers = {**DAY, "date-order": "day-first"}
HEAD = "Loan No,Member No,Date of sanction,Sanctioned amount,Outstanding balance\n"


def bring(
    society: BooksScenario, text: str, answers: Answers | None = None, name: str = "loans.csv"
) -> ImportReport:
    return society.import_file(text.encode(), name, answers=answers)


def loans(society: BooksScenario) -> list[SealedLoan]:
    with society.rt.db.read() as conn:
        return books.loans(conn, SLUG)


def days(society: BooksScenario) -> list[str]:
    return [loan.sanctioned_on for loan in loans(society)]


def events(society: BooksScenario) -> list[tuple[str, str, str]]:
    with society.rt.db.read() as conn:
        return [(row.event, row.date, row.book_year) for row in books.governance_dates(conn, SLUG)]


def test_one_impossible_date_shows_that_the_month_stands_first(scenario: BooksScenario) -> None:
    asked = take(scenario, "10b")
    assert (asked.state, codes(asked)) == ("asked", (set(), {"as-of"}, set()))
    take(scenario, "10b", DAY)
    assert days(scenario) == ["2025-04-03", "2025-05-27", "2025-12-08", "2025-06-30"]


def test_the_same_register_in_the_usual_order(scenario: BooksScenario) -> None:
    text = content("10b").decode().replace("05/27/2025", "27/05/2025")
    bring(scenario, text.replace("06/30/2025", "30/06/2025").replace("12/08", "08/12"), DAY)
    assert days(scenario) == ["2025-03-04", "2025-05-27", "2025-12-08", "2025-06-30"]


def test_a_column_of_both_orders_is_refused_whole(scenario: BooksScenario) -> None:
    text = HEAD + "L1,M1,27/05/2025,500,400\nL2,M2,05/27/2025,500,400\nL3,M3,01/02/2025,9,9\n"
    for said in (DAY, DAY_FIRST):
        report = bring(scenario, text, said)
        assert report.state == "refused" and report.posted == {}
        (fault,) = report.refused
        assert (fault.code, fault.row) == ("date-order", None)
        assert "row 3" in fault.message and "row 2" in fault.message
    assert loans(scenario) == []


@pytest.mark.parametrize(
    ("order", "day"), [("day-first", "2025-03-04"), ("month-first", "2025-04-03")]
)
def test_a_column_that_fits_both_is_asked_about(
    scenario: BooksScenario, order: str, day: str
) -> None:
    text = HEAD + "L1,M1,04/03/2025,500,400\nL2,M2,05/05/2025,500,400\n"
    report = bring(scenario, text, DAY)
    (asked,) = report.questions
    assert (asked.code, asked.answers, asked.row) == ("date-order", ("day-first", "month-first"), 2)
    assert "2025-03-04" in asked.message and "2025-04-03" in asked.message
    assert bring(scenario, text, {**DAY, "date-order": "either"}).state == "asked"
    bring(scenario, text, {**DAY, "date-order": order})
    assert days(scenario)[0] == day


def test_a_day_that_is_its_own_month_asks_nothing(scenario: BooksScenario) -> None:
    assert bring(scenario, HEAD + "L1,M1,05/05/2025,500,400\n", DAY).state == "posted"


def test_two_digits_name_a_year_that_has_been(scenario: BooksScenario) -> None:
    take(scenario, "11", DAY_FIRST)
    assert days(scenario) == ["1998-06-15", "2025-04-01"]


def test_a_year_to_come_is_refused_and_made_no_year_of_the_last_century(
    scenario: BooksScenario,
) -> None:
    report = bring(scenario, HEAD + "L1,M1,15-Jun-27,500,400\nL2,M2,15-Jun-26,500,400\n", DAY)
    assert [(one.code, one.row) for one in report.refused] == [
        ("date-future", 2),
        ("date-future", 3),
    ]
    assert report.state == "refused"


def test_serials_and_moments_are_dates(scenario: BooksScenario) -> None:
    take(scenario, "12", DAY)
    assert days(scenario) == ["2025-04-01", "2025-04-01"]


@pytest.mark.parametrize(
    "written",
    ["3rd April 2025", "03-ഏപ്രിൽ-2025", "03.04.25", "3 . 4 . 2025", "03 04 2025", "April 3, 2025",
     "3-Apr-25", "2025/04/03", "20250403", "03/04/2025 00:00", "2025-04-03T12:30:00", "45750.0",
     "3-ാം ഏപ്രിൽ 2025", "03APR2025"],
)  # fmt: skip
def test_dates_as_they_are_printed(scenario: BooksScenario, written: str) -> None:
    text = HEAD + f'L1,M1,"{written}",500,400\n'
    report = bring(scenario, text, DAY_FIRST)
    assert report.state == "posted", report.refused
    assert days(scenario) == ["2025-04-03"]


def test_interest_makes_more_overdue_than_is_outstanding(scenario: BooksScenario) -> None:
    report = take(scenario, "30", DAY_FIRST)
    assert codes(report) == (set(), set(), {"overdue-too-large"})
    assert [loan.overdue for loan in loans(scenario)] == [58_250_00, 0]


def test_numbers_begin_again_in_each_scheme(scenario: BooksScenario) -> None:
    report = take(scenario, "31", DAY_FIRST)
    assert (report.posted, report.rows, report.odd) == ({"loan": 2}, 2, ())
    one, two = loans(scenario)
    assert one.id != two.id and {one.purpose, two.purpose} == {"Gold loan", "Kisan credit"}


def test_a_number_that_comes_twice_in_one_scheme(scenario: BooksScenario) -> None:
    text = content("31").decode().replace("Kisan credit,12/24", "GOLD  LOAN,12/24")
    report = bring(scenario, text, DAY_FIRST)
    assert [(one.code, one.row) for one in report.refused] == [("loan-twice", 3)]
    assert [one.code for one in report.questions] == ["incomplete"]


@pytest.mark.parametrize(
    "total", ["Total", "GRAND TOTAL :", "ആകെ", "ആകെ തുക", "മൊത്തം", "Sub-Total", "மொத்தம்", "C/F"]
)
@pytest.mark.parametrize("place", [0, 1])
def test_a_total_in_any_language_is_no_loan(
    scenario: BooksScenario, total: str, place: int
) -> None:
    rows = "a,L1,M1,13/05/2025,500,400\nb,L2,M2,14/05/2025,600,300\n"
    cells = ["", "", "", "", "1100", "700"]
    cells[place] = total
    report = bring(scenario, "Sl," + HEAD + rows + ",".join(cells) + "\n", DAY)
    assert (report.state, report.posted, report.odd) == ("posted", {"loan": 2}, ())
    assert [(one.what, one.count) for one in report.skipped] == [("row", 1)]


def test_a_total_that_does_not_sum_looks_odd(scenario: BooksScenario) -> None:
    text = content("31").decode().replace("110000,105000", "110000,150000")
    report = bring(scenario, text, DAY_FIRST)
    assert [(one.code, one.row) for one in report.odd] == [("total-differs", 4)]
    assert "1,50,000.00" in report.odd[0].message and "1,05,000.00" in report.odd[0].message


def test_totals_of_pages_and_heads_that_come_again(scenario: BooksScenario) -> None:
    page = "L1,M1,13/05/2025,500,400\nTotal,,,500,400\n"
    more = "L2,M2,14/05/2025,600,300\nTotal,,,600,300\nGrand total,,,1100,700\n"
    report = bring(scenario, HEAD + "1,2,3,4,5\n" + page + HEAD + more, DAY)
    assert (report.posted, report.odd, report.refused) == ({"loan": 2}, (), ())


def test_the_same_loan_twice_is_not_taken_for_a_total(scenario: BooksScenario) -> None:
    report = bring(scenario, HEAD + "L1,M1,13/05/2025,500,400\nL2,,,500,400\n", DAY)
    assert {one.row for one in report.refused} == {3}


def test_lakh_commas_without_quotes_are_put_together(scenario: BooksScenario) -> None:
    take(scenario, "48b", DAY_FIRST)
    assert [(loan.sanctioned, loan.outstanding) for loan in loans(scenario)] == [
        (50_000_00, 45_000_00),
        (60_000_00, 60_000_00),
    ]


def test_commas_that_cannot_be_told_refuse_the_row(scenario: BooksScenario) -> None:
    head = HEAD.strip() + ",Overdue amount\n"
    rows = ("L1,M1,13/05/2025,1,00,000,50,000,5", "L2,M2,13/05/2025,1,10,000,2,20,000",
            "L3,M3,13/05/2025,50,000,5", "L4,M4,13/05/2025,5,1,000,1,000")  # fmt: skip
    report = bring(scenario, head + "\n".join(rows) + "\n", {**DAY, "incomplete": "yes"})
    assert [(one.code, one.row) for one in report.refused] == [
        ("row-too-wide", 3),
        ("amount-part", 4),
    ]
    assert [(one.sanctioned, one.outstanding, one.overdue) for one in loans(scenario)] == [
        (1_00_000_00, 50_000_00, 5_00),
        (5_00, 1_000_00, 1_000_00),
    ]


@pytest.mark.parametrize(
    "head",
    ["Ln. No,Mem. No.,Date of Loan,Sanctioned Amt.,Balance O/s",
     "Loan A/c No.,Membership No,Sanction Date,Loan Amt (Rs.),O/S Balance (Rs.)",
     "വായ്പാ നമ്പർ,അംഗ നമ്പർ,അനുവദിച്ച തീയതി,അനുവദിച്ച തുക,ബാക്കി",
     "വായ്പ നമ്പർ,അംഗത്വ നമ്പർ,തീയതി,വായ്പാ തുക,ബാക്കിനിൽപ്പ് (രൂപ)",
     "LOAN_NO,MEMBER_NO,LOAN_DATE,LOAN_AMOUNT,OUTSTANDING_AMOUNT"],
)  # fmt: skip
def test_heads_as_printed(scenario: BooksScenario, head: str) -> None:
    report = bring(scenario, head + '\nGL-1,M11,13/03/2024,"50,000","45,000"\n', DAY)
    assert report.state == "posted", report.refused
    (loan,) = loans(scenario)
    assert (loan.sanctioned, loan.outstanding) == (50_000_00, 45_000_00)


def test_overdue_principal_and_interest_are_added(scenario: BooksScenario) -> None:
    text = content("56").decode().replace("45000,0,0", "45000,1000,250")
    report = bring(scenario, text, DAY_FIRST)
    assert [one.code for one in report.notes] == ["overdue-added"]
    assert [loan.overdue for loan in loans(scenario)] == [1_250_00]


@pytest.mark.parametrize(
    "above",
    ["Loan register as on 31-03-2026", "As at 31st March 2026", "Loans position as on 31.03.26",
     "31-03-2026 ലെ സ്ഥിതി", "2026 മാർച്ച്,31.03.2026 വരെ", "Statement upto March 31, 2026"],
)  # fmt: skip
def test_the_day_stands_in_the_heading(scenario: BooksScenario, above: str) -> None:
    printed = "Printed on 02-04-2026\n"
    report = bring(scenario, above + "\n" + printed + HEAD + "L1,M1,13/05/2025,500,400\n")
    assert report.state == "posted", report.questions
    assert [loan.as_of for loan in loans(scenario)] == ["2026-03-31"]


def test_the_day_stands_in_the_head(scenario: BooksScenario) -> None:
    head = HEAD.replace("Outstanding balance", "Balance as on 31/03/2026")
    assert bring(scenario, head + "L1,M1,13/05/2025,500,400\n").state == "posted"
    assert [loan.as_of for loan in loans(scenario)] == ["2026-03-31"]


@pytest.mark.parametrize("said", ["tomorrow", "2026-06-02", ""])
def test_the_day_is_asked_for_and_is_never_today(scenario: BooksScenario, said: str) -> None:
    report = take(scenario, "10b", {"as-of": said}, dry_run=True)
    assert [one.code for one in report.questions] == ["as-of"]
    assert scenario.import_file(content("10b"), "loans 2025-26.csv", year="2025-26").questions


def test_two_days_or_a_day_to_come_refuse_the_register(scenario: BooksScenario) -> None:
    head = HEAD.strip() + ",As on\n"
    two = head + "L1,M1,13/05/2025,5,4,31/03/2026\nL2,M2,13/05/2025,5,4,30/04/2026\n"
    assert codes(bring(scenario, two))[0] == {"as-of"}
    later = head + "L1,M1,13/05/2025,5,4,31/03/2027\n"
    assert codes(bring(scenario, later))[0] == {"as-of"}
    assert loans(scenario) == []


@pytest.mark.parametrize("name", ["38", "55"])
def test_meetings_as_they_are_spoken_of(scenario: BooksScenario, name: str) -> None:
    report = take(scenario, name)
    assert (report.state, report.refused, report.rows) == ("posted", (), 5)
    assert events(scenario) == [
        ("election", "2024-01-10", "2023-24"),
        ("audit", "2025-06-30", "2024-25"),
        ("general-meeting", "2025-09-25", "2024-25"),
        ("special-meeting", "2026-02-12", "2025-26"),
    ]
    assert report.duplicates[0].count == 1


@pytest.mark.parametrize(
    ("spoken", "event"),
    [
        ("A.G.M.", "general-meeting"), ("Annual General Meeting", "general-meeting"),
        ("General Body", "general-meeting"), ("GENERAL BODY MEETING", "general-meeting"),
        ("പൊതുയോഗം", "general-meeting"), ("വാർഷിക ജനറൽ ബോഡി", "general-meeting"),
        ("Ordinary general meeting", "general-meeting"),
        ("Extra-ordinary General Meeting", "special-meeting"), ("EGM", "special-meeting"),
        ("Special General Body Meeting", "special-meeting"),
        ("പ്രത്യേക പൊതുയോഗം", "special-meeting"), ("അസാധാരണ പൊതുയോഗം", "special-meeting"),
        ("Election", "election"), ("Managing committee election", "election"),
        ("തെരഞ്ഞെടുപ്പ്", "election"), ("ഭരണസമിതി തിരഞ്ഞെടുപ്പ്", "election"),
        ("Audit", "audit"), ("Annual audit completed", "audit"), ("ഓഡിറ്റ്", "audit"),
        ("accounting_date", "accounting-date"), ("Closing of accounts", "accounting-date"),
        ("Year end", "accounting-date"),
    ],
)  # fmt: skip
def test_names_of_events(scenario: BooksScenario, spoken: str, event: str) -> None:
    text = f"Event,Held on\n{spoken},25/09/2025\nAudit,13/01/2020\n"
    assert bring(scenario, text, name="dates.csv").state == "posted"
    assert events(scenario)[1][0] == event


@pytest.mark.parametrize(
    "spoken",
    ["Board meeting", "Internal audit", "Concurrent audit", "Election notification", "General",
     "Committee meeting", "ഭരണസമിതി യോഗം", "Members' picnic", "Special"],
)  # fmt: skip
def test_what_is_another_thing_is_refused_by_its_row(scenario: BooksScenario, spoken: str) -> None:
    text = f"Event,Held on\n{spoken},25/09/2025\nAudit,13/01/2020\n"
    report = bring(scenario, text, name="dates.csv")
    assert [(one.code, one.row) for one in report.refused] == [("event-unknown", 2)]
    assert report.state == "asked"


def test_meetings_have_one_order_of_dates_and_no_future(scenario: BooksScenario) -> None:
    head = "യോഗം,തീയതി\n"
    month_first = head + "പൊതുയോഗം,09/25/2025\nഓഡിറ്റ്,06/07/2025\n"
    bring(scenario, month_first, name="a.csv")
    assert [day for _, day, _ in events(scenario)] == ["2025-06-07", "2025-09-25"]
    both = bring(scenario, head + "പൊതുയോഗം,09/10/2025\n", name="b.csv")
    assert [one.code for one in both.questions] == ["date-order"]
    mixed = bring(scenario, head + "AGM,09/25/2025\nAudit,25/09/2025\n", name="c.csv")
    assert mixed.state == "refused"
    late = bring(scenario, head + "AGM,25/09/2026\n", name="d.csv")
    assert codes(late)[0] == {"date-future"}
