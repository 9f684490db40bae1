"""What Tally's vouchers mean: lists written twice, deletions, types, days, amounts of zero."""

import pytest

from tests.trust.books.cases.taking import codes, content, take
from tests.trust.books.makers import Line, daybook, voucher
from tests.trust.books.scenario import BooksScenario
from trust.books.pure.tally_types import VoucherTypes
from trust.books.readers.tally import read_tally

REMOTE = (
    "<REMOTECMPINFO.LIST><NAME>abc</NAME><REMOTECMPNAME>Kadavu</REMOTECMPNAME></REMOTECMPINFO.LIST>"
)
PAIR = [("Cash", "-100.00"), ("Member Seven", "100.00")]


def listed(lines: list[Line], name: str = "LEDGERENTRIES.LIST") -> str:
    """Lines in a list of another name."""
    return "".join(
        f"<{name}><LEDGERNAME>{ledger}</LEDGERNAME><AMOUNT>{amount}</AMOUNT></{name}>"
        for ledger, amount in lines
    )


def stock(ledger: str, amount: str, name: str = "ALLINVENTORYENTRIES.LIST") -> str:
    """A stock line with its accounting allocation."""
    return f"<{name}>{listed([(ledger, amount)], 'ACCOUNTINGALLOCATIONS.LIST')}</{name}>"


def test_a_voucher_in_both_lists_is_posted_once(scenario: BooksScenario) -> None:
    report = take(scenario, "17", dry_run=True)
    assert (report.vouchers, report.debit, report.credit) == (1, 500_000, 500_000)


@pytest.mark.parametrize(
    ("first", "extra", "lines"),
    [
        (PAIR, listed(PAIR), 2),
        (PAIR, listed(PAIR[::-1]), 2),
        (PAIR, listed([("cash", "-60"), ("Cash ", "-40"), ("Member Seven", "100")]), 2),
        ([("Cash", "-100")], listed([("Member Seven", "100")]), 2),
        ([("Cash", "-100")], listed([("Cash", "-100")]) + stock("Sales", "100"), 2),
        ([("Cash", "-100"), ("Sales", "100")], listed([("Cash", "-100")]) + stock("Sales", "100"),
         2),
        ([("Cash", "-100")], stock("S", "100") + stock("S", "100", "INVENTORYENTRIES.LIST"), 2),
        ([("Cash", "-9")], stock("S", "5") + stock("S", "4", "INVENTORYENTRIES.LIST"), 3),
    ],
)  # fmt: skip
def test_what_two_lists_repeat_counts_once(first: list[Line], extra: str, lines: int) -> None:
    found = read_tally(daybook(voucher("g-1", first, extra=extra)))
    assert found.refused == ()
    assert len(found.vouchers[0].lines) == lines
    assert sum(line.paise for line in found.vouchers[0].lines) == 0


@pytest.mark.parametrize(
    "extra",
    [
        listed([("Cash", "-50"), ("Member Seven", "50")]),
        listed([("Cash", "-100"), ("Member Eight", "100")]),
        listed([("Cash", "-100")]),
    ],
)
def test_two_lists_that_contradict_each_other_are_refused_by_voucher(extra: str) -> None:
    found = read_tally(daybook(voucher("g-1", PAIR, extra=extra), voucher("g-2", PAIR)))
    assert [(one.code, one.row) for one in found.refused] == [("two-lists", 1)]
    assert [one.id for one in found.vouchers] == ["g-2"]


def test_deleted_ones_are_left_out_and_a_date_may_be_an_attribute(scenario: BooksScenario) -> None:
    report = take(scenario, "18", dry_run=True)
    assert codes(report) == (set(), set(), set())
    assert (report.vouchers, report.debit, report.book_years) == (2, 150_000, ("2024-25",))
    assert [(one.reason, one.count) for one in report.skipped] == [("deleted in the source", 1)]


@pytest.mark.parametrize("action", ["Delete", "DELETE", "Cancel", "Remove"])
def test_an_action_that_takes_a_voucher_away_posts_nothing(action: str) -> None:
    data = daybook(voucher("g-1", PAIR).replace('"Create"', f'"{action}"'))
    assert (read_tally(data).vouchers, read_tally(data).left_out) == ((), ("g-1",))
    altered = daybook(voucher("g-1", PAIR).replace('"Create"', '"Alter"'))
    assert len(read_tally(altered).vouchers) == 1


def test_foreign_currency_out_by_a_paisa_is_refused_by_voucher(scenario: BooksScenario) -> None:
    report = take(scenario, "19", dry_run=True)
    assert codes(report) == ({"unbalanced"}, {"incomplete"}, set())
    assert (report.state, report.vouchers, report.rows, report.debit) == ("asked", 1, 2, 10_000)


def test_an_own_type_without_its_master_is_asked_for_and_remembered(
    scenario: BooksScenario,
) -> None:
    report = take(scenario, "25")
    assert codes(report) == (set(), {"voucher-type"}, set())
    assert report.questions[0].answers[0] == "posts-nothing", "its name says it is an order"
    assert (report.state, report.vouchers) == ("asked", 0)
    posted = take(scenario, "25", {"voucher-type": "posts"}, dry_run=True)
    assert posted.debit == 1_887_310
    nothing = take(scenario, "25", {"voucher-type": "posts-nothing"})
    assert (nothing.state, nothing.skipped[0].what) == ("unchanged", "PO - New")
    sale = voucher("g-9", PAIR, kind="PO - new", date="20240601")
    mixed = daybook(sale, voucher("g-8", PAIR, date="20240601"))
    report = scenario.import_file(mixed, answers={"voucher-type": "posts-nothing"})
    assert (report.state, report.posted) == ("posted", {"voucher": 1})
    later = scenario.import_file(daybook(sale, voucher("g-7", PAIR, date="20240602")))
    assert (later.state, later.posted) == ("posted", {"voucher": 1}), "the answer is kept"


