"""Checkpoints: the head of a log as a note text (C2SP tlog-checkpoint v1.0.0).

::

    <origin> LF <tree size, decimal> LF <base64 root hash> LF

Our logs never write extension lines (ML-DSA cosignatures would not cover them), and readers
refuse them unless told otherwise. The signing key's name is the origin.
"""

import re
from typing import NamedTuple

from trust.formats import b64
from trust.formats.errors import FormatError, SignatureError
from trust.formats.notes import VerifierKey, check_text, parse_note, verify

MAX_SIZE = 2**63 - 1

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class Checkpoint(NamedTuple):
    """A tree head: which log, how many entries, which root hash."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def parse_decimal(text: str, what: str) -> int:
    """Read a number from 0 to 2**63 - 1 written without sign, spaces or leading zeros.

    Raises:
        FormatError: any other spelling; ``what`` names the number in the message.
    """
    value = int(text) if _DECIMAL.fullmatch(text) else -1
    if not 0 <= value <= MAX_SIZE:
        raise FormatError(f"{b64.shorten(text)} is not a {what} in plain decimals.", code="decimal")
    return value


def parse_checkpoint(text: str, *, allow_extensions: bool = False) -> Checkpoint:
    """Read the text of a checkpoint note.

    Raises:
        FormatError: not the three lines, or extension lines where they are not allowed.
    """
    check_text(text)
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise FormatError("A checkpoint has three lines: origin, size and root.", code="checkpoint")
    if len(lines) > 3 and not allow_extensions:
        raise FormatError(
            "The checkpoint has extension lines, which no log here may sign.", code="checkpoint"
        )
    size = parse_decimal(lines[1], "tree size")
    return Checkpoint(lines[0], size, b64.decode_hash(lines[2]), tuple(lines[3:]))


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Write the note text of a checkpoint.

    Raises:
        FormatError: an origin, size or root that no checkpoint can state.
    """
    size, root = str(checkpoint.size), b64.encode(checkpoint.root)
    text = "".join(f"{line}\n" for line in (checkpoint.origin, size, root, *checkpoint.extensions))
    if parse_checkpoint(text, allow_extensions=True) != checkpoint:
        raise FormatError("An origin must be one line.", code="checkpoint")
    return text


def open_checkpoint(note_bytes: bytes | str, key: VerifierKey) -> Checkpoint:
    """Read a checkpoint that the log with this key (type 0x01) has signed.

    Raises:
        FormatError: the note or the checkpoint is malformed.
        SignatureError: not signed by the key, or of another origin than the key's name.
    """
    note = parse_note(note_bytes)
    checkpoint = parse_checkpoint(note.text)
    verify(note, [key])
    if checkpoint.origin != key.name:
        raise SignatureError(
            f"The checkpoint is of {b64.shorten(checkpoint.origin)}, "
            f"but the key belongs to {key.name}.",
            code="origin",
        )
    return checkpoint
