"""A server that says whatever a test wants it to, byte by byte."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Say = Callable[[socket.socket, int], None]
PAUSE, TIMES = 0.02, 200
"""A slow server sends so often, with so many seconds between: four seconds in all."""


@contextmanager
def raw(say: Say) -> Iterator[str]:
    """Its address; `say` gets each connection once its request has come, and their number."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    over, count = threading.Event(), 0

    def answer(line: socket.socket, number: int) -> None:
        with line, suppress(OSError):
            line.settimeout(10)
            heard = b""
            while b"\r\n\r\n" not in heard and (more := line.recv(4096)):
                heard += more
            say(line, number)

    def listen() -> None:
        nonlocal count
        while not over.is_set():
            with suppress(TimeoutError):
                line, _ = listening.accept()
                threading.Thread(target=answer, args=[line, count], daemon=True).start()
                count += 1

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listening.close()


def says(data: bytes) -> Say:
    """The same bytes on each connection."""
    return lambda line, number: line.sendall(data)


def dripping(head: bytes, piece: bytes, end: bytes = b"") -> Say:
    """A piece now and then: each soon enough for a time-out of each read, all of them too slow."""

    def say(line: socket.socket, number: int) -> None:
        line.sendall(head)
        for _ in range(TIMES):
            threading.Event().wait(PAUSE)
            line.sendall(piece)
        line.sendall(end)

    return say


def moved(place: bytes) -> Say:
    """A redirection."""
    return says(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % place)


BODY = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
DRIP = dripping(BODY % TIMES, b"x")
CONTINUE = dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n", BODY % 1 + b"x")
NOWHERE = (b"http://[::1", b"http://127.0.0.1:99999/", b"http://a..b/", b"http://127.0.0.1/\xff")
"""Addresses that nobody can ask."""
