"""Reading a server or a mirror politely: bounded answers, one connection, a limit of speed.

A monitor must tell "it is not there" (the server answered so: something promised is missing) from
"I could not ask" (nothing is known). The first is `Absent`, the second `Unreachable`.
"""

import http.client
import random
import ssl
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

from trust.formats import origins
from trust.formats.errors import SakshiError

SMALL, LARGE = 1 << 20, 64 << 20
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


class HttpSite:
    """A server; at most `rate` requests a second (0 for no limit), each tried `tries` times."""

    def __init__(
        self,
        base: str,
        *,
        timeout: float = 20.0,
        rate: float = 50.0,
        tries: int = 3,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Unreachable(f"{base} is not an http or https address.")
        self.base = base.rstrip("/")
        self._timeout, self._tries, self._sleep = timeout, max(1, tries), sleep
        self._gap = 1.0 / rate if rate > 0 else 0.0
        self._next = 0.0
        self._open: tuple[str, http.client.HTTPConnection] | None = None

    def get(self, path: str, limit: int = SMALL) -> bytes:
        """The file at a path below the base."""
        url = f"{self.base}/{quote(path, safe='/?=&')}"
        fault = ""
        for attempt in range(self._tries):
            if attempt:
                self._sleep(min(_PATIENCE, 0.5 * 2**attempt * (0.75 + random.random() / 2)))
            try:
                status, body, wait = self._ask(url, limit)
            except (OSError, http.client.HTTPException, zlib.error) as error:
                self._drop()
                fault = f"{url} could not be reached: {str(error) or type(error).__name__}."
                continue
            if status == 200:
                return body
            if status in (404, 410):
                raise Absent(f"{url} answered {status}: it is not there.")
            fault = f"{url} answered {status}."
            if status not in (429, 500, 502, 503, 504):
                break
            self._sleep(wait)
        raise Unreachable(fault)

    def _ask(self, url: str, limit: int) -> tuple[int, bytes, float]:
        """Status, body, and how long the server asks to be left alone."""
        for _ in range(_REDIRECTS + 1):
            self._pause()
            answer = self._send(url)
            if answer.status in (301, 302, 303, 307, 308):
                answer.read(SMALL)
                url = urljoin(url, answer.getheader("Location", ""))
                continue
            body = self._body(answer, limit, url)
            wait = answer.getheader("Retry-After", "0")
            return answer.status, body, min(_PATIENCE, float(wait)) if wait.isdecimal() else 0.0
        raise http.client.HTTPException("too many redirects")

    def _send(self, url: str) -> http.client.HTTPResponse:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
        fresh = self._open is None
        try:
            connection = self._connection(f"{parts.scheme}://{parts.netloc}")
            connection.request("GET", target or "/", headers=headers)
            return connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
            self._drop()
            if fresh:
                raise
        # The server closed a connection that stood open: that is no fault of this request.
        connection = self._connection(f"{parts.scheme}://{parts.netloc}")
        connection.request("GET", target or "/", headers=headers)
        return connection.getresponse()

    def _body(self, answer: http.client.HTTPResponse, limit: int, url: str) -> bytes:
        body = answer.read(limit + 1)
        if answer.getheader("Content-Encoding", "") == "gzip":
            unpack = zlib.decompressobj(wbits=31)
            body = unpack.decompress(body, limit + 1)
        if len(body) > limit:
            self._drop()
            raise Unreachable(f"{url} answered with more than {limit} bytes.")
        return body

    def _connection(self, place: str) -> http.client.HTTPConnection:
        if self._open is not None and self._open[0] == place:
            return self._open[1]
        self._drop()
        parts = urlsplit(place)
        if parts.scheme not in ("http", "https"):
            raise http.client.HTTPException(f"{place} is not an http or https address")
        host, port = parts.hostname or "", parts.port
        made = (
            http.client.HTTPSConnection(
                host, port, timeout=self._timeout, context=ssl.create_default_context()
            )
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=self._timeout)
        )
        self._open = (place, made)
        return made

    def _drop(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _pause(self) -> None:
        if self._gap:
            left = self._next - time.monotonic()
            if left > 0:
                self._sleep(left)
            self._next = max(time.monotonic(), self._next) + self._gap


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
        except OSError as fault:
            raise Unreachable(f"{file} cannot be read: {fault.strerror}.") from None
        if len(data) > limit:
            raise Unreachable(f"{file} has more than {limit} bytes.")
        return data


class Logs:
    """The logs of a site, wherever it keeps them: below `l/`, or below their own names."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._before: str | None = None

    def get(self, origin: str, path: str, limit: int = SMALL) -> bytes:
        """A file of a log."""
        if self._before is not None:
            return self.site.get(f"{self._before}{origin}/{path}", limit)
        try:
            data = self.site.get(f"l/{origin}/{path}", limit)
            self._before = "l/"
        except Absent:
            data = self.site.get(f"{origin}/{path}", limit)
            self._before = ""
        return data


def locate(target: str) -> tuple[str, str | None]:
    """The base of a site and, where the address is a log's own prefix, its origin."""
    before, mark, tail = target.rstrip("/").partition("/l/")
    if not mark:
        return target.rstrip("/").removesuffix("/policy"), None
    origin = tail.removesuffix("/checkpoint").rstrip("/")
    origins.parse_origin(origin)
    return before, origin
