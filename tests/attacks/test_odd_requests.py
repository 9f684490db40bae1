"""Requests that no browser sends by itself, and links that somebody sends to others."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import argon2
import pytest
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from tests.attacks.test_bodies import Counting, served, settled
from tests.attacks.test_connections import said
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from trust.log.runtime import Runtime
from trust.people import login, register
from trust.people import service as people_service
from trust.people.accounterrors import LoginRefusedError
from web.registrar import live


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%2Fevil.example/", "/%09/evil.example", "/%5Cevil.example/?a=1"]
)
def test_no_link_of_a_page_leads_to_a_place_named_in_its_own_address(
    app: Starlette, scenario: VotingScenario, path: str
) -> None:
    """A link to us is sent to somebody, who then chooses a language."""
    page = TestClient(app).get(f"http://testserver{path}")
    assert page.status_code == 404
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
    assert links and not any("evil" in link.partition("?")[0] for link in links), links
    assert any(link.startswith("?") and "lang=" in link for link in links)


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "", "]["])
def test_an_origin_that_is_none_is_another_site(
    app: Starlette, scenario: VotingScenario, origin: str
) -> None:
    """A traceback for each would fill the log, and call somebody at night."""
    client = TestClient(app, raise_server_exceptions=False)
    for host in ("testserver", ""):
        heads = {"Origin": origin, "Host": host}
        answer = client.post("/api/v1/login", json={"login": "a", "password": "b"}, headers=heads)
        assert answer.status_code == 403, host


LENGTH, CODING = b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"
WITHIN = b"0\r\n\r\nGET /within HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("version", "heads"),
    [
        (b"1.1", LENGTH + CODING),
        (b"1.1", CODING + LENGTH),
        (b"1.0", CODING),
        (b"1.0", LENGTH + CODING),
    ],
)
def test_a_body_with_two_lengths_is_refused_and_ends_the_connection(
    version: bytes, heads: bytes
) -> None:
    """A proxy that goes by the other length would see another second request than we do."""

    async def story() -> None:
        app = Counting()
        async with served(app) as port:
            head = b"POST /read HTTP/" + version + b"\r\nHost: x\r\nConnection: keep-alive\r\n"
            answer = await said(port, head + heads + b"\r\n" + WITHIN)
            assert answer.startswith(b"HTTP/1.1 400") and answer.count(b"HTTP/1.1") == 1, answer
            assert b"connection: close" in answer.lower() and app.begun == 0

    asyncio.run(story())


class Endless(Counting):
    """One that also has an answer without an end."""

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told() -> AsyncIterator[bytes]:
            while True:
                yield b"event: beat\n\n"
                await asyncio.sleep(0.05)

        if scope["path"] == "/endless":
            await StreamingResponse(told())(scope, receive, send)
            return
        await super()._answer(scope, receive, send)


def test_the_head_of_an_endless_answer_ends() -> None:
    """A proxy sends somebody else's request after it on the same connection."""

    async def story() -> None:
        app = Endless()
        async with served(app) as port:
            head = b"HEAD /endless HTTP/1.1\r\nHost: x\r\n\r\n"
            next_one = b"GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            answer = await said(port, head + next_one)
            assert answer.count(b"HTTP/1.1 ") == 2 and answer.endswith(b"no"), answer
            assert b"beat" not in answer
            assert await settled(app), f"{app.working} answers never end"

    asyncio.run(story())


@pytest.mark.parametrize(
    "path", ["/", "/login", "/login/session", "/nothing-here", "/auditor", "/secretary/imports"]
)
def test_whatever_is_answered_to_a_session_is_kept_by_nobody(person: Any, path: str) -> None:
    """Refusals too: a page that says no may name what it is about."""
    answer = person().sign_in("secretary").client.get(path)
    assert answer.headers["cache-control"] == "no-store", answer.status_code
    if path == "/":
        assert person().client.get(path).headers["cache-control"] == "no-cache"


def test_the_time_of_an_answer_does_not_tell_whether_a_name_exists(
    rt: Runtime, scenario: VotingScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting was raised since they were made: a name of nobody cost 300 times more."""
    costs: list[int] = []
    whole = register.hasher

    def noted(*given: Any) -> Any:
        made = whole(*given)
        check = made.verify

        class Noting:
            def verify(self, kept: str, password: str) -> bool:
                costs.append(argon2.extract_parameters(kept).memory_cost)
                return bool(check(kept, password))

            def hash(self, password: str) -> str:
                return str(made.hash(password))

        return Noting()

    monkeypatch.setattr(login, "hasher", noted)
    with rt.db.read() as conn:
        for name in ("secretary", "nobody", "somebody", "member 1", ""):
            with pytest.raises(LoginRefusedError):
                people_service.login_with_password(conn, name, "no", memory_kib=19_456)
    assert costs == [w.CHEAP] * 5


def test_a_new_password_puts_out_whoever_knew_the_old_one(
    rt: Runtime, person: Any, scenario: VotingScenario
) -> None:
    thief = person().sign_in("secretary")
    thief.get("/secretary")
    with rt.db.write() as conn:
        account = scenario.people_setting.accounts["secretary"]
        people_service.set_password(
            conn, account, "another password", now=rt.clock(), memory_kib=w.CHEAP
        )
    assert thief.client.get("/secretary").status_code == 303
    rt.clock.advance(1)  # type: ignore[attr-defined]
    assert person().sign_in("secretary", "another password").get("/secretary")


async def _streams(app: Starlette, request_of: Callable[[], Any], many: int) -> list[int]:
    """How so many requests for the board's stream of one account are answered, all held open."""
    statuses: list[int] = []
    gone = asyncio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    asking = [asyncio.create_task(app(request_of(), receive, send)) for _ in range(many)]
    while len(statuses) < many:
        await asyncio.sleep(0.02)
    gone.set()
    await asyncio.gather(*asking)
    return sorted(statuses)


def test_one_account_does_not_hold_every_connection_with_streams(
    app: Starlette, person: Any, scenario: VotingScenario
) -> None:
    """254 streams of one session filled a proxy of 512 connections: nobody else got in."""
    registrar = person().sign_in("registrar")
    cookie = f"sakshi={registrar.client.cookies['sakshi']}".encode()

    def scope() -> Any:
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": "/registrar/live", "raw_path": b"/registrar/live",
            "query_string": b"", "root_path": "", "client": ("192.0.2.1", 1), "server": None,
            "headers": [(b"host", b"testserver"), (b"cookie", cookie)],
        }  # fmt: skip

    found = asyncio.run(_streams(app, scope, live.MOST_STREAMS + 4))
    assert found == [200] * live.MOST_STREAMS + [429] * 4
    assert asyncio.run(_streams(app, scope, 2)) == [200, 200], "who has left holds none"
