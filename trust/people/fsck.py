"""`sakshi fsck --rooms`, the people: societies, keys of members and officers, and the register from
its sealed opening on.

Not sealed, and therefore not checked: a register that two officers have not sealed yet, accounts
and grants, and which account an officer's key belongs to. The keys revoked in one society and the
register of one society are held in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select

from trust.formats import b64
from trust.formats.canon import Json
from trust.log import lineage
from trust.log import queries as log_queries
from trust.log.checks.fsckrows import Finding
from trust.log.checks.sealedrows import (
    AnyRow,
    Piece,
    Sealed,
    Tally,
    at_index,
    differences,
    key_of,
    orphans,
    pieces,
    the_row,
)
from trust.people import tables as t
from trust.people.fsckregister import KINDS, Register
from trust.people.rows import society_row

_TABLES: dict[str, Table] = {"enrolment": t.member_key, "officer-key": t.officer_key}


def disagreements(conn: Connection, tally: Tally) -> Iterator[Finding]:
    """Everything in the rows of keys that the societies' logs do not say."""
    subjects = {info.subject for info in log_queries.logs(conn, "coop")}
    for subject in sorted(subjects):
        yield from _Society(conn, subject, tally).faults()
    for slug in conn.execute(select(t.society.c.slug)).scalars():
        if slug not in subjects:
            yield Finding(slug, None, "society.slug", f"the row {slug} has no log")
    for kind, table in _TABLES.items():
        yield from orphans(conn, table, "entry_index", (kind,))
    yield from orphans(conn, t.register_opening, "entry_index", ("register-opening",))
    yield from _stray_lines(conn)


def _stray_lines(conn: Connection) -> Iterator[Finding]:
    """Lines of an opening register that no two officers sealed."""
    m, line, opening = t.member, t.register_line, t.register_opening
    joined = line.outerjoin(m, m.c.id == line.c.member_id).outerjoin(
        opening, opening.c.society == m.c.society
    )
    query = select(m.c.society, line.c.member_id).select_from(joined)
    for row in conn.execute(query.where(opening.c.society.is_(None))):
        words = f"the row {row.member_id} is of an opening that was not sealed"
        yield Finding(row.society or "", None, "register_line", words)


class _Society:
    """One society's enrolments, oldest first, against its keys."""

    def __init__(self, conn: Connection, slug: str, tally: Tally) -> None:
        self._conn, self._slug, self._tally = conn, slug, tally
        self._revoked: dict[tuple[str, bytes], Sealed] = {}
        self._lost = False
        self._bound: dict[bytes, Sealed] = {}
        self._register = Register(conn, slug, tally)

    def faults(self) -> Iterator[Finding]:
        for info in lineage.shards(self._conn, "coop", self._slug):
            kinds = ("society", *KINDS, *_TABLES, "officer-key-loss")
            for piece in pieces(self._conn, info, kinds, self._tally):
                yield from piece.faults
                yield from self._profile(piece)
                for item in piece.entries:
                    yield from self._register.read(item)
                    if item.kind == "officer-key-loss" and item.record is not None:
                        lost = b64.decode(str(item.record["key"]))
                        self._revoked["officer-key", lost] = item
                piece.entries = [item for item in piece.entries if item.kind in _TABLES]
                yield from self._piece(info.origin, piece)
        for item in self._bound.values():
            yield from the_row(item, t.member_key, [], self._tally)[1]
        yield from self._revocations()
        yield from self._register.faults()

    def _profile(self, piece: Piece) -> Iterator[Finding]:
        """The society's row: class and sector decide which rules it is judged by."""
        for item in piece.entries:
            if item.kind != "society" or item.record is None:
                continue
            rows = self._conn.execute(select(t.society).where(t.society.c.slug == self._slug)).all()
            row, faults = the_row(item, t.society, rows, self._tally)
            yield from faults
            if row is not None:
                yield from differences(item, t.society, society_row(item.record), row)

    def _piece(self, origin: str, piece: Piece) -> Iterator[Finding]:
        found = {
            kind: at_index(self._conn, table, "entry_index", origin, piece)
            for kind, table in _TABLES.items()
        }
        for item in piece.entries:
            listed = found[item.kind].get(item.index, [])
            if item.record is None:
                self._lost = True
            elif item.record["action"] == "revoke":
                self._revoked[item.kind, b64.decode(str(item.record["key"]))] = item
                for row in listed:
                    words = f"the row {row.id} names an entry that revokes, not one that binds"
                    column = f"{_TABLES[item.kind].name}.entry_index"
                    yield Finding(origin, item.index, column, words)
            elif self._first_of_two(item, listed):
                self._bound[b64.decode(str(item.record["key"]))] = item
            else:
                bound, faults = the_row(item, _TABLES[item.kind], listed, self._tally)
                yield from faults
                if bound is not None:
                    yield from differences(item, _TABLES[item.kind], self._expected(item), bound)

    def _first_of_two(self, item: Sealed, listed: Sequence[AnyRow]) -> bool:
        """Whether version 1 sealed this binding, so that its row may name a later `carry`."""
        assert item.record is not None
        return item.kind == "enrolment" and item.record["v"] == 1 and not listed

    def _expected(self, item: Sealed) -> dict[str, object]:
        record = item.record
        assert record is not None
        expected: dict[str, object] = {
            "public_key": b64.decode(str(record["key"])),
            "bound_at": item.time,
        }
        if item.kind == "officer-key":
            return expected | {"society": record["society"], "role": record["role"]}
        if record["action"] == "carry":
            first = self._bound.pop(b64.decode(str(record["key"])), None)
            # Bound since the first entry says so; where that is lost, nobody can say since when.
            del expected["bound_at"]
            expected |= {} if first is None else {"bound_at": first.time}
        expected |= {"medium": record["medium"], "version": record["v"]}
        whose = _whose(item)
        if whose is None:
            return expected
        query = select(t.member.c.id).where(
            t.member.c.society == record["society"], t.member.c.number == whose["member"]
        )
        return expected | {"member_id": self._conn.execute(query).scalar()}

    def _revocations(self) -> Iterator[Finding]:
        """A key is revoked since the entry that says so, and only if there is one."""
        members = select(t.member_key).join(t.member, t.member.c.id == t.member_key.c.member_id)
        officers = select(t.officer_key).where(t.officer_key.c.society == self._slug)
        for kind, query in (
            ("enrolment", members.where(t.member.c.society == self._slug)),
            ("officer-key", officers),
        ):
            table = _TABLES[kind]
            for row in self._conn.execute(query):
                item = self._revoked.get((kind, bytes(row.public_key)))
                if item is not None:
                    yield from differences(item, table, _ended(item), row)
                elif row.revoked_at is not None and not self._lost:
                    words = f"the row {key_of(table, row)} is revoked, and no entry says so"
                    place = (row.origin, row.entry_index)
                    yield Finding(*place, f"{table.name}.revoked_at", words)


def _ended(item: Sealed) -> dict[str, Any]:
    assert item.record is not None
    ended: dict[str, Any] = {"revoked_at": item.time}
    whose = _whose(item) if item.kind == "enrolment" else None
    return ended | ({} if whose is None else {"reason": whose["reason"]})


def _whose(item: Sealed) -> Mapping[str, Json] | None:
    """Member number and reason of an enrolment: of version 1 in the record, of version 2 in the
    detail; None where that was erased."""
    assert item.record is not None
    return item.record if item.record["v"] == 1 else item.detail
