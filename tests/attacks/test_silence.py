"""A society that would rather be forgotten: only a file of its books, sealed in time, helps."""

from typing import Any

import pytest

from dashboards import watch
from tests.oversight.test_end_to_end import MASTERS, register, sales
from tests.trust.books.makers import daybook
from tests.trust.books.scenario import SLUG, BooksScenario, build
from trust.books import service as books_service
from trust.log.runtime import Runtime

DAY = 86_400
DATES = b"kind,date,book_year,note\ngeneral_meeting,2026-05-30,2025-26,\n"


@pytest.fixture
def scenario(rt: Runtime) -> BooksScenario:
    """A society that was entered and brought nothing."""
    return build(rt)


def told(scenario: BooksScenario) -> str | None:
    """Why the board names the society as silent."""
    with scenario.rt.db.read() as conn:
        found = watch.of_societies(conn, now=scenario.rt.clock(), only=[SLUG])
    codes = {item.code for item in found} & {"never-filed", "file-overdue"}
    return codes.pop() if codes else None


def later(scenario: BooksScenario, days: int) -> None:
    clock: Any = scenario.rt.clock
    clock.advance(days * DAY)


def test_registers_dates_and_void_files_are_no_file_of_the_books(scenario: BooksScenario) -> None:
    assert told(scenario) == "never-filed"
    assert scenario.import_file(register(40, 2), "loans.csv").state == "posted"
    assert scenario.import_file(DATES, "dates.csv").state == "posted"
    assert told(scenario) == "never-filed"
    report = scenario.import_file(daybook(*MASTERS, sales("g1", "20260410", 5)), "day.xml")
    assert report.state == "posted", report.refused
    assert told(scenario) is None
    books_service.void_import(
        scenario.rt, report.import_id, reason="sent by mistake", actor="secretary"
    )
    assert told(scenario) == "never-filed"


def test_a_day_book_every_quarter(scenario: BooksScenario) -> None:
    """Sealed on 1 June 2026: the next is due sixty days after 30 June, whatever it speaks of."""
    assert scenario.import_file(daybook(*MASTERS, sales("g1", "20260410", 5)), "a.xml").state
    later(scenario, 89)  # 29 August in India
    assert told(scenario) is None
    later(scenario, 1)
    assert told(scenario) == "file-overdue"
    # Neither a register nor a meeting makes it forget.
    assert scenario.import_file(DATES, "dates.csv").state == "posted"
    assert told(scenario) == "file-overdue"
    report = scenario.import_file(daybook(*MASTERS, sales("g2", "20260801", 5)), "b.xml")
    assert report.state == "posted", report.refused
    assert told(scenario) is None
