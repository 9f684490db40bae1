"""The signer: the only code that signs heads, in a process of its own.

It holds the master key, derives one Ed25519 key per origin, and signs a head only after its guard
has made durable that this head follows from the last one released. Its callers send one JSON
object a line and get one back; over a pipe in the embedded default, over a Unix socket when it is
a service. Run `python -m trust.log.keys.signer --home DIR [--listen unix:PATH]`.
"""

import argparse
import json
import os
import socketserver
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from trust.formats import b64, cosignatures, notes, origins
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.errors import FormatError, SakshiError
from trust.log.errors import SignerError, StaleHeadError
from trust.log.keys import guardseed, masterkeys
from trust.log.keys.guard import Guard
from trust.log.model import Unsigned

PROTOCOL = "sakshi-signer/1"
_HOST = "host"


def init_home(home: Path, host: str) -> None:
    """Make a signer's home once: a random master and the host label it may sign for."""
    home.mkdir(parents=True, exist_ok=True)
    os.chmod(home, 0o700)
    masterkeys.write(home, 1, masterkeys.plain(masterkeys.fresh()))
    (home / _HOST).write_text(host + "\n", encoding="ascii")
    Guard(guardseed.guard_path(home)).close()


def derive_seed(master: bytes, origin: str, use: str = "log key") -> bytes:
    """The seed of an origin's key: HKDF-SHA-256, docs/formats.md section 2."""
    info = f"sakshi/1 {use}\n{origin}".encode("ascii")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master)


