"""Whatever a program sends, a refusal is a problem document in the reader's language.

Every operation that takes JSON, of the API and of our own scripts, is sent what is no JSON, no
object, an empty object and rubbish, by those it is for. Nothing of it is written.
"""

import json
import re
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.voting.scenario import VotingScenario
from tests.web.desks.test_bad_input import JSON, counts, enter, filled, paths
from trust.log.runtime import Runtime

MALAYALAM = re.compile(r"[\u0d00-\u0d7f]")
RUBBISH = b'{"record": 7, "key": 7, "version": "x", "action": "no", "medium": 1, "a": NaN}'
ALMOST = json.dumps(
    {
        "kind": "ballot",
        "v": 9,
        "assisted": True,
        "record": {},
        "key": "zz",
        "version": -1,
        "action": "close",
        "reason": "r",
        "medium": "stone",
        "book_year": "2025-26",
    }
).encode()
BODIES: tuple[tuple[bytes, str], ...] = (
    (b"{", "application/json"),
    (b"[1, 2]", "application/json"),
    (b'{"a": 1, "a": 2}', "application/json"),
    (b'{"key": "\\u0000"}', "application/json"),
    (b"{}", "application/json"),
    (b"{}", "text/plain"),
    (RUBBISH, "application/json"),
    (ALMOST, "application/json"),
)
CHALLENGES = {"/api/v1/login/challenge", "/login/challenge"}
"""Whoever is named, a challenge is given: it does not say who has an account."""


def who_may(route: str) -> str:
    """Whose operation it is."""
    if "/me/" in route or route.startswith("/member"):
        return "member"
    if "/alerts/" in route or "/bye-laws" in route:
        return "registrar"
    return "" if "login" in route else "secretary"


@pytest.mark.rotated(2)
@pytest.mark.parametrize("lang", ["ml", "en"])
def test_a_refusal_is_a_problem_document_in_the_readers_language(
    person: Any, app: Starlette, scenario: VotingScenario, alert: str, rt: Runtime, lang: str
) -> None:
    posted = {r.path for r in app.routes if isinstance(r, Route) and "POST" in (r.methods or ())}
    posted.discard("/api/{rest:path}")  # no operation: refuses whatever comes
    routes = sorted(path for path in posted if JSON.search(path) and "logout" not in path)
    assert len(routes) > 12
    people = {who: enter(person, who, lang) for who in ("", "member", "registrar", "secretary")}
    before, wrong = counts(rt), []
    for route in routes:
        someone = people[who_may(route)]
        place = filled(
            route,
            paths(scenario, alert, route)
            | {
                "book_year": "2025-26",
                "member:int": "4711",
                "request:int": "4711",
                "request_id:int": "4711",
                "number:int": "1",
                "verb": "close",
            },
        )
        token = someone.client.get("/login/session").json()["csrf"]
        for body, kind in BODIES:
            headers = {"Content-Type": kind, "X-CSRF-Token": token, "Accept": "application/json"}
            answer = someone.client.post(place, content=body, headers=headers)
            if answer.is_success and route in CHALLENGES:
                continue
            said = fault(answer, lang)
            if said:
                wrong.append(f"{route} {body[:30]!r}: {said}")
    assert not wrong, "\n".join(wrong)
    assert counts(rt) == before


def fault(answer: Any, lang: str) -> str:
    """What is wrong with the answer to a request that had to be refused; empty if nothing is."""
    if not 400 <= answer.status_code < 500:
        return f"status {answer.status_code}"
    if answer.headers["content-type"] != "application/problem+json":
        return f"a {answer.headers['content-type']}"
    told = json.loads(answer.text)
    if told["status"] != answer.status_code or not told["type"].startswith("/problems/"):
        return f"another status or no slug: {told}"
    if (lang == "ml") != bool(MALAYALAM.search(told["detail"])):
        return f"in another language: {told['detail'][:80]}"
    return ""
