"""The designed page, or problem document, of every error; programming errors are logged here."""

import errno
import traceback
from collections.abc import Mapping
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from trust.database import StorageError
from trust.formats.errors import SakshiError
from web import render, security, staff
from web.errors import NoRoomError, WebError
from web.negotiate import problem, wants_json

STATUS_PAGES: Final = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503})
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE})
_log = structlog.get_logger("sakshi.web")


def error_page(
    request: Request,
    status: int,
    error: SakshiError | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The designed page (or problem document) of an error.

    Args:
        request: decides language and form.
        status: HTTP status.
        error: what exactly is wrong, if more is known than the status.
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
    if isinstance(error, (StorageError, NoRoomError)):
        # Every request says so until somebody has helped: a line, no traceback.
        _log.error("unavailable", route=pattern(request.scope), reason=error.code)
    elif error.status >= 500:
        _log_failure(request, error)
    headers = error.headers if isinstance(error, WebError) else None
    return await run_in_threadpool(error_page, request, error.status, error, headers=headers)


async def system_error(request: Request, error: Exception) -> Response:
    """Answer for what the system refused: no room on a disk, no more open files."""
    if not _no_room(error):
        raise error
    return await told_error(request, NoRoomError())


def _no_room(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in NO_ROOM


async def unforeseen(request: Request, error: Exception) -> Response:
    """Answer for a programming error: nothing of it is shown, everything is logged.

    A layer outside the views may also meet a lost database or a full disk.
    """
    if _no_room(error):
        answer = await told_error(request, NoRoomError())
    elif isinstance(error, SakshiError):
        answer = await told_error(request, error)
    else:
        _log_failure(request, error)
        answer = await run_in_threadpool(error_page, request, 500)
    # This answer is sent from outside our own layers.
    private = bool(request.scope.get("session"))
    answer.raw_headers = security.hardened(answer.raw_headers, answer.status_code, private=private)
    return answer


def pattern(scope: Scope) -> str:
    """The pattern of the route that the router has chosen, for logs; "(none)" before that."""
    route = scope.get("route")
    return route.path if isinstance(route, Route) else "(none)"


def _log_failure(request: Request, error: Exception) -> None:
    """Record a programming error with its traceback; never local values, which may be personal."""
    trace = "".join(traceback.format_exception(error))
    _log.error("failure", method=request.method, route=pattern(request.scope), trace=trace)