def test_several_own_types_are_asked_for_one_by_one() -> None:
    data = daybook(
        voucher("g-1", PAIR, kind="Milk receipt"),
        voucher("g-2", PAIR, kind="Work Order 7"),
        voucher("g-3", PAIR, kind="work order 7"),
    )
    asked = read_tally(data).questions
    assert [(one.code, one.answers[0], one.places["count"]) for one in asked] == [
        ("voucher-type-milk-receipt", "posts", 1),
        ("voucher-type-work-order-7", "posts-nothing", 2),
    ]
    said = VoucherTypes(answers={"voucher-type-milk-receipt": "posts", "voucher-type": "no"})
    found = read_tally(data, known=said)
    assert [one.id for one in found.vouchers] == ["g-1"]
    assert [one.code for one in found.questions] == ["voucher-type-work-order-7"]
    both = read_tally(data, known=VoucherTypes(answers={"voucher-type": "posts"}))
    assert (len(both.vouchers), both.questions) == (3, ())


def test_the_master_says_what_an_own_type_is(scenario: BooksScenario) -> None:
    master = '<VOUCHERTYPE NAME="Milk receipt"><PARENT>Receipt</PARENT></VOUCHERTYPE>'
    first = daybook(master, voucher("g-1", PAIR, kind="Milk receipt", date="20260401"))
    assert scenario.import_file(first).state == "posted"
    second = daybook(voucher("g-2", PAIR, kind="MILK RECEIPT", date="20260402"))
    assert scenario.import_file(second).state == "posted", "learnt from the file before"


def test_zero_vouchers_and_cancelled_blank_ones_are_left_out_with_a_word(
    scenario: BooksScenario,
) -> None:
    report = take(scenario, "52", dry_run=True)
    assert codes(report) == (set(), set(), set())
    assert (report.vouchers, report.debit, len(report.skipped)) == (1, 1_000, 1)
    blank = voucher("g-1", [], date="", extra="<ISCANCELLED>Yes</ISCANCELLED>")
    zero = voucher("g-2", [("Cash", ""), ("X", "-0.00")], date="")
    found = read_tally(daybook(blank, zero, voucher("g-3", [])))
    assert [one.reason for one in found.skipped] == [
        "cancelled in the source",
        "zero: none of its lines has an amount",
    ]
    assert [one.code for one in found.refused] == ["no-lines"], "an export without its lines"


def test_a_voucher_of_the_future_waits_for_its_day(scenario: BooksScenario) -> None:
    report = take(scenario, "53")
    assert (report.state, report.vouchers, len(report.skipped)) == ("unchanged", 0, 1)
    assert "until its day" in report.skipped[0].reason
    data = content("53")
    assert read_tally(data, today="2027-03-30").vouchers == ()
    assert len(read_tally(data, today="2027-03-31").vouchers) == 1, "its day has come"


def test_the_same_number_twice_is_two_vouchers(scenario: BooksScenario) -> None:
    assert take(scenario, "54").posted == {"voucher": 2}


def test_a_ledger_twice_in_a_voucher_is_added_up(scenario: BooksScenario) -> None:
    report = take(scenario, "60", dry_run=True)
    assert (report.vouchers, report.debit) == (1, 2_000)


@pytest.mark.parametrize(
    ("inside", "company"),
    [
        ("<D><SVCURRENTCOMPANY>Kadavu SCB</SVCURRENTCOMPANY></D>", "Kadavu SCB"),
        (f"<DATA><COMPANY>{REMOTE}</COMPANY></DATA>", "Kadavu"),
        ('<DATA><COMPANY NAME="Kadavu &amp; sons"/></DATA>', "Kadavu & sons"),
        ("<DATA><COMPANY><NAME>കടവ് സംഘം</NAME></COMPANY></DATA>", "കടവ് സംഘം"),
        ("<DESC><CMPINFO><COMPANY>0</COMPANY></CMPINFO></DESC>", ""),
        ("<X><SVCURRENTCOMPANY>##SVCurrentCompany</SVCURRENTCOMPANY></X>", ""),
    ],
)
def test_the_company_is_read(inside: str, company: str) -> None:
    data = f"<ENVELOPE>{inside}{voucher('g-1', PAIR)}</ENVELOPE>".replace("&#4;", "")
    found = read_tally(data.encode())
    assert (found.company, found.rows, found.period) == (company, 1, ("2026-04-15", "2026-04-15"))


def test_the_days_that_were_asked_for_are_the_period() -> None:
    asked = "<S><SVFROMDATE>20260401</SVFROMDATE><SVTODATE>30-Apr-2026</SVTODATE></S>"
    data = f"<ENVELOPE>{asked}{voucher('g-1', PAIR)}</ENVELOPE>"
    assert read_tally(data.encode()).period == ("2026-04-01", "2026-04-30")
