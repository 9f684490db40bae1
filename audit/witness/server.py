"""The witness over HTTP: `POST add-checkpoint`, and the last cosigned checkpoint of each log.

One thread and one loop. Requests that have arrived together are judged one after the other and put
on the disk in one transaction; only then are they answered. So a sweep over many connections costs
one write to the disk for all that wait, and no request sees half of another.

Connections, bodies and waiting are bounded, because anybody may send anything. Where all places
are taken, the connection that has been without a finished request for longest loses its own.
"""

import re
import selectors
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress

from audit.witness.wire import CONTINUE, BadRequest, Reader, Reply, Request
from audit.witness.witness import Witness
from trust.formats.witness import RefusedError

MAX_CONNECTIONS = 128
REQUEST_SECONDS = 30
"""For a whole request to arrive, and for an answer to be taken."""
IDLE_SECONDS = 90
"""For which a connection is kept without a request."""
LINGER_SECONDS = 2
"""For which more is read, and thrown away, after a last answer, so that it is not lost on the way
to a client that is still sending (RFC 9112 section 9.6)."""
TICK_SECONDS = 0.5
_CHUNK = 16 * 1024
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)


class Service:
    """Which request gets which answer."""

    def __init__(self, witness: Witness, prefix: str) -> None:
        self.witness, self._prefix = witness, prefix

    def answers(self, requests: Sequence[Request]) -> list[Reply]:
        """Answer requests that came together; what they store is on the disk afterwards.

        What could not be stored was not cosigned: then none of them gets more than a 500.
        """
        stores = any(request.method == "POST" for request in requests)
        try:
            with self.witness.together() if stores else nullcontext():
                return [self._answer(request) for request in requests]
        except (sqlite3.Error, OSError) as error:
            say(f"500: {error!r}")
            wrong = Reply(500, "The witness could not store what it saw; ask again.\n")
            return [wrong] * len(requests)

    def _answer(self, request: Request) -> Reply:
        try:
            if request.method == "POST":
                return self._post(request)
            if request.method in ("GET", "HEAD"):
                return self._get(request)
        except RefusedError as refusal:
            if refusal.status == 422:  # a known log's signature, and another history
                say(f"422: {refusal}")
            return Reply(refusal.status, refusal.body, refusal.content_type)
        except (sqlite3.Error, OSError):
            raise
        except Exception as error:
            say(f"500: {error!r}")
            return Reply(500, "The witness failed; ask again.\n")
        return Reply(405, "Only GET, HEAD and POST are answered here.\n")

    def _post(self, request: Request) -> Reply:
        if self._below(request.path) != "/add-checkpoint":
            return Reply(404, "The only thing to post here is add-checkpoint.\n")
        return Reply(200, self.witness.add_checkpoint(request.body))

    def _get(self, request: Request) -> Reply:
        path = self._below(request.path)
        found = _CHECKPOINT.fullmatch(path or "")
        if found:
            note = self.witness.latest(found[1])
            if note is not None:
                return Reply(200, note, cache="max-age=5")
        elif path in ("", "/"):
            return Reply(200, self.witness.about(), cache="max-age=5")
        return Reply(404, "No checkpoint of such a log was cosigned here.\n")

    def _below(self, path: str) -> str | None:
        return path.removeprefix(self._prefix) if path.startswith(self._prefix) else None


class _Connection:
    """One client: what it sent and what it has not yet taken."""

    __slots__ = ("last", "lingers", "out", "reader", "since", "socket")

    def __init__(self, client: socket.socket) -> None:
        self.socket, self.reader, self.out = client, Reader(), b""
        self.since = time.monotonic()
        """When it last got an answer, or began a request."""
        self.last = False
        """No further request is taken: it ends when `out` is gone."""
        self.lingers = False
        """Everything is said; only the client's end is waited for."""

    def limit(self) -> float:
        """Seconds that it may be as it is."""
        if self.lingers:
            return LINGER_SECONDS
        return REQUEST_SECONDS if self.out or self.reader.begun else IDLE_SECONDS


_Asked = tuple[_Connection, Request]


