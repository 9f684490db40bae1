"""What every answer carries and what every request that changes something must prove.

* One strict content security policy: no inline script or style, nothing from elsewhere.
* The session is a signed cookie (HttpOnly, SameSite=Lax, Secure under https) that holds an
  account number, the time of signing in, a random name of its own and a random value for form
  tokens; nothing personal. A session that was signed out is remembered until it would have ended.
* A request that changes something must come from our own pages: ``Sec-Fetch-Site`` (or
  ``Origin`` where a browser does not send it) is checked for all, and every form carries a token
  bound to the session, so that it works without JavaScript. The token is masked anew each time,
  because pages are compressed.
* ``require`` is the only door to signed-in pages: it knows roles and their jurisdiction.
"""

import base64
import functools
import hmac
import inspect
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import FormData, Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from trust.formats.errors import SakshiError
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Account, Actor, Role, SocietyProfile
from web.errors import FormTokenError, MediaTypeError, NotJsonError
from web.negotiate import wants_json

POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_DOCUMENTS: Final = ("text/html", "image/svg+xml", "application/xml", "text/xml")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_SECONDS: Final = 12 * 3600
_NONCE_BYTES: Final = 24


class RowNumber(Convertor[int]):
    """`{id:int}` in a path: as many digits as any row or log position has; else there is no page.

    The framework's own takes any number, which a database then refuses with a failure of ours.
    """

    regex = "[0-9]{1,9}"

    def convert(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Its digits."""
        return str(value)


register_url_convertor("int", RowNumber())

View = Callable[[Request], Response | Awaitable[Response]]
AsyncView = Callable[[Request], Awaitable[Response]]


def harden(headers: MutableHeaders) -> None:
    """Add the security headers to an answer.

    The policy stands on whatever a browser shows as a document; tiles, scripts and fonts do
    without it, because on a slow line its bytes would be sent thirty times for one page.
    """
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-cache")
    if headers.get("content-type", "text/html").startswith(_DOCUMENTS):
        headers["Content-Security-Policy"] = POLICY
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"


def comes_from_elsewhere(headers: Headers) -> bool:
    """True if a browser says that another site's page made this request."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


# --- the session and who it belongs to ---------------------------------------------------------


def is_signed_in(request: HTTPConnection) -> bool:
    """True if the session names an account (which may since have lost its rights)."""
    return "session" in request.scope and "account" in request.session


def sign_in(request: Request, account: Account) -> None:
    """Begin a fresh session for ``account``; nothing of the old one stays."""
    request.session.clear()
    request.session["account"] = account.id
    request.session["since"] = request.app.state.rt.clock()
    request.session["id"] = secrets.token_hex(16)
    request.state.actor = None


def sign_out(request: Request) -> None:
    """End the session: the cookie goes, and a copy of it opens nothing any more."""
    rt, ended = request.app.state.rt, request.session.get("id")
    if isinstance(ended, str):
        now = rt.clock()
        with rt.db.write() as conn:
            people_service.end_session(conn, ended, until=now + SESSION_SECONDS, now=now)
    request.session.clear()
    request.state.actor = None


def current_actor(request: HTTPConnection) -> Actor | None:
    """The signed-in person with their grants, read once per request; ``None`` if nobody.

    Reads the database: call it from a view that runs in the thread pool, or behind ``require``.
    """
    kept = getattr(request.state, "actor", None)
    if kept is not None or not is_signed_in(request):
        return cast("Actor | None", kept)
    rt = request.app.state.rt
    if rt.clock() - int(request.session.get("since", 0)) > SESSION_SECONDS:
        return None
    with rt.db.read() as conn:
        if people_service.session_ended(conn, str(request.session.get("id"))):
            return None
        try:
            actor = people.actor(conn, int(request.session["account"]))
        except SakshiError:
            return None
    ended = actor.account.signed_out_at
    if ended is not None and int(request.session.get("since", 0)) <= ended:
        return None
    request.state.actor = actor
    return actor


def allowed(actor: Actor, role: str, society: SocietyProfile | None) -> bool:
    """True if ``actor`` holds ``role``, over ``society`` if one is named.

    ``member`` is the role of a member in her own society; every other role is a grant.
    """
    if role == "member":
        mine = actor.account.kind == "member"
        return mine and (society is None or actor.is_member_of(society.slug))
    wanted = cast(Role, role)
    return actor.has(wanted) if society is None else actor.may(wanted, society)


def require(*roles: str, society: str = "slug") -> Callable[[View], AsyncView]:
    """Let only holders of one of ``roles`` (of anybody signed in, if none is named) see a view.

    Where the path has the parameter named by ``society``, the role must cover that society.
    Strangers are sent to the log-in page and come back after it; the API answers 401. The view
    finds ``request.state.actor`` and ``request.state.society`` (a profile, or ``None``); a plain
    function runs in the thread pool.
    """

    def decorate(view: View) -> AsyncView:
        @functools.wraps(view)
        async def guarded(request: Request) -> Response:
            actor = await run_in_threadpool(current_actor, request)
            if actor is None:
                return _to_login(request)
            slug = request.path_params.get(society)
            where = None if slug is None else await run_in_threadpool(_society, request, slug)
            if roles and not any(allowed(actor, role, where) for role in roles):
                raise HTTPException(403)
            request.state.society = where
            response = await call(view, request)
            response.headers["Cache-Control"] = "no-store"
            return response

        return guarded

    return decorate


def _society(request: Request, slug: str) -> SocietyProfile:
    with request.app.state.rt.db.read() as conn:
        found = people.society(conn, slug)
    if found is None:
        raise HTTPException(404)
    return found


def _to_login(request: Request) -> Response:
    if wants_json(request):
        raise HTTPException(401)
    back = request.url.path if request.method == "GET" else "/start"
    return RedirectResponse(f"/login?next={quote(back)}", status_code=303)


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of ours, never another site."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return "/start"
    return target if target.isprintable() else "/start"


async def call(view: Callable[..., Any], *args: object) -> Response:
    """Run a view: a coroutine here, a plain function in the thread pool."""
    if inspect.iscoroutinefunction(view):
        return cast(Response, await view(*args))
    return await run_in_threadpool(view, *args)


# --- forms and JSON that change something ------------------------------------------------------


def csrf_token(request: Request) -> str:
    """A token for one form: the session's random value under a fresh one-time mask."""
    value = request.session.get("csrf")
    if not isinstance(value, str):
        value = secrets.token_hex(_NONCE_BYTES)
        request.session["csrf"] = value
    mask = secrets.token_bytes(_NONCE_BYTES)
    hidden = bytes(a ^ b for a, b in zip(mask, bytes.fromhex(value), strict=True))
    return base64.urlsafe_b64encode(mask + hidden).decode()


def check_csrf(request: Request, token: object) -> None:
    """Refuse a form that does not come from a page we gave to this session.

    Raises:
        FormTokenError: the token is missing, torn or of another session.
    """
    try:
        data = base64.urlsafe_b64decode(str(token).encode())
        value = bytes.fromhex(request.session["csrf"])
    except (KeyError, ValueError, TypeError):
        raise FormTokenError from None
    mask, hidden = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
    if len(data) != 2 * _NONCE_BYTES or not hmac.compare_digest(
        bytes(a ^ b for a, b in zip(mask, hidden, strict=True)), value
    ):
        raise FormTokenError


def form(view: Callable[[Request, FormData], Response]) -> AsyncView:
    """A view that takes a posted form: the token is checked before anything is done with it."""

    @functools.wraps(view)
    async def posted(request: Request) -> Response:
        async with request.form(max_files=4, max_fields=400) as fields:
            check_csrf(request, fields.get("csrf"))
            return await call(view, request, fields)

    return posted


def json_form(
    view: Callable[[Request, dict[str, Any]], Response | Awaitable[Response]],
) -> AsyncView:
    """A view that one of our own scripts calls with a JSON object and the header X-CSRF-Token."""

    @functools.wraps(view)
    async def posted(request: Request) -> Response:
        check_csrf(request, request.headers.get("x-csrf-token"))
        return await call(view, request, await json_object(request))

    return posted


async def json_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body.

    Raises:
        MediaTypeError: it is not called JSON.
        NotJsonError: it is not a JSON object, or holds text that cannot be kept.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise MediaTypeError
    try:
        body = json.loads(await request.body(), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as fault:
        raise NotJsonError from fault
    if not isinstance(body, dict):
        raise NotJsonError
    try:
        plain = json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise NotJsonError from None
    if b"\\u0000" in plain:
        raise NotJsonError
    return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")
