"""A witness's keys: made once, kept in a file that only its owner can read.

One Ed25519 key (signature type 0x04) always; an ML-DSA-44 key (0x06) beside it if wished. Both
carry the witness's name; their key ids differ, so a verifier tells them apart.
"""

import os
import stat

from trust.formats.checkpoints import parse_checkpoint
from trust.formats.cosignatures import Cosigner, MldsaCosigner
from trust.formats.errors import FormatError
from trust.formats.notes import NoteSignature, VerifierKey, check_key_name

_HEADER = "sakshi-witness-key/1"
_SEED = 32


class WitnessKeys:
    """The name and the seeds of a witness; never printed."""

    def __init__(self, name: str, ed25519: bytes, mldsa44: bytes | None) -> None:
        self.name, self.ed25519, self.mldsa44 = name, ed25519, mldsa44
        self._plain = Cosigner(name, ed25519)
        self._both: list[Cosigner | MldsaCosigner] = [self._plain]
        if mldsa44 is not None:
            self._both.append(MldsaCosigner(name, mldsa44))

    def __repr__(self) -> str:
        return f"WitnessKeys({self.name!r})"

    def public(self) -> list[VerifierKey]:
        """What others need to check this witness."""
        return [cosigner.key for cosigner in self._both]

    def identity(self) -> str:
        """What ties a state file to these keys."""
        return self._plain.key.format()

    def lines(self) -> list[str]:
        """The public keys as lines of a trust policy."""
        return [
            f"witness {key.name}{'' if key.type == 4 else '-mldsa44'} {key.format()}\n"
            for key in self.public()
        ]

    def cosign(self, text: str, timestamp: int) -> list[NoteSignature]:
        """Cosign a checkpoint text with each key.

        ML-DSA-44 cosignatures do not cover extension lines, so such a checkpoint gets the
        Ed25519 line alone.
        """
        plain = not parse_checkpoint(text, allow_extensions=True).extensions
        able = self._both if plain else [self._plain]
        return [cosigner.cosign(text, timestamp) for cosigner in able]


def make(path: str | os.PathLike[str], name: str, *, mldsa44: bool) -> WitnessKeys:
    """Make keys and write them to a new file of mode 0600.

    Raises:
        FormatError: the name cannot be a key name.
        FileExistsError: the file exists; it is never overwritten.
    """
    check_key_name(name)
    # Made before the file, so that missing ML-DSA shows before there is one.
    keys = WitnessKeys(name, os.urandom(_SEED), os.urandom(_SEED) if mldsa44 else None)
    lines = [_HEADER, f"name {name}", f"ed25519 {keys.ed25519.hex()}"]
    if keys.mldsa44 is not None:
        lines.append(f"mldsa44 {keys.mldsa44.hex()}")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, ""]))
        file.flush()
        os.fsync(file.fileno())
    return keys


def load(path: str | os.PathLike[str]) -> WitnessKeys:
    """Read a key file.

    Raises:
        FormatError: not a key file, or others than its owner can read it.
        OSError: it cannot be read.
    """
    with open(path, encoding="utf-8") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise FormatError(f"Others can read the key file {path}: chmod 600 it.")
        header, *lines = file.read().splitlines() or [""]
    values = dict(line.split(" ", 1) for line in lines if " " in line)
    try:
        if header != _HEADER:
            raise ValueError
        seeds = {word: bytes.fromhex(values[word]) for word in values if word != "name"}
        if any(len(seed) != _SEED for seed in seeds.values()):
            raise ValueError
        keys = WitnessKeys(values["name"], seeds["ed25519"], seeds.get("mldsa44"))
    except (ValueError, KeyError):
        raise FormatError(f"{path} is not a key file of sakshi-witness.") from None
    check_key_name(keys.name)
    return keys
