"""Request bodies that are slow, or that nobody reads.

The server keeps a few pieces of a body waiting and stops when they are full. An answer given
before the body was read (a refusal, an unknown page) would then never end, and the connection with
it: anybody could hold as many as they like, for ever. So what is left is thrown away while the
answer goes out; the server closes the connection when it is sent. And a sender who stops in the
middle is not waited for longer than `PIECE_SECONDS`.
"""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import BodyCutError

PIECE_SECONDS: Final = 30.0
"""How long the next piece of a body may take; a line that carries nothing for so long is dead."""


class Body:
    """The body of one request, as it comes in."""

    def __init__(self, receive: Receive, send: Send, piece_seconds: float) -> None:
        self.ended = False
        self.rest: asyncio.Task[None] | None = None
        self._receive = receive
        self._send = send
        self._piece_seconds = piece_seconds

    async def take(self) -> Message:
        """The next piece for whoever answers.

        Raises:
            HTTPException: 408 if it does not come.
            BodyCutError: the sender left in the middle.
        """
        if self.ended:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._piece_seconds)
        except TimeoutError:
            raise HTTPException(408) from None
        self.ended = message["type"] != "http.request" or not message.get("more_body", False)
        if message["type"] == "http.disconnect":
            raise BodyCutError
        return message

    async def tell(self, message: Message) -> None:
        """Send a part of the answer; from the first on, what is left of the body is not wanted."""
        if self.rest is None and not self.ended:
            self.rest = asyncio.create_task(self._throw_away())
        await self._send(message)

    async def _throw_away(self) -> None:
        with suppress(HTTPException, BodyCutError):
            while not self.ended:
                await self.take()


class Bodies:
    """Lets no request body hold a connection.

    Args:
        app: what answers.
        piece_seconds: for tests.
    """

    def __init__(self, app: ASGIApp, piece_seconds: float = PIECE_SECONDS) -> None:
        self.app = app
        self.piece_seconds = piece_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; only requests that announce a body are watched."""
        if scope["type"] != "http" or not _announced(scope):
            await self.app(scope, receive, send)
            return
        body = Body(receive, send, self.piece_seconds)
        try:
            await self.app(scope, body.take, body.tell)
        finally:
            if body.rest is not None:
                body.rest.cancel()


def _announced(scope: Scope) -> bool:
    return any(
        (name == b"content-length" and value != b"0") or name == b"transfer-encoding"
        for name, value in scope["headers"]
    )
