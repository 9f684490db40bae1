"""Devices that somebody signed in from with a password: a signed cookie that says for which names.

It opens nothing. It shows, when a log-in name is being guessed at, that this attempt comes from a
device of its holder, so that strangers' failures cannot hold it up (`web/guesses.py`; OWASP calls
it a device cookie). A name is in it as a hash under a key derived from the session secret, beside
a random mark by which the device is counted.
"""

import hashlib
import secrets
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from trust.log.runtime import Runtime

COOKIE: Final = "sakshi-device"
KEPT_SECONDS: Final = 180 * 86_400
MOST_NAMES: Final = 8
"""Names of one device: an office's computer has several people."""


def mark(request: Request, login: str) -> str | None:
    """The mark of this device for a log-in name; None if nobody signed in to it from here."""
    rt: Runtime = request.app.state.rt
    return _known(request).get(_tag(rt, login))


def remember(request: Request, response: Response, login: str) -> None:
    """Note in the answer that this device signed in to the name; the mark is a fresh one."""
    rt: Runtime = request.app.state.rt
    known, tag = _known(request), _tag(rt, login)
    known.pop(tag, None)
    known[tag] = secrets.token_hex(8)
    newest = dict(list(known.items())[-MOST_NAMES:])
    response.set_cookie(
        COOKIE,
        _serializer(rt).dumps(newest),
        max_age=KEPT_SECONDS,
        secure=rt.settings.https_only,
        httponly=True,
        samesite="lax",
    )


def _known(request: Request) -> dict[str, str]:
    """The names of a cookie that we made, oldest first; empty if there is none, or not of ours."""
    try:
        found = _serializer(request.app.state.rt).loads(
            request.cookies.get(COOKIE, ""), max_age=KEPT_SECONDS
        )
    except BadData:
        return {}
    return {str(tag): str(made) for tag, made in found.items()}


def _serializer(rt: Runtime) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(rt.settings.session_secret, salt="sakshi device")


def _tag(rt: Runtime, login: str) -> str:
    key = hashlib.blake2b(rt.settings.session_secret.encode(), person=b"sakshi device").digest()
    return hashlib.blake2b(login.encode(), key=key, digest_size=8).hexdigest()
