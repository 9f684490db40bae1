"""An open board tells of silence by itself, and is never filled with the log-in page."""

from sqlalchemy import delete

from oversight import failing
from oversight.tables import oversight_failure
from tests.browser.desks.conftest import Desk, Room
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG
from trust.log.runtime import Runtime

MINUTE = 61_000


def _lines(desk: Desk) -> str:
    return desk.page.inner_text("[data-watch]")


def _wait(desk: Desk, words: str) -> None:
    desk.page.clock.run_for(MINUTE)
    desk.page.wait_for_function(
        "words => document.querySelector('[data-watch]').innerText.includes(words)", arg=words
    )


def test_an_open_board_tells_of_a_failed_judgement_within_a_minute(
    room: Room, scenario: VotingScenario, alert: str, rt: Runtime
) -> None:
    desk = room.desk()
    desk.page.clock.install()
    desk.sign_in("registrar")
    desk.go("/registrar")
    assert "value-error" not in _lines(desk)
    with rt.db.write() as conn:
        failure = failing.record(conn, SLUG, ValueError(), now=rt.clock())
    assert failure.tries == 1
    _wait(desk, "(value-error)")
    with rt.db.write() as conn:
        conn.execute(delete(oversight_failure))
    desk.page.clock.run_for(MINUTE)
    desk.page.wait_for_function(
        "() => !document.querySelector('[data-watch]').innerText.includes('value-error')"
    )


def test_when_the_session_is_over_the_lines_stay_and_say_that_they_are_old(
    room: Room, scenario: VotingScenario, alert: str
) -> None:
    desk = room.desk()
    desk.page.clock.install()
    desk.sign_in("registrar")
    desk.go("/registrar")
    before = _lines(desk)
    desk.page.context.clear_cookies()
    desk.page.clock.run_for(MINUTE)
    desk.page.wait_for_selector("[data-watch-stale]:not([hidden])")
    assert before in _lines(desk) and desk.page.locator("#f-password").count() == 0
