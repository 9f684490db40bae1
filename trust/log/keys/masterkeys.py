"""Master keys on disk: plain or sealed with a passphrase, and more than one after a leak.

Every log key is derived from a master. `master.key` is the first; after `--rotate-master` there is
`master.2.key` and so on, and each origin stays with the master it began with (the guard remembers).
A file holds 64 hex digits, or, sealed, one JSON object: the master in a NaCl secretbox under a key
that Argon2id makes of the passphrase. The passphrase comes from a file descriptor, a file or a
systemd credential, never from an argument or a variable's value.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nacl import pwhash, secret, utils
from nacl.exceptions import CryptoError

from trust.formats import b64
from trust.formats.errors import FormatError
from trust.log.errors import SignerError

FORMAT = "sakshi-sealed/1"
CREDENTIAL = "sakshi-master"
"""Name of the systemd credential that holds the passphrase."""
PASSPHRASE_FILE = "SAKSHI_SIGNER_PASSPHRASE"
"""Environment variable with the path of a file that holds the passphrase."""
OPS, MEMORY = pwhash.argon2id.OPSLIMIT_MODERATE, pwhash.argon2id.MEMLIMIT_MODERATE
MAX_MEMORY = 1 << 32
MIN_PASSPHRASE = 12
_LENGTH = 32


def path_of(home: Path, number: int) -> Path:
    """Where the master of that number lies; the first is number 1."""
    return home / ("master.key" if number == 1 else f"master.{number}.key")


def numbers(home: Path) -> list[int]:
    """Numbers of the masters there are, the newest last."""
    found = [1] if path_of(home, 1).exists() else []
    for path in home.glob("master.*.key"):
        number = path.name.split(".")[1]
        if number.isdecimal():
            found.append(int(number))
    return sorted(found)


def write(home: Path, number: int, data: bytes, *, replace: bool = False) -> None:
    """Put a master file in place, whole or not at all, readable by its owner only."""
    target = path_of(home, number)
    if target.exists() and not replace:
        raise SignerError(f"{target} already holds a master key; it is never overwritten.")
    draft = target.with_name(f".{target.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    folder = os.open(home, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def plain(master: bytes) -> bytes:
    """An unsealed file."""
    return master.hex().encode() + b"\n"


def fresh() -> bytes:
    """A new random master."""
    return os.urandom(_LENGTH)


def is_sealed(home: Path, number: int) -> bool:
    """Whether that master needs a passphrase."""
    return path_of(home, number).read_bytes().lstrip().startswith(b"{")


def read(home: Path, number: int, passphrase: bytes | None) -> bytes:
    """The master of that number.

    Raises SignerError: not readable, sealed and no passphrase, or another passphrase.
    """
    path = path_of(home, number)
    try:
        data = path.read_bytes()
        if not data.lstrip().startswith(b"{"):
            master = bytes.fromhex(data.decode("ascii").strip())
        elif passphrase is None:
            raise SignerError(
                f"{path} is sealed. Give its passphrase with --passphrase-fd, in the file that "
                f"{PASSPHRASE_FILE} names, or as the systemd credential {CREDENTIAL}."
            )
        else:
            master = _open(path, data, passphrase)
    except (OSError, ValueError) as error:
        raise SignerError(f"The master key {path} cannot be read: {error}") from None
    if len(master) != _LENGTH:
        raise SignerError(f"The master key {path} has {len(master)} bytes, not {_LENGTH}.")
    return master


def sealed(master: bytes, passphrase: bytes, *, ops: int = OPS, memory: int = MEMORY) -> bytes:
    """A sealed file; raises SignerError for a passphrase that is too short."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise SignerError(f"A passphrase has at least {MIN_PASSPHRASE} characters.")
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    key = pwhash.argon2id.kdf(secret.SecretBox.KEY_SIZE, passphrase, salt, ops, memory)
    box = secret.SecretBox(key).encrypt(master)
    value = {
        "format": FORMAT,
        "kdf": "argon2id",
        "ops": ops,
        "memory": memory,
        "salt": b64.encode(salt),
        "box": b64.encode(bytes(box)),
    }
    return json.dumps(value, indent=1).encode() + b"\n"


def seal(home: Path, passphrase: bytes | None) -> int:
    """Seal every master that is plain; returns how many there are. Needs a passphrase."""
    if passphrase is None:
        raise SignerError("Sealing needs a passphrase: --passphrase-fd, a file or a credential.")
    for number in numbers(home):
        if not is_sealed(home, number):
            master = read(home, number, None)
            write(home, number, sealed(master, passphrase), replace=True)
    return len(numbers(home))


def unseal(home: Path, passphrase: bytes | None) -> int:
    """Unseal every master; returns how many there are."""
    for number in numbers(home):
        write(home, number, plain(read(home, number, passphrase)), replace=True)
    return len(numbers(home))


def add(home: Path, passphrase: bytes | None) -> int:
    """A new master for logs yet to begin, sealed if the newest is; returns its number."""
    newest = numbers(home)[-1]
    master = fresh()
    if not is_sealed(home, newest):
        data = plain(master)
    else:
        read(home, newest, passphrase)  # the same passphrase must open all of them
        data = sealed(master, passphrase or b"")
    write(home, newest + 1, data)
    return newest + 1


def newest(home: Path) -> Path:
    """The file of the newest master."""
    return path_of(home, numbers(home)[-1])


def _open(path: Path, data: bytes, passphrase: bytes) -> bytes:
    try:
        value: dict[str, Any] = json.loads(data)
        if value["format"] != FORMAT or value["kdf"] != "argon2id":
            raise SignerError(f"{path} is sealed in a way this version does not know.")
        memory = int(value["memory"])
        if memory > MAX_MEMORY:
            raise SignerError(f"{path} asks for {memory} bytes of memory; it was changed.")
        salt, box = b64.decode(value["salt"]), b64.decode(value["box"])
        key = pwhash.argon2id.kdf(
            secret.SecretBox.KEY_SIZE, passphrase, salt, int(value["ops"]), memory
        )
        return bytes(secret.SecretBox(key).decrypt(box))
    except CryptoError:
        raise SignerError(
            f"The passphrase does not open {path}, or the file was changed."
        ) from None
    except (KeyError, TypeError, FormatError) as error:
        raise SignerError(f"{path} is not a sealed master key: {error!r}") from None


def passphrase(environ: Mapping[str, str], descriptor: int | None = None) -> bytes | None:
    """The passphrase from wherever it was put; None if it was put nowhere.

    Raises SignerError when a named source cannot be read.
    """
    try:
        if descriptor is not None:
            with os.fdopen(descriptor, "rb") as file:
                return file.read().rstrip(b"\r\n")
        if named := environ.get(PASSPHRASE_FILE):
            return Path(named).read_bytes().rstrip(b"\r\n")
        if folder := environ.get("CREDENTIALS_DIRECTORY"):
            credential = Path(folder) / CREDENTIAL
            return credential.read_bytes().rstrip(b"\r\n") if credential.exists() else None
    except OSError as error:
        raise SignerError(f"The passphrase cannot be read: {error}") from None
    return None
