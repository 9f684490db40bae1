"""`sakshi fsck --rooms`, the voting floor: each meeting's rows against the meeting's own log.

The roll's lines are hashed again to the root that was sealed, one by one; a ballot's row must be
the ballot in the log. Nothing is counted here: that the ballots stand up to the rules is checked
when the meeting is closed, and by whoever holds its package.
"""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import Connection, select

from trust.formats import b64, merkle
from trust.formats.commitments import commit_public
from trust.formats.errors import SakshiError
from trust.log import queries as log_queries
from trust.log.checks.fsckrows import Finding
from trust.log.checks.sealedrows import (
    AnyRow,
    Piece,
    Sealed,
    Tally,
    differences,
    key_of,
    orphans,
    pieces,
    the_row,
)
from trust.log.compact_range import Frontier
from trust.log.model import LogInfo
from trust.people import queries as people
from voting import rows
from voting import tables as t
from voting.pure import ballot as rules
from voting.pure import roll

_KINDS = ("meeting", "resolution", "roll", "roll-change", "assistance", "ballot", "result")
_ROLL = 1000


def disagreements(conn: Connection, tally: Tally) -> Iterator[Finding]:
    """Everything in the rows of meetings that their logs do not say."""
    for info in log_queries.logs(conn, "meeting"):
        yield from _Meeting(conn, info, tally).faults()
    there = select(t.meeting.c.id, t.meeting.c.origin)
    for row in conn.execute(there):
        if not log_queries.exists(conn, row.origin):
            words = f"the row {row.id} names a log that is not there"
            yield Finding(row.origin, None, "meeting.origin", words)
    for table, kind in (
        (t.meeting_ballot, "ballot"),
        (t.meeting_assistance, "assistance"),
        (t.meeting_result, "result"),
    ):
        yield from orphans(
            conn,
            table,
            "entry_index",
            (kind,),
            origin=t.meeting.c.origin,
            source=table.join(t.meeting, t.meeting.c.id == table.c.meeting_id),
        )


