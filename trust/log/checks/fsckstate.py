"""What `fsck` says of the state log: each key once and first, each head signed, known and larger.

That two admitted heads of one origin are consistent follows when both roots are those of the
entries stored now; `fsck` has derived both before it comes here.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, func, select

from trust.formats import canon, notes
from trust.formats.checkpoints import open_checkpoint
from trust.formats.entries import Entry, NoteEntry
from trust.formats.errors import SakshiError
from trust.formats.times import format_time
from trust.log import queries
from trust.log.checks.fsckrows import CHUNK, Checked, Finding
from trust.log.model import LogInfo
from trust.log.tables import log, log_admission, log_head
from trust.log.witnesses import witness_status

_Row = Row[*tuple[Any, ...]]


class StateCheck:
    """Follows all state logs of an installation, in order; one size per origin is remembered."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._logs = {info.origin: info for info in queries.logs(conn)}
        self._sizes: dict[str, int] = {}
        self._keyed: set[tuple[str, str]] = set()
        self._headed: set[tuple[str, str]] = set()
        self._ended: set[str] = set()
        self._admitted: dict[int, _Row] = {}
        self._admissions = 0
        self._covered: dict[int, int | None] = {}

    def entry(self, state: LogInfo, row: Checked) -> Iterator[Finding]:
        """One entry of a state log."""
        if row.index % CHUNK == 0:
            self._load(state.id, row.index)
        if isinstance(row.parsed, Entry) and row.parsed.kind == "log-key":
            yield from self._key(state, row)
        elif isinstance(row.parsed, NoteEntry):
            yield from self._note(state, row, row.parsed)

    def end(self, state: LogInfo) -> Iterator[Finding]:
        """Admissions without an entry of this state log."""
        query = select(func.count()).select_from(log_admission)
        count = self._conn.execute(query.where(log_admission.c.state_log_id == state.id)).scalar()
        if count != self._admissions:
            yield Finding(
                state.origin,
                None,
                "log_admission.state_index",
                f"{count} heads are said to be admitted, the log holds {self._admissions} of them",
            )
        self._admissions = 0

    def _load(self, state_id: int, start: int) -> None:
        """Admissions into the next entries, with the head and key they speak of."""
        query = (
            select(
                log_admission.c.state_index,
                log_admission.c.size,
                log.c.origin,
                log_head.c.root,
                log_head.c.note,
            )
            .join(log, log.c.id == log_admission.c.log_id)
            .join(
                log_head,
                (log_head.c.log_id == log_admission.c.log_id)
                & (log_head.c.size == log_admission.c.size),
                isouter=True,
            )
            .where(
                log_admission.c.state_log_id == state_id,
                log_admission.c.state_index >= start,
                log_admission.c.state_index < start + CHUNK,
            )
        )
        self._admitted = {row.state_index: row for row in self._conn.execute(query)}

    def _key(self, state: LogInfo, row: Checked) -> Iterator[Finding]:
        try:
            record = canon.parse(row.document or b"")
        except SakshiError:
            return  # The document is missing or changed: said of the entry already.
        origin, vkey = str(record.get("origin")), record.get("vkey")
        until, place = record.get("valid_to"), (state.origin, origin)
        if row.key != (f"key {origin}" if until is None else f"key-end {origin}"):
            yield self._say(state, row, "log_entry.key", f"the entry holds the key of {origin}")
        if until is None and place in self._headed:
            yield self._say(state, row, "log_entry.entry", f"a head of {origin} stands before")
        if until is not None and not self._uncovered(state, row):
            yield from self._key_end(state, row, origin, str(until))
        self._keyed.add(place)
        info = self._logs.get(origin)
        if info is None:
            yield self._say(state, row, "log.origin", f"there is no log {origin} in the database")
        elif info.vkey != vkey:
            yield Finding(origin, None, "log.vkey", f"it is not the key that {state.origin} holds")
        elif format_time(info.opened_at) != record.get("valid_from"):
            yield Finding(origin, None, "log.opened_at", "it is not when the key became valid")

    def _key_end(self, state: LogInfo, row: Checked, origin: str, until: str) -> Iterator[Finding]:
        """A key ends with its log: after the last head, at the time of the last entry."""
        self._ended.add(origin)
        info = self._logs.get(origin)
        if info is None:
            return
        if self._sizes.get(origin) != info.next_index:
            yield self._say(state, row, "log_entry.entry", f"the last head of {origin} is missing")
        elif format_time(queries.entry(self._conn, origin, info.next_index - 1).time) != until:
            yield self._say(state, row, "log_document.document", f"{origin} ended at another time")

    def _note(self, state: LogInfo, row: Checked, entry: NoteEntry) -> Iterator[Finding]:
        head = entry.checkpoint
        info = self._logs.get(head.origin)
        if info is None or info.kind == "state":
            if row.index:
                yield self._say(state, row, "log.origin", f"there is no log {head.origin} here")
            return  # Entry 0: the last head of the state log before.
        if row.key != f"head {head.origin} {head.size}":
            yield self._say(state, row, "log_entry.key", "it is not this head's")
        if head.size <= self._sizes.get(head.origin, 0):
            yield self._say(state, row, "log_entry.entry", f"{head.origin} was larger before")
        if head.origin in self._ended:
            yield self._say(state, row, "log_entry.entry", f"the key of {head.origin} had ended")
        self._headed.add((state.origin, head.origin))
        if not self._uncovered(state, row):
            self._sizes[head.origin] = max(head.size, self._sizes.get(head.origin, 0))
        if (state.origin, head.origin) not in self._keyed:
            yield self._say(state, row, "log_entry.entry", f"no key of {head.origin} stands before")
        try:
            open_checkpoint(row.entry, notes.VerifierKey.parse(info.vkey or ""))
        except SakshiError as error:
            yield self._say(state, row, "log_entry.entry", str(error).rstrip("."))
        yield from self._admission(state, row, entry)

    def _admission(self, state: LogInfo, row: Checked, entry: NoteEntry) -> Iterator[Finding]:
        head, known = entry.checkpoint, self._admitted.get(row.index)
        if known is None:
            lost = head.size > self._logs[head.origin].size
            if self._uncovered(state, row) or (lost and queries.abandoned(self._conn, head.origin)):
                return  # Its entries are lost, or the next state log takes it again.
            yield self._say(
                state, row, "log_admission", f"the admission of {head.origin} is not stored"
            )
            return
        self._admissions += 1
        if (known.origin, known.size) != (head.origin, head.size):
            yield self._say(state, row, "log_admission.size", "the row speaks of another head")
        elif known.root is None:
            yield self._say(state, row, "log_head.size", f"the head of {head.origin} is not stored")
        elif bytes(known.root) != head.root or bytes(known.note) != row.entry:
            yield self._say(
                state,
                row,
                "log_head.note",
                f"the head of size {head.size} of {head.origin} is not the one admitted",
            )

    def _uncovered(self, state: LogInfo, row: Checked) -> bool:
        """Whether the place lies in a state log given up and no published head covers it."""
        if state.id not in self._covered:
            gone = queries.abandoned(self._conn, state.origin)
            self._covered[state.id] = witness_status.covered(self._conn, state.id) if gone else None
        covered = self._covered[state.id]
        return covered is not None and row.index >= covered

    @staticmethod
    def _say(state: LogInfo, row: Checked, column: str, words: str) -> Finding:
        return Finding(state.origin, row.index, column, words)
