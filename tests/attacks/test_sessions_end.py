"""Sessions that somebody else holds a copy of, and streams of people who may not read any more."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.simulator.clock import ManualClock
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import Person
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as people_tables
from trust.people.offices import queries as offices
from trust.people.offices import service as offices_service
from web import sessions
from web.app import create_app
from web.registrar import routes

HOUR = 3600


def cookie_of(app: Starlette, cookie: str) -> TestClient:
    """A browser with a copy of somebody's cookie."""
    made = TestClient(app, base_url="http://testserver", follow_redirects=False)
    made.cookies.set("sakshi", cookie)
    return made


def test_a_session_lasts_twelve_hours_from_the_last_use(
    person: Any, clock: ManualClock, scenario: VotingScenario
) -> None:
    registrar = person().sign_in("registrar")
    for _ in range(4):
        clock.advance(11 * HOUR)
        registrar.get("/registrar")
    clock.advance(12 * HOUR + 1)
    assert registrar.client.get("/registrar").status_code == 303


def test_a_use_is_noted_every_few_minutes_and_not_with_every_answer(
    person: Any, clock: ManualClock, scenario: VotingScenario
) -> None:
    registrar = person().sign_in("registrar")
    registrar.get("/registrar")
    noted = []
    for _ in range(10):
        clock.advance(60)
        noted.append("set-cookie" in registrar.client.get("/registrar").headers)
    assert noted == [False] * 4 + [True] + [False] * 4 + [True]


def test_a_copy_made_before_is_not_renewed_by_the_owners_use(
    app: Starlette, person: Any, clock: ManualClock, scenario: VotingScenario
) -> None:
    registrar = person().sign_in("registrar")
    thief = cookie_of(app, registrar.client.cookies["sakshi"])
    clock.advance(11 * HOUR)
    registrar.get("/registrar")
    clock.advance(2 * HOUR)
    registrar.get("/registrar")
    assert thief.get("/registrar").status_code == 303


def test_a_signed_out_session_stays_ended_in_every_process_and_for_every_copy(
    rt: Runtime, person: Any, clock: ManualClock, scenario: VotingScenario
) -> None:
    """The copy is as young as a copy can be; the other process has never seen the session."""
    registrar = person().sign_in("registrar")
    clock.advance(HOUR)
    registrar.get("/registrar")
    other = cookie_of(create_app(rt), registrar.client.cookies["sakshi"])
    assert other.get("/registrar").status_code == 200
    registrar.post("/registrar", "/logout")
    for _ in range(3):
        assert other.get("/registrar").status_code == 303
        clock.advance(6 * HOUR - 1)
        person().sign_in("registrar").post("/registrar", "/logout")  # old ends are cleared


def stop_by_officer(rt: Runtime, scenario: VotingScenario, member: Person) -> None:
    setting = scenario.people_setting
    with rt.db.write() as conn:
        key = people.member_key(conn, setting.members["1"])
        assert key is not None
        clerk = setting.actor(conn, "clerk")
        people_service.revoke_key(conn, clerk, key.id, "lost", now=rt.clock())


def stop_by_herself(rt: Runtime, scenario: VotingScenario, member: Person) -> None:
    with rt.db.read() as conn:
        key = people.member_key(conn, scenario.people_setting.members["1"])
    assert key is not None
    answer = member.post("/member", f"/member/keys/{key.id}/revoke", reason="lost")
    assert answer.status_code == 303
    assert "is stopped" in member.get(answer.headers["location"])


@pytest.mark.parametrize("stop", [stop_by_officer, stop_by_herself])
def test_stopping_a_card_puts_out_whoever_is_signed_in_with_it(
    rt: Runtime,
    app: Starlette,
    person: Any,
    scenario: VotingScenario,
    stop: Callable[[Runtime, VotingScenario, Person], None],
) -> None:
    member = person().sign_in_with_card("member 1")
    member.get("/member")
    thief = person().sign_in_with_card("member 1")
    thief.get("/member")
    stop(rt, scenario, member)
    for who in (member, thief):
        assert who.client.get("/member").status_code == 303
        ballots = f"/api/v1/me/meetings/{scenario.id}/ballots/1"
        assert who.client.get(ballots).status_code == 401
    assert person().sign_in_with_card("member 2").client.get("/member").status_code == 200


# --- streams -------------------------------------------------------------------------------------


