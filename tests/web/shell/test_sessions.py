"""Who a session belongs to: one read for requests that come together, fresh for each of them."""

import asyncio
import json

import httpx2
import pytest
from sqlalchemy import event
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Grant
from web import security, sessions
from web.app import create_app
from web.exchange import MAX_BODY, BodyLimit

TOGETHER = 20


@pytest.fixture
def account(rt: Runtime) -> int:
    with rt.db.write() as conn:
        made = people_service.create_account(
            conn,
            "officer",
            "Officer",
            "staff",
            now=rt.clock(),
            password="long enough words",
            memory_kib=64,
        )
        people_service.grant(conn, made.id, Grant("registrar", "state", ""), now=rt.clock())
    return made.id


def _session(rt: Runtime, account: int, name: str = "a") -> dict[str, object]:
    return {"account": account, "since": rt.clock(), "id": name}


def test_sessions_that_are_asked_for_together_are_read_together(rt: Runtime, account: int) -> None:
    statements: list[str] = []
    event.listen(
        rt.db.engine, "before_cursor_execute", lambda _c, _u, sql, *_: statements.append(sql)
    )
    reader = sessions.Sessions(rt)

    async def story() -> list[object]:
        asked = [reader.actor(_session(rt, account, str(i))) for i in range(TOGETHER)]
        return list(await asyncio.gather(*asked, reader.actor(_session(rt, account + 1))))

    *found, nobody = asyncio.run(story())
    with rt.db.read() as conn:
        assert found == [people.actor(conn, account, rt.clock())] * TOGETHER
    assert nobody is None
    reads = [sql for sql in statements if "FROM account" in sql]
    assert len(reads) <= 3, "the first alone, the rest together, and our own"


def test_each_session_of_a_read_has_its_own_answer(rt: Runtime, account: int) -> None:
    reader, now = sessions.Sessions(rt), rt.clock()
    with rt.db.write() as conn:
        people_service.end_session(conn, "ended", until=now + 100, now=now)
    old = _session(rt, account) | {"since": now - sessions.SESSION_SECONDS - 1}
    good, ended, late = reader.actors([_session(rt, account), _session(rt, account, "ended"), old])
    assert good is not None and good.has("registrar")
    assert ended is None and late is None


def test_a_read_that_fails_fails_for_those_who_asked_and_not_for_the_next(
    rt: Runtime, account: int
) -> None:
    reader = sessions.Sessions(rt)

    async def story() -> object:
        with pytest.raises(TypeError):
            await reader.actor({"account": None})
        return await reader.actor(_session(rt, account))

    assert asyncio.run(story()) is not None


def _app(rt: Runtime) -> Starlette:
    async def size(request: Request) -> Response:
        return JSONResponse(len(await request.body()))

    async def taken(request: Request) -> Response:
        return JSONResponse(await security.json_object(request))

    app = create_app(rt)
    app.router.routes[:0] = [
        Route("/size", size, methods=["POST"]),
        Route("/member/small", BodyLimit(Route("/member/small", size, methods=["POST"]).app, 10)),
        Route("/json", taken, methods=["POST"]),
    ]
    return app


def test_a_body_that_is_not_announced_has_the_same_limit(rt: Runtime) -> None:
    def pieces(count: int) -> list[bytes]:
        return [b"x" * (MAX_BODY // 4)] * count

    with TestClient(_app(rt)) as client:
        assert client.post("/size", content=iter(pieces(4))).json() == MAX_BODY
        answer = client.post("/size?lang=en", content=iter([*pieces(4), b"x"]))
        assert answer.status_code == 413 and "That is too large" in answer.text
        assert client.post("/member/small", content=b"x" * 10).json() == 10
        assert client.post("/member/small", content=b"x" * 11).status_code == 413


def test_http_2_need_not_announce_a_body_and_is_held_to_the_limit(rt: Runtime) -> None:
    sent: list[dict[str, object]] = []

    async def story() -> None:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"x" * (MAX_BODY + 1), "more_body": False}

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            sent.append(message)

        scope: dict[str, object] = {
            "type": "http", "http_version": "2", "method": "POST", "path": "/size", "headers": [],
            "query_string": b"", "client": None, "server": ("x", 80), "scheme": "http",
        }  # fmt: skip
        await _app(rt)(scope, receive, send)

    asyncio.run(story())
    assert sent[0]["status"] == 413


@pytest.mark.parametrize(
    ("body", "passes"),
    [
        (b'{"a": "plain"}', True),
        ('{"a": "മലയാളം"}'.encode(), True),
        ('{"a": "plain"}'.encode("utf-16"), True),
        (b'{"a": "\\u0d2e"}', True),
        (b'{"a": "\\u0000"}', False),
        (b'{"a": "\\ud800"}', False),
        (b'{"a": "\xed\xa0\x80"}', False),
        ('{"a": "\\u0000"}'.encode("utf-16"), False),
    ],
)
def test_text_that_cannot_be_kept_is_refused_however_it_is_written(
    rt: Runtime, body: bytes, passes: bool
) -> None:
    with TestClient(_app(rt)) as client:
        answer: httpx2.Response = client.post(
            "/json", content=body, headers={"content-type": "application/json"}
        )
    assert (answer.status_code == 200) is passes, answer.text
    if not passes:
        assert json.loads(answer.text)["status"] == 400
