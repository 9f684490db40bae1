"""Somebody sends bodies that nobody asked for, or begins one and falls silent."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from web.accepting import serve
from web.exchange import MAX_BODY
from web.middleware import Outermost
from web.serve import config


class Counting:
    """An application that reads no body, or all of it, and counts the answers in the making."""

    def __init__(self) -> None:
        self.working = self.most = self.begun = 0
        self.read = 0
        self._inner = Outermost(
            ExceptionMiddleware(self._answer), piece_seconds=0.3, body_seconds=0.6
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await Router()(scope, receive, send)
            return
        self.working += 1
        self.begun += 1
        self.most = max(self.most, self.working)
        try:
            await self._inner(scope, receive, send)
        finally:
            self.working -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/read":
            self.read += len(await Request(scope, receive).body())
        await asyncio.sleep(0.2)  # as long as making a page takes: what was sent has piled up
        if scope["path"] == "/large":
            await PlainTextResponse("x" * 30_000_000)(scope, receive, send)
            return
        await PlainTextResponse("no", status_code=413)(scope, receive, send)


@asynccontextmanager
async def served(app: Counting, **changed: object) -> AsyncIterator[int]:
    """The application behind the real server with some settings changed, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    stop = asyncio.Event()
    ready = config(f"127.0.0.1:{port}")
    ready.graceful_timeout = ready.shutdown_timeout = 1.0
    for name, value in changed.items():
        setattr(ready, name, value)

    async def stopped() -> None:
        await stop.wait()

    server = asyncio.create_task(serve(app, ready, shutdown_trigger=stopped))
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        await asyncio.sleep(0.05)
    try:
        yield port
    finally:
        stop.set()
        await asyncio.wait_for(server, 10)


async def send(port: int, path: str, announced: int, sent: int) -> None:
    """Send the head of a request and so many bytes of its body; then read whatever comes."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {announced}\r\n\r\n"
    await send_bytes(port, head.encode() + b"x" * sent)


async def send_bytes(port: int, data: bytes) -> None:
    """Send what is or is not a request; then read whatever comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        await asyncio.wait_for(writer.drain(), 10)
        await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        pass  # the server has said what it has to say and closed
    finally:
        writer.close()


async def settled(app: Counting) -> bool:
    """Whether no answer is in the making any more, looked at for three seconds."""
    for _ in range(60):
        await asyncio.sleep(0.05)
        if app.working == 0:
            return True
    return False


def test_a_refused_upload_does_not_hold_its_connection_for_ever() -> None:
    async def story() -> None:
        app = Counting()
        async with served(app) as port:
            for _ in range(5):
                await send(port, "/", 3_000_000, 3_000_000)
            assert await settled(app), f"{app.working} answers never end"

    asyncio.run(story())


def test_who_begins_a_body_and_falls_silent_is_let_go() -> None:
    async def story() -> None:
        app = Counting()
        async with served(app) as port:
            await asyncio.gather(*(send(port, "/read", 1000, 2) for _ in range(20)))
            assert await settled(app), f"{app.working} answers never end"

    asyncio.run(story())


LENGTH = b"Content-Length: 0\r\n"
CODING = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize("heads", [LENGTH + CODING, CODING + LENGTH, CODING])
def test_a_length_of_zero_beside_a_transfer_coding_lifts_no_limit(heads: bytes) -> None:
    """The server reads the chunks whatever length stands beside them, in either order."""
    head = b"POST /read HTTP/1.1\r\nHost: x\r\n" + heads + b"\r\n"
    pieces = (b"%x\r\n" % 60_000 + b"x" * 60_000 + b"\r\n") * 40

    async def story() -> None:
        app = Counting()
        async with served(app) as port:
            await send_bytes(port, head + pieces + b"0\r\n\r\n")
            await send_bytes(port, head + b"2\r\nxx\r\n")
            assert await settled(app), f"{app.working} answers never end"
        assert app.read == 0, f"{app.read} bytes were read, {MAX_BODY} are allowed"

    asyncio.run(story())


def test_who_sends_a_byte_now_and_then_has_no_more_time_than_others() -> None:
    """Each byte comes in the time of a piece; the body as a whole does not."""

    async def story() -> None:
        app = Counting()
        async with served(app) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
            answer = asyncio.create_task(reader.read())
            for _ in range(30):
                if answer.done():
                    break
                writer.write(b"x")
                await asyncio.sleep(0.1)
            else:
                raise AssertionError("a byte every 0.1 s is waited for without end")
            assert (await answer).startswith(b"HTTP/1.1 408")
            writer.close()

    asyncio.run(story())


def test_who_still_sends_when_the_answer_leaves_reads_it_whole() -> None:
    """nginx said 502 to an officer whose session had ended while a file was on its way."""

    async def story() -> None:
        async with served(Counting()) as port:
            for _ in range(5):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
                for _ in range(30):
                    writer.write(b"x" * 100_000)
                    await writer.drain()
                    await asyncio.sleep(0.02)
                answer = await asyncio.wait_for(reader.read(), 5)
                assert answer.startswith(b"HTTP/1.1 413") and answer.endswith(b"no")
                writer.close()

    asyncio.run(story())
