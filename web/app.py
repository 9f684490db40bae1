"""The web application: every face's routes, one stack of plain ASGI middleware, designed errors.

The order, outermost first: errors that nobody caught, access log, bodies, security headers,
compression, body limit, session, and the checks of where a request comes from and how often. All
middleware is plain ASGI, so that context variables reach the views and streams are never buffered.
"""

import importlib
import importlib.util
import mimetypes
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from trust.formats.errors import SakshiError
from trust.log.runtime import Runtime
from voting.casting import Caster
from web import middleware, render, security, staff
from web.bodies import Bodies
from web.errors import WebError
from web.negotiate import problem, wants_json
from web.throttle import Throttle

FACES: Final = ("public", "account", "member", "secretary", "auditor", "registrar", "ops", "api")
MAX_BODY: Final = 2_000_000
"""Bytes of a request body unless a route says otherwise (imports do)."""

STATUS_PAGES: Final = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503})

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")


def create_app(rt: Runtime, *, throttle_factor: int = 1) -> Starlette:
    """The application over a runtime.

    Args:
        rt: what the composition root made; views find it as ``request.app.state.rt``.
        throttle_factor: multiplies every rate limit; 0 switches them off for load tests.
    """
    app = Starlette(
        routes=_routes(),
        middleware=[
            Middleware(middleware.AccessLog),
            Middleware(Bodies),
            Middleware(middleware.SecurityHeaders),
            Middleware(GZipMiddleware, minimum_size=600, compresslevel=6),
            Middleware(middleware.DesignedTooLarge),
            Middleware(RequestBodyLimitMiddleware, max_body_size=MAX_BODY),
            Middleware(
                SessionMiddleware,
                secret_key=rt.settings.session_secret,
                session_cookie="sakshi",
                max_age=12 * 3600,
                https_only=rt.settings.secure_cookies
                or rt.settings.public_url.startswith("https:"),
            ),
            Middleware(middleware.Gate),
        ],
        exception_handlers={
            HTTPException: http_error,
            SakshiError: told_error,
            Exception: unforeseen,
        },
        lifespan=_lifespan,
    )
    app.state.rt = rt
    app.state.throttle = Throttle(throttle_factor)
    app.state.caster = Caster(rt)
    app.state.stopping = None
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    # Read and compiled once, before the first person waits for it.
    await run_in_threadpool(render.warm_up)
    yield
    await run_in_threadpool(app.state.caster.close)


def _routes() -> list[BaseRoute]:
    found: list[BaseRoute] = [Route("/static/{digest}/{path:path}", static_file)]
    for face in FACES:
        name = f"web.{face}.routes"
        if importlib.util.find_spec(f"web.{face}") and importlib.util.find_spec(name):
            found += importlib.import_module(name).routes
    return found


def static_file(request: Request) -> Response:
    """A file of ours under the digest of all of them, to be kept for ever."""
    try:
        path = (render.STATIC / request.path_params["path"]).resolve()
        found = path.is_relative_to(render.STATIC) and path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        found = False
    if not found:
        raise HTTPException(404)
    current = request.path_params["digest"] == render.static_digest()
    keep = "public, max-age=31536000, immutable" if current else "no-cache"
    return FileResponse(path, headers={"Cache-Control": keep})


# --- errors --------------------------------------------------------------------------------------


def error_page(
    request: Request,
    status: int,
    error: SakshiError | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The designed page (or problem document) of an error.

    Args:
        request: tells language and form.
        status: HTTP status.
        error: what exactly is wrong, where more is known than the status.
        headers: further headers, such as ``Allow``.
    """
    known = status if status in STATUS_PAGES else (500 if status >= 500 else 400)
    if wants_json(request):
        title = str(staff.phrase(request, f"error.title_{known}"))
        answer = problem(status, title) if error is None else staff.refusal(request, error)
        answer.headers.update(headers or {})
        return answer
    return render.page(
        request,
        "errors/error.html",
        status=status,
        headers=dict(headers or {}),
        known=known,
        status_code=status,
        detail=None if error is None else staff.sentence(request, error),
    )


async def http_error(request: Request, error: Exception) -> Response:
    """Answer for a bare status that a view or the router raised."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code in (204, 304):
        return Response(status_code=error.status_code, headers=error.headers)
    return await run_in_threadpool(error_page, request, error.status_code, headers=error.headers)


async def told_error(request: Request, error: Exception) -> Response:
    """Answer for a refusal: status, slug and sentence are those of its class."""
    if not isinstance(error, SakshiError):
        raise error
    if error.status >= 500:
        middleware.log_failure(request, error)
    headers = error.headers if isinstance(error, WebError) else None
    return await run_in_threadpool(error_page, request, error.status, error, headers=headers)


async def unforeseen(request: Request, error: Exception) -> Response:
    """Answer for a programming fault: nothing of it is shown, everything is logged."""
    middleware.log_failure(request, error)
    answer = await run_in_threadpool(error_page, request, 500)
    security.harden(answer.headers)  # this answer is sent from outside our own layers
    return answer
