"""The server's side of the signer: a pipe to a child process, or a Unix socket to a service."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trust.formats import b64
from trust.log.context import Signer
from trust.log.errors import SignerError, StaleHeadError
from trust.log.keys import masterkeys
from trust.log.model import Unsigned
from trust.settings import Settings


class _LineSigner:
    """Requests and answers as lines of JSON; one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def _exchange(self, line: bytes) -> bytes:
        raise NotImplementedError

    def _reset(self) -> None:
        raise NotImplementedError

    def _ask(self, **request: Any) -> dict[str, Any]:
        line = json.dumps(request, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            reply = b""
            for attempt in (1, 2):
                try:
                    reply = self._exchange(line)
                except OSError as error:
                    if attempt == 2:
                        raise SignerError(f"The signer does not answer: {error}") from None
                if reply:
                    break
                self._reset()
        if not reply:
            raise SignerError("The signer closed the connection; see its messages above.")
        answer: dict[str, Any] = json.loads(reply)
        if answer.get("ok"):
            return answer
        raise _refused(answer)

    def host(self) -> str:
        """The host label this signer signs for."""
        return str(self._ask(op="ping")["host"])

    def vkey(self, origin: str) -> str:
        """The verifier key of an origin."""
        return self.vkeys([origin])[0]

    def vkeys(self, origins: Sequence[str]) -> list[str]:
        """The verifier keys of these origins."""
        return [str(key) for key in self._ask(op="vkeys", origins=list(origins))["vkeys"]]

    def last(self, origin: str) -> tuple[int, bytes]:
        """The last head the signer released for an origin."""
        answer = self._ask(op="last", origin=origin)
        return int(answer["size"]), b64.decode(answer["root"])

    def heads(self) -> list[tuple[str, int, bytes]]:
        """The last head of every origin the signer has released one for: origin, size, root."""
        heads = self._ask(op="heads")["heads"]
        return [(str(origin), int(size), b64.decode(root)) for origin, size, root in heads]

    def ending(self) -> list[str]:
        """The logs of which only the closing head is signed, because the guard was rebuilt."""
        return [str(origin) for origin in self._ask(op="ending")["origins"]]

    def sign(self, heads: Sequence[Unsigned]) -> list[bytes | SignerError]:
        """A signed note for each head, or why there is none: StaleHeadError when the signer has
        released another size than `old`, SignerError when it refuses."""
        asked = [
            {
                "origin": head.origin,
                "old": head.old,
                "size": head.size,
                "root": b64.encode(head.root),
                "proof": [b64.encode(item) for item in head.proof],
                "last": head.last,
            }
            for head in heads
        ]
        signed = self._ask(op="sign", heads=asked)["signed"]
        return [
            str(answer["note"]).encode() if answer.get("ok") else _refused(answer)
            for answer in signed
        ]

    def second_vkey(self, origin: str) -> str:
        """The ML-DSA-44 key (type 0x06) of an origin."""
        return str(self._ask(op="vkey2", origin=origin)["vkey"])

    def second_line(self, origin: str, size: int) -> bytes:
        """The log's own ML-DSA-44 signature line under its last head; StaleHeadError if that has
        another size."""
        return str(self._ask(op="sign2", origin=origin, size=size)["line"]).encode()


def sign_one(signer: Signer, head: Unsigned) -> bytes:
    """The signed note for one head; raises what `Signer.sign` returns in its place."""
    (answer,) = signer.sign([head])
    if isinstance(answer, SignerError):
        raise answer
    return answer


def _refused(answer: dict[str, Any]) -> SignerError:
    if answer.get("code") == "stale-head":
        return StaleHeadError(str(answer["message"]), int(answer["size"]))
    return SignerError(str(answer.get("message")), code=str(answer.get("code", "signer")))


class PipeSigner(_LineSigner):
    """A signer as a child of this process; it ends when its pipe closes."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._home = home
        self._child: subprocess.Popen[bytes] | None = None

    def _exchange(self, line: bytes) -> bytes:
        child = self._child or self._start()
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(line)
        child.stdin.flush()
        return child.stdout.readline()

    def _start(self) -> subprocess.Popen[bytes]:
        keep = (
            "PATH",
            "PYTHONPATH",
            "PYTHONDONTWRITEBYTECODE",
            "LANG",
            "CREDENTIALS_DIRECTORY",
            masterkeys.PASSPHRASE_FILE,
        )
        self._child = subprocess.Popen(
            [sys.executable, "-m", "trust.log.keys.signer", "--home", str(self._home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: os.environ[name] for name in keep if name in os.environ},
            start_new_session=True,
        )
        return self._child

    def _reset(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            assert child.stdin is not None and child.stdout is not None
            child.stdin.close()
            child.wait(timeout=10)
            child.stdout.close()


class SocketSigner(_LineSigner):
    """A signer service behind a Unix socket; reconnects when the service was restarted."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._socket: socket.socket | None = None
        self._reader: Any = None

    def _exchange(self, line: bytes) -> bytes:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(30)
            self._socket.connect(self._path)
            self._reader = self._socket.makefile("rb")
        self._socket.sendall(line)
        return bytes(self._reader.readline())

    def _reset(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def close(self) -> None:
        """Close the connection; the service goes on."""
        with self._lock:
            self._reset()


WAIT_TELL_SECONDS = 10.0


def wait_for_service(settings: Settings, tell: Callable[[str], None]) -> None:
    """Wait until a signer that is a service answers, for `SAKSHI_SIGNER_WAIT` seconds at most.

    Services start in any order. `tell` gets a sentence at once and every few seconds. Raises
    SignerError when the time is over.
    """
    if not settings.signer.startswith("unix:"):
        return
    begun, told = time.monotonic(), -WAIT_TELL_SECONDS
    while True:
        signer = SocketSigner(settings.signer.removeprefix("unix:"))
        try:
            signer.host()
            return
        except SignerError:
            waited = time.monotonic() - begun
        finally:
            signer.close()
        if waited >= settings.signer_wait:
            raise SignerError(
                f"No signer answers at {settings.signer} after {waited:.0f} seconds. Start it, or "
                "correct SAKSHI_SIGNER; SAKSHI_SIGNER_WAIT says how long to wait."
            )
        if waited - told >= WAIT_TELL_SECONDS:
            told = waited
            left = settings.signer_wait - waited
            tell(f"Waiting for the signer at {settings.signer}, {left:.0f} seconds more.")
        time.sleep(0.2)


def connect(settings: Settings) -> Signer:
    """The signer these settings name."""
    if settings.signer.startswith("unix:"):
        return SocketSigner(settings.signer.removeprefix("unix:"))
    return PipeSigner(settings.signer_home)
