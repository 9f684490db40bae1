"""The live stream without a browser: what is sent, to whom, and from where it goes on."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG, loan_register
from trust import outbox
from trust.books import service as books_service
from trust.log.runtime import Runtime
from trust.people import queries as people
from web import wiring
from web.api import desks as api
from web.registrar import live, routes


def _request(app: Starlette, rt: Runtime, who: int, last: str = "") -> Request:
    headers = [(b"last-event-id", last.encode("latin-1"))] if last else []
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/registrar/live",
        "query_string": b"after=0",
        "headers": headers,
        "app": app,
        "state": {},
        "session": {"account": who, "since": rt.clock(), "id": "a stream"},
    }
    request = Request(scope)
    with rt.db.read() as conn:
        request.state.actor = people.actor(conn, who, rt.clock())
    return request


async def _next(chunks: AsyncIterator[Any], seconds: float = 3.0) -> bytes:
    async with asyncio.timeout(seconds):
        return bytes(await anext(chunks))


def _raise_alert(rt: Runtime) -> None:
    books_service.import_file(rt, SLUG, "loans.csv", loan_register(20, 46), actor="secretary")
    wiring.drain(rt)


@pytest.fixture(autouse=True)
def _rooms() -> None:
    wiring.load_packages()


def test_an_alert_reaches_an_open_stream(
    app: Starlette, scenario: VotingScenario, rt: Runtime
) -> None:
    async def story() -> tuple[bytes, bytes, bytes]:
        request = _request(app, rt, scenario.people_setting.accounts["registrar"])
        response: Any = await routes.board_live(request)
        chunks = aiter(response.body_iterator)
        hello = await _next(chunks)
        await asyncio.to_thread(_raise_alert, rt)
        html = await _next(chunks)
        again: Any = await api.events(
            _request(app, rt, scenario.people_setting.accounts["registrar"])
        )
        lines = aiter(again.body_iterator)
        await _next(lines)
        return hello, html, await _next(lines)

    hello, html, event = asyncio.run(story())
    assert hello == b"event: beat\ndata: \n\n"
    assert re.match(rb"id: \d+\ndata: ", html) and b"data-society" in html and b"46" in html
    assert html.endswith(b"\n\n") and b"\n\n" not in html[:-2]
    assert event.startswith(b"id: ") and b"event: alerts" in event and SLUG.encode() in event


def test_a_stream_goes_on_after_the_last_event_seen(
    app: Starlette, scenario: VotingScenario, rt: Runtime
) -> None:
    _raise_alert(rt)
    with rt.db.read() as conn:
        newest = outbox.last_live_id(conn)

    async def story(last: str) -> bytes:
        who = scenario.people_setting.accounts["registrar"]
        response: Any = await routes.board_live(_request(app, rt, who, last))
        chunks = aiter(response.body_iterator)
        await _next(chunks)
        return await _next(chunks, 1.5)

    assert f"id: {newest}\n".encode() in asyncio.run(story("0"))
    with pytest.raises(TimeoutError):
        asyncio.run(story(str(newest)))


def test_a_stream_tells_nothing_of_other_districts(
    app: Starlette, scenario: VotingScenario, rt: Runtime
) -> None:
    _raise_alert(rt)

    async def story() -> None:
        who = scenario.people_setting.accounts["elsewhere"]
        response: Any = await routes.board_live(_request(app, rt, who))
        chunks = aiter(response.body_iterator)
        await _next(chunks)
        await _next(chunks, 1.5)

    with pytest.raises(TimeoutError):
        asyncio.run(story())


def test_a_stream_ends_when_the_server_stops(
    app: Starlette, scenario: VotingScenario, rt: Runtime
) -> None:
    async def story() -> list[bytes]:
        app.state.stopping = asyncio.Event()
        request = _request(app, rt, scenario.people_setting.accounts["registrar"])
        response: Any = await routes.board_live(request)
        chunks = aiter(response.body_iterator)
        found = [await _next(chunks)]
        app.state.stopping.set()
        async with asyncio.timeout(2):
            found += [bytes(chunk) async for chunk in chunks]
        return found

    assert asyncio.run(story())[-1] == b"retry: 1000\n\n"
    app.state.stopping = None


def test_where_a_stream_begins(app: Starlette, scenario: VotingScenario, rt: Runtime) -> None:
    _raise_alert(rt)
    who = scenario.people_setting.accounts["registrar"]
    with rt.db.read() as conn:
        newest = outbox.last_live_id(conn)
        given = [str(newest - 1), "x", "-1", "9" * 17, "9" * 40, "²"]
        begins = [live.begin(conn, _request(app, rt, who, last)) for last in given]
    assert begins == [newest - 1, newest, newest, 0, newest, newest]
