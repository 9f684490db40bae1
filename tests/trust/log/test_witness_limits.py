"""A witness that drips its answer: the time limit is for the whole, from the first packet on."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from trust.formats.cosignatures import cosigner_key
from trust.formats.policy import PolicyWitness
from trust.log.witnesses import witnessclient
from trust.log.witnesses.witnessclient import Line, WitnessError

DRIPS = 100
PAUSE = 0.05
LIMIT = 0.4
NOTE = b"s0.test.example/coop/a/2026-27\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
HANDSHAKE = b"\x16\x03\x03\x40\x00"
"""The head of a TLS record of 16 KiB, of which each byte takes its time."""


class Dripping:
    """Sends a byte at a time, until it is cut or all has been sent."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.sent = 0
        self.done = threading.Thread(target=self._run, daemon=True)
        self.done.start()

    def _run(self) -> None:
        connection, _ = self._server.accept()
        with connection:
            try:
                connection.sendall(self._head)
                while self.sent < DRIPS:
                    connection.sendall(b"x")
                    self.sent += 1
                    time.sleep(PAUSE)
            except OSError:
                return

    def close(self) -> None:
        self._server.close()


@contextmanager
def dripping(head: bytes) -> Iterator[Dripping]:
    made = Dripping(head)
    yield made
    made.close()


def asked(scheme: str, port: int) -> Line:
    key = cosigner_key("slow.example", bytes(range(32)))
    witness = PolicyWitness("slow", key, f"{scheme}://127.0.0.1:{port}")
    return Line((witness,), LIMIT, None)


def unreachable(line: Line) -> str:
    with pytest.raises(WitnessError) as refused:
        line.ask(0, 0, NOTE, lambda old: ())
    assert refused.value.code == "unreachable"
    return str(refused.value)


def test_a_tls_handshake_that_drips_is_cut() -> None:
    with dripping(HANDSHAKE) as server:
        unreachable(asked("https", server.port))
        server.done.join(60)
        assert 0 < server.sent < DRIPS


def test_an_alarm_before_there_is_a_socket_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking the name up and connecting took all the time there was."""
    with dripping(b"HTTP/1.1 200 OK\r\n\r\n") as server:
        line = asked("http", server.port)
        plain = witnessclient._connection

        def late(*arguments: Any) -> http.client.HTTPConnection:
            connection = plain(*arguments)
            connect = connection.connect

            def slowly() -> None:
                while not line._late:
                    time.sleep(0.01)
                connect()

            monkeypatch.setattr(connection, "connect", slowly)
            return connection

        monkeypatch.setattr(witnessclient, "_connection", late)
        unreachable(line)
        server.done.join(60)
        assert server.sent < DRIPS
