"""One request and its answer, as the outermost of our layers sees them.

The server keeps a few pieces of a body waiting and stops when they are full. An answer given
before the body was read (a refusal, an unknown page) would then never end, and the connection with
it: anybody could hold as many as they like, for ever. So what is left is thrown away while the
answer goes out, and for `LINGER_SECONDS` more: the server closes the connection then, and a
connection that is closed with bytes unread loses the answer on its way (RFC 9112, 9.6), so that a
proxy says 502 to somebody whose session has ended. And a sender who stops in the middle is not
waited for longer than `PIECE_SECONDS`, nor one who sends a byte now and then for longer than a body
of that size may take.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import security
from web.errors import BodyCutError, WebError

MAX_BODY: Final = 2_000_000
"""Bytes of a request body unless a route says otherwise (imports do)."""
PIECE_SECONDS: Final = 30.0
"""How long the next piece of a body may take; a line that carries nothing for so long is dead."""
BODY_SECONDS: Final = 60.0
"""How long a whole body may be waited for, and a second more for each `BODY_RATE` bytes of it."""
BODY_RATE: Final = 4096
LINGER_SECONDS: Final = 5.0
"""How long the rest of an unwanted body is thrown away after the whole answer has left."""
_KEY: Final = "sakshi.exchange"


class Exchange:
    """One request and its answer: limits of the body, headers and status of the answer.

    Attributes:
        status: HTTP status of the answer; 0 before it began.
        limit: bytes that the body may have.
        too_large: what is raised if it has more.
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        piece_seconds: float = PIECE_SECONDS,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.status = 0
        self.limit = MAX_BODY
        self.too_large: Exception = HTTPException(413)
        self._size = _announced(scope)
        self._ended = self._size is None
        self._taken = 0
        self._rest: asyncio.Task[None] | None = None
        self._receive = receive
        self._send = send
        self._scope = scope
        self._is_over = False
        self._piece_seconds = piece_seconds
        self._left = body_seconds
        scope[_KEY] = self

    async def take(self) -> Message:
        """The next piece of the body for whoever answers.

        Raises:
            HTTPException: 408 if it does not come, 413 if the body is larger than the limit.
            WebError: what the route has for a body that is too large.
            BodyCutError: the sender left in the middle.
        """
        if self._ended:
            return await self._receive()
        self._check_size(self._size or 0)
        message = await self._next()
        self._taken += len(message.get("body", b""))
        self._check_size(self._taken)
        return message

    def _check_size(self, size: int) -> None:
        if size > self.limit:
            raise self.too_large

    async def _next(self) -> Message:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(min(self._piece_seconds, self._left)):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408) from None
        self._left -= time.monotonic() - begun
        self._left += len(message.get("body", b"")) / BODY_RATE
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        if message["type"] == "http.disconnect":
            raise BodyCutError
        return message

    async def tell(self, message: Message) -> None:
        """Send a part of the answer; from the first on, what is left of the body is not wanted.

        The answer to HEAD ends with its headers. A proxy goes by that, and would send the next
        request, somebody else's, where a stream without end is still in the making.
        """
        if self._is_over:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = security.hardened(
                message.get("headers", ()), self.status, private=bool(self._scope.get("session"))
            )
            if not self._ended:
                self._rest = asyncio.create_task(self._throw_away())
        elif self._closes_after(message):
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)
        if self._scope["method"] == "HEAD":
            self._is_over = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _closes_after(self, message: Message) -> bool:
        """Whether this ends the answer, and the connection with it: the body is not whole."""
        is_first = self._scope.get("http_version", "1.1").startswith("1")
        return is_first and self._rest is not None and not message.get("more_body", False)

    async def _linger(self) -> None:
        assert self._rest is not None
        await asyncio.wait({self._rest}, timeout=LINGER_SECONDS)

    async def _throw_away(self) -> None:
        with suppress(HTTPException, BodyCutError):
            while not self._ended:
                await self._next()

    def close(self) -> None:
        """The answer is sent: nothing more is read."""
        if self._rest is not None:
            self._rest.cancel()


class BodyLimit:
    """A layer around one route whose bodies may be larger, or must be smaller.

    Args:
        app: the route.
        limit: bytes of the largest body.
        too_large: the refusal of a larger one, if it has more to say than 413.
    """

    def __init__(
        self, app: ASGIApp, limit: int, too_large: Callable[[], WebError] | None = None
    ) -> None:
        self.app = app
        self.limit = limit
        self.too_large = too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the limit of this request and pass on."""
        exchange: Exchange = scope[_KEY]
        exchange.limit = self.limit
        if self.too_large is not None:
            exchange.too_large = self.too_large()
        await self.app(scope, receive, send)


def _announced(scope: Scope) -> int | None:
    """Bytes of the body that the head announces; 0 if it does not say how many, None if no body.

    Only HTTP/1 must announce a body at all.
    """
    named = dict(scope["headers"])
    if b"transfer-encoding" in named:
        return 0
    length = named.get(b"content-length")
    if length is not None:
        return (int(length) or None) if length.isdigit() else 0
    return None if scope.get("http_version", "1.1").startswith("1") else 0
