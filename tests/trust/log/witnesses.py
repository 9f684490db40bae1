"""Witnesses for the tests of the log room: real ones, and ones that misbehave."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from audit.witness import keys, store
from audit.witness.server import WitnessServer
from audit.witness.witness import Witness

Reply = tuple[int, bytes, float]
"""Status, body, and seconds to wait before answering."""


class Served(WitnessServer):
    """A witness in a thread, of which `shutdown` waits for the end."""

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        super().__init__(address, witness)
        self._ended = threading.Event()

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        try:
            super().serve_forever(poll_interval)
        finally:
            self._ended.set()

    def shutdown(self) -> None:
        super().shutdown()
        self._ended.wait(10)


@dataclass(slots=True)
class Asked:
    """A witness under test: its address, its keys, and what may be done to it."""

    name: str
    keys: keys.WitnessKeys
    url: str
    server: WitnessServer | None = None
    bodies: list[bytes] = field(default_factory=list)

    def line(self) -> str:
        """Its line in a policy."""
        return f"witness {self.name} {self.keys.public()[0].format()} {self.url}\n"


@contextmanager
def honest(
    clock: Callable[[], int],
    folder: Path,
    name: str,
    vkeys: str,
    port: int = 0,
    *,
    mldsa44: bool = False,
) -> Iterator[Asked]:
    """A witness of ours that knows these logs; with files already there it goes on with them."""
    folder.mkdir(exist_ok=True)
    if not (folder / "witness.key").exists():
        made = keys.make(folder / "witness.key", f"{name}.example", mldsa44=mldsa44)
        store.create(folder / "witness.db", made.public()[0].format())
    (folder / "logs").write_text(vkeys)
    loaded = keys.load(folder / "witness.key")
    memory = store.Store(folder / "witness.db", loaded.public()[0].format())
    server = Served(("127.0.0.1", port), Witness(loaded, memory, folder / "logs", clock))
    with _running(server):
        yield Asked(name, loaded, f"http://127.0.0.1:{server.server_port}", server)
    memory.close()


@contextmanager
def scripted(folder: Path, name: str, *replies: Reply) -> Iterator[Asked]:
    """A witness that gives these answers, the last one for ever."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.key"
    made = keys.load(path) if path.exists() else keys.make(path, f"{name}.example", mldsa44=False)
    queue = list(replies)
    stop = threading.Event()
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, body, wait = queue.pop(0) if len(queue) > 1 else queue[0]
            stop.wait(wait)
            try:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with _running(server):
        yield Asked(name, made, f"http://127.0.0.1:{server.server_port}", None, bodies)
        stop.set()


@contextmanager
def _running(server: ThreadingHTTPServer | Served) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