class _Meeting:
    """One meeting's log, read once, and its rows."""

    def __init__(self, conn: Connection, info: LogInfo, tally: Tally) -> None:
        self._conn, self._info, self._tally = conn, info, tally
        query = select(t.meeting).where(t.meeting.c.origin == info.origin)
        self._row = conn.execute(query).first()
        self._numbers: dict[str, int] = {}
        self._last: dict[str, Sealed] = {}
        self._rolls = 0

    def faults(self) -> Iterator[Finding]:
        for piece in pieces(self._conn, self._info, _KINDS, self._tally):
            yield from piece.faults
            if self._row is None:
                if not all(item.recovered for item in piece.entries):
                    words = "the meeting's log has no row"
                    yield Finding(self._info.origin, piece.first, "meeting", words)
                return
            yield from self._piece(self._row, piece)
        if self._row is not None and "meeting" in self._last:
            yield from self._check_meeting(self._row)
            yield from self._check_resolutions(self._row)
            yield from self._check_roll(self._row)
            yield from self._check_drawn(self._row)

    def _piece(self, meeting: AnyRow, piece: Piece) -> Iterator[Finding]:
        ballots = self._at_index(t.meeting_ballot, meeting.id, piece)
        results = self._at_index(t.meeting_result, meeting.id, piece)
        opened = self._at_index(t.meeting_assistance, meeting.id, piece)
        for item in piece.entries:
            if item.record is None:
                continue
            self._last[item.kind] = item
            self._rolls += item.kind == "roll"
            if item.kind == "resolution":
                yield from self._resolution(meeting, item)
            elif item.kind == "ballot":
                yield from self._ballot(item, ballots.get(item.index, []))
            elif item.kind == "assistance":
                yield from self._assistance(item, opened.get(item.index, []))
            elif item.kind == "result":
                yield from self._result(item, results.get(item.index, []))

    def _at_index(self, table: Any, meeting_id: str, piece: Piece) -> dict[int, list[AnyRow]]:
        index = table.c.entry_index
        query = select(table).where(
            table.c.meeting_id == meeting_id, index >= piece.first, index <= piece.last
        )
        found: dict[int, list[AnyRow]] = {}
        for row in self._conn.execute(query):
            found.setdefault(row.entry_index, []).append(row)
        return found

    def _resolution(self, meeting: AnyRow, item: Sealed) -> Iterator[Finding]:
        record = cast(dict[str, Any], item.record)
        table = t.meeting_resolution
        query = select(table).where(
            table.c.meeting_id == meeting.id, table.c.number == record["number"]
        )
        row, faults = the_row(item, table, self._conn.execute(query).all(), self._tally)
        yield from faults
        digest = commit_public(item.document).hex()
        self._numbers[digest] = record["number"]
        if row is not None:
            yield from differences(item, table, rows.resolution_row(record, digest), row)

    def _ballot(self, item: Sealed, rows: list[AnyRow]) -> Iterator[Finding]:
        row, faults = the_row(item, t.meeting_ballot, rows, self._tally)
        yield from faults
        if row is None:
            return
        ballot = rules.parse(item.record)
        expected = {
            "number": self._numbers.get(ballot.resolution),
            "roll_number": ballot.roll_number,
            "sequence": ballot.sequence,
            "choice": ballot.choice,
            "assisted": ballot.assisted,
            "digest": ballot.digest,
            "at": item.time,
        }
        yield from differences(item, t.meeting_ballot, expected, row)

    def _assistance(self, item: Sealed, found: list[AnyRow]) -> Iterator[Finding]:
        row, faults = the_row(item, t.meeting_assistance, found, self._tally)
        yield from faults
        if row is not None:
            record = _record(item)
            number = self._numbers.get(record["resolution"])
            expected = rows.assistance_row(record, number, item.time)
            yield from differences(item, t.meeting_assistance, expected, row)

    def _result(self, item: Sealed, rows: list[AnyRow]) -> Iterator[Finding]:
        row, faults = the_row(item, t.meeting_result, rows, self._tally)
        yield from faults
        if row is not None:
            record = cast(dict[str, Any], item.record)
            expected = {
                "number": self._numbers.get(record["resolution"]),
                "document": item.document,
            }
            yield from differences(item, t.meeting_result, expected, row)

    def _check_meeting(self, row: AnyRow) -> Iterator[Finding]:
        notice = self._last["meeting"]
        yield from differences(notice, t.meeting, rows.meeting_row(_record(notice)), row)
        drawn, result = self._last.get("roll"), self._last.get("result")
        roll_row = rows.drawn_row(_record(drawn) if drawn else None, self._rolls)
        yield from differences(drawn or notice, t.meeting, roll_row, row)
        closed = rows.closed_row(_record(result) if result else None)
        yield from differences(result or notice, t.meeting, closed, row)

    def _check_drawn(self, row: AnyRow) -> Iterator[Finding]:
        """Without its row in `drawn_roll` a stopped key is not told in the meeting's log."""
        waits = row.version > 1 and "roll" in self._last and "result" not in self._last
        waits = waits and not log_queries.abandoned(self._conn, self._info.origin)
        held = self._info.origin in people.drawn_rolls(self._conn, row.society)
        if waits != held:
            words = "is missing" if waits else "stands there though no roll is in use"
            words = f"the row {self._info.origin} {words}"
            yield Finding(self._info.origin, None, "drawn_roll.origin", words)

    def _check_resolutions(self, meeting: AnyRow) -> Iterator[Finding]:
        """Resolutions that were never put to the meeting."""
        r = t.meeting_resolution
        for row in self._conn.execute(select(r).where(r.c.meeting_id == meeting.id)):
            if row.number not in self._numbers.values():
                words = f"the row {key_of(r, row)} has no resolution entry"
                yield Finding(self._info.origin, None, "meeting_resolution.number", words)

    def _check_roll(self, meeting: AnyRow) -> Iterator[Finding]:
        """Every line, and all of them together against the root that was sealed."""
        tree, sealed, with_key = Frontier(), self._last.get("roll"), 0
        place = (self._info.origin, None if sealed is None else sealed.index)
        for row, number, key in self._lines(meeting.id):
            tree.add(merkle.leaf_hash(bytes(row.line)))
            for column in _wrong_columns(row, tree.size, number, key):
                words = f"the row {meeting.id}, {row.roll_number} is not what its line says"
                yield Finding(*place, f"meeting_roll.{column}", words)
            with_key += row.key_id is not None
        if sealed is not None and sealed.recovered and not tree.size:
            self._tally.unchecked += 1  # Lost, and named by the recovery.
            return
        record = None if sealed is None else _record(sealed)
        if record is None:
            if tree.size:
                yield Finding(*place, "meeting_roll", "there are rows, and no roll was sealed")
        elif (tree.size, tree.root()) != (record["count"], b64.decode(record["root"])):
            words = "the lines do not hash to the root that was sealed"
            yield Finding(*place, "meeting_roll.line", words)
        elif with_key != record["with_key"]:
            words = "another number of lines has a key than was sealed"
            yield Finding(*place, "meeting_roll.key_id", words)

    def _lines(self, meeting_id: str) -> Iterator[tuple[AnyRow, str, bytes | None]]:
        """The roll's rows, each with the member's number and key as the register has them."""
        r, after = t.meeting_roll, -1
        query = select(r).where(r.c.meeting_id == meeting_id).order_by(r.c.roll_number).limit(_ROLL)
        while rows := self._conn.execute(query.where(r.c.roll_number > after)).all():
            numbers = people.numbers(self._conn, (row.member_id for row in rows))
            ids = (row.key_id for row in rows if row.key_id is not None)
            keys = people.public_keys(self._conn, ids)
            for row in rows:
                yield row, numbers.get(row.member_id, ""), keys.get(row.key_id)
            after = rows[-1].roll_number


def _record(item: Sealed) -> dict[str, Any]:
    return cast(dict[str, Any], item.record)


def _wrong_columns(row: AnyRow, place: int, number: str, key: bytes | None) -> list[str]:
    """Columns of a roll row that its line does not bear out."""
    try:
        line = roll.parse_line(bytes(row.line))
        opened = roll.commit_member(bytes(row.salt), number)
    except SakshiError:
        return ["line"]
    wrong = []
    if not row.roll_number == line.roll_number == place:
        wrong.append("roll_number")
    if opened != line.member:
        wrong.append("member_id, salt")
    if line.key != key:
        wrong.append("key_id")
    return wrong
