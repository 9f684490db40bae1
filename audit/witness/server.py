"""The witness over HTTP: `POST add-checkpoint`, and the last cosigned checkpoint of each log.

Bodies, connections and waiting are bounded, because anybody may send anything: what is not a
request of the protocol costs a few milliseconds and one thread for half a minute at most.
"""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from audit.witness.keys import WitnessKeys
from audit.witness.store import Store
from trust.formats.errors import SakshiError
from trust.formats.notes import NoteSignature, VerifierKey
from trust.formats.witness import (
    TEXT_TYPE,
    AddCheckpoint,
    Refusal,
    check_known,
    parse_log_list,
    read_request,
)

MAX_BODY = 128 * 1024
MAX_CONNECTIONS = 64
REQUEST_SECONDS = 30
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)


class Witness:
    """Keys, memory and the list of known logs; knows nothing of HTTP."""

    def __init__(
        self,
        keys: WitnessKeys,
        store: Store,
        logs: Path,
        clock: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        self.keys, self.store, self._path, self._clock = keys, store, logs, clock
        self._logs: dict[str, tuple[VerifierKey, ...]] = {}
        self.reload()

    def reload(self) -> int:
        """Read the list of logs again; gives how many there are.

        Raises:
            FormatError, OSError: the list cannot be read; the old one stays in force.
        """
        self._logs = parse_log_list(self._path.read_text(encoding="utf-8"))
        return len(self._logs)

    def add_checkpoint(self, body: bytes) -> str:
        """The answer to an ``add-checkpoint`` request: signature lines.

        Raises:
            Refusal: with the status to answer.
        """
        logs = self._logs
        request = read_request(body)
        check_known(request, logs)
        trusted = _lines_of(request, logs[request.checkpoint.origin])
        lines = self.store.cosign(request, trusted, self._clock(), self.keys.cosign)
        return "".join(line.line() for line in lines)

    def about(self) -> str:
        """Name and keys, as lines of a trust policy."""
        return "".join(
            f"witness {key.name}{'' if key.type == 4 else '-mldsa44'} {key.format()}\n"
            for key in self.keys.public()
        )


def _lines_of(request: AddCheckpoint, keys: tuple[VerifierKey, ...]) -> list[NoteSignature]:
    """The log's own signature lines; a stranger's lines are not passed on."""
    known = {(key.name, key.key_id) for key in keys}
    return [line for line in request.note.signatures if (line.name, line.key_id) in known]


class WitnessServer(ThreadingHTTPServer):
    """A thread per connection, so many at once; a request that dawdles is cut off."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], witness: Witness, prefix: str = "") -> None:
        self.witness, self.prefix = witness, prefix.rstrip("/")
        self.deadlines: dict[socket.socket, float] = {}
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection, or close it when there are too many."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection and give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.deadlines.pop(request, None)
            self._places.release()

    def service_actions(self) -> None:
        """Twice a second: cut off connections whose request takes too long."""
        now = time.monotonic()
        for connection, deadline in list(self.deadlines.items()):
            if deadline < now:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is nobody's fault; anything else is said, without addresses."""
        fault = sys.exception()
        if not isinstance(fault, OSError):
            say(f"fault while answering: {fault!r}")


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version = "sakshi-witness"
    sys_version = ""
    timeout = REQUEST_SECONDS
    wbufsize = 16 * 1024
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        self.server.deadlines[self.connection] = time.monotonic() + REQUEST_SECONDS
        super().handle_one_request()

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if self._path() != "/add-checkpoint":
            self._answer(404, "The only thing to post here is add-checkpoint.\n")
            return
        try:
            self._answer(200, self.server.witness.add_checkpoint(body))
        except Refusal as refusal:
            say(f"{refusal.status}: {refusal}")
            self._answer(refusal.status, refusal.body, refusal.content_type)
        except Exception as fault:
            # Not on the disk, so not cosigned: the client may ask again.
            say(f"500: {fault!r}")
            self._answer(500, "The witness could not store what it saw; ask again.\n")

    def do_GET(self) -> None:
        path = self._path()
        found = _CHECKPOINT.fullmatch(path or "")
        if found:
            note = self.server.witness.store.latest(found[1])
            if note is not None:
                self._answer(200, note)
                return
        elif path in ("", "/"):
            self._answer(200, self.server.witness.about())
            return
        self._answer(404, "No checkpoint of such a log was cosigned here.\n")

    def _path(self) -> str | None:
        """The path below the prefix."""
        path = self.path.partition("?")[0]
        prefix = self.server.prefix
        return path.removeprefix(prefix) if path.startswith(prefix) else None

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            self._last(411, "A request needs its length.\n")
            return None
        if len(length) > 9 or int(length) > MAX_BODY:
            self._last(413, f"A request has {MAX_BODY} bytes at most.\n")
            return None
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self.close_connection = True
            return None
        return body

    def _last(self, status: int, text: str) -> None:
        """Answer without having read the request: nothing more can be read here."""
        self.close_connection = True
        self._answer(status, text)

    def _answer(self, status: int, text: str, content_type: str = TEXT_TYPE) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store" if self.command == "POST" else "max-age=5")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Addresses of callers are nobody's business; refusals are said where they happen."""


def say(line: str) -> None:
    """A line for the operator."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def reload_aloud(witness: Witness) -> None:
    """Read the list of logs again and say how that went."""
    try:
        say(f"{witness.reload()} logs known")
    except (SakshiError, OSError, UnicodeDecodeError) as fault:
        say(f"the list of logs was not read again, the old one stays: {fault}")
