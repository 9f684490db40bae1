"""The web application: every face's routes, one stack of plain ASGI middleware, designed errors.

The order, outermost first: errors that nobody caught; access log, body limits and security headers;
compression; session; the checks of where a request comes from and how often. All middleware is
plain ASGI, so that context variables reach the views and streams are never buffered.
"""

import asyncio
import importlib
import importlib.util
import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import Final
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send

from trust.formats import origins
from trust.formats.errors import SakshiError
from trust.log.givenup import Register
from trust.log.runtime import Runtime
from trust.people import finding
from voting.casting import Caster
from web import counts, errorpages, middleware, render
from web.background import Works
from web.proxies import proxies
from web.sessions import Sessions
from web.throttle import Throttle
from web.trial import TrialMark

FACES: Final = (
    "public", "account", "member", "secretary", "auditor", "registrar", "office", "doing", "ops",
    "api",
)  # fmt: skip
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")


class Faces(Router):
    """A router that tries only the routes whose first segment can be the path's.

    The others, a hundred of them, would be tried one by one before a ballot finds its own.
    """

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on to the routes of the first segment."""
        if scope["type"] != "http":
            await super().app(scope, receive, send)
            return
        scope["router"] = self
        part = self._part(scope["path"])
        await part.app(scope, receive, send)

    def _part(self, path: str) -> Router:
        return self._parts.get(_first_segment(path), self._parts[""])

    async def _other_slash(self, scope: Scope, receive: Receive, send: Send) -> None:
        """No page has this path: to the one that has it with, or without, its last slash.

        Named by its path alone. The framework's own redirect names scheme and host as they came,
        which behind a proxy with TLS sends a form on in plain HTTP.
        """
        path: str = scope["path"]
        there = path.rstrip("/") if path.endswith("/") else f"{path}/"
        asked = dict(scope, path=there)
        # "//name/…" would be a path here and another site for the browser.
        if (
            not there
            or there.startswith("//")
            or not any(
                route.matches(asked)[0] is not Match.NONE for route in self._part(there).routes
            )
        ):
            await self.not_found(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        address = quote(there) + (f"?{query}" if query else "")
        await RedirectResponse(address, status_code=307)(scope, receive, send)

    @cached_property
    def _parts(self) -> dict[str, Router]:
        """Routes by first segment, in their order; under "" those that begin with a parameter."""
        named = [(_first_segment(getattr(it, "path", "/{any}")), it) for it in self.routes]
        always = {"", *(name for name, _ in named if "{" in name)}
        return {
            first: Router(
                [it for name, it in named if name == first or name in always],
                redirect_slashes=False,
                default=self._other_slash,
            )
            for first in {"", *(name for name, _ in named)}
        }


def _first_segment(path: str) -> str:
    return path[1:].partition("/")[0]


def create_app(rt: Runtime, *, throttle_factor: int = 1) -> Starlette:
    """The application over a runtime.

    Args:
        rt: what the composition root made; views find it as ``request.app.state.rt``.
        throttle_factor: multiplies every rate limit; 0 switches them off for load tests.
    """
    app = Starlette(
        middleware=[
            *([Middleware(TrialMark)] if origins.is_trial(rt.host) else []),
            Middleware(middleware.Outermost),
            Middleware(GZipMiddleware, minimum_size=600, compresslevel=6),
            Middleware(
                SessionMiddleware,
                secret_key=rt.settings.session_secret,
                session_cookie="sakshi",
                max_age=12 * 3600,
                https_only=rt.settings.https_only,
            ),
            Middleware(middleware.Gate),
        ],
        exception_handlers={
            HTTPException: errorpages.http_error,
            SakshiError: errorpages.told_error,
            OSError: errorpages.system_error,
            Exception: errorpages.unforeseen,
        },
    )
    app.router = Faces(_routes(), lifespan=_lifespan)
    app.state.rt = rt
    app.state.throttle = Throttle(
        throttle_factor,
        secret=rt.settings.session_secret,
        storage=counts.shared(rt.settings, rt.db),
        proxies=proxies(rt.settings.proxies),
    )
    app.state.sessions = Sessions(rt)
    app.state.caster = Caster(rt)
    app.state.works = Works()
    app.state.given_up = Register()
    app.state.stopping = None
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    # Read and compiled once, before the first person waits for it.
    await run_in_threadpool(render.warm_up)
    first = asyncio.create_task(run_in_threadpool(_first_search, app))
    yield
    with suppress(SQLAlchemyError, SakshiError):
        await first
    await run_in_threadpool(app.state.works.close)
    await run_in_threadpool(app.state.caster.close)


def _first_search(app: Starlette) -> None:
    """Read the names of all societies, so that nobody's search waits for it."""
    with app.state.rt.db.read() as conn:
        finding.search(conn, "", limit=0)


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
