"""Requests and answers as bytes: as much of HTTP/1.1 (RFC 9112) as a witness needs, without I/O.

Written here because the standard library's server costs more memory than the rest of the witness
and a thread for each connection. What is not exactly HTTP ends the connection with the status that
RFC 9110 has for it; sizes are limited before anything is kept.
"""

import re
from typing import ClassVar, NamedTuple

from trust.formats.errors import SakshiError
from trust.formats.witness import TEXT_TYPE

MAX_BODY = 64 * 1024
"""Sixteen ML-DSA-44 signatures (3.3 kB each) and the longest proof fit into this."""
MAX_HEAD = 8 * 1024

_REASONS = {
    100: "Continue",
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    411: "Length Required",
    413: "Content Too Large",
    422: "Unprocessable Content",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    505: "HTTP Version Not Supported",
}
_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/([0-9])\.([0-9])")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*")
_DIGITS = re.compile(rb"[0-9]{1,9}")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_ABSOLUTE = re.compile(rb"[Hh][Tt][Tt][Pp][Ss]?://[^/?]*")

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class BadRequest(SakshiError):
    """Not a request that can be answered by its own words; the connection ends after `status`."""

    default_code: ClassVar[str] = "bad-request"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Request(NamedTuple):
    """One request: the path is decoded and without its query; `keep`: the connection goes on."""

    method: str
    path: str
    body: bytes
    keep: bool


class Reply(NamedTuple):
    """One answer."""

    status: int
    text: str
    content_type: str = TEXT_TYPE
    cache: str = "no-store"

    def encode(self, *, keep: bool, method: str = "GET") -> bytes:
        """The bytes to send; a HEAD request gets no body."""
        body = self.text.encode()
        head = (
            f"HTTP/1.1 {self.status} {_REASONS[self.status]}\r\nServer: sakshi-witness\r\n"
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(body)}\r\n"
            f"Cache-Control: {self.cache}\r\n"
        )
        if self.status == 405:
            head += "Allow: GET, HEAD, POST\r\n"
        if not keep:
            head += "Connection: close\r\n"
        return f"{head}\r\n".encode("ascii") + (b"" if method == "HEAD" else body)


class _Head(NamedTuple):
    method: str
    path: str
    length: int
    keep: bool
    expects: bool


class Reader:
    """What a connection has sent and nobody has taken yet: never more than one head and body."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: _Head | None = None
        self.expects = False
        """The client waits for `CONTINUE` before it sends its body; whoever sends it clears it."""

    @property
    def begun(self) -> bool:
        """Whether part of a request is here."""
        return bool(self._buffer) or self._head is not None

    def feed(self, data: bytes) -> None:
        """More bytes from the connection."""
        self._buffer += data

    def take(self) -> Request | None:
        """The first whole request, or None until all of it is here.

        Raises:
            BadRequest: it is none, or larger than allowed.
        """
        if self._head is None:
            self._head = self._take_head()
        head = self._head
        if head is None or len(self._buffer) < head.length:
            return None
        body = bytes(self._buffer[: head.length])
        del self._buffer[: head.length]
        self._head, self.expects = None, False
        return Request(head.method, head.path, body, head.keep)

    def _take_head(self) -> _Head | None:
        while self._buffer.startswith(b"\r\n"):  # RFC 9112 section 2.2: empty lines before it
            del self._buffer[:2]
        end = self._buffer.find(b"\r\n\r\n", 0, MAX_HEAD)
        if end < 0:
            if len(self._buffer) >= MAX_HEAD:
                raise BadRequest(431, f"The head of a request has {MAX_HEAD} bytes at most.")
            return None
        head = _parse_head(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        self.expects = head.expects and len(self._buffer) < head.length
        return head


def _parse_head(data: bytes) -> _Head:
    first, *lines = data.split(b"\r\n")
    found = _LINE.fullmatch(first)
    if found is None:
        raise BadRequest(400, "This is not an HTTP request.")
    if found[3] != b"1":
        raise BadRequest(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
    fields = _fields(lines)
    modern, method = found[4] != b"0", found[1].decode("ascii")
    if modern and len(fields.get(b"host", [])) != 1:
        raise BadRequest(400, "A request needs one Host field.")
    options = b",".join(fields.get(b"connection", [])).lower().replace(b" ", b"").split(b",")
    keep = b"close" not in options and (modern or b"keep-alive" in options)
    expects = modern and [v.lower() for v in fields.get(b"expect", [])] == [b"100-continue"]
    return _Head(method, _path(found[2]), _length(method, fields), keep, expects)


def _fields(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    fields: dict[bytes, list[bytes]] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            raise BadRequest(400, "A header field of the request is malformed.")
        fields.setdefault(found[1].lower(), []).append(found[2])
    return fields


def _length(method: str, fields: dict[bytes, list[bytes]]) -> int:
    """How many bytes of body follow. Two lengths could be read in two ways, so they are refused."""
    if b"transfer-encoding" in fields:
        raise BadRequest(411, "A request must state its length; it cannot come in chunks.")
    values = fields.get(b"content-length", [])
    if not values:
        if method == "POST":
            raise BadRequest(411, "A request needs its length.")
        return 0
    if len(values) > 1 or not values[0].isdigit():
        raise BadRequest(400, "The length of the request is no number.")
    if not _DIGITS.fullmatch(values[0]) or int(values[0]) > MAX_BODY:
        raise BadRequest(413, f"A request has {MAX_BODY} bytes at most.")
    return int(values[0])


def _path(target: bytes) -> str:
    """The path a request asks for, percent-decoded; the query is left out."""
    path = _ABSOLUTE.sub(b"", target, count=1).partition(b"?")[0]
    if path.count(b"%") != len(_ESCAPE.findall(path)):
        raise BadRequest(400, "The percent-encoding of the path is malformed.")
    decoded = _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), path)
    try:
        return decoded.decode()
    except UnicodeDecodeError:
        raise BadRequest(400, "The path is not UTF-8.") from None
