"""HTTP/1.1 and HTTP/2 as we speak them: Hypercorn's protocols with budgets (ADR 15).

HTTP/1.1: no upgrade is followed (HTTP/2 without TLS only if the operator asked for it, web sockets
never), requests sent before the answer to the one before are few, and an answer after which the
server closes says so. A body has one length: a transfer coding beside a Content-Length, or in
HTTP/1.0, is refused. HTTP/2: few streams may be opened and reset, and a reader who opens no window
is not waited for.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import h2.errors
import h2.events
import h11
from hypercorn.config import Config
from hypercorn.events import Closed
from hypercorn.protocol.events import Event, Response
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.protocol.h11 import H11Protocol
from priority.priority import MissingStreamError

PIPELINED: Final = 16
"""Requests in a row that may come before the answer to the one before; browsers send none so."""
RESETS: Final = 50
"""Streams of one connection that the client may open and reset."""
_ENDED: Final = ("DONE", "MIGHT_SWITCH_PROTOCOL")


class Door(Config):
    """Hypercorn's settings and ours.

    Attributes:
        h2c: whether HTTP/2 without TLS is spoken.
        send_seconds: how long the next 64 KiB of an answer may take to leave.
        close_seconds: how long closing may take; what was not fetched by then is dropped.
    """

    h2c = False
    send_seconds = 30.0
    close_seconds = 5.0


class NotSpokenError(Exception):
    """The connection speaks a protocol that is not spoken here; it was refused and closed."""


class Http1(H11Protocol):
    """One connection that speaks HTTP/1."""

    config: Door
    pipelined = 0

    async def _check_protocol(self, event: h11.Request) -> None:
        if self.config.h2c:
            await super()._check_protocol(event)
        if event.http_version > b"1.1":
            await self._refuse(505)
        names = {name for name, _ in event.headers}
        lengths = b"content-length" in names or event.http_version < b"1.1"
        if b"transfer-encoding" in names and lengths:
            # A proxy that goes by the other one sees other requests than we do (RFC 9112, 6.1).
            await self._refuse(400)

    async def _refuse(self, status: int) -> None:
        await self._send_error_response(status)
        await self.send(Closed())
        raise NotSpokenError

    async def _create_stream(self, request: h11.Request) -> None:
        if any(name == b"upgrade" for name, _ in request.headers):
            kept = [(name, value) for name, value in request.headers if name != b"upgrade"]
            request = h11.Request(
                method=request.method,
                target=request.target,
                headers=kept,
                http_version=request.http_version,
            )
        await super()._create_stream(request)

    async def stream_send(self, event: Event) -> None:
        """Send a part of an answer; its head says whether the connection ends with it."""
        if isinstance(event, Response) and event.status_code >= 200 and self._will_close:
            kept = [pair for pair in event.headers if pair[0] != b"connection"]
            event = replace(event, headers=[*kept, (b"connection", b"close")])
        await super().stream_send(event)

    @property
    def _will_close(self) -> bool:
        """The rest of a body that nobody waits for cannot be told from the next request."""
        unread = str(self.connection.their_state) not in _ENDED
        return unread or self.pipelined >= PIPELINED or self.context.terminated.is_set()

    async def _maybe_recycle(self) -> None:
        waiting, _ = self.connection.trailing_data
        self.pipelined = self.pipelined + 1 if waiting else 0
        await super()._maybe_recycle()


class Http2(H2Protocol):
    """One connection that speaks HTTP/2."""

    config: Door
    resets = 0

    async def _handle_events(self, events: Sequence[h2.events.Event]) -> None:
        for event in events:
            if isinstance(event, h2.events.StreamReset):
                self.resets += 1
            elif isinstance(event, h2.events.DataReceived) and event.stream_id not in self.streams:
                # The answer is out already. Hypercorn would fail here, and all streams with it.
                length = event.flow_controlled_length or 0
                self.connection.acknowledge_received_data(length, event.stream_id)
                continue
            await super()._handle_events([event])
            if self.resets > RESETS:
                await self._calm_down()
                return
        await self._flush()

    async def _calm_down(self) -> None:
        self.connection.close_connection(error_code=h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
        await self._flush()
        await self.handle(Closed())
        await self.send(Closed())

    async def stream_send(self, event: Any) -> None:
        """Send a part of an answer; a stream whose window stays shut is reset."""
        try:
            async with asyncio.timeout(self.config.send_seconds):
                await super().stream_send(event)
        except TimeoutError:
            with suppress(h2.exceptions.ProtocolError):
                self.connection.reset_stream(event.stream_id, h2.errors.ErrorCodes.CANCEL)
            await self._flush()
            await self._close_stream(event.stream_id)

    async def _close_stream(self, stream_id: int) -> None:
        # Hypercorn leaves the buffer of a stream that was reset: its answer would wait for ever.
        if (buffer := self.stream_buffers.get(stream_id)) is not None and not buffer.complete:
            await buffer.close()
        await super()._close_stream(stream_id)

    async def _send_data(self, stream_id: int) -> None:
        try:
            await super()._send_data(stream_id)
        except (KeyError, MissingStreamError):  # reset while it waited for its turn
            with suppress(MissingStreamError):
                self.priority.remove_stream(stream_id)
