"""The application on a port, in a thread of the test."""

import asyncio
import socket
import threading
import time

from starlette.applications import Starlette

from web.accepting import serve
from web.serve import config


class Server:
    """The application on a port of its own; it can be stopped and started again."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; returns when a connection is taken."""
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self.app.state.stopping = self._stop
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)

    def _run(self) -> None:
        bind = config(f"127.0.0.1:{self.port}")
        self._loop.run_until_complete(serve(self.app, bind, shutdown_trigger=self._stop.wait))

    def stop(self) -> None:
        """Stop as the command does: streams end, answers in the making are finished."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=30)
