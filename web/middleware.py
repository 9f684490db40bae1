"""The plain ASGI layers around every view."""

import time
from collections.abc import Iterable

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trust.formats.errors import SakshiError
from web import security, sessions
from web.errorpages import error_page, pattern
from web.errors import ElsewhereError, TooOftenError, WebError
from web.exchange import BODY_SECONDS, PIECE_SECONDS, Exchange
from web.throttle import Throttle

_log = structlog.get_logger("sakshi.web")


class Outermost:
    """Body limits, security headers, and one line of log per answered request.

    The line holds the pattern of the route, status and duration; no address, no query. The path
    is not written: codes and ids in paths are nobody's business in a log file.

    Args:
        app: what answers.
        piece_seconds: how long the next piece of a body may take; for tests.
        body_seconds: how long a body without a byte may take; for tests.
    """

    def __init__(
        self, app: ASGIApp, piece_seconds: float = PIECE_SECONDS, body_seconds: float = BODY_SECONDS
    ) -> None:
        self.app = app
        self.seconds = piece_seconds, body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and note how it ended."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, exchange = time.perf_counter(), Exchange(scope, receive, send, *self.seconds)
        try:
            await self.app(scope, exchange.take, exchange.tell)
        finally:
            exchange.close()
            _log.info(
                "request",
                method=scope["method"],
                route=pattern(scope),
                status=exchange.status or 500,
                ms=round((time.perf_counter() - begun) * 1000, 1),
            )


class Gate:
    """Refuses what another site's page sends to change something, and what comes too often.

    A request of the API that carries a bearer token and no cookie cannot be forged by a page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass or refuse with 403 or 429."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        changes = scope["method"] not in security.SAFE_METHODS
        if changes and security.comes_from_elsewhere(connection.headers):
            await _refuse(scope, receive, send, 403, ElsewhereError())
            return
        path: str = scope["path"]
        if "\0" in path or "\n" in path or b"%00" in scope["query_string"]:
            # No name, code or word holds them. PostgreSQL refuses NUL; with a line feed at its end
            # a path still finds its route, but none of the throttle's rules.
            await _refuse(scope, receive, send, 400)
            return
        throttle: Throttle = scope["app"].state.throttle
        rule = throttle.rule(connection)
        if rule is None:
            await self.app(scope, receive, send)
            return
        verdict = await throttle.judge(rule, connection, await _account(connection))
        if verdict.passed:
            await self.app(scope, receive, _telling(send, verdict.headers().items()))
        else:
            await _refuse(scope, receive, send, 429, TooOftenError(verdict.headers()))


async def _account(connection: HTTPConnection) -> int | None:
    """The account of a session that stands; None for a stranger and for a copy of an ended one,
    whose requests must not be counted as those of its former holder."""
    try:
        person = await sessions.actor(connection)
    except SakshiError:  # the database is away: what answers the request will say so
        return None
    return None if person is None else person.account.id


def _telling(send: Send, headers: Iterable[tuple[str, str]]) -> Send:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers]

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *pairs]
        await send(message)

    return telling


async def _refuse(
    scope: Scope, receive: Receive, send: Send, status: int, error: WebError | None = None
) -> None:
    headers = error.headers if error is not None else {}
    request = Request(scope, receive)
    answer = await run_in_threadpool(error_page, request, status, error, headers=headers)
    await answer(scope, receive, send)
