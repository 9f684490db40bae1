"""Files that come again: changed, under new identities, without what was sealed, out of turn."""

import random
from typing import cast

import pytest

from tests.simulator.clock import ManualClock
from tests.trust.books.cases.taking import codes, take
from tests.trust.books.makers import Line, daybook, ledger, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.model import ImportReport


def lines(rupees: int) -> list[Line]:
    """A receipt of so many rupees."""
    return [("20101", f"-{rupees}.00"), ("10501", f"{rupees}.00")]


def may(amounts: dict[str, int], *, company: str = "Example Society", prefix: str = "g-") -> bytes:
    """A day book of May 2026: rupees by number."""
    made = [
        voucher(f"{prefix}{n}", lines(rupees), date=f"202605{int(n):02d}", number=n)
        for n, rupees in amounts.items()
    ]
    return daybook(*made, company=company)


def cash(scenario: BooksScenario, year: str = "2026-27") -> int:
    """What the cash account closes with."""
    with scenario.rt.db.read() as conn:
        rows = books.trial_balance(conn, SLUG, year)
    return sum(row.closing for row in rows if row.account == "20101")


def choose(scenario: BooksScenario, name: str, account: str) -> None:
    """The society says where a ledger belongs."""
    with scenario.rt.db.write() as conn:
        books_service.map_ledgers(
            conn, SLUG, {name: account}, officer="secretary", now=scenario.rt.clock()
        )


def sealed(scenario: BooksScenario) -> list[str]:
    """Vouchers in the order of sealing: id, and what each corrects."""
    with scenario.rt.db.read() as conn:
        found = books.vouchers(conn, SLUG)
    return [f"{one.voucher.id} {one.voucher.corrects or ''}".strip() for one in found]


def test_a_file_again_after_a_later_one_changed_it_restates_it(scenario: BooksScenario) -> None:
    first, second = may({"1": 100, "2": 50}), may({"1": 150, "2": 50})
    assert scenario.import_file(first).posted == {"voucher": 2}
    assert scenario.import_file(second).posted == {"voucher": 2}
    assert cash(scenario) == 200_00
    again = scenario.import_file(first)
    assert (again.state, again.posted, again.unchanged) == ("posted", {"voucher": 2}, 1)
    assert cash(scenario) == 150_00
    assert sealed(scenario)[-2:] == ["g-1~2r g-1~1", "g-1~2 g-1~1"]
    for data in (first, first):
        report = scenario.import_file(data)
        assert (report.state, report.posted, report.unchanged) == ("unchanged", {}, 2)
    with scenario.rt.db.read() as conn:
        names = [one.id for one in books.imports(conn, SLUG)]
    assert len(set(names)) == len(names) == 3


def test_the_same_vouchers_under_new_identities_are_asked_about(scenario: BooksScenario) -> None:
    take(scenario, "21a")
    before = sealed(scenario)
    report = take(scenario, "21b")
    assert codes(report) == (set(), {"same-content"}, set())
    assert (report.state, report.questions[0].places["count"]) == ("asked", 3)
    same = take(scenario, "21b", {"same-content": "same"})
    assert (same.state, same.unchanged, codes(same)[2]) == ("unchanged", 3, {"same-content"})
    assert sealed(scenario) == before
    new = take(scenario, "21b", {"same-content": "new"})
    assert (new.state, new.posted) == ("posted", {"voucher": 3})


def test_only_those_that_are_alike_are_left_out(scenario: BooksScenario) -> None:
    scenario.import_file(may({"1": 100, "2": 50, "3": 70}))
    other = may({"1": 100, "2": 50, "3": 71, "4": 9}, prefix="zz-")
    report = scenario.import_file(other, answers={"same-content": "same"})
    assert "vanished" not in {one.code for one in report.questions}, "no identity is shared"
    assert (report.posted, report.unchanged) == ({"voucher": 2}, 2)


def test_equal_vouchers_are_not_one_because_they_are_equal(scenario: BooksScenario) -> None:
    equal = [voucher(f"g-{n}", lines(100), number=str(n)) for n in (1, 2)]
    assert scenario.import_file(daybook(equal[0])).state == "posted"
    assert scenario.import_file(daybook(*equal)).posted == {"voucher": 1}, "the first is there too"
    third = daybook(voucher("g-3", lines(100), number="3"))
    assert scenario.import_file(third).posted == {"voucher": 1}, "the number is another"
    nameless = [voucher("", lines(100), number="", date="20260420") for _ in range(2)]
    assert scenario.import_file(daybook(*nameless)).posted == {"voucher": 2}
    assert scenario.import_file(daybook(*nameless)).state == "unchanged"
    assert scenario.import_file(daybook(*nameless, nameless[0])).posted == {"voucher": 1}


