"""One connection from its first byte to its end (ADR 15).

Every wait has an end. The head of a request, the first one too, must be whole in
`keep_alive_timeout` seconds, however many bytes of it come. An answer that is not fetched is
dropped, and so is a connection that does not close. Bodies have their budget in `web/exchange.py`.
"""

import asyncio
from typing import Any, Final

import structlog
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Closed, Event, RawData
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.h11 import H2CProtocolRequiredError, H2ProtocolAssumedError
from hypercorn.typing import ConnectionState
from hypercorn.utils import parse_socket_addr

from web.protocols import Door, Http1, Http2, NotSpokenError

SLICE: Final = 65_536
"""Bytes of an answer that are handed to the system together."""
_log = structlog.get_logger("sakshi.web")


class Protocols(ProtocolWrapper):
    """HTTP/1 first, HTTP/2 where a connection changes to it."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.protocol = self._made(Http1)

    def _made(self, kind: Any) -> Any:
        return kind(
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.state,
            self.ssl,
            self.client,
            self.server,
            self.send,
        )

    async def handle(self, event: Event) -> None:
        """Pass on what came, or that the connection is closed."""
        try:
            await self.protocol.handle(event)
        except H2ProtocolAssumedError as assumed:
            await self._change(assumed.data)
        except H2CProtocolRequiredError as required:
            await self._change(required.data, required.headers, required.settings)

    async def _change(self, data: bytes, *begun: Any) -> None:
        self.protocol = self._made(Http2)
        await self.protocol.initiate(*begun)
        if data:
            await self.protocol.handle(RawData(data=data))


class Connection(TCPServer):
    """A connection that was accepted; awaiting it serves it."""

    config: Door

    async def run(self) -> None:
        """Serve until one side closes."""
        socket = self.writer.get_extra_info("socket")
        try:
            ends = [
                parse_socket_addr(socket.family, name)
                for name in (socket.getpeername(), socket.getsockname())
            ]
            async with TaskGroup(self.loop) as task_group:
                self._task_group = task_group
                state = ConnectionState(self.state)
                self.protocol = Protocols(
                    self.app, self.config, self.context, task_group, state, False, *ends,
                    self.protocol_send,
                )  # fmt: skip
                await self.protocol.initiate()
                await self.idle_task.restart(task_group, self._idle_timeout)
                await self._read()
        except OSError:
            pass
        finally:
            await self._close()

    async def _read(self) -> None:
        try:
            await self._read_data()
        except NotSpokenError:
            await self.protocol.handle(Closed())
        except OSError:
            raise
        except Exception as error:
            # Bytes that the libraries do not expect: no more than this connection ends.
            _log.warning("connection given up", error=type(error).__name__)
            await self.protocol.handle(Closed())
        finally:
            # Hypercorn waits for it: a connection that its client closed stays for that long.
            await self.idle_task.stop()

    async def protocol_send(self, event: Event) -> None:
        """Send bytes in slices, each in its time; a reader who takes none is let go."""
        if not isinstance(event, RawData) or len(event.data) <= SLICE:
            await self._send_in_time(event)
            return
        for begin in range(0, len(event.data), SLICE):
            await self._send_in_time(RawData(data=event.data[begin : begin + SLICE]))

    async def _send_in_time(self, event: Event) -> None:
        try:
            async with asyncio.timeout(
                self.config.send_seconds if isinstance(event, RawData) else None
            ):
                await super().protocol_send(event)
        except TimeoutError:
            self.writer.transport.abort()
            await self.protocol.handle(Closed())

    async def _close(self) -> None:
        # What was not taken by then is dropped; the base class swallows a cancellation.
        self.loop.call_later(self.config.close_seconds, self.writer.transport.abort)
        await super()._close()

    async def _initiate_server_close(self) -> None:
        self.loop.call_later(self.config.close_seconds, self.writer.transport.abort)
        await super()._initiate_server_close()
