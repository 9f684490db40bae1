"""What is silent or fails has the same words on the board, a society's pages and `/readyz`."""

import html
import re
from typing import Any, cast

import pytest

from dashboards import watch
from oversight import failing
from oversight.model import Judgement
from oversight.words import Lang
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG, Person
from trust.formats.errors import FormatError
from trust.log.runtime import Runtime
from web import figures, i18n, wiring
from web.watching import Watcher


def shown(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def fail(rt: Runtime) -> None:
    """The judgement of the society fails."""
    with rt.db.write() as conn:
        failing.record(conn, SLUG, FormatError("x", code="sheet-altered"), now=rt.clock())


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_a_failed_judgement_in_the_same_words(
    person: Any, scenario: VotingScenario, rt: Runtime, lang: str
) -> None:
    fail(rt)
    with rt.db.read() as conn:
        (concern,) = [
            item
            for item in watch.of_societies(conn, now=rt.clock(), only=[SLUG])
            if item.code == "judgement-fails"
        ]
    said = watch.said(concern, cast(Lang, lang), figures.moment)
    secretary, registrar = person(lang).sign_in("secretary"), person(lang).sign_in("registrar")
    for page in (
        secretary.get("/secretary"),
        registrar.get("/registrar"),
        registrar.get("/registrar/watch"),
        registrar.get(f"/registrar/societies/{SLUG}"),
    ):
        assert said in shown(page)
    assert said not in shown(person(lang).sign_in("elsewhere").get("/registrar"))


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_the_societys_own_page_never_says_that_nothing_is_found_without_a_judgement(
    person: Any, scenario: VotingScenario, rt: Runtime, lang: str
) -> None:
    nothing = i18n.phrases()["week.said_nothing"].text(lang)
    never = watch.judged_words(Judgement(None, False, True), cast(Lang, lang))
    secretary = person(lang).sign_in("secretary")
    text = shown(secretary.get("/secretary"))
    assert never in text and nothing not in text
    wiring.load_packages()
    wiring.drain(rt)
    with rt.db.read() as conn:
        judgement, _ = watch.judgement(conn, SLUG, now=rt.clock())
    assert judgement.stands
    text = shown(secretary.get("/secretary"))
    assert watch.judged_words(judgement, cast(Lang, lang), figures.moment) in text
    fail(rt)
    text = shown(secretary.get("/secretary"))
    assert nothing not in text
    failed = Judgement(judgement.at, True, False)
    assert watch.judged_words(failed, cast(Lang, lang), figures.moment) in text


def test_ready_tells_reasons_and_names_no_society(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    stranger: Person = person()
    answer = stranger.client.get("/readyz")
    assert answer.status_code == 503 and answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["ready"] is False
    assert {"worker-never", "nothing-judged"} <= {item["code"] for item in told["reasons"]}
    assert all(item["text"].endswith(".") for item in told["reasons"])
    assert SLUG not in answer.text
    assert stranger.client.get("/healthz").status_code == 200
    wiring.load_packages()
    wiring.drain(rt)
    Watcher().look(rt, 3600)
    answer = stranger.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": []})
    assert "sakshi_ready 1.0" in stranger.client.get("/metrics").text


def test_one_failing_society_is_no_reason_to_be_unready_but_is_counted(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    wiring.load_packages()
    wiring.drain(rt)
    with rt.db.write() as conn:
        failing.record(conn, "another", ValueError(), now=rt.clock())
    Watcher().look(rt, 3600)
    client = person().client
    assert client.get("/readyz").status_code == 200
    assert "sakshi_judgements_failing 1.0" in client.get("/metrics").text


def test_what_an_open_board_asks_for_does_not_prolong_the_session(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    registrar = person().sign_in("registrar")
    clock: Any = rt.clock
    clock.advance(3600)
    answer = registrar.client.get("/registrar/watch")
    assert answer.status_code == 200 and "set-cookie" not in answer.headers
    clock.advance(12 * 3600)
    assert registrar.client.get("/registrar/watch").status_code in (303, 401)
