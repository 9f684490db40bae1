"""Societies and their registers as rows (`trust.log.projections`); keys are `keyprojections.py`.

Until two officers seal a society's register it is a list that its verbs write; no entry says what
is in it, so its rows cannot be checked. From the opening on each member is a row of the opening or
of an admission, and a row without an entry is named. A member who left before the opening is in
neither, and the row stays as it is.

The lines under the root of an opening are in `register_line`, which is payload: after a recovery
from a mirror they are gone, and two officers seal the register again. The later opening holds from
its place on.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from trust.formats import b64, canon, times
from trust.formats.errors import SakshiError
from trust.log import annex
from trust.log.checks.fsckrows import CHUNK, RECOVERED, Finding
from trust.log.model import Placed
from trust.log.projections import ReadTable, Subject, projects
from trust.log.replay.entries import pieces
from trust.log.replay.subjects import Tally, beside
from trust.log.tables import log, log_entry
from trust.people import registerrules as rules
from trust.people import tables as t

_PROFILE = ("registration_number", "name_en", "name_ml", "district", "taluk", "sector")


def touched(table: Table, entries: Sequence[Placed]) -> ColumnElement[bool]:
    """The row whose number the annex of each entry names; without a number those made of it."""
    numbers = [int(str(one.annex[annex.ID])) for one in entries if annex.ID in one.annex]
    unnumbered = [one for one in entries if annex.ID not in one.annex]
    return _at(table, unnumbered) | table.c.id.in_(numbers)


def _touched_members(table: Table, entries: Sequence[Placed]) -> ColumnElement[bool]:
    line = t.register_line
    return touched(table, entries) | table.c.id.in_(
        select(line.c.member_id).where(_at(line, entries))
    )


def _at(table: Table, entries: Sequence[Placed]) -> ColumnElement[bool]:
    places = [(one.log_id, one.index) for one in entries]
    return tuple_(table.c.log_id, table.c.idx).in_(places)


def _members(table: Table, subject: Subject) -> ColumnElement[bool]:
    """Sealed members of a society and, once its register is sealed, all who have not left."""
    opening = t.register_opening
    sealed = select(opening).where(opening.c.society == subject.name).exists()
    rows = or_(table.c.log_id.is_not(None), table.c.left_on.is_(None) & sealed)
    return (table.c.society == subject.name) & rows


MEMBER = ReadTable(t.member, of=_members, changed_by=_touched_members)
OPENING = ReadTable(t.register_opening)


@projects("society", tables=(ReadTable(t.society),))
def project_societies(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each registration."""
    conn.execute(insert(t.society), [_society(one) for one in placed])


def _society(one: Placed) -> dict[str, Any]:
    row = {name: one.said[name] for name in _PROFILE}
    row |= {"slug": one.said["society"], "class_": one.said["class"]}
    row |= {"registered_on": times.parse_date(one.said["registered_on"])}
    return row | one.place | {"added_at": one.time}


def _opened(conn: Connection, one: Placed) -> bool:
    """Whether the lines beside an opening are those that its root commits to."""
    lines = [(bytes(row.salt), bytes(row.line)) for row in _lines(conn, one)]
    try:
        root = b64.encode(rules.register_root(lines))
    except SakshiError:
        return False
    return (len(lines), root) == (one.said["count"], one.said["root"])


def _whole(conn: Connection, one: Placed) -> bool:
    """Whether the lines of an opening are there, or a later opening holds in its place."""
    return _opened(conn, one) or _replaced(conn, one)


def _replaced(conn: Connection, one: Placed) -> bool:
    e, after = log_entry.c, tuple_(log_entry.c.log_id, log_entry.c.idx) > (one.log_id, one.index)
    later = (
        select(e.idx)
        .join(log, log.c.id == e.log_id)
        .where(
            log.c.kind == "coop", log.c.subject == one.said["society"], e.kind == one.kind, after
        )
    )
    return conn.execute(later.limit(1)).first() is not None


def _lines(conn: Connection, one: Placed) -> Sequence[Row[Any]]:
    line = t.register_line
    return conn.execute(select(line).where(_at(line, [one])).order_by(line.c.place)).all()


