"""The live stream of open pages, as server-sent events (WHATWG HTML).

One look every 0.2 s at the newest id of the live-event table serves all streams of a process; only
when it has grown does each stream read its own batch. A page that was away sends `Last-Event-ID`
and goes on from there. A `beat` every few seconds lets the page notice that the stream is lost.

A stream ends with the right to read it: when the session is signed out or over, when the account is
closed, or when its offices change. The page then comes back and is asked who it is.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from trust import outbox
from trust.database import StorageError
from trust.log.runtime import Runtime
from trust.outbox import LiveEvent
from trust.people.errors import NoSuchAccountError
from web import staff
from web.errors import TooOftenError

TOPICS: Final = ("alerts",)
MAX_DIGITS: Final = 18
LOOK_SECONDS: Final = 0.2
BEAT_SECONDS: Final = 5.0
NAP_SECONDS: Final = 0.5
"""How long a stream sleeps at most before it sees that the server is stopping."""

LOOK_AGAIN_SECONDS: Final = 2.0
"""How long a stream may go on after its session ended; also the pause of a lost database."""

MOST_STREAMS: Final = 16
"""Live streams of one account in one process. Each holds a connection here and one of the proxy's
for as long as its session lasts."""
RETRY_SECONDS: Final = 30

Tell = Callable[[list[LiveEvent]], bytes]
"""What a batch of events becomes for this reader; empty bytes if none of them is hers."""


class Follower:
    """Follows the live-event table for every stream of one event loop."""

    def __init__(self, rt: Runtime) -> None:
        self.loop = asyncio.get_running_loop()
        self.newest = 0
        self._rt = rt
        self._streams = 0
        self._grown = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def wait(self, after: int, seconds: float) -> bool:
        """Whether there are events above `after`; returns at once if so, else after `seconds`."""
        self._streams += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())
        try:
            async with asyncio.timeout(seconds):
                while self.newest <= after:
                    await self._grown.wait()
        except TimeoutError:
            return False
        finally:
            self._streams -= 1
        return True

    async def _follow(self) -> None:
        idle = 0
        while idle < 10:
            idle = 0 if self._streams else idle + 1
            try:
                newest = await run_in_threadpool(self._look)
            except StorageError:  # each stream notices for itself
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
                continue
            if newest != self.newest:
                self.newest = newest
                grown, self._grown = self._grown, asyncio.Event()
                grown.set()
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self) -> int:
        with self._rt.db.read() as conn:
            return outbox.last_live_id(conn)


def follower(request: Request) -> Follower:
    """The follower of this process."""
    found = getattr(request.app.state, "follower", None)
    if not isinstance(found, Follower) or found.loop is not asyncio.get_running_loop():
        found = request.app.state.follower = Follower(request.app.state.rt)
    return found


def begin(conn: Connection, request: Request) -> int:
    """The id to go on from: what the browser saw last, else what the page was made with, else the
    newest. What is not a number means a fresh page; it is no error."""
    asked = request.headers.get("last-event-id") or request.query_params.get("after") or ""
    newest = outbox.last_live_id(conn)
    readable = asked.isascii() and asked.isdigit() and len(asked) <= MAX_DIGITS
    if not readable:
        return newest
    # An id beyond the newest is from before a reset or a backup: all may be otherwise now.
    return int(asked) if int(asked) <= newest else 0


def message(data: str, *, event: str = "", number: int | None = None) -> bytes:
    """One event as text; each line of the data stands on a line of its own."""
    head = "" if number is None else f"id: {number}\n"
    head += f"event: {event}\n" if event else ""
    return (head + "".join(f"data: {line}\n" for line in data.split("\n")) + "\n").encode()


class Right:
    """Whether the reader of a stream is still who began it, with the same offices."""

    def __init__(self, request: Request) -> None:
        self._sessions = request.app.state.sessions
        self._session = request.session
        self._began_as = staff.actor(request)
        self._known_until = 0.0

    async def stands(self, *, fresh: bool) -> bool:
        """Looked up when it was last some seconds ago, and before anything is told (`fresh`)."""
        now = asyncio.get_running_loop().time()
        if not fresh and now < self._known_until:
            return True
        self._known_until = now + LOOK_AGAIN_SECONDS
        return bool(await self._sessions.actor(self._session) == self._began_as)


async def stream(request: Request, after: int, tell: Tell) -> AsyncIterator[bytes]:
    """Events as they are committed, beats between, until the reader leaves or may not read any
    more, the server stops, or the database is lost."""
    right = Right(request)
    yield message("", event="beat")
    with suppress(StorageError, NoSuchAccountError):
        async for data in _told(request, after, tell, right):
            yield data
    yield b"retry: 1000\n\n"


async def _told(request: Request, after: int, tell: Tell, right: Right) -> AsyncIterator[bytes]:
    rt: Runtime = request.app.state.rt
    stopping: asyncio.Event | None = request.app.state.stopping
    follow = follower(request)
    quiet = 0.0
    while stopping is None or not stopping.is_set():
        grown = await follow.wait(after, NAP_SECONDS)
        if not await right.stands(fresh=grown):
            return
        found = await run_in_threadpool(_read, rt, after) if grown else []
        if grown:
            after = found[-1].id if found else follow.newest
        data = await run_in_threadpool(tell, found) if found else b""
        quiet = 0.0 if data else quiet + (0.0 if grown else NAP_SECONDS)
        if quiet >= BEAT_SECONDS:
            data, quiet = message("", event="beat"), 0.0
        if data:
            yield data


def _read(rt: Runtime, after: int) -> list[LiveEvent]:
    with rt.db.read() as conn:
        return outbox.live_after(conn, after, TOPICS)


class LiveAnswer(StreamingResponse):
    """A stream that is one of its account's for as long as it is sent."""

    account = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the reader leaves or the stream ends."""
        held = _held(scope["app"])
        held[self.account] += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            held[self.account] -= 1
            if not held[self.account]:
                del held[self.account]


def _held(app: Starlette) -> Counter[int]:
    """How many streams each account has in this process."""
    found = getattr(app.state, "streams", None)
    if not isinstance(found, Counter):
        found = app.state.streams = Counter()
    return found


def answer(request: Request, after: int, tell: Tell) -> StreamingResponse:
    """The stream as a response that no proxy may hold back.

    Raises TooOftenError if the account has too many already.
    """
    account = staff.actor(request).account.id
    if _held(request.app)[account] >= MOST_STREAMS:
        raise TooOftenError({"Retry-After": str(RETRY_SECONDS)})
    made = LiveAnswer(
        stream(request, after, tell),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
    made.account = account
    return made
