"""The register of one society held against its sealed opening and what was sealed since."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from trust.formats import b64, canon
from trust.formats.canon import Json
from trust.formats.errors import SakshiError
from trust.log.checks.fsckrows import Finding
from trust.log.checks.sealedrows import Sealed, Tally, differences
from trust.people import rows
from trust.people import tables as t
from trust.people.admissions import today

KINDS = ("register-opening", "admission", "admission-change", "admission-end")


class Register:
    """What the log says of every member, entry by entry; then the rows."""

    def __init__(self, conn: Connection, slug: str, tally: Tally) -> None:
        self._conn, self._slug, self._tally = conn, slug, tally
        self._held: dict[str, tuple[Sealed, dict[str, Any]]] = {}
        self._opening: Sealed | None = None
        self._lost = False

    def read(self, item: Sealed) -> Iterator[Finding]:
        """Take the next entry of the society's logs, in their order."""
        if item.kind not in KINDS:
            return
        if item.kind == "register-opening" and item.record is not None:
            self._opening = item
            yield from self._sealed_lines(item, item.record)
        elif item.detail is None:
            self._lost = True
        else:
            self._take(item, item.detail, today(item.time))

    def faults(self) -> Iterator[Finding]:
        """Every member row that is not what the log makes it."""
        if self._opening is None:
            return
        seen = set()
        members = select(t.member).where(t.member.c.society == self._slug)
        for row in self._conn.execute(members):
            seen.add(row.number)
            found = self._held.get(row.number)
            if found is not None:
                yield from differences(found[0], t.member, found[1], row)
            elif row.left_on is None and not self._lost:
                yield self._wrong(
                    "member.number", f"the row {row.id} is in no opening and no admission"
                )
        for number, (item, _) in self._held.items():
            if number not in seen and not item.recovered:
                yield Finding(item.origin, item.index, "member", "the entry has no row")

    def _take(self, item: Sealed, detail: dict[str, Json], sealed: date) -> None:
        number = str(detail["member"])
        before = self._held.get(number)
        if item.kind == "admission":
            self._held[number] = item, rows.admitted(detail, sealed)
        elif before is None:
            self._lost = True
        elif item.kind == "admission-change":
            self._held[number] = item, rows.changed(before[1], detail, sealed)
        else:
            self._held[number] = item, rows.ended(before[1], detail)

    def _sealed_lines(self, item: Sealed, record: dict[str, Json]) -> Iterator[Finding]:
        """The lines beside the register are those of the opening, each of a member."""
        o = t.register_opening
        row = self._conn.execute(select(o).where(o.c.society == self._slug)).first()
        if item.recovered and (row is None or row.entry_index != item.index):
            self._lost = True  # Two officers seal the register anew.
            self._tally.unchecked += 1
            return
        if row is None:
            yield self._wrong("register_opening", "the entry has no row")
            return
        yield from differences(item, o, {"origin": item.origin, "entry_index": item.index}, row)
        lines = self._lines()
        try:
            root = b64.encode(rows.register_root([(salt, line) for _, line, salt in lines]))
            records = [(number, canon.parse(line)) for number, line, _ in lines]
        except SakshiError as fault:
            yield self._wrong("register_line.line", str(fault).rstrip("."))
            return
        if (len(lines), root) != (record["count"], record["root"]):
            yield self._wrong("register_line", "the lines are not those of the sealed root")
            self._lost = True
            return
        for number, line in records:
            if number != line["member"]:
                yield self._wrong("register_line.member_id", f"the line of {number} is another's")
            self._held[str(line["member"])] = item, rows.in_opening(line)

    def _lines(self) -> list[tuple[str, bytes, bytes]]:
        """Member number, line and salt in the order in which they were sealed."""
        line = t.register_line
        query = (
            select(t.member.c.number, line.c.line, line.c.salt)
            .select_from(line.join(t.member, t.member.c.id == line.c.member_id))
            .where(t.member.c.society == self._slug)
            .order_by(line.c.place)
        )
        return [(row.number, bytes(row.line), bytes(row.salt)) for row in self._conn.execute(query)]

    def _wrong(self, column: str, words: str) -> Finding:
        assert self._opening is not None
        return Finding(self._opening.origin, self._opening.index, column, words)