@projects(
    "register-opening", tables=(MEMBER, OPENING), whole=_whole, lost="the lines of the register"
)
def project_openings(conn: Connection, placed: Sequence[Placed]) -> None:
    """The society's opening, and a row for each of its lines; none if the lines are others."""
    for one in placed:
        if not _opened(conn, one):
            continue
        opening, slug = t.register_opening, one.said["society"]
        conn.execute(delete(opening).where(opening.c.society == slug))
        conn.execute(insert(opening).values(society=slug, **one.place))
        _put(conn, [_in_opening(row) | one.place | {"society": slug} for row in _lines(conn, one)])


def _in_opening(row: Row[Any]) -> dict[str, Any]:
    held = rules.in_opening(canon.parse(bytes(row.line)))
    return held | {"id": row.member_id, "gender": row.gender, "admitted_at": row.admitted_at}


def _put(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write members who may be there: in the list before it was sealed, or carried over."""
    m = t.member.c
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        query = select(m.id).where(m.id.in_([row["id"] for row in some]))
        there = set(conn.execute(query).scalars())
        new = [row for row in some if row["id"] not in there]
        old = [row | {"which": row["id"]} for row in some if row["id"] in there]
        if old:
            conn.execute(update(t.member).where(m.id == bindparam("which")), old)
        if new:
            conn.execute(insert(t.member), new)


def _told(_: Connection, one: Placed) -> bool:
    """Whether an entry still says whom it is about."""
    return one.detail is not None


@projects("admission", tables=(MEMBER,), numbered=t.member, whole=_told)
def project_admissions(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each member admitted; no day before the sealing counts."""
    _put(conn, [_admitted(one, one.detail) for one in placed if one.detail is not None])


def _admitted(one: Placed, detail: Mapping[str, Any]) -> dict[str, Any]:
    row = rules.admitted(detail, rules.today(one.time)) | one.place
    # The annex alone holds the gender: no rule reads it.
    row |= {"id": one.annex[annex.ID], "gender": one.annex.get("gender", "o")}
    return row | {"society": one.said["society"], "admitted_at": one.time}


@projects("admission-change", "admission-end", tables=(MEMBER,), whole=_told)
def project_changes(conn: Connection, placed: Sequence[Placed]) -> None:
    """What the register says of a member from now on."""
    m = t.member.c
    for one in placed:
        if one.detail is None:
            continue
        here = (m.society == one.said["society"]) & (m.number == one.detail["member"])
        row = conn.execute(select(t.member).where(here)).first()
        if row is None:
            continue  # What came before is lost; the row was carried over, or is named.
        before = rules.member_row(row)
        if one.kind == "admission-end":
            values = rules.ended(before, one.detail)
        else:
            values = rules.changed(before, one.detail, rules.today(one.time))
        conn.execute(update(t.member).where(here).values(values | one.place))


def _held_at(conn: Connection, one: Placed) -> int:
    here = select(func.count()).select_from(t.member).where(_at(t.member, [one]))
    return int(conn.execute(here).scalar_one())


@beside("coop")
def check_lines(
    conn: Connection, subject: Subject, _tally: Tally, _keep: bool
) -> Iterator[Finding]:
    """Yield lines that are not those of the sealed root, or of an opening that was not sealed; and
    places with more members than were sealed there, where an admission's detail is gone."""
    for info in subject.logs:
        for piece in pieces(conn, info, ["register-opening"]):
            for one in piece.entries:
                lost = one.key.startswith(RECOVERED) and not _lines(conn, one)
                if not lost and not _opened(conn, one):
                    words = "the lines are not those of the sealed root"
                    yield Finding(info.origin, one.index, "register_line", words)
                if lost and _held_at(conn, one) > one.said["count"]:
                    words = "more members stand there than were sealed"
                    yield Finding(info.origin, one.index, "member", words)
        line, entry = t.register_line.c, log_entry.c
        sealed = select(entry.idx).where(entry.log_id == info.id, entry.kind == "register-opening")
        stray = select(line.idx).where(line.log_id == info.id, line.idx.not_in(sealed))
        for index in conn.execute(stray.distinct()).scalars():
            yield Finding(info.origin, index, "register_line", "no opening was sealed there")
        m = t.member.c
        alone = select(m.idx).where(m.log_id == info.id, m.idx.not_in(sealed)).group_by(m.idx)
        for index in conn.execute(alone.having(func.count() > 1)).scalars():
            words = "one member was sealed there, and more rows say so"
            yield Finding(info.origin, index, "member", words)
