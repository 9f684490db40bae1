"""Signing in: a password for staff, a signed challenge for members (docs/formats.md section 5).

A member's seed never leaves the browser: the page gets a challenge, signs it and sends the signed
record. Each of the four users then has a start page of their own.
"""

import functools
from collections.abc import Mapping
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trust.formats import b64
from trust.formats.errors import SakshiError
from trust.log.runtime import Runtime
from trust.people import service as people_service
from trust.people.accounterrors import LoginRefusedError
from trust.people.model import Account, Actor
from web import devices, guesses, security, sessions, staff
from web.account import links
from web.errors import ChallengeShapeError, KeyOrNameError, TooOftenError
from web.negotiate import JsonAnswer
from web.render import page

STARTS: Final = (
    ("registrar", "/registrar"),
    ("administrator", "/office"),
    ("auditor", "/auditor"),
    ("secretary", "/secretary"),
    ("president", "/secretary"),
    ("clerk", "/secretary"),
    ("returning-officer", "/secretary"),
    ("federation", "/office/federation"),
)


async def login_page(request: Request) -> Response:
    """Both ways to sign in on one page."""
    if request.query_params.get("out") is None and await sessions.actor(request) is not None:
        return RedirectResponse("/start", status_code=303)
    return await run_in_threadpool(_login, request)


def _login(
    request: Request, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response:
    shown: dict[str, Any] = {
        "next": security.safe_next(request.query_params.get("next")),
        "signed_out": request.query_params.get("out") is not None,
        "stopped": request.query_params.get("stopped") is not None,
    }
    sent = dict(headers or {})
    return page(request, "account/login.html", status=status, headers=sent, **shown | context)


async def login_staff(request: Request, fields: FormData) -> Response:
    """A password that fits begins a session; what did not fit is never told."""
    following = security.safe_next(str(fields.get("next") or ""))
    try:
        login = name_of(staff.text(fields, "login", 80))
        account = await by_password(request, login, str(fields.get("password") or "")[:1000])
    except SakshiError as error:
        told = staff.refused(request, error, fields)
        headers = error.headers if isinstance(error, TooOftenError) else None
        shown = functools.partial(_login, request, error.status, headers, next=following, **told)
        return await run_in_threadpool(shown)
    sessions.sign_in(request, account)
    answer = RedirectResponse(following, status_code=303)
    devices.remember(request, answer, login)
    return answer


def name_of(typed: str) -> str:
    """A log-in name as accounts have it: however it is typed, it is one name and one count."""
    return typed.strip().lower()


async def by_password(request: Request, login: str, password: str) -> Account:
    """Check a password, as slowly as failures on the name ask for (`web/guesses.py`).

    Raises LoginRefusedError; TooOftenError for too many attempts from an address or a device.
    """
    rt = staff.runtime(request)
    await guesses.admit(request, login)
    try:
        return await run_in_threadpool(_check, rt, login, password)
    except LoginRefusedError:
        await guesses.failed(request, login)
        raise


def _check(rt: Runtime, login: str, password: str) -> Account:
    memory = rt.settings.argon2_memory_kib
    with rt.db.read() as conn:
        return people_service.login_with_password(conn, login, password, memory_kib=memory)


def challenge(request: Request, body: dict[str, Any]) -> Response:
    """A challenge for the holder of a card or device key, or for a log-in name: the record to sign
    and the origin to sign it for, from `{"key": …}` or `{"account": …}`.

    Keys stand in packages that a whole society can read, so the answer to one never says whose
    it is, nor whether it is bound to anybody.
    """
    rt = staff.runtime(request)
    key, name = body.get("key"), body.get("account")
    if isinstance(key, str) == isinstance(name, str):
        raise KeyOrNameError
    with rt.db.write() as conn:
        if isinstance(key, str):
            name = people_service.key_name(b64.decode_hash(key))
        record = people_service.login_challenge(conn, str(name)[:80], now=rt.clock())
        origin = people_service.login_origin(conn)
    return JsonAnswer({"record": record, "origin": origin})


def login_signed(request: Request, body: dict[str, Any]) -> Response:
    """A challenge signed by the member's own key begins a session."""
    account = by_signature(staff.runtime(request), body.get("record"))
    sessions.sign_in(request, account)
    return JsonAnswer({"next": security.safe_next(str(body.get("next") or ""))})


def by_signature(rt: Runtime, record: object) -> Account:
    """The account of a signed challenge.

    A refused attempt uses its challenge up too, so that it cannot be tried again.
    """
    if not isinstance(record, dict):
        raise ChallengeShapeError
    refused: SakshiError
    with rt.db.write() as conn:
        try:
            return people_service.login_with_signature(conn, record, now=rt.clock())
        except LoginRefusedError as error:
            refused = error
    raise refused


def device_page(request: Request) -> Response:
    """Make a key on this device; its public part is told to the officers, who bind it."""
    return page(request, "account/device.html")


def logout(request: Request, _fields: FormData) -> Response:
    """End the session; the log-in page then drops the cards this browser kept."""
    sessions.sign_out(request)
    return RedirectResponse("/login?out=1", status_code=303)


def start_of(person: Actor) -> str:
    """Where a person's day begins."""
    if person.account.kind == "member":
        return "/member"
    return next((path for role, path in STARTS if person.has(role)), "/account")  # type: ignore[arg-type]


def start(request: Request) -> Response:
    """To the start page of whoever is signed in."""
    return RedirectResponse(start_of(staff.actor(request)), status_code=303)


def account_page(request: Request) -> Response:
    """For an account without a role: what to do to get one, and the way out."""
    return page(request, "account/account.html", person=staff.actor(request).account)


async def session(request: Request) -> Response:
    """Who is signed in and the form token, for programs that keep the cookie."""
    person = await sessions.actor(request)
    return JsonAnswer(
        {
            "csrf": security.csrf_token(request),
            "login": None if person is None else person.account.login,
            "start": None if person is None else start_of(person),
        }
    )


routes = [
    *links.routes,
    Route("/login", login_page),
    Route("/login", security.form(login_staff), methods=["POST"]),
    Route("/login/challenge", security.json_form(challenge), methods=["POST"]),
    Route("/login/signed", security.json_form(login_signed), methods=["POST"]),
    Route("/login/device", device_page),
    Route("/login/session", session),
    Route("/logout", security.form(logout), methods=["POST"]),
    Route("/start", security.require()(start)),
    Route("/account", security.require()(account_page)),
]
