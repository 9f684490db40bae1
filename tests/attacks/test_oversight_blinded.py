"""Officers who would have the Registrar's rules see nothing: by a date, or by leaving things out.

Each story first has an alert raised, then does what a secretary can do with files and voids, and
looks whether the alert is still there and what tells the Registrar of the trick. What imports
refuse today stands in states of older versions, so it is sealed here as those sealed it.
"""

import pytest

from dashboards import queries as dashboards
from oversight import adoption
from oversight import queries as oversight
from oversight import service as oversight_service
from oversight.model import Alert
from oversight.pure.periods import day_of_instant
from oversight.pure.rules import Severity
from oversight.pure.wording import fill
from tests.oversight.test_end_to_end import DAY, LOAN_HEAD, MASTERS, register, sales
from tests.trust.books.makers import daybook, trial_balance
from tests.trust.books.scenario import SLUG, BooksScenario, build
from trust.books import queries as books
from trust.books import service as books_service
from trust.log.runtime import Runtime

DATES = "kind,date,book_year,note\n"
ENDS = DATES + "accounting_date,2024-03-31,2023-24,\naccounting_date,2025-03-31,2024-25,\n"


@pytest.fixture
def scenario(rt: Runtime) -> BooksScenario:
    """A society under the proposed policy."""
    made = build(rt)
    with rt.db.write() as conn:
        adoption.adopt_proposed(conn, now=rt.clock())
    return made


