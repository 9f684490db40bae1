"""Reading a server or a mirror politely: bounded answers, few connections, a limit of speed.

A monitor must tell "it is not there" (the server answered so: something promised is missing) from
"I could not ask" (nothing is known). The first is `Absent`, the second `Unreachable`.
"""

import http.client
import queue
import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

from audit import deadline, unpack
from audit.deadline import Connection, Deadline
from trust.formats.errors import SakshiError

SMALL, LARGE = 1 << 20, 64 << 20
NO_ANSWER = "no-answer"
"""Code of an Unreachable that nobody answered, not even to refuse."""

NOT_SERVED = "not-served"
"""Code of an Unreachable where such requests are not served (405, 501)."""

_REDIRECTS, _PATIENCE = 3, 60.0
_AGENT = "sakshi-audit monitor"


class Absent(SakshiError):
    """The server answers that there is no such file."""

    default_code = "absent"


class Unreachable(SakshiError):
    """No answer, or none that says anything about the log."""

    default_code = "unreachable"


class Site(Protocol):
    """Where files are read from."""

    base: str

    def get(self, path: str, limit: int = SMALL) -> bytes:
        """The file at a path below the base; raises Absent or Unreachable."""
        ...

    def clock(self) -> int | None:
        """What time it is by the answers (UTC seconds); None if they do not say."""
        ...

    def interrupt(self) -> None:
        """Whoever is waiting for an answer shall get an error at once."""
        ...


