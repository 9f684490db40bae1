"""Listening: as many connections as the descriptors of the process allow, until it stops (ADR 15).

asyncio's own servers try again as often as their backlog is long when descriptors run out, with a
traceback each time. Here a connection is accepted only if there is room for it; the others wait in
the system's queue. What is left of the descriptors is for those inside: database, files, spools.
"""

import asyncio
import resource
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from hypercorn.asyncio.lifespan import Lifespan
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.utils import wrap_app
from starlette.types import ASGIApp

from web.connections import Connection
from web.protocols import Door

RESERVED: Final = 300
"""Descriptors that are not for connections; half of them all, if they are few."""
MOST: Final = 20_000
"""Connections at a time, however many descriptors there are."""
PAUSE_SECONDS: Final = 0.5
TELL_SECONDS: Final = 60.0
_log = structlog.get_logger("sakshi.web")


def room() -> int:
    """How many connections this process takes at a time."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(MOST, descriptors - min(RESERVED, descriptors // 2)))


class Doorkeeper:
    """Accepts connections and knows those that are open.

    Args:
        begin: serves one connection.
        most: connections at a time.
    """

    def __init__(
        self, begin: Callable[[socket.socket], Awaitable[None]], most: int | None = None
    ) -> None:
        self.open: set[asyncio.Task[None]] = set()
        self._begin = begin
        self._room = asyncio.Semaphore(room() if most is None else most)
        self._told = -TELL_SECONDS

    async def keep(self, listening: socket.socket) -> None:
        """Accept until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            if self._room.locked():
                self._tell("all connections that there is room for are open")
            await self._room.acquire()
            try:
                accepted, _ = await loop.sock_accept(listening)
            except OSError as error:  # no descriptor or memory left, or the caller has gone
                self._room.release()
                self._tell("a connection could not be accepted", error=error.strerror)
                await asyncio.sleep(PAUSE_SECONDS)
            except asyncio.CancelledError:
                self._room.release()
                raise
            else:
                self._let_in(loop.create_task(self._serve(accepted)))

    def _let_in(self, task: asyncio.Task[None]) -> None:
        self.open.add(task)
        task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[None]) -> None:
        self.open.discard(task)
        self._room.release()
        if not task.cancelled() and task.exception() is not None:
            _log.error("connection failed", error=type(task.exception()).__name__)

    async def _serve(self, accepted: socket.socket) -> None:
        await self._begin(accepted)

    def _tell(self, what: str, **more: object) -> None:
        now = time.monotonic()
        if now - self._told >= TELL_SECONDS:
            self._told = now
            _log.warning(what, open=len(self.open), **more)


async def serve(
    app: ASGIApp, config: Door, *, shutdown_trigger: Callable[[], Awaitable[object]]
) -> None:
    """Serve an application until the trigger returns; then close the doors, let answers be
    finished for `graceful_timeout` seconds, and end the application.

    Called as Hypercorn's function of this name is.
    """
    loop, state = asyncio.get_running_loop(), dict[str, Any]()
    wrapped = wrap_app(app, config.wsgi_max_body_size, "asgi")  # type: ignore[arg-type]
    lifespan = Lifespan(wrapped, config, loop, state)
    living = loop.create_task(lifespan.handle_lifespan())
    await lifespan.wait_for_startup()
    if living.done() and (failed := living.exception()) is not None:
        raise failed
    context = WorkerContext(None)

    async def begin(accepted: socket.socket) -> None:
        reader, writer = await _streams(accepted)
        await Connection(wrapped, loop, config, context, state, reader, writer)

    keeper = Doorkeeper(begin)
    doors = _opened(config)
    keeping = [loop.create_task(keeper.keep(door)) for door in doors]
    try:
        await shutdown_trigger()
    finally:
        await context.terminated.set()
        await _cancelled(keeping)
        for door in doors:
            door.close()
        if keeper.open:
            await asyncio.wait(keeper.open, timeout=config.graceful_timeout)
        await _cancelled(list(keeper.open))
        await lifespan.wait_for_shutdown()
        await _cancelled([living])


def _opened(config: Door) -> list[socket.socket]:
    doors = config.create_sockets().insecure_sockets
    for door in doors:
        door.listen(config.backlog)
        door.setblocking(False)
    return doors


async def _streams(accepted: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, accepted)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
