"""What `fsck` says of all that stands beside a log's heads: second signature lines, time-stamps,
and keys that societies hold themselves.

A second line is verified with the ML-DSA-44 key that the signer derives now, a time-stamp with the
certificates that it encloses (whose they are, only somebody who brings a certificate can say).
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from trust.formats import notes, origins, storedstamps
from trust.formats.cosignatures import verify_cosignature
from trust.formats.errors import NotCheckedError, SakshiError
from trust.log.checks.fsckrows import Finding
from trust.log.context import Signer
from trust.log.errors import SignerError
from trust.log.tables import (
    log,
    log_head,
    log_holder,
    log_publication,
    log_second_key,
    log_second_line,
    log_timestamp,
)

_PIECE = 200
_Row = Row[*tuple[Any, ...]]


class LineCheck:
    """Every second line and every time-stamp, against the head it is stored for."""

    def __init__(self, conn: Connection, signer: Signer, progress: Callable[[str], None]) -> None:
        self._conn, self._signer, self._progress = conn, signer, progress
        self._keys: dict[str, notes.VerifierKey | None] = {}
        self._held = {row.origin: str(row.vkey) for row in conn.execute(select(log_holder))}

    def faults(self) -> Iterator[Finding]:
        """Everything that disagrees."""
        yield from self._holders()
        yield from self._pinned()
        for row in self._rows(log_second_line):
            yield from self._second(row)
        for row in self._rows(log_timestamp):
            yield from self._stamp(row)

    def _rows(self, table: Any) -> Iterator[_Row]:
        """Each row with its log's origin and the head of its size, where these are stored."""
        at = (-1, -1)
        while True:
            found = self._conn.execute(_after(table, at).limit(_PIECE)).all()
            yield from found
            if len(found) < _PIECE:
                return
            at = (found[-1].log_id, found[-1].size)

    def _holders(self) -> Iterator[Finding]:
        societies = set(
            self._conn.execute(select(log.c.subject).where(log.c.kind == "coop")).scalars()
        )
        for origin, vkey in sorted(self._held.items()):
            try:
                key, parsed = notes.VerifierKey.parse(vkey), origins.parse_origin(origin)
            except SakshiError as error:
                words = str(error).rstrip(".")
                yield Finding(origin, None, "log_holder.origin, vkey", words)
                continue
            if key.name != origin or key.type != notes.ED25519:
                yield Finding(
                    origin, None, "log_holder.vkey", f"it is a key of {key.name}, not of this log"
                )
            if parsed.kind != "coop" or parsed.subject not in societies:
                words = "no society's book log has this name"
                yield Finding(origin, None, "log_holder.origin", words)

    def _pinned(self) -> Iterator[Finding]:
        """Second keys that the policy names, and published heads without the line it asks for."""
        table = log_second_key
        for row in self._conn.execute(
            select(table, log.c.id, log.c.kind).join(
                log, log.c.origin == table.c.origin, isouter=True
            )
        ):
            if row.kind != "state":
                words = "no state log has this name"
                yield Finding(row.origin, None, "log_second_key.origin", words)
                continue
            key = self._key(row.origin)
            if key is not None and key.format() != row.vkey:
                words = "it is not the ML-DSA-44 key the signer derives"
                yield Finding(row.origin, None, "log_second_key.vkey", words)
            yield from self._without(row.origin, row.id)

    def _without(self, origin: str, log_id: int) -> Iterator[Finding]:
        shown, lines = log_publication, log_second_line
        query = (
            select(shown.c.size)
            .join(
                lines,
                (lines.c.log_id == shown.c.log_id) & (lines.c.size == shown.c.size),
                isouter=True,
            )
            .where(shown.c.log_id == log_id, lines.c.size.is_(None))
            .order_by(shown.c.size)
        )
        for size in self._conn.execute(query).scalars():
            words = "the policy asks for a second line, and this published head has none"
            yield Finding(origin, size, "log_second_line", words)

    def _second(self, row: _Row) -> Iterator[Finding]:
        place = (str(row.origin), row.size)
        if row.origin is None or row.note is None:
            yield _nowhere(row, "log_second_line")
            return
        if row.origin in self._held:
            words = "the society signs this log, and it has no ML-DSA-44 key here"
            yield Finding(*place, "log_second_line.log_id", words)
            return
        try:
            text = notes.parse_note(bytes(row.note)).text
            (line,) = notes.parse_note(text.encode() + b"\n" + bytes(row.line)).signatures
            key = self._key(row.origin)
            if key is not None:
                verify_cosignature(text, line, key)
        except NotCheckedError as error:
            self._progress(f"not checked: {row.origin}, size {row.size}: {error}")
        except (SakshiError, ValueError) as error:
            yield Finding(*place, "log_second_line.line", str(error).rstrip("."))

    def _key(self, origin: str) -> notes.VerifierKey | None:
        """The log's second key; None, with a finding, if its master key is gone.

        Raises SignerError when the signer does not give it for any other reason.
        """
        if origin not in self._keys:
            try:
                self._keys[origin] = notes.VerifierKey.parse(self._signer.second_vkey(origin))
            except SignerError as error:
                if error.code != "retired":
                    raise
                self._keys[origin] = None
                self._progress(f"not checked: second lines of {origin}: {error}")
        return self._keys[origin]

    def _stamp(self, row: _Row) -> Iterator[Finding]:
        place = (str(row.origin), row.size)
        if row.origin is None or row.note is None:
            yield _nowhere(row, "log_timestamp")
            return
        try:
            storedstamps.check(bytes(row.response), bytes(row.note))
        except SakshiError as error:
            yield Finding(*place, "log_timestamp.response", str(error).rstrip("."))


def _after(table: Any, at: tuple[int, int]) -> Select[*tuple[Any, ...]]:
    own, later = table.c.log_id, table.c.size
    return (
        select(table, log.c.origin, log_head.c.note)
        .join(log, log.c.id == own, isouter=True)
        .join(log_head, (log_head.c.log_id == own) & (log_head.c.size == later), isouter=True)
        .where((own > at[0]) | ((own == at[0]) & (later > at[1])))
        .order_by(own, later)
    )


def _nowhere(row: _Row, table: str) -> Finding:
    """A row that belongs to no stored head."""
    if row.origin is None:
        words = f"it belongs to log {row.log_id}, which is not here"
        return Finding(table, row.size, f"{table}.log_id", words)
    return Finding(row.origin, row.size, f"{table}.size", "no head of that size is stored")
