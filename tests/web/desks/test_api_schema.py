"""Every operation of the API, called as its own description allows and forbids, by each role.

Schemathesis makes the requests from the OpenAPI document: right ones and wrong ones, with the ids
of things that exist where a path asks for one. Whatever comes back is documented: its status, its
media type, its members; none is a failure of the server. The seed is that of the run
(`SAKSHI_TEST_SEED`); a failure prints it with the request.

No account has the operator's rights: he works with commands on the machine.
"""

import json
import os
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
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

from tests.rotation import SEED
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.desks.test_api_desks import API, Program
from trust.formats import receipts
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from web.api import routes as api
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


def test_x(described, things, person, app):
    import time
    from collections import Counter
    found = Counter(); statuses=Counter()
    client = person().client
    t0=time.time()
    for role in ROLES:
        for result in described.get_all_operations():
            operation = result.ok()
            if operation.path == ENDLESS and role == "registrar":
                continue
            for mode in MODES:
                prog = enter(client, role)
                cookies = dict(client.cookies)
                try: strategy = operation.as_strategy(generation_mode=mode)
                except Exception as e:
                    found[(operation.label, mode.name, 'nostrategy '+repr(e)[:100])]+=1; continue
                @seed(1)
                @settings(max_examples=int(os.environ.get("N","3")), deadline=None, database=None, suppress_health_check=list(HealthCheck))
                @given(st.data())
                def run(data):
                    case = data.draw(strategy)
                    for name in (case.path_parameters or {}):
                        if name in things and data.draw(st.booleans()):
                            case.path_parameters[name] = data.draw(st.sampled_from(things[name]))
                    r = case.call(headers={"X-CSRF-Token": prog.token}, cookies=cookies)
                    statuses[(operation.label, role, r.status_code)]+=1
                    try:
                        case.validate_response(r, checks=CHECKS)
                    except BaseException as e:
                        found[(operation.label, r.status_code, str(e)[:300] )]+=1
                try:
                    run()
                except Exception as e:
                    found[(operation.label, mode.name, 'EXC '+repr(e)[:200])]+=1
    print(time.time()-t0)
    for k,v in sorted(found.items(), key=str): print(v,k)
    for k,v in sorted(statuses.items(), key=str): print(v,k)
    assert 0
