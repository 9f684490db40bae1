"""What every answer carries and what every request that changes something must prove.

* One strict content security policy: no inline script or style, nothing from elsewhere.
* The session (`web/sessions.py`) is a signed cookie: HttpOnly, SameSite=Lax, Secure under https.
* A request that changes something must come from our own pages: ``Sec-Fetch-Site`` (or
  ``Origin`` where a browser does not send it) is checked for all, and every form carries a token
  bound to the session, so that it works without JavaScript. The token is masked again each time,
  because pages are compressed.
* ``require`` is the only door to signed-in pages: it knows roles and their jurisdiction.
"""

import base64
import functools
import hmac
import inspect
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.people import queries as people
from trust.people.model import Actor, Role, SocietyProfile
from web import sessions
from web.errors import FormTokenError, MediaTypeError, NotJsonError
from web.negotiate import is_asked_by_a_page, wants_json

POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_DOCUMENTS: Final = (b"text/html", b"image/svg+xml", b"application/xml", b"text/xml")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
RETRY_SECONDS: Final = b"10"
"""When to come again after a 503 that names no time itself."""
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


_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"),)
_DOCUMENT: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def hardened(
    headers: Iterable[tuple[bytes, bytes]], status: int = 200, *, private: bool = False
) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with the security headers added, and to a 503 when to come again.

    A `private` answer is kept by nobody unless it says otherwise.

    The policy stands on whatever a browser shows as a document; tiles, scripts and fonts do
    without it, because on a slow line its bytes would be sent thirty times for one page.
    """
    found = [*headers, *_ALWAYS]
    known = dict(found)
    if b"cache-control" not in known:
        found.append((b"cache-control", b"no-store" if private else b"no-cache"))
    if status == 503 and b"retry-after" not in known:
        found.append((b"retry-after", RETRY_SECONDS))
    if known.get(b"content-type", b"text/html").startswith(_DOCUMENTS):
        found += _DOCUMENT
    return found


def comes_from_elsewhere(headers: Headers) -> bool:
    """True if a browser says that another site's page made this request."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and _host_of(origin) != headers.get("host")


def _host_of(origin: str) -> str | None:
    """Host and port of an Origin field; None if it names no host, as "null" does."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:  # half an IPv6 address
        return None


# --- the door ----------------------------------------------------------------------------------


def allowed(actor: Actor, role: str, society: SocietyProfile | None) -> bool:
    """True if ``actor`` holds ``role``, over ``society`` if one is named.

    ``member`` is the role of a member in her own society; every other role is a grant.
    """
    if role == "member":
        mine = actor.account.kind == "member"
        return mine and (society is None or actor.is_member_of(society.slug))
    wanted = cast(Role, role)
    return actor.has(wanted) if society is None else actor.may(wanted, society)


def require(*roles: str, society: str = "slug", use: bool = True) -> Callable[[View], AsyncView]:
    """Let only holders of one of ``roles`` (of anybody signed in, if none is named) see a view.

    Where the path has the parameter named by ``society``, the role must cover that society.
    Strangers are sent to the log-in page and come back after it; the API answers 401. The view
    finds ``request.state.actor`` and ``request.state.society`` (a profile, or ``None``); a plain
    function runs in the thread pool. Without ``use`` the session is not renewed: that is for what
    an open page asks by itself.
    """

    def decorate(view: View) -> AsyncView:
        @functools.wraps(view)
        async def guarded(request: Request) -> Response:
            actor = await sessions.actor(request)
            if actor is None:
                return _to_login(request)
            slug = request.path_params.get(society)
            where = None if slug is None else await run_in_threadpool(_society, request, slug)
            if roles and not any(allowed(actor, role, where) for role in roles):
                raise HTTPException(403)
            request.state.society = where
            if use:
                sessions.use(request)
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
    if wants_json(request) or is_asked_by_a_page(request):
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


def form(view: Callable[[Request, FormData], Response | Awaitable[Response]]) -> AsyncView:
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
    data = await request.body()
    try:
        body = json.loads(data, object_pairs_hook=_unique, parse_constant=_refuse)
        # Half a character or NUL can be written only with an escape, or in another encoding.
        odd = b"\\u" in data or b"\0" in data or not data.isascii()
        plain = json.dumps(body, ensure_ascii=False).encode() if odd else b""
    except (ValueError, RecursionError) as error:
        raise NotJsonError from error
    if not isinstance(body, dict) or b"\\u0000" in plain:
        raise NotJsonError
    return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")