class HttpSite:
    """A server, asked over `connections` kept-alive connections at most.

    `rate` is the requests a second of all of them together (0 for no limit), `tries` how often
    each request is made before it is given up. An answer must begin within `timeout` seconds and
    then come no slower than `deadline.SLOWEST`. May be used from several threads.
    """

    def __init__(
        self,
        base: str,
        *,
        timeout: float = 20.0,
        rate: float = 50.0,
        tries: int = 3,
        connections: int = 1,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        try:
            parts = urlsplit(base)
            right = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            right = False
        if not right:
            raise Unreachable(f"{base} is not an http or https address.")
        self.base = base.rstrip("/")
        self._tries = max(1, tries)
        self._date: tuple[float, float] | None = None
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._pace = Pace(rate, self._sleep)
        self._lines = [Line(timeout) for _ in range(max(1, connections))]
        self._free: queue.LifoQueue[Line] = queue.LifoQueue()
        for line in self._lines:
            self._free.put(line)

    def get(self, path: str, limit: int = SMALL) -> bytes:
        """The file at a path below the base."""
        line = self._free.get()
        try:
            return self._get(line, f"{self.base}/{quote(path, safe='/?=&%')}", limit)
        finally:
            self._free.put(line)

    def clock(self) -> int | None:
        """The `Date` of the last answer, and the seconds since then."""
        if self._date is None:
            return None
        said, at = self._date
        return int(said + time.monotonic() - at)

    def interrupt(self) -> None:
        """Cut off what is being read, and ask for nothing more."""
        self._stopped.set()
        for line in self._lines:
            line.cut()

    def _get(self, line: "Line", url: str, limit: int) -> bytes:
        fault, code = "", NO_ANSWER
        for attempt in range(self._tries):
            if attempt:
                self._sleep(min(_PATIENCE, 0.5 * 2**attempt * (0.75 + random.random() / 2)))
            if self._stopped.is_set():
                raise Unreachable(f"{url} was not read to its end: the monitor was stopped.")
            try:
                status, body, wait = self._ask(line, url, limit)
            except (OSError, http.client.HTTPException) as error:
                line.drop()
                fault = f"{url} could not be reached: {str(error) or type(error).__name__}."
                code = NO_ANSWER
                continue
            except unpack.PackedError as error:
                line.drop()
                fault, code = f"{url} cannot be read: {error}.", "packed"
                break
            except ValueError as error:  # UnicodeError among them; asking again would not help
                line.drop()
                fault = f"{url} leads to an address that nobody can ask: {error}."
                code = "status"
                break
            if status == 200:
                return body
            if status in (404, 410):
                raise Absent(f"{url} answered {status}: it is not there.")
            fault = f"{url} answered {status}."
            code = NOT_SERVED if status in (405, 501) else "status"
            if status not in (429, 500, 502, 503, 504):
                break
            self._pace.hold(wait)
        raise Unreachable(fault, code=code)

    def _ask(self, line: "Line", url: str, limit: int) -> tuple[int, bytes, float]:
        """Status, body, and how long the server asks to be left alone."""
        for _ in range(_REDIRECTS + 1):
            self._pace.wait()
            answer = line.send(url)
            if answer.status in (301, 302, 303, 307, 308):
                line.body(answer, SMALL, url)
                url = urljoin(url, answer.getheader("Location", ""))
                continue
            body = line.body(answer, limit, url)
            self._note_date(answer.getheader("Date", ""))
            wait = answer.getheader("Retry-After", "0")
            return answer.status, body, min(_PATIENCE, float(wait)) if wait.isdecimal() else 0.0
        raise http.client.HTTPException("too many redirects")

    def _note_date(self, text: str) -> None:
        with suppress(ValueError, OverflowError):
            self._date = parsedate_to_datetime(text).timestamp(), time.monotonic()


class Pace:
    """When the next request may go: at most `rate` a second, whoever makes it."""

    def __init__(self, rate: float, sleep: Callable[[float], object]) -> None:
        self._gap = 1.0 / rate if rate > 0 else 0.0
        self._sleep = sleep
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for one's turn."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        if turn > now:
            self._sleep(turn - now)

    def hold(self, seconds: float) -> None:
        """The server asks to be left alone for so long: by every connection."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class Line:
    """One connection, kept open from request to request; used by one thread at a time."""

    def __init__(self, timeout: float) -> None:
        self._deadline = Deadline(timeout)
        self._open: tuple[str, Connection] | None = None

    def send(self, url: str) -> http.client.HTTPResponse:
        """Ask; returns the answer with its body still to be read."""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
        fresh = self._open is None
        try:
            return self._connection(f"{parts.scheme}://{parts.netloc}").get(target or "/", headers)
        except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
            self.drop()
            if fresh:
                raise
        # The server closed a connection that stood open: that is no fault of this request.
        return self._connection(f"{parts.scheme}://{parts.netloc}").get(target or "/", headers)

    def body(self, answer: http.client.HTTPResponse, limit: int, url: str) -> bytes:
        """The body of an answer; raises Unreachable if it is longer than `limit`."""
        packed = answer.getheader("Content-Encoding", "")
        body = unpack.plain(deadline.body(answer, limit, self._deadline), packed, limit)
        if len(body) > limit:
            self.drop()
            raise Unreachable(f"{url} answered with more than {limit} bytes.")
        return body

    def _connection(self, place: str) -> Connection:
        if self._open is not None and self._open[0] == place:
            return self._open[1]
        self.drop()
        parts = urlsplit(place)
        made = deadline.connection(parts.scheme, parts.hostname or "", parts.port, self._deadline)
        self._open = (place, made)
        return made

    def drop(self) -> None:
        """Close the connection; the next request opens another."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def cut(self) -> None:
        """End what another thread is reading: it gets an error at once."""
        held = self._open
        if held is not None and (socket_ := held[1].sock) is not None:
            with suppress(OSError):
                socket_.shutdown(socket.SHUT_RDWR)


class FolderSite:
    """A mirror as a folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.base = str(folder)
        self._folder = folder.resolve()

    def get(self, path: str, limit: int = SMALL) -> bytes:
        """The file at a path below the folder."""
        file = (self._folder / path.partition("?")[0]).resolve()
        if not file.is_relative_to(self._folder) or not file.is_file():
            raise Absent(f"{path} is not in {self.base}.")
        try:
            with file.open("rb") as stream:
                data = stream.read(limit + 1)
        except OSError as error:
            raise Unreachable(f"{file} cannot be read: {error.strerror}.") from None
        if len(data) > limit:
            raise Unreachable(f"{file} has more than {limit} bytes.")
        return data

    def clock(self) -> int | None:
        """Files do not say what time it is."""
        return None

    def interrupt(self) -> None:
        """Nothing to interrupt: files of this machine are read at once."""
