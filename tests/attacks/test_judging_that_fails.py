"""Officers and operators who would rather not be judged: it is told, and the others are judged."""

from typing import Any

import pytest
from sqlalchemy import text

from dashboards import watch
from oversight import queries as oversight
from oversight import service as oversight_service
from tests.oversight.conftest import profile
from tests.oversight.test_end_to_end import MASTERS, register
from tests.trust.books.makers import daybook, trial_balance, voucher
from tests.trust.books.scenario import SLUG, BooksScenario, build
from trust.books import service as books_service
from trust.people import service as people_service
from web import wiring

wiring.load_packages()
OTHER = profile(1)
MOST = "10000000000.00"
"""A thousand crore rupees."""
YEAR = [
    ("10101", "Share capital", "0", "", "5,00,000", "5,00,000.00 Cr"),
    ("20101", "Cash on hand", "0", "5,00,000", "", "5,00,000.00 Dr"),
]


@pytest.fixture
def scenario(rt: Any) -> BooksScenario:
    """Two societies under the proposed policy; the first has filed a sheet."""
    made = build(rt)
    with rt.db.write() as conn:
        people_service.register_society(conn, OTHER, now=rt.clock())
        oversight_service.adopt_proposed(conn, now=rt.clock())
    made.import_file(trial_balance(YEAR), "a.csv", year="2024-25")
    made.file("2024-25")
    wiring.drain(rt)
    return made


def concerns(scenario: BooksScenario, slug: str) -> dict[str, str]:
    with scenario.rt.db.read() as conn:
        found = watch.of_societies(conn, now=scenario.rt.clock(), only=[slug])
    return {item.code: watch.said(item, "en") for item in found}


def rules_with_alerts(scenario: BooksScenario, slug: str) -> set[str]:
    with scenario.rt.db.read() as conn:
        return {one.rule for one in oversight.alerts(conn, society=slug)}


def test_an_operator_who_breaks_a_row_silences_nobody(scenario: BooksScenario) -> None:
    """The filed sheet's row names another year than its entry: reading it is refused. Board and
    desk say so, and the other society's loans are found all the same."""
    rt = scenario.rt
    with rt.db.write() as conn:
        conn.execute(text("UPDATE book_statement SET book_year = '2023-24'"))
    assert scenario.import_file(register(40, 2), "own.csv").state == "posted"
    loans = books_service.import_file(
        rt, OTHER.slug, "loans.csv", register(40, 46), actor="secretary"
    )
    assert loans.state == "posted", loans.refused
    wiring.drain(rt)
    assert rules_with_alerts(scenario, OTHER.slug) == {"K2"}
    assert "sheet-altered" in concerns(scenario, SLUG)["judgement-fails"]
    with rt.db.read() as conn:
        judgement, _ = watch.judgement(conn, SLUG, now=rt.clock())
        words = watch.judged_words(judgement, "en")
    assert judgement.fails and words.startswith("Not judged since")
    # The row is put right: the next try clears it.
    with rt.db.write() as conn:
        conn.execute(text("UPDATE book_statement SET book_year = '2024-25'"))
    clock: Any = rt.clock
    clock.advance(60)
    with rt.db.write() as conn:
        assert oversight_service.ask_again(conn, now=rt.clock()) == [SLUG]
    wiring.drain(rt)
    assert "judgement-fails" not in concerns(scenario, SLUG)


def test_an_officer_who_seals_a_number_no_record_can_hold_is_named(scenario: BooksScenario) -> None:
    """Sales of one paisa, and a year later returns of a thousand crore: the fall in basis points is
    no number that can be sealed. That rule is blind, the others judge, the entries are named."""
    rt = scenario.rt
    data = daybook(
        *MASTERS,
        voucher("g1", [("Cash", "-0.01"), ("Sales", "0.01")], date="20241101", kind="Sales"),
        voucher(
            "g2", [("Cash", f"{MOST}"), ("Sales", f"-{MOST}")], date="20251101", kind="Credit Note"
        ),
        voucher("g3", [("Cash", "-1.00"), ("Sales", "1.00")], date="20251231", kind="Sales"),
    )
    for name, file in (("day.xml", data), ("loans.csv", register(40, 46))):
        report = books_service.import_file(
            rt, OTHER.slug, name, file, actor="secretary", answers={"suspense": "yes"}
        )
        assert report.state == "posted", report.refused
    wiring.drain(rt)
    assert "K2" in rules_with_alerts(scenario, OTHER.slug)
    found = concerns(scenario, OTHER.slug)
    assert "judgement-fails" not in found
    assert "S1, 2025-26 Q3" in found["fact-unread"]
    assert f"/coop/{OTHER.slug}/" in found["fact-unread"]


def test_a_society_without_a_judgement_is_never_said_to_be_in_order(
    scenario: BooksScenario,
) -> None:
    """Books that came after the newest judgement, while no worker runs."""
    with scenario.rt.db.read() as conn:
        before, _ = watch.judgement(conn, SLUG, now=scenario.rt.clock())
    assert before.stands
    assert scenario.import_file(register(40, 46), "loans.csv").state == "posted"
    with scenario.rt.db.read() as conn:
        after, _ = watch.judgement(conn, SLUG, now=scenario.rt.clock())
    assert not after.stands and after.waiting
    assert watch.judged_words(after, "en").startswith("Not judged since")
    with scenario.rt.db.read() as conn:
        never, _ = watch.judgement(conn, "no-such", now=scenario.rt.clock())
    assert watch.judged_words(never, "en").startswith("Not judged yet")
