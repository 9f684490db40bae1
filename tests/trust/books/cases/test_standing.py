"""How a trial balance meets what stands in the books: closings, branches, revisions, vouchers."""

import pytest

from tests.trust.books.cases.taking import codes, content, take
from tests.trust.books.makers import daybook, ledger, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import queries as books
from trust.books.model import ImportReport
from trust.books.pure.findings import Finding

HEAD = "Code,Head of account,Closing debit,Closing credit\n"


def closing(year: str, *rows: tuple[str, int]) -> bytes:
    """A closing list of accounts; a positive amount in rupees is a debit."""
    lines = (f"{code},x,{max(r, 0) or ''},{max(-r, 0) or ''}\n" for code, r in rows)
    return (f"Trial Balance {year}\n{HEAD}" + "".join(lines)).encode()


def moving(year: str, *rows: tuple[str, int, int, int]) -> bytes:
    """A trial balance of code, opening, debit and credit in rupees."""
    lines = "".join(
        f"{code},x,{abs(o)} {'Dr' if o >= 0 else 'Cr'},{d},{c},"
        f"{abs(o + d - c)} {'Dr' if o + d - c >= 0 else 'Cr'}\n"
        for code, o, d, c in rows
    )
    head = "Code,Head of account,Opening balance,Debit,Credit,Closing balance\n"
    return (f"Trial Balance {year}\n{head}" + lines).encode()


