"""The page of ledgers and its command: proposals, a choice, what moves from suspense afterwards."""

from typing import Any

import pytest

from tests.trust.books.makers import daybook, voucher
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG
from trust.books import queries as books
from trust.books import service as books_service
from trust.log.runtime import Runtime
from web import cli_ledgers

PAGE = "/secretary/map"
DATA = daybook(voucher("g-1", [("Gold loan A/c", "-500"), ("Cash", "500")]))


def accounts(rt: Runtime) -> list[str]:
    with rt.db.read() as conn:
        found = books.vouchers(conn, SLUG)
    return [line.account for one in found for line in one.voucher.lines]


def test_a_proposal_is_taken_and_what_is_on_suspense_moves(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    said = {"suspense": "yes"}
    books_service.import_file(rt, SLUG, "d.xml", DATA, actor="secretary", answers=said)
    officer = person("en").sign_in("secretary")
    shown = officer.get(PAGE)
    assert "Gold loan A/c" in shown and "20505" in shown and "debit 500.00" in shown
    saved = officer.post(PAGE, PAGE, **{"ledger.1": "Gold loan A/c", "choice.1": "20505"})
    assert "Saved and sealed: 1 ledgers" in saved.text and 'value="restate"' in saved.text
    assert accounts(rt) == ["20816", "20101"]
    moved = officer.post(PAGE, PAGE, act="restate")
    assert "2 entries were sealed" in moved.text
    assert accounts(rt)[-2:] == ["20505", "20101"]
    assert "secretary" in officer.get(PAGE)


def test_nothing_is_saved_without_a_choice(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    books_service.import_file(rt, SLUG, "d.xml", DATA, actor="secretary")
    officer = person("en").sign_in("secretary")
    officer.post(PAGE, PAGE, **{"ledger.1": "Gold loan A/c", "choice.1": "", "code.1": ""})
    with rt.db.read() as conn:
        assert books.board(conn, SLUG, now=rt.clock()).history == ()
    officer.post(PAGE, PAGE, **{"ledger.1": "Gold loan A/c", "accept": "yes"})
    with rt.db.read() as conn:
        (one,) = books.board(conn, SLUG, now=rt.clock()).history
    assert (one.ledger, one.account, one.before) == ("Gold loan A/c", "20505", None)


def test_choices_as_typed() -> None:
    assert cli_ledgers.choices_of(("A = B=20505",)) == {"A = B": "20505"}
    with pytest.raises(SystemExit):
        cli_ledgers.choices_of(("20505",))
