"""Somebody opens connections to hold them, or speaks what nobody asked for. All on 127.0.0.1."""

import asyncio
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest

from tests.attacks.test_bodies import Counting, served, settled

ROOT = Path(__file__).parents[2]
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
SETTINGS = b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n"
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    + SETTINGS
    + b"\r\n"
)
SOCKET = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def said(port: int, data: bytes, seconds: float = 5.0) -> bytes:
    """What the server says to these bytes until it closes, or for so many seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = b""
    writer.write(data)
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(seconds):
            while piece := await reader.read(65_536):
                found += piece
    writer.close()
    return found


# --- HTTP/2 without TLS --------------------------------------------------------------------------


def test_http_2_without_tls_is_not_spoken_unless_asked_for() -> None:
    async def story() -> None:
        app = Counting()
        async with served(app, keep_alive_timeout=0.5) as port:
            assert (await said(port, PREFACE)).startswith(b"HTTP/1.1 505")
            assert app.begun == 0
            for asked in (UPGRADE, SOCKET):
                answer = await said(port, asked)
                assert answer.startswith(b"HTTP/1.1 413") and b"101" not in answer[:200]
                assert answer.endswith(b"no")
        async with served(app, h2c=True) as port:
            assert (await said(port, UPGRADE, 1.0)).startswith(b"HTTP/1.1 101")

    asyncio.run(story())


class Client:
    """A client that speaks HTTP/2 from the first byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int, window: int | None = None) -> "Client":
        """Connect; `window`: bytes that the server may send in one stream without being asked."""
        made = cls(*await asyncio.open_connection("127.0.0.1", port))
        made.conn.initiate_connection()
        if window is not None:
            code = h2.settings.SettingCodes.INITIAL_WINDOW_SIZE
            made.conn.update_settings({code: window})
        await made.flush()
        return made

    async def flush(self) -> None:
        """Send what waits."""
        self._writer.write(self.conn.data_to_send())
        with suppress(ConnectionError):
            await self._writer.drain()

    def ask(self, path: str = "/", end: bool = True) -> int:
        """Begin a request; its stream."""
        stream = self.conn.get_next_available_stream_id()
        head = [(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "x")]
        self.conn.send_headers(stream, head, end_stream=end)
        return stream

    async def events(self, seconds: float = 3.0) -> list[h2.events.Event]:
        """What comes until the server closes or says that a stream or the connection ended."""
        found: list[h2.events.Event] = []
        ends = (h2.events.ConnectionTerminated, h2.events.StreamEnded, h2.events.StreamReset)
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(seconds):
                while data := await self._reader.read(65_536):
                    found += self.conn.receive_data(data)
                    if any(isinstance(it, ends) for it in found):
                        break
        return found

    def close(self) -> None:
        """End."""
        self._writer.close()


def test_streams_that_are_opened_and_reset_have_a_budget() -> None:
    """Each costs the sender thirty bytes and the server a page (CVE-2023-44487)."""

    async def story() -> None:
        app = Counting()
        async with served(app, h2c=True) as port:
            honest = await Client.open(port)
            honest.ask()
            await honest.flush()
            assert any(isinstance(it, h2.events.StreamEnded) for it in await honest.events())
            honest.close()
            client, before = await Client.open(port), app.begun
            for _ in range(400):
                client.conn.reset_stream(client.ask())
            await client.flush()
            (gone,) = [
                it for it in await client.events() if isinstance(it, h2.events.ConnectionTerminated)
            ]
            assert gone.error_code == 11, "ENHANCE_YOUR_CALM"
            client.close()
            assert app.begun - before <= 52
            assert await settled(app), f"{app.working} answers never end"

    asyncio.run(story())


def test_a_reader_who_opens_no_window_is_not_waited_for() -> None:
    async def story() -> None:
        app = Counting()
        async with served(app, h2c=True, send_seconds=0.4) as port:
            client = await Client.open(port, window=0)
            client.ask("/large")
            await client.flush()
            found = await client.events()
            assert any(isinstance(it, h2.events.StreamReset) for it in found), found
            assert await settled(app), f"{app.working} answers never end"
            client.close()

    asyncio.run(story())


# --- HTTP/1 --------------------------------------------------------------------------------------


def test_the_server_says_when_it_closes() -> None:
    async def story() -> None:
        app = Counting()
        async with served(app, keep_alive_timeout=0.5) as port:
            assert b"connection: close" not in (await said(port, GET)).lower()
            head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"
            for begun in (head, head + b"x" * 1000, b"POST /read" + head[6:]):
                answer = await said(port, begun)
                assert answer[:12] in (b"HTTP/1.1 413", b"HTTP/1.1 408")
                assert b"connection: close" in answer.lower(), answer
        answering: list[asyncio.Task[bytes]] = []
        async with served(app) as port:
            answering.append(asyncio.create_task(said(port, GET)))
            await asyncio.sleep(0.1)
        assert b"connection: close" in (await answering[0]).lower(), "it was stopping"

    asyncio.run(story())


