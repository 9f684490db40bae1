"""Sessions: who is signed in.

The session is a signed cookie that holds an account number, the times of signing in and of the last
use, a random name of its own and a random value for form tokens; nothing personal. It ends
`SESSION_SECONDS` after the last use. A session that was signed out is remembered until every copy
of it has ended. Its account and grants are read with every request, in whichever process; one read
answers requests that come together.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request

from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Account, Actor
from web.negotiate import is_asked_by_itself

SESSION_SECONDS: Final = 12 * 3600
"""How long a session lasts after its last use."""
RENEW_SECONDS: Final = 300
"""A use is noted in the cookie at most so often: not every answer needs to carry it."""

Session = Mapping[str, Any]


class Sessions:
    """Reads who sessions belong to, for one process."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._waiting: list[tuple[Session, asyncio.Future[Actor | None]]] = []
        self._reader: asyncio.Task[None] | None = None

    async def actor(self, session: Session) -> Actor | None:
        """The account of a session with its grants; None if it was signed out, ended or lost."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Actor | None] = loop.create_future()
        self._waiting.append((session, answer))
        if self._reader is None or self._reader.done():
            self._reader = loop.create_task(self._read())
        return await answer

    async def _read(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                found: Sequence[Any] = await run_in_threadpool(
                    self.actors, [session for session, _ in asked]
                )
            except Exception as error:
                found = [error] * len(asked)
            for (_, answer), outcome in zip(asked, found, strict=True):
                if answer.done():  # whoever asked has left
                    continue
                if isinstance(outcome, Exception):
                    answer.set_exception(outcome)
                else:
                    answer.set_result(outcome)

    def actors(self, asked: Sequence[Session]) -> list[Actor | None]:
        """The same for several sessions, in one read of the database."""
        with self._rt.db.read() as conn:
            ended = people.ended_sessions(conn, [str(session.get("id")) for session in asked])
            now = self._rt.clock()
            known = people.actors(conn, [int(session["account"]) for session in asked], now)
        return [
            None
            if str(session.get("id")) in ended
            else _in_time(known.get(int(session["account"])), session, now)
            for session in asked
        ]


def _in_time(actor: Actor | None, session: Session, now: int) -> Actor | None:
    """The actor, if the session still stands."""
    since = int(session.get("since", 0))
    if actor is None or now - _last_use(session) > SESSION_SECONDS:
        return None
    ended = actor.account.signed_out_at
    return None if ended is not None and since <= ended else actor


def _last_use(session: Session) -> int:
    return int(session.get("seen", session.get("since", 0)))


def use(request: HTTPConnection) -> None:
    """Count the 12 hours of a session that stands from now; the cookie is sent again for it.

    The framework sends a cookie only when the session changes. What an open page asks for by
    itself is nobody's use.
    """
    if is_asked_by_itself(request):
        return
    now = request.app.state.rt.clock()
    if now - _last_use(request.session) >= RENEW_SECONDS:
        request.session["seen"] = now


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
            # An answer that is under way may still renew it.
            until = now + SESSION_SECONDS + RENEW_SECONDS
            people_service.end_session(conn, ended, until=until, now=now)
    request.session.clear()
    request.state.actor = None


async def actor(request: HTTPConnection) -> Actor | None:
    """The signed-in person with their grants, read once per request; None if nobody."""
    kept = getattr(request.state, "actor", None)
    if kept is None and is_signed_in(request):
        kept = await request.app.state.sessions.actor(request.session)
        request.state.actor = kept
    return cast("Actor | None", kept)
