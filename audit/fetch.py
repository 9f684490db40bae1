"""Asking a server or a mirror for the files of its logs, and finding which log an address means.

Everything comes over the C2SP endpoints (`<prefix>/checkpoint`, `<prefix>/tile/entries/…`) and
`<prefix>/doc/<hash>`. What is made of it is in `audit/gather.py`.
"""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPMessage
from typing import IO
from urllib.parse import quote, urlsplit

from audit import deadline, unpack
from audit.deadline import Deadline
from trust.formats import origins, tiles
from trust.formats.errors import SakshiError

TIMEOUT = 20.0
SMALL, LARGE = 1 << 20, 64 << 20
MAX_ENTRIES = 2_000_000

Progress = Callable[[str], None]


class FetchError(SakshiError):
    """The server could not be reached, or does not offer what a verifier needs."""

    default_code = "fetch"


class Server:
    """One server's address; every answer is bounded in size and time.

    `logs` is where its logs lie: below `l/` at a server of ours, below their own names at a mirror.
    """

    def __init__(self, base: str, timeout: float = TIMEOUT, logs: str = "l/") -> None:
        self.base, self.timeout, self.logs = base.rstrip("/"), timeout, logs

    def get(self, path: str, limit: int = SMALL) -> bytes:
        """The body at a path; raises FetchError with a sentence for a person."""
        return get(f"{self.base}/{quote(path)}", limit, self.timeout)

    def log(self, origin: str, path: str, limit: int = SMALL) -> bytes:
        """A file of a log."""
        return self.get(f"{self.logs}{origin}/{path}", limit)

    def entries(self, origin: str, size: int, progress: Progress) -> list[bytes]:
        """All entries of a log up to a size, from its entry bundles."""
        if size > MAX_ENTRIES:
            raise FetchError(f"{origin} has {size} entries; more than {MAX_ENTRIES} are not read.")
        found: list[bytes] = []
        for ref in tiles.bundles_at(size):
            progress(f"{origin}: {len(found)} of {size} entries")
            found += tiles.decode_bundle(self.log(origin, ref.path, LARGE), ref.width)
        return found


def get(url: str, limit: int, timeout: float = TIMEOUT) -> bytes:
    """Fetch over http or https only, at most `limit` bytes.

    The answer must begin within `timeout` seconds, redirections and proxies included, and then
    come no slower than `deadline.SLOWEST`.
    """
    ends = Deadline(timeout)
    try:
        if urlsplit(url).scheme not in ("http", "https"):
            raise FetchError("Only http and https addresses can be verified.")
        request = urllib.request.Request(url, headers={"User-Agent": "sakshi-audit"})
        with _opener(ends).open(request, timeout=timeout) as answer:
            packed = answer.headers.get("Content-Encoding", "")
            body = unpack.plain(deadline.body(answer, limit, ends), packed, limit)
    except urllib.error.HTTPError as error:
        error.close()
        raise FetchError(f"{url} answered {error.code}: it is not published there.") from None
    except unpack.PackedError as error:
        raise FetchError(f"{url} cannot be read: {error}.") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, TimeoutError):
            raise FetchError(f"{url} did not answer within {timeout:g} seconds.") from None
        words = str(reason) or type(reason).__name__
        raise FetchError(f"{url} could not be reached: {words}.") from None
    if len(body) > limit:
        raise FetchError(f"{url} answered with more than {limit} bytes.")
    return body


def _opener(ends: Deadline) -> urllib.request.OpenerDirector:
    """What speaks http and https, and nothing else, up to a deadline."""
    made = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
        _Web(ends),
    ):
        made.add_handler(handler)
    return made


class _Web(urllib.request.AbstractHTTPHandler):
    """Every connection, also the one after a redirection, has the same deadline."""

    def __init__(self, ends: Deadline) -> None:
        super().__init__()
        self._ends = ends
        self.http_request = self.https_request = self.do_request_

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self._open("http", request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self._open("https", request)

    def _open(self, scheme: str, request: urllib.request.Request) -> http.client.HTTPResponse:
        def made(host: str, /, **_: object) -> deadline.Connection:
            return deadline.connection(scheme, host, None, self._ends)

        return self.do_open(made, request)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Redirections whose own bodies, of any length, are not read."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request to make instead."""
        fp.close()
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def locate(url: str, timeout: float = TIMEOUT) -> tuple[Server, str]:
    """The server and the log's origin of a log prefix (`…/l/<origin>`, at a mirror `…/<origin>`)
    or a society page."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    if "/l/" not in parts.path and (named := _at_mirror(parts.path)):
        return Server(base + named[0], timeout, logs=""), named[1]
    before, mark, origin = parts.path.partition("/l/")
    if mark:
        origin = origin.rstrip("/").removesuffix("/checkpoint")
    else:
        before, mark, tail = parts.path.partition("/s/")
        if not mark:
            raise FetchError(
                "Give the address of a society's page (…/s/<society>), of a log (…/l/<origin>), of "
                "a package or of a proof."
            )
        slug, *rest = tail.rstrip("/").split("/")
        slug = slug.removesuffix(".json")
        page = get(f"{base}{before}/s/{quote(slug)}.json", SMALL, timeout)
        origin = _origin_of(page, rest[1] if rest[:1] == ["meetings"] and rest[1:] else None)
    try:
        origins.parse_origin(origin)
    except SakshiError as error:
        raise FetchError(str(error)) from None
    return Server(base + before, timeout), origin


def at(address: str, timeout: float = TIMEOUT) -> Server:
    """The server of an address of any of its pages, or the mirror that lies there."""
    parts = urlsplit(address)
    before = parts.path.partition("/l/")[0].partition("/s/")[0].rstrip("/")
    server = Server(f"{parts.scheme}://{parts.netloc}{before}", timeout)
    try:
        server.get("origins")
    except FetchError:
        return server
    return Server(server.base, timeout, logs="")


def _at_mirror(path: str) -> tuple[str, str] | None:
    """The part of a path before a log's own name, and that name; None if missing."""
    segments = path.strip("/").removesuffix("/checkpoint").split("/")
    for at in range(len(segments)):
        origin = "/".join(segments[at:])
        try:
            origins.parse_origin(origin)
        except SakshiError:
            continue
        return "/" + "/".join(segments[:at]), origin
    return None


def _origin_of(body: bytes, meeting: str | None) -> str:
    """The book log (`book`), or a meeting's log, that a society page's JSON names."""
    try:
        page = json.loads(body)
    except (ValueError, RecursionError):
        page = None
    origin = page.get("book") if isinstance(page, dict) else None
    if meeting is not None and isinstance(page, dict):
        listed = page.get("meetings")
        found = [m for m in listed if isinstance(m, dict)] if isinstance(listed, list) else []
        origin = next((m.get("origin") for m in found if m.get("id") == meeting), None)
    if not isinstance(origin, str):
        raise FetchError(
            "The page names no log that could be verified: nothing may be sealed there yet, or the "
            "server is of another kind."
        )
    return origin
