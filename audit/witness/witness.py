"""The witness itself: keys, memory and clock; it knows nothing of HTTP.

A cosignature says that at its time this was the largest consistent head seen. It leaves only after
the head is on the disk, and the checkpoint shown to monitors is never older than an hour (C2SP
tlog-witness): an older one is cosigned again when somebody asks for it.
"""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from audit.witness.keys import WitnessKeys
from audit.witness.store import Kept, Store
from trust.formats.errors import SakshiError
from trust.formats.notes import NoteSignature, SignedNote, VerifierKey, format_note, parse_note
from trust.formats.witness import (
    AddCheckpoint,
    check_follows,
    check_known,
    cosigning_time,
    read_log_list,
    read_request,
)

FRESH_SECONDS = 3_300
"""Age from which a checkpoint is cosigned again: an hour, less what a cache may add."""


class Witness:
    """Judges heads and remembers those it cosigned. One call at a time."""

    def __init__(
        self,
        keys: WitnessKeys,
        store: Store,
        logs: str | os.PathLike[str],
        clock: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        self.keys, self.store, self._path, self._clock = keys, store, logs, clock
        self.reload()

    def reload(self) -> int:
        """Read the list of logs again; returns how many logs are known now.

        Raises:
            FormatError, OSError: the list cannot be read; the old one stays in force.
        """
        with open(self._path, encoding="utf-8") as lines:
            return self.store.know_list(read_log_list(lines))

    def together(self) -> AbstractContextManager[None]:
        """What is cosigned inside is put on the disk at once, at the end."""
        return self.store.transaction()

    def add_checkpoint(self, body: bytes) -> str:
        """The answer to an ``add-checkpoint`` request: signature lines.

        Raises:
            RefusedError: with the status to answer; nothing was changed.
        """
        request = read_request(body)
        origin, text = request.checkpoint.origin, request.note.text
        keys = self.store.keys(origin)
        check_known(request, {origin: keys})
        with self.store.transaction():
            seen = self.store.seen(origin)
            check_follows(request, seen.head)
            moment = cosigning_time(self._clock(), seen.time)
            lines = self.keys.cosign(text, moment)
            note = format_note(SignedNote(text, (*_lines_of(request, keys), *lines)))
            self.store.hold(origin, request.head, moment, note)
        return "".join(line.line() for line in lines)

    def latest(self, origin_hash: str) -> str | None:
        """The last cosigned checkpoint of the log whose origin has this hex SHA-256.

        One that is nearly an hour old is cosigned again first, and held so.
        """
        now, kept = self._clock(), self.store.latest(origin_hash)
        if kept is None or now - kept.time < FRESH_SECONDS:
            return None if kept is None else kept.note
        with self.store.transaction():
            # Read again: another process may have put a newer head there since.
            kept = self.store.latest(origin_hash)
            if kept is None or now - kept.time < FRESH_SECONDS:
                return None if kept is None else kept.note
            fresh = self._again(kept, now)
            self.store.renew(origin_hash, kept, fresh)
        return fresh.note

    def _again(self, kept: Kept, now: int) -> Kept:
        note = parse_note(kept.note)
        own = {(key.name, key.key_id) for key in self.keys.public()}
        others = [line for line in note.signatures if (line.name, line.key_id) not in own]
        fresh = SignedNote(note.text, (*others, *self.keys.cosign(note.text, now)))
        return Kept(format_note(fresh), now)

    def about(self) -> str:
        """Name and keys, as lines of a trust policy."""
        return "".join(self.keys.lines())


def _lines_of(request: AddCheckpoint, keys: tuple[VerifierKey, ...]) -> list[NoteSignature]:
    """The log's own signature lines; a stranger's lines are not passed on."""
    known = {(key.name, key.key_id) for key in keys}
    return [line for line in request.note.signatures if (line.name, line.key_id) in known]


def reload_aloud(witness: Witness, say: Callable[[str], None]) -> None:
    """Read the list of logs again and say how that went."""
    try:
        say(f"{witness.reload()} logs known")
    except (SakshiError, OSError, UnicodeDecodeError) as error:
        say(f"the list of logs was not read again, the old one stays: {error}")