def test_what_vanished_from_a_period_is_named_and_stays(scenario: BooksScenario) -> None:
    take(scenario, "20a")
    report = take(scenario, "20b")
    assert codes(report) == (set(), {"vanished"}, set())
    (asked,) = report.questions
    assert asked.places["count"] == 1
    assert asked.places["names"] == "Payment 1, 2024-05-03, 3,000.00"
    assert (report.state, report.vouchers) == ("asked", 1)
    kept = take(scenario, "20b", {"vanished": "keep"})
    assert (kept.posted, codes(kept)[2]) == ({"voucher": 1}, {"vanished"})
    with scenario.rt.db.read() as conn:
        trial = books.trial_balance(conn, SLUG, "2024-25")
    assert sum(row.debit for row in trial) == 9_600_00


def test_what_vanished_is_named_whichever_import_brought_it(scenario: BooksScenario) -> None:
    """Exported every day: each import brings one voucher of its own."""
    days = [
        voucher(
            f"g-{n}", [("Cash", "-9.00"), ("Capital", "9.00")], date=f"2024050{n}", number=str(n)
        )
        for n in range(1, 6)
    ]
    for upto in range(3, 6):
        assert scenario.import_file(daybook(*days[:upto])).state == "posted"
    report = scenario.import_file(daybook(*days[:3], days[4]))
    assert codes(report)[1] == {"vanished"} and report.questions[0].places["count"] == 1


def test_a_file_of_a_few_days_says_nothing_of_the_rest_of_the_month(
    scenario: BooksScenario,
) -> None:
    lines = [("Cash", "-9.00"), ("Capital", "9.00")]
    early = [voucher(f"e-{n}", lines, date=f"2024050{n}", number=f"E{n}") for n in range(1, 5)]
    late = [voucher(f"l-{n}", lines, date="20240520", number=f"L{n}") for n in range(9)]
    for vouchers in (early, late):
        assert scenario.import_file(daybook(*vouchers)).state == "posted"
    assert scenario.import_file(daybook(*late)).state == "unchanged"


def test_a_ledger_without_identities_again_after_a_change(scenario: BooksScenario) -> None:
    """A, B, A: what B brought for what vanished of A vanishes in its turn."""

    def ledger(rupees: int) -> bytes:
        lines = [
            f"{day}-05-2024,Cash in hand,{paid},,{n}\n{day}-05-2024,Share capital,,{paid},{n}\n"
            for n, (day, paid) in enumerate(((13, 50), (14, rupees), (15, 90)), 1)
        ]
        return ("Date,Account,Debit,Credit,Voucher No\n" + "".join(lines)).encode()

    for rupees in (70, 80, 70):
        report = scenario.import_file(ledger(rupees), "gl.csv", answers={"vanished": "reverse"})
        assert report.state == "posted"
    with scenario.rt.db.read() as conn:
        trial = books.trial_balance(conn, SLUG, "2024-25")
    assert sum(row.closing for row in trial if row.closing > 0) == (50 + 70 + 90) * 100


@pytest.mark.parametrize("missing", ["1", "2", "4"])
def test_the_first_or_the_last_of_a_month_may_be_missing(
    scenario: BooksScenario, missing: str
) -> None:
    amounts = {"1": 10, "2": 20, "3": 30, "4": 40}
    scenario.import_file(may(amounts))
    del amounts[missing]
    report = scenario.import_file(may(amounts))
    assert (report.state, codes(report)[1]) == ("asked", {"vanished"})
    assert str(report.questions[0].places["names"]).startswith(f"Receipt {missing}, 2026-05-0")
    days = {str(n): 5 for n in range(5, 9)}
    assert scenario.import_file(may(days)).state == "posted", "other days of the month"