def test_a_head_that_comes_byte_by_byte_has_one_time_as_a_whole() -> None:
    async def story() -> float:
        async with served(Counting(), keep_alive_timeout=0.6) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            begun, closed = time.monotonic(), asyncio.create_task(reader.read())
            for byte in b"GET / HTTP/1.1\r\nX: " + b"x" * 100:
                if closed.done():
                    break
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)
            took = time.monotonic() - begun
            writer.close()
            return took

    assert 0.5 < asyncio.run(story()) < 2.0


def test_an_answer_that_nobody_fetches_is_dropped() -> None:
    async def story() -> None:
        app = Counting()
        async with served(app, send_seconds=0.4, close_seconds=0.3) as port:
            with socket.create_connection(("127.0.0.1", port)) as silent:
                silent.sendall(GET.replace(b"/ ", b"/large ", 1))
                await asyncio.sleep(0.5)
                assert app.working == 1
                assert await settled(app), "it waits for a reader who reads nothing"
            assert b"413" in await said(port, GET, 1.0), "others are served"

    asyncio.run(story())


def test_requests_sent_before_the_answers_have_a_budget() -> None:
    async def story() -> None:
        app = Counting()
        async with served(app) as port:
            answers = await said(port, GET * 300, 20)
            assert app.most == 1, "one after the other"
            assert 10 <= app.begun <= 20
            assert answers.count(b"HTTP/1.1 413") == app.begun
            assert answers.lower().count(b"connection: close") == 1

    asyncio.run(story())


# --- descriptors ---------------------------------------------------------------------------------

PROGRAM = """
import resource, sys, time
most, given = int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (given, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from web import accepting
from web.serve import run
if most:
    accepting.room = lambda: most
held = []

async def hold(request):
    try:
        while True:
            held.append(open("/dev/null"))
    except OSError:
        pass
    return JSONResponse(len(held))

async def let_go(request):
    while held:
        held.pop().close()
    return JSONResponse(0)

async def alive(request):
    return JSONResponse(time.process_time())

routes = [Route("/hold", hold), Route("/let-go", let_go), Route("/", alive)]
run(Starlette(routes=routes), sys.argv[1])
"""


class Small:
    """A server with few descriptors."""

    def __init__(self, most: int, descriptors: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        words = [f"127.0.0.1:{self.port}", str(most), str(descriptors)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError("the server does not listen")

    def connect(self) -> socket.socket:
        """A connection, which the system takes whether or not the server does."""
        made = socket.create_connection(("127.0.0.1", self.port), 5)
        made.settimeout(5)
        return made

    def ask(self, on: socket.socket, path: str = "/") -> float:
        """The number that is the answer."""
        on.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = http.client.HTTPResponse(on)
        answer.begin()
        return float(answer.read())

    def warnings(self) -> list[dict[str, str]]:
        """Stop, and what it logged."""
        self.process.terminate()
        _, lines = self.process.communicate(timeout=20)
        return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]


@pytest.fixture
def small(request: pytest.FixtureRequest) -> Iterator[Small]:
    """A server that takes `most` connections (0: what it reckons) with so many descriptors."""
    made = Small(*request.param)
    yield made
    made.process.kill()
    made.process.wait()


@pytest.mark.parametrize("small", [(0, 80)], indirect=True)
def test_a_crowd_at_the_door_takes_nothing_from_those_inside(small: Small) -> None:
    inside = small.connect()
    used = small.ask(inside)
    crowd = [small.connect() for _ in range(120)]
    time.sleep(1.5)
    assert small.ask(inside) - used < 0.7, "it spins"
    assert small.ask(inside, "/hold") > 20, "files can still be opened"
    small.ask(inside, "/let-go")
    for one in crowd:
        one.close()
    with small.connect() as late:
        assert small.ask(late) > 0
    inside.close()
    told = small.warnings()
    assert len(told) == 1 and told[0]["level"] == "warning", told


@pytest.mark.parametrize("small", [(1000, 80)], indirect=True)
def test_descriptors_that_run_out_are_told_once_and_waited_for(small: Small) -> None:
    """The server thought it had room: files have taken it."""
    inside = small.connect()
    used = small.ask(inside)
    assert small.ask(inside, "/hold") > 20
    late = small.connect()
    late.sendall(GET)
    time.sleep(2)
    assert small.ask(inside) - used < 0.7, "it spins"
    small.ask(inside, "/let-go")
    assert b"200" in late.recv(65_536), "who waited is served"
    late.close()
    inside.close()
    told = small.warnings()
    assert [line["event"] for line in told] == ["a connection could not be accepted"], told
    assert "Too many open files" in told[0]["error"]
