"""HTTP answers that come to an end, whatever the server does.

A socket's own time-out is for each read, so a server that sends a byte now and then, or one
`100 Continue` after another, would hold its reader for as long as it likes. Here one `Deadline`
covers connecting, the answer's head and its body; only the bytes of the body that have come move
it, at the pace of the slowest line that is served. Looking a name up is left to the system, which
has limits of its own.
"""

import http.client
import io
import socket
import ssl
import time
from functools import cache

SLOWEST = 16 << 10
"""Bytes of a body in a second; a server that sends fewer is given up after the time-out."""

_PIECE = 16 << 10


class Deadline:
    """The moment at which one request is given up, `seconds` after it began or was restarted."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.restart()

    def restart(self) -> None:
        """Another request begins now."""
        self._end = time.monotonic() + self._seconds

    def extend(self, count: int) -> None:
        """So many bytes of a body have come."""
        self._end += count / SLOWEST

    def left(self) -> float:
        """Seconds left; raises TimeoutError if there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no whole answer within {self._seconds:g} seconds")
        return left


class Connection(http.client.HTTPConnection):
    """A connection each of whose steps ends at the deadline."""

    deadline: Deadline

    def connect(self) -> None:
        """Connect to the first address that answers."""
        self._create_connection = self._reach
        super().connect()
        self.sock.settimeout(self.deadline.left())  # for the handshake that may follow

    def _reach(self, place: tuple[str, int], *rest: object) -> socket.socket:
        fault: OSError = ConnectionError(f"{place[0]} has no address")
        found = socket.getaddrinfo(place[0], place[1], type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in found:
            try:
                made = socket.socket(family, kind, protocol)
            except OSError as wrong:  # a family that this machine does not speak
                fault = wrong
                continue
            try:
                made.settimeout(self.deadline.left())
                made.connect(address)
                return made
            except OSError as wrong:
                made.close()
                fault = wrong
        raise fault

    def response_class(  # type: ignore[override]
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None
    ) -> http.client.HTTPResponse:
        """The answer, read up to the deadline; `http.client` makes its answers by this name."""
        timed: socket.socket = _Timed(sock, self.deadline)  # type: ignore[assignment]
        return http.client.HTTPResponse(timed, debuglevel, method)

    def get(self, target: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        """Ask again, over the connection if it is open; the body is still to be read."""
        self.deadline.restart()
        if self.sock is not None:
            self.sock.settimeout(self.deadline.left())
        self.request("GET", target, headers=headers)
        return self.getresponse()


class SecureConnection(http.client.HTTPSConnection, Connection):
    """The same over TLS."""


def connection(scheme: str, host: str, port: int | None, deadline: Deadline) -> Connection:
    """A connection, not yet open; raises HTTPException for another scheme than http or https."""
    made: Connection
    if scheme == "https":
        made = SecureConnection(host, port, context=_trust())
    elif scheme == "http":
        made = Connection(host, port)
    else:
        raise http.client.HTTPException(f"{scheme}: is neither http nor https")
    made.deadline = deadline
    return made


def body(answer: http.client.HTTPResponse, limit: int, deadline: Deadline) -> bytes:
    """The body, or its first `limit` + 1 bytes if it is longer.

    Raises:
        OSError: it did not come in time, or the connection broke (TimeoutError, ConnectionError).
        http.client.HTTPException: it ended before the length that the answer states.
    """
    found = bytearray()
    while len(found) <= limit:
        piece = answer.read(min(_PIECE, limit + 1 - len(found)))
        if not piece:
            break
        deadline.extend(len(piece))
        found += piece
    # `read(n)` says nothing of a body that was cut short.
    if len(found) <= limit and answer.length:
        raise http.client.IncompleteRead(bytes(found), answer.length)
    return bytes(found)


class _Timed:
    """What `http.client` needs of a socket to read an answer."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        """The bytes that come."""
        return io.BufferedReader(_Reading(self._sock, self._deadline), _PIECE)


class _Reading(io.RawIOBase):
    """A socket's bytes up to a deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        # The socket's own stream keeps it open after the connection has let go of it.
        self._stream = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        self._sock.settimeout(self._deadline.left())
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
