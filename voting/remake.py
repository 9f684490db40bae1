"""After a recovery: meetings, resolutions and results made again from their public documents.

Ballots and roll lines are private and in no mirror. A meeting that was closed keeps its result; in
one that was not, what was cast is lost, and it must be called again.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Connection, delete, insert, select, update

from trust.formats import b64
from trust.formats.commitments import commit_public
from trust.log.checks.sealedrows import Sealed
from trust.log.upkeep import remaking
from trust.log.upkeep.remaking import Remade, remade
from trust.people import queries as people
from trust.people import service as people_service
from voting import rows
from voting import tables as t
from voting.pure import roll

_KINDS = ("meeting", "resolution", "roll", "result")


def remake(conn: Connection) -> Iterator[Remade]:
    """Make the rows of every meeting that came back."""
    for found in remaking.recovered(conn, remaking.logs(conn, "meeting"), _KINDS):
        yield from _Meeting(conn, found).run()


class _Meeting:
    """One meeting's log and its rows."""

    def __init__(self, conn: Connection, entries: Sequence[Sealed]) -> None:
        self._conn, self._entries = conn, entries
        self._digests: dict[str, int] = {}

    def run(self) -> Iterator[Remade]:
        notice = self._last("meeting")
        if notice is None:
            return  # The log does not begin with a notice: fsck says so.
        row = rows.meeting_row(_record(notice))
        if people.society(self._conn, row["society"]) is None:
            yield remade(notice, f"the society {row['society']} is not registered here")
            return
        drawn, result = self._last("roll"), self._last("result")
        count = sum(item.kind == "roll" for item in self._entries)
        row |= rows.drawn_row(_record(drawn) if drawn else None, count)
        row |= rows.closed_row(_record(result) if result else None)
        self._meeting(row)
        self._drawn(row)
        for item in self._entries:
            if item.kind == "resolution":
                self._resolution(row["id"], item)
            elif item.kind == "result":
                self._result(row["id"], item)
            if item.recovered:
                yield remade(item, self._lines(row, item) if item is drawn else None)

    def _last(self, kind: str) -> Sealed | None:
        return next((item for item in reversed(self._entries) if item.kind == kind), None)

    def _meeting(self, row: dict[str, Any]) -> None:
        m = t.meeting
        if self._conn.execute(select(m.c.id).where(m.c.id == row["id"])).first() is None:
            self._conn.execute(insert(m).values(**row))
        else:
            self._conn.execute(update(m).where(m.c.id == row["id"]).values(**row))

    def _drawn(self, row: dict[str, Any]) -> None:
        """Whether changes of keys are told in this meeting's log."""
        if row["closed_at"] is not None:
            people_service.roll_closed(self._conn, row["origin"])
        elif row["version"] > 1 and row["roll_root"] is not None:
            people_service.roll_drawn(self._conn, row["society"], row["origin"])

    def _resolution(self, meeting_id: str, item: Sealed) -> None:
        row = rows.resolution_row(_record(item), commit_public(item.document).hex())
        self._digests[row["digest"]] = row["number"]
        r = t.meeting_resolution
        mine = (r.c.meeting_id == meeting_id) & (r.c.number == row["number"])
        if self._conn.execute(select(r.c.number).where(mine)).first() is None:
            self._conn.execute(insert(r).values(meeting_id=meeting_id, **row))

    def _result(self, meeting_id: str, item: Sealed) -> None:
        number = self._digests.get(_record(item)["resolution"])
        r = t.meeting_result
        mine = (r.c.meeting_id == meeting_id) & (r.c.number == number)
        if number is None or self._conn.execute(select(r.c.number).where(mine)).first():
            return
        self._conn.execute(
            insert(r).values(
                meeting_id=meeting_id, number=number, document=item.document, entry_index=item.index
            )
        )

    def _lines(self, row: dict[str, Any], item: Sealed) -> str | None:
        """The roll as it was drawn last; lines of an earlier one are worth nothing any more."""
        r = t.meeting_roll
        held = select(r.c.line).where(r.c.meeting_id == row["id"]).order_by(r.c.roll_number)
        lines = [bytes(line) for line in self._conn.execute(held).scalars()]
        if lines and roll.root(lines) == b64.decode(_record(item)["root"]):
            return None
        self._conn.execute(delete(r).where(r.c.meeting_id == row["id"]))
        over = row["closed_at"] is not None
        return "the lines of the roll" + ("" if over else ": the meeting must be called again")


def _record(item: Sealed) -> dict[str, Any]:
    return cast(dict[str, Any], item.record)
