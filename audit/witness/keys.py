"""A witness's keys: made once, kept in a file that only its owner can read.

One Ed25519 key (signature type 0x04) always; an ML-DSA-44 key (0x06) beside it if wished. Both
carry the witness's name; their key ids differ, so a verifier tells them apart.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from trust.formats.checkpoints import parse_checkpoint
from trust.formats.cosignatures import (
    cosign,
    cosign_mldsa44,
    cosigner_key,
    mldsa_cosigner_key,
)
from trust.formats.errors import FormatError
from trust.formats.notes import NoteSignature, VerifierKey, check_key_name

_HEADER = "sakshi-witness-key/1"
_SEED = 32


@dataclass(frozen=True)
class WitnessKeys:
    """The name and the seeds of a witness; never printed."""

    name: str
    ed25519: bytes
    mldsa44: bytes | None

    def __repr__(self) -> str:
        return f"WitnessKeys({self.name!r})"

    def public(self) -> list[VerifierKey]:
        """What others need to check this witness."""
        keys = [cosigner_key(self.name, self.ed25519)]
        if self.mldsa44 is not None:
            keys.append(mldsa_cosigner_key(self.name, self.mldsa44))
        return keys

    def cosign(self, text: str, timestamp: int) -> list[NoteSignature]:
        """Cosign a checkpoint text with each key.

        ML-DSA-44 cosignatures do not cover extension lines, so such a checkpoint gets the
        Ed25519 line alone.
        """
        lines = [cosign(text, self.name, self.ed25519, timestamp)]
        plain = not parse_checkpoint(text, allow_extensions=True).extensions
        if self.mldsa44 is not None and plain:
            lines.append(cosign_mldsa44(text, self.name, self.mldsa44, timestamp))
        return lines


def make(path: Path, name: str, *, mldsa44: bool) -> WitnessKeys:
    """Make keys and write them to a new file of mode 0600.

    Raises:
        FormatError: the name cannot be a key name.
        FileExistsError: the file exists; it is never overwritten.
    """
    check_key_name(name)
    keys = WitnessKeys(
        name, secrets.token_bytes(_SEED), secrets.token_bytes(_SEED) if mldsa44 else None
    )
    keys.public()  # ML-DSA not available here must show before the file is made
    lines = [_HEADER, f"name {name}", f"ed25519 {keys.ed25519.hex()}"]
    if keys.mldsa44 is not None:
        lines.append(f"mldsa44 {keys.mldsa44.hex()}")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, ""]))
        file.flush()
        os.fsync(file.fileno())
    return keys


def load(path: Path) -> WitnessKeys:
    """Read a key file.

    Raises:
        FormatError: not a key file, or others than its owner can read it.
        OSError: it cannot be read.
    """
    if path.stat().st_mode & 0o077:
        raise FormatError(f"Others can read the key file {path}: chmod 600 it.")
    header, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
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
