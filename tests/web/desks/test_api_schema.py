"""Every operation of the API, called as its own description allows and forbids, by each role.

Schemathesis makes the requests from the OpenAPI document: right ones and wrong ones, with the ids
of things that exist where a path asks for one. Whatever comes back is documented: its status, its
media type, its members; none is a failure of the server. The seed is that of the run
(`SAKSHI_TEST_SEED`); a failure prints it with the request.

No account has the operator's rights: he works with commands on the machine.
"""

import os
import zlib
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from oversight.applications import queries as applications
from tests.rotation import SEED
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.desks.test_api_desks import API, Program
from trust.formats import receipts
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from web.app import create_app

load_all_checks()
ROLES = ("", "member", "secretary", "president", "clerk", "auditor", "registrar", "stranger")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 12
QUIET: dict[str, Any] = {
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
    "print_blob": False,
}
HARD: tuple[Any, ...] = (
    "\ufb2c" * 300,  # three characters each once normalised
    "\u1e9b\u0323" * 200,
    "ണ്‍" * 400,
    "0000-01-01", "10000-01-01", "-0001-12-31", "2026-02-30", "9999-12-31", "0000-00", "9999-00",
    "2026-11-22T25:00:00Z", "\u0d66\u0d67", "\u00b2",
    2**31, 2**53, 2**63, 10**400, -1, 1.5, True, None, [], {}, [[[]]],
    "", " ", "a\tb", "a\r\nb", "a\x07b", "\x7f", "\u202e", "\u2028", "\U0001f600", "x" * 5000,
)  # fmt: skip
"""Texts and numbers that tripped programs before."""
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
ENDLESS = "/live"
"""An answer that goes on: who may read it is not given it here (`test_live.py` reads it)."""


@pytest.fixture
def app(rt: Runtime, scenario: VotingScenario) -> Starlette:
    """The application without limits of its own on how often it is asked."""
    return create_app(rt, throttle_factor=0)


@pytest.fixture
def described(app: Starlette, person: Any) -> Any:
    """The description, as served, over that application."""

    async def running(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":  # its life is that of the person's client
            await app(scope, receive, send)

    schema = schemathesis.openapi.from_dict(person().client.get(f"{API}/openapi.json").json())
    schema.app = running
    return schema


@pytest.fixture
def things(rt: Runtime, scenario: VotingScenario, alert: str) -> dict[str, list[str]]:
    """By the name of a path's parameter: what exists."""
    with rt.db.read() as conn:
        origin = scenario.meeting(conn).origin
        waiting = applications.applications(conn)[0].id
        code = receipts.code(log_queries.entry(conn, origin, 0).leaf)
    members = [str(number) for number in scenario.people_setting.members.values()]
    return {
        "slug": [w.PROFILE.slug, w.OTHER.slug],
        "origin": [origin],
        "code": [code],
        "meeting": [scenario.id],
        "verb": ["roll", "close"],
        "book_year": ["2024-25", "2025-26", "2026-27"],
        "alert": [alert],
        "member": members,
        "number": ["1", "2"],
        "application": [waiting],
        "request": ["1", "2", "3"],
        "key": ["1", "2"],
    }


def enter(client: TestClient, role: str) -> Program:
    """Somebody of that role with a session; nobody for the empty one."""
    made = Program(client)
    client.cookies.delete("session")
    if role == "member":
        return made.sign_in_with_card("member 1")
    return made.sign_in(role) if role else made


def _hard(draw: Any, things: dict[str, list[str]], case: Any) -> Any:
    """The case, with things that exist in its path, and at times texts and numbers that tripped
    programs before in the place of some of its body."""
    names = dict(case.path_parameters or {})
    for name in names:
        if draw(st.booleans()):
            names[name] = draw(st.sampled_from(things[name]))
    case.path_parameters = names
    if isinstance(case.body, dict) and case.body and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(case.body)))
        case.body = case.body | {name: draw(st.sampled_from(HARD))}
    if case.query and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(case.query)))
        case.query = {**case.query, name: draw(st.sampled_from([*map(str, HARD)]))}
    return case


def modes(operation: Any) -> list[Any]:
    """Right requests, and wrong ones where there is something to be wrong."""
    wrong = operation.query or operation.body or "int" in str(operation.path_parameters)
    return list(MODES) if wrong else [GenerationMode.POSITIVE]


def call(described: Any, things: Any, client: TestClient, role: str, examples: int) -> set[int]:
    """Every operation by that role; the statuses that came back."""
    statuses: set[int] = set()
    for found in described.get_all_operations():
        operation = found.ok()
        if operation.path == ENDLESS and role == "registrar":
            continue
        who = enter(client, role)
        sent = {"headers": {"X-CSRF-Token": who.token}, "cookies": dict(client.cookies)}
        statuses |= ask(operation, things, sent, f"{role} {operation.label}", examples)
    return statuses


def ask(operation: Any, things: Any, sent: dict[str, Any], turn: str, examples: int) -> set[int]:
    """One operation, so many times; what is asked follows from the seed of the run and the turn."""
    statuses: set[int] = set()
    made = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes(operation)])

    @seed(zlib.crc32(f"{os.environ[SEED]} {turn}".encode()))
    @settings(max_examples=examples, deadline=None, database=None, **QUIET)
    @given(st.data())
    def each(data: Any) -> None:
        case = _hard(data.draw, things, data.draw(made))
        answer = case.call(**sent)
        case.validate_response(answer, checks=CHECKS, transport_kwargs=sent)
        statuses.add(answer.status_code)

    each()
    return statuses


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.slow
def test_whatever_a_role_sends_the_answer_is_one_that_is_described(
    role: str, described: Any, things: Any, person: Any
) -> None:
    """For about a minute in all."""
    statuses = call(described, things, person().client, role, EXAMPLES)
    assert {200, 400, 401, 404, 422} <= statuses
    assert (403 in statuses) == (role != "")


def test_a_few_requests_of_an_officer_are_answered_as_described(
    described: Any, things: Any, person: Any
) -> None:
    assert {200, 403, 404, 422} <= call(described, things, person().client, "secretary", 3)