def test_what_vanished_is_taken_back_by_new_entries_and_may_return(scenario: BooksScenario) -> None:
    full = may({"1": 100, "2": 50, "3": 7})
    scenario.import_file(full)
    less = may({"1": 100, "3": 7})
    report = scenario.import_file(less, answers={"vanished": "reverse"})
    assert (report.state, report.posted, report.unchanged) == ("posted", {"voucher": 1}, 2)
    assert [one.words for one in report.notes] == ["vanished/reversed"]
    assert (sealed(scenario)[-1], cash(scenario)) == ("g-2~1r g-2", 107_00)
    assert scenario.import_file(less).state == "unchanged", "it is named once"
    back = scenario.import_file(full)
    assert (back.posted, sealed(scenario)[-1]) == ({"voucher": 1}, "g-2~2 g-2~1r")
    assert cash(scenario) == 157_00
    changed = scenario.import_file(may({"1": 100, "2": 51, "3": 7}))
    assert (changed.posted, cash(scenario)) == ({"voucher": 2}, 158_00)
    assert sealed(scenario)[-1] == "g-2~3 g-2~2"


@pytest.mark.parametrize("how", ["<ISCANCELLED>Yes</ISCANCELLED>", "<ISDELETED>Yes</ISDELETED>"])
def test_a_sealed_voucher_that_is_cancelled_later_is_named(
    scenario: BooksScenario, how: str
) -> None:
    scenario.import_file(may({"1": 100, "2": 50}))
    gone = daybook(voucher("g-2", lines(50), date="20260502", number="2", extra=how))
    report = scenario.import_file(gone)
    assert (report.state, codes(report)[1]) == ("asked", {"vanished"})
    assert scenario.import_file(gone, answers={"vanished": "reverse"}).posted == {"voucher": 1}
    assert cash(scenario) == 100_00


def test_a_part_of_the_vouchers_says_nothing_about_the_others(scenario: BooksScenario) -> None:
    scenario.import_file(may({str(n): 10 * n for n in range(1, 10)}))
    report = scenario.import_file(may({"1": 10, "9": 90, "10": 5}))
    assert (report.state, codes(report)[2]) == ("posted", {"vanished"}), "told, not asked"
    apart = scenario.import_file(may({"11": 5}))
    assert (apart.state, codes(apart)) == ("posted", (set(), set(), set()))
    payments = daybook(
        *(voucher(f"p-{n}", lines(3), date="20260503", kind="Payment") for n in range(3))
    )
    assert codes(scenario.import_file(payments)) == (set(), set(), set())


def test_another_companys_file_is_asked_about(scenario: BooksScenario) -> None:
    assert scenario.import_file(may({"1": 100}, company="Kadavu SCB Ltd")).company
    split = may({"2": 7}, company="KADAVU SCB LTD. - (from 1-Apr-2026)")
    assert scenario.import_file(split).state == "posted"
    other = may({"3": 7}, company="Nadavaramba SCB Ltd")
    report = scenario.import_file(other)
    assert (report.state, codes(report)[1]) == ("asked", {"company"})
    assert dict(report.questions[0].places) == {
        "company": "Nadavaramba SCB Ltd",
        "before": "KADAVU SCB LTD. - (from 1-Apr-2026)",
    }
    assert scenario.import_file(other, answers={"company": "no"}).state == "asked"
    assert scenario.import_file(other, answers={"company": "yes"}).state == "posted"
    assert scenario.import_file(may({"4": 7}, company="Kadavu SCB Ltd")).state == "posted"


def test_a_first_file_of_a_strange_company_looks_odd(scenario: BooksScenario) -> None:
    report = scenario.import_file(may({"1": 100}, company="Nadavaramba Textiles"), dry_run=True)
    assert (report.state, codes(report)) == ("preview", (set(), set(), {"company"}))


def test_corrected_masters_are_learnt_and_their_openings_asked_about(
    scenario: BooksScenario,
) -> None:
    take(scenario, "24a", {"year": "2026-27"})
    report = take(scenario, "24b")
    assert (report.state, codes(report)[1]) == ("asked", {"openings"})
    cast(ManualClock, scenario.rt.clock).advance(7 * 86_400)
    later = take(scenario, "24c")
    assert (later.state, later.unmapped) == ("posted", ()), "learnt without an answer"
    kept = take(scenario, "24b", {"openings": "keep"})
    assert (kept.state, kept.posted, codes(kept)[2]) == ("unchanged", {}, {"openings"})
    restated = take(scenario, "24b", {"openings": "restate"})
    assert (restated.state, restated.posted) == ("posted", {"voucher": 2})
    assert cash(scenario) == 40_600_00
    first = take(scenario, "24a", {"openings": "restate"})
    assert (first.posted, cash(scenario)) == ({"voucher": 2}, 40_100_00)
    assert take(scenario, "24a").state == "unchanged"


