"""The signer: the only code that signs heads, in a process of its own.

It holds the master key, derives one Ed25519 key per origin, and signs a head only after its guard
has made durable that this head follows from the last one released. Its callers send one JSON
object a line and get one back; over a pipe in the embedded default, over a Unix socket when it is
a service. Run `python -m trust.log.signer --home DIR [--listen unix:PATH]`.
"""

import argparse
import json
import os
import socketserver
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from trust.formats import b64, notes, origins
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.errors import FormatError, SakshiError
from trust.log.errors import SignerError, StaleHeadError
from trust.log.guard import Guard

PROTOCOL = "sakshi-signer/1"
_MASTER = "master.key"
_HOST = "host"


def init_home(home: Path, host: str) -> None:
    """Make a signer's home once: a random master and the host label it may sign for."""
    home.mkdir(parents=True, exist_ok=True)
    os.chmod(home, 0o700)
    if (home / _MASTER).exists():
        raise SignerError(f"{home} already holds a master key; it is never overwritten.")
    descriptor = os.open(home / _MASTER, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(32).hex().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    (home / _HOST).write_text(host + "\n", encoding="ascii")


def derive_seed(master: bytes, origin: str) -> bytes:
    """The Ed25519 seed of an origin: HKDF-SHA-256, docs/formats.md section 2."""
    info = b"sakshi/1 log key\n" + origin.encode("ascii")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master)


class SignerCore:
    """Answers requests; knows nothing of pipes or sockets."""

    def __init__(self, home: Path) -> None:
        try:
            self._master = bytes.fromhex((home / _MASTER).read_text(encoding="ascii").strip())
            self._host = (home / _HOST).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise SignerError(f"The signer's home {home} cannot be read: {error}") from None
        self._guard = Guard(home / "guard.db")
        self._keys: dict[str, tuple[bytes, notes.VerifierKey]] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request, one answer; every refusal says why."""
        try:
            operation = request.get("op")
            if operation == "ping":
                return {"ok": True, "protocol": PROTOCOL, "host": self._host}
            if operation == "vkey":
                return {"ok": True, "vkey": self._key(request["origin"])[1].format()}
            if operation == "last":
                size, root = self._guard.last(request["origin"])
                return {"ok": True, "size": size, "root": b64.encode(root)}
            if operation == "heads":
                heads = [[origin, size, b64.encode(root)] for origin, size, root in self._guard]
                return {"ok": True, "heads": heads}
            if operation == "sign":
                return {"ok": True, "note": self._sign(request)}
            return {"ok": False, "code": "signer", "message": f"Unknown operation {operation!r}."}
        except StaleHeadError as error:
            return {"ok": False, "code": error.code, "message": str(error), "size": error.size}
        except SakshiError as error:
            return {"ok": False, "code": error.code, "message": str(error)}
        except sqlite3.Error as error:
            # A full disk must not end the signer: nothing was released, the caller tries again.
            words = f"The guard's disk is full or fails ({error}); nothing was signed."
            return {"ok": False, "code": "guard", "message": words}
        except (KeyError, TypeError, ValueError) as error:
            return {"ok": False, "code": "signer", "message": f"Malformed request: {error!r}"}

    def _key(self, origin: str) -> tuple[bytes, notes.VerifierKey]:
        if origin not in self._keys:
            if origins.parse_origin(origin).host != self._host:
                raise FormatError(f"This signer signs for {self._host}, not for {origin}.")
            seed = derive_seed(self._master, origin)
            self._keys[origin] = (seed, notes.verifier_key(origin, seed))
        return self._keys[origin]

    def _sign(self, request: dict[str, Any]) -> str:
        origin, size = str(request["origin"]), int(request["size"])
        root = b64.decode(request["root"])
        seed, _ = self._key(origin)
        proof = [b64.decode(item) for item in request["proof"]]
        text = format_checkpoint(Checkpoint(origin, size, root))
        last = request.get("last") is True
        self._guard.advance(origin, int(request["old"]), size, root, proof, last=last)
        signature = notes.sign_ed25519(text, origin, seed)
        return notes.format_note(notes.SignedNote(text, (signature,)))


class _Reader(Protocol):
    def __iter__(self) -> Iterator[bytes]: ...


class _Writer(Protocol):
    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


def serve_stream(core: SignerCore, reader: _Reader, writer: _Writer) -> None:
    """Answer line by line until the other side closes."""
    for line in reader:
        try:
            request = json.loads(line)
        except ValueError:
            request = {}
        answer = core.answer(request if isinstance(request, dict) else {})
        writer.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
        writer.flush()


def _serve_socket(core: SignerCore, path: Path) -> None:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            serve_stream(core, self.rfile, self.wfile)

    path.unlink(missing_ok=True)
    with socketserver.ThreadingUnixStreamServer(str(path), Handler) as server:
        server.daemon_threads = True
        os.chmod(path, 0o660)
        sys.stderr.write(f"signer listening on {path}\n")
        sys.stderr.flush()
        server.serve_forever()


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the signer's process."""
    parser = argparse.ArgumentParser(prog="python -m trust.log.signer", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of master key and guard")
    parser.add_argument("--listen", help="unix:PATH to serve a socket; without it, stdin/stdout")
    parser.add_argument("--init", metavar="HOST", help="make the home for this host label first")
    options = parser.parse_args(arguments)
    try:
        if options.init and not (options.home / _MASTER).exists():
            init_home(options.home, options.init)
        core = SignerCore(options.home)
    except SakshiError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.listen:
        _serve_socket(core, Path(options.listen.removeprefix("unix:")))
    else:
        serve_stream(core, sys.stdin.buffer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
