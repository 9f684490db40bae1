"""A small HTTP/1.1 client over one kept-alive connection, so that measuring costs little.

It counts the bytes of an answer as they come over the wire, which browsers' own figures and
comfortable libraries hide.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with what it cost: bytes as transferred (head and body), seconds to first byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    transferred: int
    first_byte: float


class Connection:
    """One connection to the server under measurement; one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send a request and read the whole answer."""
        begun = await self._request(method, path, headers or {}, body)
        assert self._reader is not None
        head = await self._reader.readuntil(b"\r\n\r\n")
        first_byte = time.perf_counter() - begun
        status, found = _parse_head(head)
        data, transferred = await self._body(status, found)
        if found.get("connection") == "close":
            self.close()
        return Answer(status, found, data, len(head) + transferred, first_byte)

    async def open_stream(self, path: str, headers: Mapping[str, str]) -> asyncio.StreamReader:
        """Send a GET whose answer never ends; the reader stands behind its head."""
        await self._request("GET", path, headers, b"")
        assert self._reader is not None
        status, _ = _parse_head(await self._reader.readuntil(b"\r\n\r\n"))
        if status != 200:
            raise RuntimeError(f"GET {path} answered {status}")
        return self._reader

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> float:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        begun = time.perf_counter()
        self._writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        await self._writer.drain()
        return begun

    async def _body(self, status: int, headers: Mapping[str, str]) -> tuple[bytes, int]:
        assert self._reader is not None
        if status in (204, 304):
            return b"", 0
        if "content-length" in headers:
            data = await self._reader.readexactly(int(headers["content-length"]))
            return data, len(data)
        parts: list[bytes] = []
        transferred = 0
        while True:
            line = await self._reader.readuntil(b"\r\n")
            chunk = await self._reader.readexactly(int(line, 16) + 2)
            transferred += len(line) + len(chunk)
            if len(chunk) == 2:
                return b"".join(parts), transferred
            parts.append(chunk[:-2])


def _parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest if line)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}
