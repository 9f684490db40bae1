"""Signing in by program: a password or a signed challenge, a cookie, and the token to send with it.

What changes something later needs the token of the answer as `X-CSRF-Token`.
"""

from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from web import devices, security, sessions, staff
from web.account import routes as account
from web.api.operations import Operation
from web.api.schemas import BOOLEAN, OBJECT, TEXT, Schema, nullable, schema
from web.api.shape import acting
from web.negotiate import JsonAnswer

Body = dict[str, Any]


async def login(request: Request) -> Response:
    """Begin a session with a password. No token yet: the browser's own headers are checked."""
    body = await security.json_object(request)
    name = account.name_of(str(body.get("login", ""))[:80])
    found = await account.by_password(request, name, str(body.get("password", ""))[:1000])
    sessions.sign_in(request, found)
    answer = await account.session(request)
    devices.remember(request, answer, name)
    return answer


async def challenge(request: Request) -> Response:
    """A challenge to sign, for a public key or a log-in name."""
    body = await security.json_object(request)
    return await run_in_threadpool(account.challenge, request, body)


async def login_signed(request: Request) -> Response:
    """Begin a session with a signed challenge."""
    body = await security.json_object(request)
    rt = staff.runtime(request)
    found = await run_in_threadpool(account.by_signature, rt, body.get("record"))
    sessions.sign_in(request, found)
    return await account.session(request)


def logout(request: Request, _body: Body) -> Response:
    """End the session."""
    sessions.sign_out(request)
    return JsonAnswer({"signed_out": True})


_SESSION: Final = schema(csrf=TEXT, login=nullable(TEXT), start=nullable(TEXT))
_ASKED: Final[Schema] = {"type": "object", "properties": {"key": TEXT, "account": TEXT}}
_REFUSED: Final = (403,)
"""Sent by another site's page, or not the person."""
operations = [
    Operation("POST", "/login", login, "Sign in with a password.", _SESSION,
              body=schema(login=TEXT, password=TEXT), faults=_REFUSED),
    Operation("POST", "/login/challenge", challenge, "Get a challenge to sign, for key or account.",
              schema(record=OBJECT, origin=TEXT), body=_ASKED, faults=_REFUSED),
    Operation("POST", "/login/signed", login_signed, "Sign in with a signed challenge.", _SESSION,
              body=schema(record=OBJECT), faults=_REFUSED),
    acting("/logout", logout, (), "Sign out.", schema(signed_out=BOOLEAN)),
]  # fmt: skip