class SignerCore:
    """Answers requests; knows nothing of pipes or sockets."""

    def __init__(self, home: Path, passphrase: bytes | None = None) -> None:
        try:
            self._host = (home / _HOST).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise SignerError(f"The signer's home {home} cannot be read: {error}") from None
        self._home = home
        self._masters = {n: masterkeys.read(home, n, passphrase) for n in masterkeys.numbers(home)}
        if not self._masters:
            raise SignerError(f"There is no master key in {home}.")
        self._guard = Guard(guardseed.need_guard(home))
        self._keys: dict[str, tuple[bytes | None, notes.VerifierKey]] = {}
        self._turn = threading.Lock()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request, one answer; every refusal says why."""
        try:
            # One at a time: callers over a socket have a thread each, the guard one connection.
            with self._turn:
                return {"ok": True, **self._do(request)}
        except SakshiError as error:
            return _refusal(error)
        except sqlite3.Error as error:
            # A full disk must not end the signer: nothing was released, the caller tries again.
            words = f"The guard's disk is full or fails ({error}); nothing was signed."
            return {"ok": False, "code": "guard", "message": words}
        except (KeyError, TypeError, ValueError) as error:
            return {"ok": False, "code": "signer", "message": f"Malformed request: {error!r}"}

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        operation = request.get("op")
        if operation == "ping":
            return {"protocol": PROTOCOL, "host": self._host}
        if operation == "heads":
            return {"heads": [[name, size, b64.encode(root)] for name, size, root in self._guard]}
        if operation == "ending":
            return {"origins": self._guard.ending()}
        if operation == "last":
            size, root = self._guard.last(request["origin"])
            return {"size": size, "root": b64.encode(root)}
        if operation == "vkeys":
            return {"vkeys": [self._key(name)[1].format() for name in request["origins"]]}
        if operation == "sign":
            return {"signed": self._sign(request["heads"])}
        if operation == "vkey2":
            seed = self._second_seed(request["origin"])
            return {"vkey": cosignatures.mldsa_cosigner_key(request["origin"], seed).format()}
        if operation == "sign2":
            return {"line": self._second_line(request)}
        raise SignerError(f"Unknown operation {operation!r}.")

    def _key(self, origin: str) -> tuple[bytes | None, notes.VerifierKey]:
        """Seed and verifier key of an origin; no seed once its master was retired."""
        if origin not in self._keys:
            parsed = origins.parse_origin(origin)
            if parsed.host != self._host:
                raise FormatError(f"This signer signs for {self._host}, not for {origin}.")
            number, noted = self._master_of(origin)
            master = self._masters.get(number)
            if master is None and noted is None:
                raise SignerError(f"Master {number}, from which {origin} has its key, is gone.")
            seed = None if master is None else derive_seed(master, origin)
            vkey = noted if seed is None else notes.verifier_key(origin, seed).format()
            if noted is not None and vkey != noted:
                raise SignerError(f"The master key here is not the one {origin} began with.")
            if noted is None and (number > 1 or parsed.kind == "state"):
                self._guard.bind([(origin, number, str(vkey))])
            self._keys[origin] = (seed, notes.VerifierKey.parse(str(vkey)))
        return self._keys[origin]

    def _master_of(self, origin: str) -> tuple[int, str | None]:
        """Number of the master of an origin, and its verifier key where that was noted."""
        noted = self._guard.key(origin)
        if noted is not None:
            return noted
        if self._guard.last(origin)[0]:
            return 1, None  # From before there was a second master, or it would be noted.
        newest = masterkeys.numbers(self._home)[-1]
        if newest not in self._masters:
            raise SignerError("There is a newer master key: restart the signer.")
        return newest, None

    def retire(self, number: int) -> list[str]:
        """Destroy a master whose logs are closed; returns meetings and elections that end with it.

        Raises SignerError while a log of a year of that master is open.
        """
        if number not in self._masters or number == max(self._masters):
            raise SignerError(f"Master {number} is not an older master here.")
        mine = [origin for origin, _, _ in self._guard if self._master_of(origin)[0] == number]
        still = [origin for origin in mine if self._guard.closed(origin) is None]
        yearly = [origin for origin in still if origins.parse_origin(origin).year is not None]
        if yearly:
            raise SignerError(
                f"{len(yearly)} logs of master {number} are still open, first {yearly[0]}: "
                "`sakshi keys rotate` closes them."
            )
        self._guard.bind([(origin, number, self._key(origin)[1].format()) for origin in mine])
        masterkeys.path_of(self._home, number).unlink()
        return still

    def _sign(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Several heads in one transaction of the guard, each signed or refused by itself."""
        asked = [self._read(request) for request in requests]
        ready = [item for item in asked if isinstance(item, _Ready)]
        # Durable in the guard before any signature exists.
        answers = iter(self._guard.advance([item.head for item in ready]))
        signed = []
        for item in asked:
            refused = next(answers) if isinstance(item, _Ready) else item
            if refused is not None:
                signed.append(_refusal(refused))
            elif isinstance(item, _Ready):
                signature = notes.sign_ed25519(item.text, item.head.origin, item.seed)
                note = notes.format_note(notes.SignedNote(item.text, (signature,)))
                signed.append({"ok": True, "note": note})
        return signed

    def _read(self, request: dict[str, Any]) -> "_Ready | SakshiError":
        head = Unsigned(
            str(request["origin"]),
            int(request["old"]),
            int(request["size"]),
            b64.decode(request["root"]),
            tuple(b64.decode(item) for item in request["proof"]),
            request.get("last") is True,
        )
        try:
            seed, _ = self._key(head.origin)
            if seed is None:
                raise SignerError(
                    f"The master key of {head.origin} was retired: nothing more is signed.",
                    code="retired",
                )
            text = format_checkpoint(Checkpoint(head.origin, head.size, head.root))
        except SakshiError as error:
            return error
        return _Ready(head, seed, text)

    def _second_seed(self, origin: str) -> bytes:
        """Seed of the ML-DSA-44 key of an origin; derived beside the Ed25519 one."""
        first, _ = self._key(origin)
        master = self._masters.get(self._master_of(origin)[0])
        if first is None or master is None:
            raise SignerError(
                f"The master key of {origin} was retired: nothing more is signed.", code="retired"
            )
        return derive_seed(master, origin, "log key ml-dsa-44")

    def _second_line(self, request: dict[str, Any]) -> str:
        """The log's own ML-DSA-44 signature line under the head released last, and only that."""
        origin, size = str(request["origin"]), int(request["size"])
        held, root = self._guard.last(origin)
        if size != held:
            raise StaleHeadError(f"The guard holds size {held} of {origin}, not {size}.", held)
        text = format_checkpoint(Checkpoint(origin, size, root))
        seed = self._second_seed(origin)
        return cosignatures.cosign_mldsa44(text, origin, seed, int(time.time())).line()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A head that may be signed if the guard lets it."""

    head: Unsigned
    seed: bytes
    text: str


def _refusal(error: SakshiError) -> dict[str, Any]:
    more = {"size": error.size} if isinstance(error, StaleHeadError) else {}
    return {"ok": False, "code": error.code, "message": str(error), **more}


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


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m trust.log.keys.signer", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of master key and guard")
    parser.add_argument("--listen", help="unix:PATH to serve a socket; without it, stdin/stdout")
    parser.add_argument("--init", metavar="HOST", help="make the home for this host label first")
    parser.add_argument("--passphrase-fd", type=int, help="descriptor to read the passphrase from")
    once = parser.add_mutually_exclusive_group()
    once.add_argument("--seal", action="store_true", help="seal every master with the passphrase")
    once.add_argument("--unseal", action="store_true", help="put every master back in plain")
    once.add_argument("--rotate-master", action="store_true", help="a new master for new logs")
    once.add_argument("--retire-master", type=int, metavar="N", help="destroy an older master")
    once.add_argument("--seed-guard", type=Path, metavar="FILE", help="a new guard for a lost one")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the signer's process."""
    options = _arguments().parse_args(arguments)
    try:
        if options.init and not masterkeys.path_of(options.home, 1).exists():
            init_home(options.home, options.init)
        secret = masterkeys.passphrase(os.environ, options.passphrase_fd)
        tending = (options.seal, options.unseal, options.rotate_master, options.retire_master)
        if any(tending) or options.seed_guard:
            sys.stdout.write(_tend(options, secret) + "\n")
            return 0
        core = SignerCore(options.home, secret)
    except SakshiError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.listen:
        _serve_socket(core, Path(options.listen.removeprefix("unix:")))
    else:
        serve_stream(core, sys.stdin.buffer, sys.stdout.buffer)
    return 0


def _tend(options: argparse.Namespace, secret: bytes | None) -> str:
    """Work on the master files; the signer that uses them must be stopped."""
    home: Path = options.home
    if options.seed_guard:
        masters = {n: masterkeys.read(home, n, secret) for n in masterkeys.numbers(home)}
        found = guardseed.read(options.seed_guard)
        count = guardseed.plant(
            home, masters, derive_seed, found, lambda: masterkeys.add(home, secret)
        )
        return (
            f"The guard knows the last heads of {count} logs and signs one more of each, its last. "
            f"There is a new master key, {masterkeys.newest(home).name}: copy it to the safe. "
            "Start the signer, recover, then `sakshi keys rotate-all` closes every log."
        )
    if options.retire_master:
        ended = SignerCore(home, secret).retire(options.retire_master)
        return f"Retired; ended with it: {', '.join(ended) or 'nothing else'}."
    if options.rotate_master:
        number = masterkeys.add(home, secret)
        return f"Master {number} is there. Start the signer and rotate every open log."
    count = masterkeys.unseal(home, secret) if options.unseal else masterkeys.seal(home, secret)
    return f"{count} master keys are {'plain' if options.unseal else 'sealed'}."


if __name__ == "__main__":
    sys.exit(main())