def test_openings_without_a_year_are_asked_for(scenario: BooksScenario) -> None:
    data = daybook(ledger("Cash", "Cash-in-Hand", "-5"), ledger("Own", "Capital Account", "5"))
    report = scenario.import_file(data, "masters.xml")
    assert (report.state, codes(report)[1], report.debit) == ("asked", {"year"}, 500)
    said = scenario.import_file(data, "masters.xml", answers={"year": "2025-26"})
    assert (said.state, said.book_years) == ("posted", ("2025-26",))
    assert scenario.import_file(data, "masters.xml").state == "unchanged", "that year is meant"
    assert scenario.import_file(data, "masters 2025-26.xml").state == "unchanged"


MASTERS = daybook(
    ledger("Kuri fund", "Loans (Liability)"), ledger("Cash", "Cash-in-Hand"), company=""
)
KURI = [("Cash", "-40.00"), ("Kuri fund", "40.00")]
SUSPENSE = {"suspense": "yes"}


def closings(scenario: BooksScenario) -> dict[str, int]:
    """What each account closes with in 2026-27."""
    with scenario.rt.db.read() as conn:
        rows = books.trial_balance(conn, SLUG, "2026-27")
    return {row.account: row.closing for row in rows if row.closing}


def test_masters_that_come_later_move_what_is_on_suspense(scenario: BooksScenario) -> None:
    data = daybook(
        *(voucher(f"g-{n}", KURI, number=str(n)) for n in (1, 2)),
        voucher("g-3", [("Cash", "-1.00"), ("Nobody", "1.00")], number="3"),
        company="",
    )
    assert scenario.import_file(data, answers=SUSPENSE).state == "posted"
    assert closings(scenario) == {"20101": 8_100, "10719": -8_100}
    report = scenario.import_file(MASTERS)
    assert (report.state, codes(report)[1]) == ("asked", {"remap"})
    assert dict(report.questions[0].places) == {"count": 2, "amount": "80.00"}
    assert scenario.import_file(MASTERS, answers={"remap": "no"}).posted == {}
    assert closings(scenario)["10719"] == -8_100
    moved = scenario.import_file(MASTERS, answers={"remap": "yes"})
    assert (moved.state, moved.posted) == ("posted", {"voucher": 4})
    found = closings(scenario)
    assert (found["20101"], found["10719"], len(found)) == (8_100, -100, 3)
    assert {"g-1~1r g-1", "g-1~1 g-1"} <= set(sealed(scenario))
    with scenario.rt.db.read() as conn:
        newest = [one for one in books.vouchers(conn, SLUG) if one.voucher.id == "g-2~1"]
        detail = books.voucher_detail(conn, newest[0].at)
    assert detail is not None and detail["number"] == "2", "its detail came along"
    for again in (MASTERS, data):
        assert scenario.import_file(again, answers=SUSPENSE).state == "unchanged"


def test_a_choice_of_the_society_moves_what_is_on_suspense(scenario: BooksScenario) -> None:
    scenario.import_file(daybook(voucher("g-1", KURI)), answers=SUSPENSE)

    def restate(**answers: str) -> ImportReport:
        return books_service.restate_suspense(scenario.rt, SLUG, actor="secretary", answers=answers)

    assert restate().state == "unchanged"
    choose(scenario, "Kuri fund", "10501")
    assert codes(restate())[1] == {"remap"}
    done = restate(remap="yes")
    assert (done.state, done.format, done.posted) == ("posted", "ledger-map", {"voucher": 2})
    assert closings(scenario) == {"20101": 4_000, "10501": -4_000}
    assert restate().state == "unchanged"


@pytest.mark.parametrize("seed", range(6))
def test_whatever_came_before_the_newest_file_counts(scenario: BooksScenario, seed: int) -> None:
    """Any sequence of versions leaves of each voucher the figures of its newest version."""
    chance = random.Random(seed)
    newest: dict[str, int] = {}
    for _ in range(8):
        names = chance.sample("123456", chance.randint(1, 6))
        amounts = {name: chance.randint(1, 3) for name in sorted(names)}
        assert scenario.import_file(may(amounts), answers={"vanished": "keep"}).ok
        newest |= amounts
        assert cash(scenario) == 100 * sum(newest.values())
