"""Entries of a log: one line of ours, a Belenios event, or a signed note; nothing else.

The first bytes tell which (docs/formats.md section 4). A reader that met other bytes and guessed
would let two verifiers disagree, so everything else is refused.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from trust.formats import b64, notes, times
from trust.formats.checkpoints import Checkpoint, parse_checkpoint
from trust.formats.errors import FormatError

_PREFIX = b"sakshi/1 "
_KIND = re.compile(r"[a-z][a-z-]{0,31}")
MAX_ENTRY = 65_535


@dataclass(frozen=True, slots=True)
class Entry:
    """`sakshi/1 <kind> <time> <commitment>`; time in seconds since 1970, UTC."""

    kind: str
    time: int
    commitment: bytes


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """A log's signed head as an entry of the state log or as entry 0 of a new shard."""

    note: notes.SignedNote
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class BeleniosEvent:
    """The exact bytes of a Belenios archive event; election logs only."""

    data: bytes


def format_entry(entry: Entry) -> bytes:
    """The bytes of one line of ours, without a final LF."""
    if len(entry.commitment) != 32:
        raise FormatError("The commitment of an entry has 32 bytes.")
    return _beginning(entry.kind, entry.time) + b64.encode(entry.commitment).encode("ascii")


@lru_cache(maxsize=64)
def _beginning(kind: str, time: int) -> bytes:
    """Everything but the commitment: entries of one batch share their time."""
    if not _KIND.fullmatch(kind):
        raise FormatError("The kind of an entry has lower-case letters only, at most 32.")
    return _PREFIX + f"{kind} {times.format_time(time)} ".encode("ascii")


def parse_entry(data: bytes) -> Entry | NoteEntry | BeleniosEvent:
    """Tell the three forms apart and read them; raises FormatError for anything else."""
    if len(data) > MAX_ENTRY:
        raise FormatError(f"An entry has at most {MAX_ENTRY} bytes.")
    if data.startswith(_PREFIX):
        return _parse_line(data)
    if data.startswith(b"{"):
        return BeleniosEvent(data)
    return _parse_note(data)


def _parse_line(data: bytes) -> Entry:
    try:
        parts = data[len(_PREFIX) :].decode("ascii").split(" ")
    except UnicodeDecodeError:
        raise FormatError("A sakshi/1 entry is ASCII.") from None
    if len(parts) != 3 or not _KIND.fullmatch(parts[0]):
        raise FormatError("A sakshi/1 entry is: kind, time, commitment, with single spaces.")
    commitment = b64.decode(parts[2])
    if len(commitment) != 32:
        raise FormatError("The commitment of an entry has 32 bytes.")
    return Entry(parts[0], times.parse_time(parts[1]), commitment)


def _parse_note(data: bytes) -> NoteEntry:
    try:
        note = notes.parse_note(data)
        checkpoint = parse_checkpoint(note.text)
    except FormatError as error:
        raise FormatError(
            f"This entry is neither a sakshi/1 line nor a signed head: {error}"
        ) from None
    if len(note.signatures) != 1 or note.signatures[0].name != checkpoint.origin:
        raise FormatError("A head as an entry carries exactly its own log's signature line.")
    return NoteEntry(note, checkpoint)