def signed_out(rt: Runtime, account: int, clock: ManualClock) -> None:
    with rt.db.write() as conn:
        until = rt.clock() + sessions.SESSION_SECONDS
        people_service.end_session(conn, "a stream", until=until, now=rt.clock())


def over(rt: Runtime, account: int, clock: ManualClock) -> None:
    clock.advance(sessions.SESSION_SECONDS + 1)


def account_closed(rt: Runtime, account: int, clock: ManualClock) -> None:
    with rt.db.write() as conn:
        people_service.close_account(conn, account)


def office_ended(rt: Runtime, account: int, clock: ManualClock) -> None:
    with rt.db.write() as conn:
        (held,) = offices.appointments(conn, rt.clock(), account=account)
        actor = people.actor(conn, account, rt.clock())
        offices_service.end(conn, actor, held.id, "resigned", now=rt.clock())


def put_out(rt: Runtime, account: int, clock: ManualClock) -> None:
    table = people_tables.account
    with rt.db.write() as conn:
        conn.execute(update(table).where(table.c.id == account).values(signed_out_at=rt.clock()))


@pytest.mark.parametrize("end", [signed_out, over, account_closed, office_ended, put_out])
def test_a_stream_ends_with_the_right_to_read_it(
    rt: Runtime,
    app: Starlette,
    clock: ManualClock,
    scenario: VotingScenario,
    end: Callable[[Runtime, int, ManualClock], None],
) -> None:
    account = scenario.people_setting.accounts["registrar"]

    async def ended() -> list[bytes]:
        request = Request(stream_scope(app, rt, account))
        request.state.actor = await sessions.actor(request)
        answer: Any = await routes.board_live(request)
        chunks = aiter(answer.body_iterator)
        assert b"beat" in bytes(await anext(chunks))
        await asyncio.to_thread(end, rt, account, clock)
        async with asyncio.timeout(5):
            return [bytes(chunk) async for chunk in chunks]

    assert asyncio.run(ended()) == [b"retry: 1000\n\n"]


def stream_scope(app: Starlette, rt: Runtime, account: int) -> dict[str, Any]:
    """A request for the board's stream, by a session of this account."""
    session = {"account": account, "since": rt.clock(), "id": "a stream"}
    return {
        "type": "http", "method": "GET", "path": "/registrar/live", "query_string": b"",
        "headers": [], "app": app, "state": {}, "session": session,
    }  # fmt: skip


def test_an_open_board_alone_does_not_keep_a_session_alive(
    rt: Runtime, app: Starlette, clock: ManualClock, scenario: VotingScenario
) -> None:
    """A page left open asks for its stream again and again; that is nobody's use of it."""
    account = scenario.people_setting.accounts["registrar"]

    def asked(path: str) -> Request:
        request = Request(stream_scope(app, rt, account) | {"path": path})
        clock.advance(HOUR)
        (route,) = [it for it in app.routes if isinstance(it, Route) and it.path == path]
        asyncio.run(route.endpoint(request))
        return request

    assert "seen" in asked("/registrar").session
    assert "seen" not in asked("/registrar/live").session


def test_a_page_that_loads_itself_again_does_not_keep_a_session_alive(
    person: Any, clock: ManualClock, scenario: VotingScenario
) -> None:
    """A page that waits for a witness or an import reloads every few seconds, all night."""
    clerk, itself = person().sign_in("clerk"), {"sec-fetch-mode": "navigate"}
    clerk.get("/secretary")
    seen = []
    for hour in range(13):
        clock.advance(HOUR)
        seen.append(clerk.client.get("/secretary", headers=itself).status_code)
        if hour == 5:
            clerk.client.get("/secretary/imports", headers=itself | {"sec-fetch-user": "?1"})
    assert seen == [200] * 13, "a click after six hours was a use"
    clock.advance(6 * HOUR)
    assert clerk.client.get("/secretary", headers=itself).status_code == 303


@pytest.mark.parametrize("asked", [{"accept": "text/event-stream"}, {"HX-Request": "true"}])
@pytest.mark.parametrize("path", ["/registrar/live", "/registrar", "/secretary/imports"])
def test_what_an_open_page_asks_for_is_never_sent_to_the_log_in_page(
    person: Any, scenario: VotingScenario, path: str, asked: dict[str, str]
) -> None:
    """The browser would follow, and take that page for a stream or for a part."""
    answer = person().client.get(path, headers=asked)
    assert answer.status_code == 401 and "location" not in answer.headers
