"""A society that signs its own heads: its key, its guard, and nothing that trusts the server.

The key file holds one seed from which a key for each log is derived; the guard file the last head
signed for each log. A head is signed only if it is proven to continue that one, and the guard is
on the disk before the signature leaves this program. Neither file may ever be put back to an older
copy; both stay with the society.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cyclopts import App, Parameter

from audit.fetch import get
from trust.formats import b64, merkle, notes
from trust.formats.errors import FormatError, SakshiError
from trust.formats.headrequest import HeadRequest, parse_request
from trust.formats.witness import TreeHead, check_step

_HEADER = "sakshi-society-key/1"
_GUARD = "sakshi-society-guard/1"
_SMALL = 1 << 20


class SignHeadError(SakshiError):
    """A key or guard file cannot be used."""

    default_code = "sign-head"


def make_key(path: Path) -> None:
    """Make a key file of mode 0600; never overwrites one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SignHeadError(f"{path} is there already; a key is never overwritten.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{_HEADER}\n{os.urandom(32).hex()}\n")
        file.flush()
        os.fsync(file.fileno())


def seed_of(path: Path, origin: str) -> bytes:
    """The seed of the society's key for one log."""
    try:
        header, secret = path.read_text(encoding="ascii").split()
        master = bytes.fromhex(secret)
    except (OSError, ValueError):
        raise SignHeadError(f"{path} is not a society's key file.") from None
    if header != _HEADER or len(master) != 32:
        raise SignHeadError(f"{path} is not a society's key file.")
    info = f"sakshi/1 log key\n{origin}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master)


def sign_head(request: HeadRequest, key: Path, guard: Path) -> str:
    """The note over a head that continues the one signed last.

    Raises ProofError (a fork, or the server named another size than the guard holds) and signs
    nothing then.
    """
    seed = seed_of(key, request.origin)
    heads = _read_guard(guard)
    size, root = heads.get(request.origin, (0, b64.encode(merkle.EMPTY_ROOT)))
    held, new = TreeHead(size, b64.decode_hash(root)), TreeHead(request.size, request.root)
    check_step(held, request.old, new, request.proof)
    text = request.text()
    signature = notes.sign_ed25519(text, request.origin, seed)
    _write_guard(guard, heads | {request.origin: (request.size, b64.encode(request.root))})
    return notes.format_note(notes.SignedNote(text, (signature,)))


def _read_guard(path: Path) -> dict[str, tuple[int, str]]:
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
        if value["format"] != _GUARD:
            raise ValueError
        return {str(k): (int(v[0]), str(v[1])) for k, v in value["heads"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise SignHeadError(
            f"{path} is not the guard of a society's key. Without it a fork could be signed; if it "
            "is lost, close the log and begin another with a new key."
        ) from None


def _write_guard(path: Path, heads: dict[str, tuple[int, str]]) -> None:
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w", encoding="ascii") as file:
        json.dump({"format": _GUARD, "heads": heads}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def register(app: App) -> None:
    """Add the commands of this module to `sakshi-audit`."""
    app.command(_told(_society_key), name="society-key")
    app.command(_told(_sign), name="sign-head")


def _told(work: Callable[..., None]) -> Callable[..., None]:
    """Every fault becomes a sentence and exit 1."""
    from functools import wraps

    @wraps(work)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            work(*args, **kwargs)
        except SakshiError as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(1)

    return run


def _society_key(
    origin: str, *, key: Annotated[Path, Parameter(name="--key")], guard: Path
) -> None:
    """Print the society's verifier key for a log; makes key and guard if neither is there.

    Parameters
    ----------
    origin
        The society's book log.
    key
        The key file.
    guard
        The file that remembers the last head signed for each log.
    """
    if not key.exists() and not guard.exists():
        make_key(key)
        _write_guard(guard, {})
    _read_guard(guard)
    sys.stdout.write(notes.verifier_key(origin, seed_of(key, origin)).format() + "\n")


def _sign(request: str, *, key: Path, guard: Path) -> None:
    """Sign a head of the society's own log, if it continues the one signed last.

    Parameters
    ----------
    request
        What the server prepared: a file, or its address (…/l/<origin>/to-sign).
    key
        The society's key file.
    guard
        The file that remembers the last head signed for each log.
    """
    if request.startswith(("http://", "https://")):
        data = get(request, _SMALL)
    else:
        try:
            data = Path(request).read_bytes()
        except OSError as error:
            raise FormatError(f"{request} cannot be read: {error.strerror}.") from None
    sys.stdout.write(sign_head(parse_request(data), key, guard))