def closes(society: BooksScenario, year: str) -> dict[str, int]:
    """What a year closes with, in rupees."""
    with society.rt.db.read() as conn:
        rows = books.trial_balance(conn, SLUG, year)
    return {row.account: row.closing // 100 for row in rows if row.closing}


def assets(society: BooksScenario, year: str) -> int:
    """The assets of a year in rupees."""
    return sum(paise for paise in closes(society, year).values() if paise > 0)


def refusing(report: ImportReport) -> tuple[set[str], set[str]]:
    """Codes of what was refused and asked."""
    return codes(report)[:2]


def findings(society: BooksScenario, year: str) -> list[Finding]:
    """The findings about the sheet in force of a year."""
    with society.rt.db.read() as conn:
        sheet = books.statement(conn, SLUG, year)
        assert sheet is not None
        return list(books.findings(conn, SLUG)[sheet.sha256].found)


def fault_codes(society: BooksScenario, year: str) -> set[str]:
    """What the checks of a draft find."""
    return {fault.code for check in society.draft(year).checks for fault in check.faults}


def test_closing_lists_of_two_years_are_closings(scenario: BooksScenario) -> None:
    assert take(scenario, "03c").state == "posted"
    assert assets(scenario, "2023-24") == 300_000
    shown = take(scenario, "03d", dry_run=True)
    assert (shown.state, shown.debit, shown.credit) == ("preview", 30_000_00, 30_000_00)
    assert take(scenario, "03d").state == "posted"
    assert assets(scenario, "2024-25") == 330_000
    assert assets(scenario, "2023-24") == 300_000
    assert "closes-otherwise" not in fault_codes(scenario, "2024-25")
    again = scenario.import_file(content("03d") + b"\n", "again 2024-25.csv")
    assert again.state == "unchanged"


def test_an_earlier_closing_list_that_comes_later_leaves_the_later_year_as_it_closed(
    scenario: BooksScenario,
) -> None:
    assert take(scenario, "03d").state == "posted"
    report = take(scenario, "03c")
    assert report.state == "posted"
    assert codes(report)[2] == {"later-closings"}
    assert assets(scenario, "2023-24") == 300_000
    assert assets(scenario, "2024-25") == 330_000
    assert "closes-otherwise" not in fault_codes(scenario, "2024-25")


def test_a_result_is_carried_into_accumulated_profit(scenario: BooksScenario) -> None:
    first = closing("2023-24", ("20101", 900), ("30101", -400), ("40201", 100), ("10101", -600))
    assert scenario.import_file(first).state == "posted"
    # 300 of profit are carried; the next list shows 250 of them and 50 in the reserve fund.
    second = closing(
        "2024-25", ("20101", 950), ("30101", -50), ("10301", -250), ("10201", -50), ("10101", -600)
    )
    report = scenario.import_file(second)
    assert (report.state, refusing(report)) == ("posted", (set(), set()))
    assert closes(scenario, "2024-25") == {
        "20101": 950, "30101": -50, "10301": -250, "10201": -50, "10101": -600
    }  # fmt: skip


def test_an_account_that_is_missing_from_the_next_list_is_asked_about(
    scenario: BooksScenario,
) -> None:
    take(scenario, "03c")
    data = closing("2024-25", ("20101", 300), ("10101", -300))
    report = scenario.import_file(data)
    assert (report.state, refusing(report)) == ("asked", (set(), {"closed-accounts"}))
    assert scenario.import_file(data, answers={"closed-accounts": "yes"}).state == "posted"
    assert closes(scenario, "2024-25") == {"20101": 300, "10101": -300}


@pytest.mark.parametrize("order", [("42a", "42b"), ("42b", "42a")])
def test_branches_are_added_up_once(scenario: BooksScenario, order: tuple[str, str]) -> None:
    plain = {"suspense": "yes"}
    first = take(scenario, order[0], plain)
    assert first.state == "posted"
    second = take(scenario, order[1], plain)
    assert (second.state, refusing(second)) == ("asked", (set(), {"standing"}))
    assert "branch" in second.questions[0].answers
    assert take(scenario, order[1], plain | {"standing": "branch"}).state == "posted"
    assert assets(scenario, "2024-25") == 1_400
    for name in order:  # in other bytes, so that it is read again
        again = scenario.import_file(content(name) + b"\n", "x.csv", answers=plain)
        assert again.state == "unchanged"
    assert assets(scenario, "2024-25") == 1_400
    # One branch sends another list: it is known by its name, and cannot be added again.
    text = content("42b").replace(b"400.00", b"450.00")
    asked = scenario.import_file(text, "x.csv", answers=plain | {"standing": "branch"})
    assert asked.questions[0].answers == ("revised", "compare")
    revised = scenario.import_file(text, "x.csv", answers=plain | {"standing": "revised"})
    assert revised.state == "posted"
    assert assets(scenario, "2024-25") == 1_450


def test_a_branch_of_the_next_year_finds_its_balance_carried(scenario: BooksScenario) -> None:
    for year, grow in (("2023-24", 0), ("2024-25", 50)):
        for name, paid in (("Head office", 1_000), ("Kadavu branch", 400)):
            data = closing(f"{year} {name}", ("20101", paid + grow), ("10101", -paid - grow))
            report = scenario.import_file(data, answers={"standing": "branch"})
            assert report.state == "posted", report
        assert assets(scenario, year) == 1_400 + 2 * grow
        assert "closes-otherwise" not in fault_codes(scenario, year)


def test_a_revised_trial_balance_after_the_sheet_was_filed(scenario: BooksScenario) -> None:
    data = closing("2024-25", ("20101", 61_200), ("40201", 0), ("10101", -61_200))
    assert scenario.import_file(data).state == "posted"
    scenario.file("2024-25")
    asked = take(scenario, "46a")
    assert (asked.state, refusing(asked)) == ("asked", (set(), {"standing"}))
    report = take(scenario, "46a", {"standing": "revised"})
    assert (report.state, report.debit) == ("posted", 1_200_00)
    assert closes(scenario, "2024-25") == {"20101": 60_000, "10101": -60_000}
    assert {one.code for one in findings(scenario, "2024-25")} >= {"late-named", "late-moves"}
    again = scenario.file("2024-25")
    assert not again.repeated
    assert "replaces" in {one.code for one in findings(scenario, "2024-25")}
    # And back: A, B, A.
    back = scenario.import_file(data + b"\n", answers={"standing": "revised"})
    assert (back.state, back.debit) == ("posted", 1_200_00)
    assert assets(scenario, "2024-25") == 61_200


def test_an_audit_adjustment_as_vouchers_into_a_filed_sum(scenario: BooksScenario) -> None:
    data = moving("2024-25", ("20101", 0, 61_200, 0), ("10101", 0, 0, 61_200))
    assert scenario.import_file(data).state == "posted"
    scenario.file("2024-25")
    asked = take(scenario, "46b")
    assert (asked.state, refusing(asked)) == ("asked", (set(), {"standing"}))
    assert asked.questions[0].answers == ("adjusts", "instead")
    report = take(scenario, "46b", {"standing": "adjusts"})
    assert report.state == "posted"
    assert closes(scenario, "2024-25") == {"20101": 60_000, "40201": 1_200, "10101": -61_200}
    named = {one.code: one for one in findings(scenario, "2024-25")}
    assert "late-named" in named
    assert "late-unnamed" not in named
    scenario.file("2024-25")
    found = {one.code for one in findings(scenario, "2024-25")}
    assert "replaces" in found
    again = scenario.import_file(content("46b") + b"\n", "x.xml")
    assert again.state == "unchanged"


def test_vouchers_instead_of_a_sum_are_not_counted_twice(scenario: BooksScenario) -> None:
    data = moving("2024-25", ("20101", 0, 500, 0), ("10101", 0, 0, 500))
    assert scenario.import_file(data).state == "posted"
    day = daybook(voucher("g-1", [("20101", "-500.00"), ("10101", "500.00")], date="20240501"))
    assert scenario.import_file(day, answers={"standing": "instead"}).state == "posted"
    assert assets(scenario, "2024-25") == 500
    more = daybook(voucher("g-2", [("20101", "-70.00"), ("10101", "70.00")], date="20240601"))
    assert scenario.import_file(more).state == "posted"  # the sum is gone: nothing to ask
    assert assets(scenario, "2024-25") == 570


def test_vouchers_after_the_day_of_a_trial_balance_are_new(scenario: BooksScenario) -> None:
    text = moving("as on 30-09-2024", ("20101", 0, 500, 0), ("10101", 0, 0, 500))
    report = scenario.import_file(text, "half.csv", year="2024-25")
    assert report.state == "posted"
    with scenario.rt.db.read() as conn:
        (one,) = books.vouchers(conn, SLUG, "2024-25")
    assert one.voucher.date == "2024-09-30"
    day = daybook(voucher("g-1", [("20101", "-70.00"), ("10101", "70.00")], date="20241001"))
    assert scenario.import_file(day).state == "posted"
    assert assets(scenario, "2024-25") == 570


def test_a_trial_balance_over_vouchers_is_compared_or_completes_them(
    scenario: BooksScenario,
) -> None:
    day = daybook(voucher("g-1", [("20101", "-300.00"), ("10101", "300.00")], date="20240501"))
    assert scenario.import_file(day).state == "posted"
    same = closing("2024-25", ("20101", 300), ("10101", -300))
    assert scenario.import_file(same).state == "unchanged"
    other = closing("2024-25", ("20101", 340), ("10101", -340))
    asked = scenario.import_file(other)
    assert (asked.state, asked.questions[0].answers[0]) == ("asked", "compare")
    compared = scenario.import_file(other, answers={"standing": "compare"})
    assert (compared.state, len(compared.odd)) == ("unchanged", 2)
    assert assets(scenario, "2024-25") == 300
    assert scenario.import_file(other, answers={"standing": "revised"}).state == "posted"
    assert assets(scenario, "2024-25") == 340


def test_openings_that_are_revised_are_posted_as_a_difference(scenario: BooksScenario) -> None:
    first = moving("2024-25", ("20101", 100, 50, 0), ("10101", -100, 0, 50))
    assert scenario.import_file(first).state == "posted"
    second = moving("2024-25", ("20101", 120, 50, 0), ("10101", -120, 0, 50))
    report = scenario.import_file(second, answers={"standing": "revised"})
    assert (report.state, report.vouchers, report.debit) == ("posted", 1, 20_00)
    with scenario.rt.db.read() as conn:
        rows = {row.account: row for row in books.trial_balance(conn, SLUG, "2024-25")}
    assert (rows["20101"].opening, rows["20101"].closing) == (120_00, 170_00)


def test_openings_of_masters_over_openings_in_two_vouchers_are_refused(
    scenario: BooksScenario,
) -> None:
    for opening, answers in ((100, {}), (120, {"standing": "revised"})):
        text = moving("2024-25", ("20101", opening, 50, 0), ("10101", -opening, 0, 50))
        assert scenario.import_file(text, answers=answers).state == "posted"
    masters = daybook(
        ledger("Cash", "Cash-in-Hand", "-500"), ledger("Own", "Capital Account", "500")
    )
    report = scenario.import_file(masters, "m.xml", year="2024-25")
    assert "opened-already" in {one.code for one in report.refused}
    with scenario.rt.db.read() as conn:
        rows = {row.account: row for row in books.trial_balance(conn, SLUG, "2024-25")}
    assert rows["20101"].opening == 120_00


def test_an_adjustment_of_the_year_before_leaves_a_filed_later_list_as_it_is(
    scenario: BooksScenario,
) -> None:
    take(scenario, "03c")
    take(scenario, "03d")
    scenario.file("2024-25")
    day = daybook(voucher("g-1", [("40201", "-100.00"), ("20101", "100.00")], date="20240301"))
    asked = scenario.import_file(day, answers={"standing": "adjusts"})
    assert refusing(asked) == (set(), {"later-closings"})
    said = {"standing": "adjusts", "later-closings": "yes"}
    assert scenario.import_file(day, answers=said).state == "posted"
    assert closes(scenario, "2023-24")["20101"] == 49_900
    assert closes(scenario, "2024-25")["20101"] == 60_000
    assert "closes-otherwise" not in fault_codes(scenario, "2024-25")