class WitnessServer:
    """Listens, reads, has the service answer, writes; until `shutdown`."""

    def __init__(self, address: tuple[str, int], witness: Witness, prefix: str = "") -> None:
        self.witness, self.prefix = witness, prefix.rstrip("/")
        self.service = Service(witness, self.prefix)
        self.on_tick: Callable[[], None] = lambda: None
        """Called every `TICK_SECONDS`."""
        self._ticked = 0.0
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._listener = socket.create_server(address, family=family, backlog=MAX_CONNECTIONS)
        self._listener.setblocking(False)
        self.server_address: tuple[str, int] = self._listener.getsockname()[:2]
        self.server_port = self.server_address[1]
        self._wake, self.wakeup = socket.socketpair()
        self._wake.setblocking(False)
        self.wakeup.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._connections: dict[socket.socket, _Connection] = {}
        self._stopping = False

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Serve until `shutdown`; what has arrived by then is still answered."""
        while not self._stopping:
            self._turn(poll_interval)
            if time.monotonic() - self._ticked >= TICK_SECONDS:
                self._ticked = time.monotonic()
                self.on_tick()
        self._selector.unregister(self._listener)
        end = time.monotonic() + 2
        while time.monotonic() < end and any(c.out for c in self._connections.values()):
            self._turn(0.05)

    def shutdown(self) -> None:
        """End `serve_forever`; from any thread or from a signal."""
        self._stopping = True
        with suppress(OSError):
            self.wakeup.send(b"x")

    def server_close(self) -> None:
        """Close every connection."""
        for connection in list(self._connections.values()):
            self._drop(connection)
        self._selector.close()
        for one in (self._listener, self._wake, self.wakeup):
            one.close()

    def _turn(self, wait: float) -> None:
        asked: list[_Asked] = []
        for key, events in self._selector.select(wait):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._wake:
                with suppress(OSError):
                    self._wake.recv(_CHUNK)
            else:
                asked += self._serve(key.data, events)
        while asked:
            asked = list(self._reply(asked))
        self._expire(time.monotonic())

    def _accept(self) -> None:
        for _ in range(MAX_CONNECTIONS):
            try:
                client, _address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                say(f"a connection was not taken: {error.strerror}")
                return
            if len(self._connections) >= MAX_CONNECTIONS:
                self._drop(min(self._connections.values(), key=lambda held: held.since))
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made = self._connections[client] = _Connection(client)
            self._selector.register(client, selectors.EVENT_READ, made)

    def _serve(self, connection: _Connection, events: int) -> Iterator[_Asked]:
        """Whatever a connection is ready for; returns a request if one is whole."""
        if connection.socket not in self._connections:  # dropped in this very turn
            return
        if events & selectors.EVENT_WRITE:
            self._flush(connection)
            if not connection.out:
                yield from self._next(connection)
            return
        try:
            data = connection.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        if connection.last:
            return
        if not connection.reader.begun:
            connection.since = time.monotonic()
        connection.reader.feed(data)
        yield from self._next(connection)

    def _next(self, connection: _Connection) -> Iterator[_Asked]:
        """The next request of a connection that has nothing to take, if it is whole."""
        if connection.socket not in self._connections or connection.last or connection.out:
            return
        try:
            request = connection.reader.take()
        except BadRequest as error:
            connection.last = True
            self._send(connection, Reply(error.status, f"{error}\n").encode(keep=False))
            return
        if request is not None:
            yield connection, request
        elif connection.reader.expects:
            connection.reader.expects = False
            self._send(connection, CONTINUE)

    def _reply(self, asked: Sequence[_Asked]) -> Iterator[_Asked]:
        """Answer requests; returns those that had been sent right behind them."""
        replies = self.service.answers([request for _, request in asked])
        for (connection, request), reply in zip(asked, replies, strict=True):
            keep = request.keep and not self._stopping
            connection.last, connection.since = not keep, time.monotonic()
            self._send(connection, reply.encode(keep=keep, method=request.method))
        for connection, _ in asked:
            yield from self._next(connection)

    def _send(self, connection: _Connection, data: bytes) -> None:
        connection.out += data
        self._flush(connection)

    def _flush(self, connection: _Connection) -> None:
        try:
            sent = connection.socket.send(connection.out)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(connection)
            return
        connection.out = connection.out[sent:]
        if connection.out:
            self._watch(connection, selectors.EVENT_WRITE)
            return
        self._watch(connection, selectors.EVENT_READ)
        if connection.last and not connection.lingers:
            connection.lingers, connection.since = True, time.monotonic()
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_WR)

    def _watch(self, connection: _Connection, events: int) -> None:
        if self._selector.get_key(connection.socket).events != events:
            self._selector.modify(connection.socket, events, connection)

    def _expire(self, now: float) -> None:
        late = [held for held in self._connections.values() if now - held.since > held.limit()]
        for connection in late:
            if connection.reader.begun and not connection.out and not connection.last:
                connection.last = True
                connection.since = now  # as long again to take the answer
                self._send(connection, _late_reply())
            else:
                self._drop(connection)

    def _drop(self, connection: _Connection) -> None:
        if self._connections.pop(connection.socket, None) is None:
            return
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        connection.out = b""
        connection.socket.close()


def _late_reply() -> bytes:
    words = f"A request must be here within {REQUEST_SECONDS} seconds.\n"
    return Reply(408, words).encode(keep=False)


def say(line: str) -> None:
    """A line for the operator."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
