"""Chromium against the real server in this process, and a server that lies."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.trust.books.scenario import BooksScenario
from tests.web.conftest import app, client, scenario, state_filed
from web.accepting import serve
from web.serve import config

__all__ = ["app", "client", "scenario", "state_filed"]

Lie = Callable[[str, bytes], bytes]


@dataclass(slots=True)
class Liar:
    """Passes on what the application says, altered where a test wants it."""

    app: ASGIApp
    lie: Lie | None = None
    told: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self.lie is None:
            await self.app(scope, receive, send)
            return
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        starts: list[Message] = []
        parts: list[bytes] = []

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                starts.append(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self.app({**scope, "headers": headers}, receive, gather)
        true = b"".join(parts)
        said = self.lie(scope["path"], true)
        if said != true:
            self.told.append(scope["path"])
        start = starts[0]
        kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        await send({**start, "headers": [*kept, (b"content-length", b"%d" % len(said))]})
        await send({"type": "http.response.body", "body": said})


@dataclass(slots=True)
class Site:
    """A running server: its address and its liar."""

    url: str
    liar: Liar


@pytest.fixture
def site(app: Starlette, scenario: BooksScenario) -> Iterator[Site]:
    """The application over two filed years."""
    with serving(app) as made:
        yield made


@contextmanager
def serving(app: Starlette) -> Iterator[Site]:
    """An application on a free port, in a thread of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    liar = Liar(app)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    bind = f"127.0.0.1:{port}"
    made = config(bind)

    def run() -> None:
        loop.run_until_complete(serve(liar, made, shutdown_trigger=stop.wait))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield Site(f"http://{bind}", liar)
    loop.call_soon_threadsafe(stop.set)
    thread.join(timeout=30)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A fresh profile that fails the test on any console error or broken policy."""
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="ml-IN")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()