def takes_days_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports do not look what day it is, as those of older versions did not."""
    for module in ("importing", "sealing"):
        monkeypatch.setattr(f"trust.books.{module}.today", lambda ctx: "2099-12-31")


@pytest.fixture
def older(scenario: BooksScenario, monkeypatch: pytest.MonkeyPatch) -> BooksScenario:
    """The same under a version that took days to come."""
    takes_days_to_come(monkeypatch)
    return scenario


def wait(scenario: BooksScenario, days: int) -> None:
    scenario.rt.clock.advance(days * DAY)  # type: ignore[attr-defined]


def bring(scenario: BooksScenario, data: str | bytes, name: str) -> str:
    """Brings in a file; returns the id of its import."""
    report = scenario.import_file(data if isinstance(data, bytes) else data.encode(), name)
    assert report.state == "posted", (report.refused, report.questions)
    return report.import_id


def judged(scenario: BooksScenario) -> dict[tuple[str, str], Alert]:
    oversight_service.evaluate(scenario.rt, SLUG)
    with scenario.rt.db.read() as conn:
        return {(one.rule, one.period): one for one in oversight.alerts(conn, society=SLUG)}


def holds(scenario: BooksScenario, rule: str) -> Alert:
    """The oldest alert of a rule, which must not be cleared."""
    found = min((one for (name, _), one in judged(scenario).items() if name == rule),
                key=lambda one: one.period)  # fmt: skip
    assert not found.cleared and found.state == "open", (rule, found)
    return found


@pytest.fixture
def lent(scenario: BooksScenario) -> BooksScenario:
    """46 loans went to one payee, and the Registrar knows."""
    bring(scenario, register(30, 46), "loans.csv")
    assert holds(scenario, "K2").severity is Severity.act
    return scenario


# --- dates ---------------------------------------------------------------------------------------


def test_a_register_dated_2098_blinds_no_rule(older: BooksScenario) -> None:
    bring(older, register(30, 0, first=500, as_of="2098-03-31"), "far.csv")
    wait(older, 1)
    bring(older, register(30, 46), "loans.csv")
    assert holds(older, "K2").severity is Severity.act
    told = holds(older, "T1")
    assert (told.period, told.severity) == ("2026-27", Severity.act)
    assert told.figures["furthest"] == "2098-03-31"
    with older.rt.db.read() as conn:
        (ahead,) = (f for f in books.register_findings(conn, SLUG) if f.code == "register-ahead")
    assert "31/03/2098" in ahead.text("en") and "31/03/2098" in ahead.text("ml")


def test_a_register_dated_next_month_clears_nothing_even_then(
    lent: BooksScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes_days_to_come(monkeypatch)
    bring(lent, register(30, 0, as_of="2026-07-31"), "next.csv")
    holds(lent, "K2")
    wait(lent, 90)
    holds(lent, "K2")


def test_meetings_that_are_still_to_be_held_clear_nothing(older: BooksScenario) -> None:
    bring(older, ENDS, "dates.csv")
    assert {period for rule, period in judged(older) if rule == "G1"} == {"2023-24", "2024-25"}
    wait(older, 1)
    for year in ("2023-24", "2024-25"):
        bring(older, f"{DATES}general_meeting,2027-03-20,{year},\n", f"{year}.csv")
    assert all(not one.cleared for (rule, _), one in judged(older).items() if rule == "G1")
    assert holds(older, "T1").figures["value"] == 2
    wait(older, 400)
    assert all(not one.cleared for (rule, _), one in judged(older).items() if rule == "G1")


def test_one_meeting_holds_for_one_year(scenario: BooksScenario) -> None:
    bring(scenario, ENDS, "dates.csv")
    judged(scenario)
    wait(scenario, 1)
    bring(scenario, f"{DATES}general_meeting,2025-03-20,2023-24,\n", "held.csv")
    found = judged(scenario)
    assert not found["G1", "2024-25"].cleared


def test_an_accounting_date_put_off_does_not_put_off_the_meeting(scenario: BooksScenario) -> None:
    bring(scenario, ENDS, "dates.csv")
    judged(scenario)
    wait(scenario, 1)
    bring(scenario, f"{DATES}accounting_date,2026-03-31,2024-25,\n", "later.csv")
    assert not judged(scenario)["G1", "2024-25"].cleared


def test_an_accounting_date_declared_void_and_put_off(scenario: BooksScenario) -> None:
    made = bring(scenario, ENDS, "dates.csv")
    assert judged(scenario)["G1", "2024-25"].severity is Severity.act
    books_service.void_import(scenario.rt, made, reason="the wrong dates")
    wait(scenario, 1)
    bring(scenario, f"{DATES}accounting_date,2026-05-31,2024-25,\n", "later.csv")
    assert not judged(scenario)["G1", "2024-25"].cleared


def test_a_year_whose_end_nobody_tells_ends_all_the_same(scenario: BooksScenario) -> None:
    bring(scenario, f"{DATES}accounting_date,2024-03-31,2023-24,\n"
          "general_meeting,2024-09-10,2023-24,\n", "dates.csv")  # fmt: skip
    assert judged(scenario)["G1", "2024-25"].severity is Severity.act


def test_a_meeting_typed_in_a_year_late_is_for_an_officer_to_close(scenario: BooksScenario) -> None:
    bring(scenario, ENDS, "dates.csv")
    judged(scenario)
    wait(scenario, 300)
    bring(scenario, f"{DATES}general_meeting,2026-06-10,2024-25,\n", "held.csv")
    found = judged(scenario)["G1", "2024-25"]
    assert not found.cleared
    with scenario.rt.db.read() as conn:
        today = day_of_instant(scenario.rt.clock())
        reading = oversight.reading(conn, SLUG, "G1", "2024-25", today=today)
    assert reading is not None
    assert {m.measure: m.value for m in reading.measures} == {"G1": 0, "G1-recorded": 291}


def test_books_of_a_year_to_come_push_no_year_out_of_sight(older: BooksScenario) -> None:
    for year, day in (("2096-97", "20960510"), ("2097-98", "20970510"), ("2098-99", "20980510")):
        bring(older, daybook(*MASTERS, sales(year, day, 1000)), f"{year}.xml")
    wait(older, 1)
    crooked = [
        ("10101", "Share capital", "0", "", "5,00,000", "5,00,000.00 Cr"),
        ("20101", "Cash on hand", "0", "5,00,000", "", "5,00,000.00 Dr"),
    ]
    other = [
        ("10101", "Share capital", "4,00,000.00 Cr", "", "", "4,00,000.00 Cr"),
        ("20101", "Cash on hand", "4,00,000.00 Dr", "", "", "4,00,000.00 Dr"),
    ]
    older.import_file(trial_balance(crooked), "a.csv", year="2023-24")
    older.import_file(trial_balance(other), "b.csv", year="2024-25")
    assert judged(older)["B1", "2024-25"].lead == "B1-comparative"
    assert holds(older, "T1").figures["value"] == 3


def test_vouchers_of_days_to_come_make_no_honest_entry_late(older: BooksScenario) -> None:
    bring(older, daybook(*MASTERS, sales("far", "20980510", 1000)), "far.xml")
    bring(older, daybook(*[sales(f"g{n}", "20260520", 50 + n) for n in range(12)]), "may.xml")
    assert ("J1", "2026-06") not in judged(older)


# --- leaving things out --------------------------------------------------------------------------


def test_loans_that_vanish_from_the_next_register(lent: BooksScenario) -> None:
    wait(lent, 30)
    bring(lent, register(30, 0, as_of="2026-06-30"), "later.csv")
    holds(lent, "K2")
    told = holds(lent, "R1")
    assert (told.severity, told.lead, told.figures["value"]) == (Severity.act, "R1", 46)
    with lent.rt.db.read() as conn:
        gone = next(f for f in books.register_findings(conn, SLUG) if f.code == "loans-vanished")
        standing = dashboards.standing(conn, SLUG, "en", now=lent.rt.clock())
    assert told.figures["amount"] == str(gone.figures["amount"])
    (line,) = (one for one in standing if one.rule == "K2")
    assert line.severity == "none" and line.sentence.endswith("an officer closes it.")


def test_loans_that_vanish_over_the_turn_of_the_year(lent: BooksScenario) -> None:
    wait(lent, 320)
    bring(lent, register(30, 0, as_of="2027-04-10"), "april.csv")
    holds(lent, "K2")
    wait(lent, 60)
    bring(lent, register(30, 0, as_of="2027-06-10"), "june.csv")
    holds(lent, "K2")
    assert holds(lent, "R1").period == "2027-28"


def test_a_register_replaced_by_a_smaller_one(lent: BooksScenario) -> None:
    wait(lent, 1)
    bring(lent, register(30, 0), "again.csv")
    holds(lent, "K2")
    assert holds(lent, "R1").lead == "R1-replaced"


def test_a_register_declared_void_and_then_a_harmless_one(scenario: BooksScenario) -> None:
    made = bring(scenario, register(30, 46), "loans.csv")
    holds(scenario, "K2")
    books_service.void_import(scenario.rt, made, reason="the wrong file")
    wait(scenario, 30)
    bring(scenario, register(30, 0, as_of="2026-06-30"), "later.csv")
    holds(scenario, "K2")
    told = holds(scenario, "R1")
    assert (told.lead, told.figures["value"]) == ("R1-void", 46)


def test_a_bad_register_void_before_anybody_judged(scenario: BooksScenario) -> None:
    made = bring(scenario, register(30, 46), "loans.csv")
    books_service.void_import(scenario.rt, made, reason="the wrong file")
    wait(scenario, 30)
    bring(scenario, register(30, 0, as_of="2026-06-30"), "later.csv")
    assert holds(scenario, "R1").figures["value"] == 46


def test_loans_written_down_to_nothing(lent: BooksScenario) -> None:
    wait(lent, 30)
    paid = register(30, 46, as_of="2026-06-30").replace(b"5000000,5000000,", b"5000000,0,")
    bring(lent, paid, "paid.csv")
    holds(lent, "K2")


@pytest.mark.parametrize(
    ("old", "new"), [(b"PAYEE-X", b""), (b"2026-05-", b"2026-04-"), (b"LAND-", b"FIELD-")]
)
def test_loans_told_otherwise(lent: BooksScenario, old: bytes, new: bytes) -> None:
    """The payee left out, the month of sanction moved, other securities."""
    wait(lent, 30)
    rows = register(30, 46, as_of="2026-06-30").splitlines(keepends=True)
    other = b"".join(row.replace(old, new) if row.startswith(b"K") else row for row in rows)
    bring(lent, other, "other.csv")
    holds(lent, "K2")
    assert holds(lent, "R1").lead == "R1-retold"


def test_no_register_comes_any_more(lent: BooksScenario) -> None:
    wait(lent, 800)
    holds(lent, "K2")


def test_a_lender_who_never_brings_a_register(scenario: BooksScenario) -> None:
    rows = [
        ("10101", "Share capital", "0", "", "8,17,000", "8,17,000.00 Cr"),
        ("20506", "Loans", "0", "8,17,000", "", "8,17,000.00 Dr"),
    ]
    scenario.import_file(trial_balance(rows), "tb.csv", year="2024-25")
    scenario.file("2024-25")
    assert ("C1", "2024-25") not in judged(scenario)
    wait(scenario, 200)
    found = judged(scenario)["C1", "2024-25"]
    assert (found.lead, found.severity) == ("C1-missing", Severity.watch)
    scenario.file("2024-25")
    wait(scenario, 170)
    assert judged(scenario)["C1", "2024-25"].severity is Severity.act


# --- and taking back -----------------------------------------------------------------------------


def test_what_cleared_an_alert_is_declared_void(scenario: BooksScenario) -> None:
    """Sales come in, the alert goes; the sales are taken back, and the alert is there again."""
    year = [sales("g1", "20250510", 900_000), sales("g2", "20250801", 500_000)]
    bring(scenario, daybook(*MASTERS, *year), "2025.xml")
    wait(scenario, 60)
    bring(scenario, daybook(sales("g3", "20260512", 300_000), sales("g4", "20260701", 1)), "26.xml")
    assert holds(scenario, "S1").severity is Severity.act
    wait(scenario, 1)
    made = bring(scenario, daybook(sales("g5", "20260620", 700_000)), "more.xml")
    assert judged(scenario)["S1", "2026-27 Q1"].cleared
    books_service.void_import(scenario.rt, made, reason="the wrong file")
    wait(scenario, 1)
    holds(scenario, "S1")


@pytest.mark.parametrize("worse", ["last year less", "this year more"])
def test_quarters_corrected_towards_each_other(scenario: BooksScenario, worse: str) -> None:
    """A voucher restated once both quarters are over: a record, but not of better sales."""
    last, this = sales("g1", "20250510", 900_000), sales("g3", "20260512", 300_000)
    bring(scenario, daybook(*MASTERS, last, sales("g2", "20250801", 500_000)), "2025.xml")
    wait(scenario, 60)
    bring(scenario, daybook(this, sales("g4", "20260701", 1)), "26.xml")
    assert holds(scenario, "S1").severity is Severity.act
    wait(scenario, 1)
    if worse == "last year less":
        bring(scenario, daybook(sales("g1", "20250510", 300_000)), "again.xml")
    else:
        bring(scenario, daybook(sales("g3", "20260512", 900_000)), "again.xml")
    holds(scenario, "S1")


# --- the register beside the books ---------------------------------------------------------------


def loans(rupees: int) -> str:
    """A register of one day with that much outstanding, each loan of another borrower."""
    rows = "".join(
        f"L{n},M{n},2024-05-0{n % 9 + 1},{rupees // 20},{rupees // 20},0,0,House,P{n},D{n},yes\n"
        for n in range(20)
    )
    return f"Loan register as on 2025-03-31\n{LOAN_HEAD}{rows}"


@pytest.mark.parametrize("filed", [True, False])
def test_98_lakh_in_the_register_817_lakh_on_the_sheet(
    scenario: BooksScenario, filed: bool
) -> None:
    rows = [
        ("10101", "Share capital", "0", "", "8,17,00,000", "8,17,00,000.00 Cr"),
        ("20506", "Loans", "0", "8,17,00,000", "", "8,17,00,000.00 Dr"),
    ]
    scenario.import_file(trial_balance(rows), "tb.csv", year="2024-25")
    if filed:
        scenario.file("2024-25")
    bring(scenario, loans(98_00_000), "loans.csv")
    found = judged(scenario)["C1", "2024-25"]
    assert (found.severity, found.lead) == (Severity.act, "C1")
    with scenario.rt.db.read() as conn:
        (finding,) = books.register_findings(conn, SLUG)
        policy = oversight.policy(conn, found.policy)
    assert policy is not None and finding.code == "register-control"
    measure = next(
        m for rule in adoption.read_policy(policy.toml).rules for m in rule.measures if m.id == "C1"
    )
    assert "98,00,000.00" in finding.text() and "8,17,00,000.00" in finding.text()
    for lang in ("en", "ml"):
        assert fill(measure.sentence[lang], found.figures) == finding.text(lang)


def test_a_register_of_a_day_that_the_books_do_not_reach_meets_the_sheet(
    scenario: BooksScenario,
) -> None:
    rows = [
        ("10101", "Share capital", "0", "", "8,17,00,000", "8,17,00,000.00 Cr"),
        ("20506", "Loans", "0", "8,17,00,000", "", "8,17,00,000.00 Dr"),
    ]
    scenario.import_file(trial_balance(rows), "tb.csv", year="2024-25")
    scenario.file("2024-25")
    bring(scenario, loans(98_00_000).replace("2025-03-31", "2025-06-30"), "loans.csv")
    found = judged(scenario)["C1", "2025-26"]
    assert (found.severity, found.lead) == (Severity.act, "C1-sheet")
