"""Imports declared void: what rests on one keeps its ground, and there is always a way on."""

import pytest
from sqlalchemy import update

from tests.trust.books.cases.taking import content, take
from tests.trust.books.cases.test_standing import assets, closing, moving
from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.errors import (
    ImportFiledError,
    ImportNeededError,
    UnknownImportError,
    VoidReasonError,
    VoidReasonPersonalError,
)
from trust.books.model import ImportReport
from trust.books.tables import book_import
from trust.log import queries as log_queries
from trust.log import sealed


def void(society: BooksScenario, report: ImportReport, reason: str = "wrong file") -> ImportReport:
    """Declare an import void."""
    return books_service.void_import(society.rt, report.import_id, reason=reason, actor="secretary")


def test_the_reason_is_sealed_and_public(scenario: BooksScenario) -> None:
    report = take(scenario, "03c")
    for wrong, error in (
        ("", VoidReasonError),
        ("x" * 401, VoidReasonError),
        ("call 9447012345", VoidReasonPersonalError),
    ):
        with pytest.raises(error):
            void(scenario, report, wrong)
    assert void(scenario, report, "of another society").state == "void"
    assert void(scenario, report).state == "void", "again changes nothing"
    with scenario.rt.db.read() as conn:
        last = log_queries.info(conn, scenario.origin).next_index - 1
        said = sealed.record(conn, scenario.origin, last, "import-close")
    assert (said["v"], said["outcome"], said["reason"]) == (2, "void", "of another society")
    assert take(scenario, "03c").state == "posted", "the file can come again"


def test_an_import_of_another_society_is_unknown(scenario: BooksScenario) -> None:
    report = take(scenario, "03c")
    with pytest.raises(UnknownImportError):
        books_service.void_import(scenario.rt, report.import_id, reason="x", society="tsr-7")


def test_a_year_before_a_closing_list_goes_after_it(scenario: BooksScenario) -> None:
    first, second = take(scenario, "03c"), take(scenario, "03d")
    with pytest.raises(ImportNeededError) as refused:
        void(scenario, first)
    assert second.import_id in str(refused.value)
    void(scenario, second)
    void(scenario, first)
    assert take(scenario, "03d").state == "posted"
    assert assets(scenario, "2024-25") == 330_000


def test_what_a_later_import_corrects_goes_after_it(scenario: BooksScenario) -> None:
    def day(amount: str) -> bytes:
        return daybook(
            voucher("g-1", [("20101", f"-{amount}"), ("10101", amount)], date="20240501")
        )

    first, second = scenario.import_file(day("100.00")), scenario.import_file(day("120.00"))
    assert second.vouchers == 2
    with pytest.raises(ImportNeededError):
        void(scenario, first)
    void(scenario, second)
    assert assets(scenario, "2024-25") == 100
    void(scenario, first)
    assert assets(scenario, "2024-25") == 0


def test_a_branch_goes_after_those_that_were_added_to_it(scenario: BooksScenario) -> None:
    head = scenario.import_file(closing("2024-25 Head office", ("20101", 1_000), ("10101", -1_000)))
    other = closing("2024-25 Kadavu branch", ("20101", 400), ("10101", -400))
    branch = scenario.import_file(other, answers={"standing": "branch"})
    with pytest.raises(ImportNeededError):
        void(scenario, head)
    void(scenario, branch)
    assert assets(scenario, "2024-25") == 1_000
    void(scenario, head)


@pytest.mark.parametrize("state", ["posted", "lost"])
def test_a_filed_year_is_corrected_and_not_voided(scenario: BooksScenario, state: str) -> None:
    data = moving("2024-25", ("20101", 0, 61_200, 0), ("10101", 0, 0, 61_200))
    report = scenario.import_file(data)
    scenario.file("2024-25")
    with scenario.rt.db.write() as conn:
        mine = book_import.c.id == report.import_id
        conn.execute(update(book_import).where(mine).values(state=state))
    with pytest.raises(ImportFiledError):
        void(scenario, report)


def test_one_officer_cannot_hide_a_filed_year_by_voiding_its_corrections(
    scenario: BooksScenario,
) -> None:
    """A correction that came after the sheet may go again; its coming and going stay findings."""
    data = moving("2024-25", ("20101", 0, 61_200, 0), ("10101", 0, 0, 61_200))
    scenario.import_file(data)
    scenario.file("2024-25")
    report = scenario.import_file(content("46b"), "x.xml", answers={"standing": "adjusts"})
    void(scenario, report)
    assert assets(scenario, "2024-25") == 61_200
    again = scenario.import_file(content("46b") + b"\n", "x.xml", answers={"standing": "adjusts"})
    assert again.state == "posted"
    scenario.file("2024-25")
    with pytest.raises(ImportFiledError):
        void(scenario, again)
    with scenario.rt.db.read() as conn:
        assert [row.state for row in books.imports(conn, SLUG)].count("void") == 1
