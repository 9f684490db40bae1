"""Sessions: who is signed in.

The session is a signed cookie that holds an account number, the time of signing in, a random name
of its own and a random value for form tokens; nothing personal. A session that was signed out is
remembered until it would have ended. Its account and grants are read with every request; one read
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

SESSION_SECONDS: Final = 12 * 3600

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
            known = people.actors(conn, [int(session["account"]) for session in asked])
        now = self._rt.clock()
        return [
            None
            if str(session.get("id")) in ended
            else _in_time(known.get(int(session["account"])), int(session.get("since", 0)), now)
            for session in asked
        ]


def _in_time(actor: Actor | None, since: int, now: int) -> Actor | None:
    """The actor, if a session of that time still stands."""
    if actor is None or now - since > SESSION_SECONDS:
        return None
    ended = actor.account.signed_out_at
    return None if ended is not None and since <= ended else actor


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


async def actor(request: HTTPConnection) -> Actor | None:
    """The signed-in person with their grants, read once per request; None if nobody."""
    kept = getattr(request.state, "actor", None)
    if kept is None and is_signed_in(request):
        kept = await request.app.state.sessions.actor(request.session)
        request.state.actor = kept
    return cast("Actor | None", kept)
