"""The plain ASGI layers around every view."""

import time
import traceback
from collections.abc import Iterable

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import security
from web.errors import ElsewhereError, TooOftenError, WebError
from web.throttle import Throttle

_log = structlog.get_logger("sakshi.web")


class AccessLog:
    """One line per answered request: route pattern, status, duration. No address, no query.

    The pattern of the route is written, not the path: codes and ids in paths are nobody's
    business in a log file.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and note how it ended."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            _log.info(
                "request",
                method=scope["method"],
                route=_pattern(scope),
                status=status or 500,
                ms=round((time.perf_counter() - begun) * 1000, 1),
            )


def _pattern(scope: Scope) -> str:
    """The pattern of the route that the router has chosen, if it came to choosing one."""
    route = scope.get("route")
    return route.path if isinstance(route, Route) else "(none)"


def log_failure(request: Request, error: Exception) -> None:
    """Record a programming fault with its traceback; never local values, which may be personal."""
    trace = "".join(traceback.format_exception(error))
    _log.error("failure", method=request.method, route=_pattern(request.scope), trace=trace)


class SecurityHeaders:
    """Puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, adding headers to the start of the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def hardening(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                security.harden(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, hardening)


class DesignedTooLarge:
    """Replaces the bare 413 of the body limit by our own page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, holding back the plain refusal."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = False

        async def watching(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == 413:
                headers = MutableHeaders(scope=message)
                refused = headers.get("content-type", "").startswith("text/plain")
            if not refused:
                await send(message)

        await self.app(scope, receive, watching)
        if refused:
            await _refuse(scope, receive, send, 413)


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
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            # No name, code or word holds it, and PostgreSQL refuses it.
            await _refuse(scope, receive, send, 400)
            return
        throttle: Throttle = scope["app"].state.throttle
        verdict = throttle.judge(connection)
        if verdict is None:
            await self.app(scope, receive, send)
        elif verdict.passed:
            await self.app(scope, receive, _telling(send, verdict.headers().items()))
        else:
            await _refuse(scope, receive, send, 429, TooOftenError(verdict.headers()))


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
    from web.app import error_page  # the application imports this module

    headers = error.headers if error is not None else {}
    request = Request(scope, receive)
    answer = await run_in_threadpool(error_page, request, status, error, headers=headers)
    await answer(scope, receive, send)
