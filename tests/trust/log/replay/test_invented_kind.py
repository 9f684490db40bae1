"""A kind that nobody knew before: record, projection and query are all it takes.

The steps and the code are those of CONTRIBUTING.md, *A new kind of record*;
`tests/test_contributing.py` compares them.
"""

from collections.abc import Sequence

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
    update,
)

from trust.formats import fields as f
from trust.formats import records
from trust.formats.fields import Field
from trust.formats.kinds.base import SOCIETY, kind
from trust.log import projections, service
from trust.log.model import NewEntry, Placed
from trust.log.projections import ReadTable
from trust.log.replay.check import check
from trust.log.replay.rebuild import rebuild
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.log.tables import log_annex, log_payload

SLUG = "tvm-101"

# 1. The record.
NOTE = kind(
    "audit-note", "coop", False, "a remark of the auditor", SOCIETY, Field("text", f.text(80), "it")
)

# 2. The projection, beside its table.
note = Table(
    "audit_note",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("log_id", Integer, nullable=False),
    Column("idx", BigInteger, nullable=False),
    Column("text", String(80), nullable=False),
    Column("typist", String(80)),
    UniqueConstraint("log_id", "idx"),
)


def project_notes(conn: Connection, placed: Sequence[Placed]) -> None:
    rows = [
        one.place
        | {"id": one.annex["id"], "text": one.said["text"], "typist": one.annex.get("typist")}
        for one in placed
    ]
    conn.execute(insert(note), rows)


# 3. The query.
def notes(conn: Connection) -> list[str]:
    return list(conn.execute(select(note.c.text).order_by(note.c.log_id, note.c.idx)).scalars())


@pytest.fixture
def book(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(records.KINDS, ("audit-note", 1), NOTE)
    monkeypatch.setitem(records._NEWEST, "audit-note", NOTE)
    monkeypatch.setattr(projections, "_registry", dict(projections._registry))
    projections.projects(
        "audit-note", tables=(ReadTable(note),), numbered=note, lost="who typed it"
    )(project_notes)
    note.create(rt.db.engine)
    origin = f"{rt.host}/coop/{SLUG}/2026-27"
    with rt.db.write() as conn:
        service.open_log(conn, origin, now=rt.clock())
    return origin


def seal(rt: Runtime, origin: str, *texts: str) -> None:
    items = [
        NewEntry(
            "audit-note",
            {"kind": "audit-note", "v": 1, "society": SLUG, "text": text},
            text,
            annex={"typist": "clerk"},
        )
        for text in texts
    ]
    with rt.db.write() as conn:
        service.append(conn, origin, items, now=rt.clock())


def findings(rt: Runtime) -> list[tuple[int | None, str]]:
    return [(one.index, one.column) for one in check(rt.db, Tally()) if "audit_note" in one.column]


def test_its_rows_are_written_as_it_is_sealed_once(rt: Runtime, book: str) -> None:
    seal(rt, book, "one", "two")
    seal(rt, book, "two", "three")
    with rt.db.read() as conn:
        assert notes(conn) == ["one", "two", "three"]
        numbers = conn.execute(select(note.c.id).order_by(note.c.idx)).scalars().all()
        assert len(set(numbers)) == 3
        assert conn.execute(select(note.c.typist)).scalars().all() == ["clerk"] * 3
    assert findings(rt) == []


def test_a_row_altered_removed_or_made_up_is_named_and_put_right(rt: Runtime, book: str) -> None:
    seal(rt, book, "one", "two", "three")
    with rt.db.write() as conn:
        conn.execute(update(note).where(note.c.idx == 0).values(text="bent", typist="other"))
        conn.execute(note.delete().where(note.c.idx == 1))
        log_id = conn.execute(select(note.c.log_id)).scalars().first()
        conn.execute(insert(note).values(log_id=log_id, idx=9, id=99, text="made up"))
    assert findings(rt) == [
        (1, "audit_note"),
        (9, "audit_note"),
        (0, "audit_note.text"),
        (0, "audit_note.typist"),
    ]
    done = rebuild(rt.db)
    assert done.rows == 3 and done.findings == []
    assert findings(rt) == []
    with rt.db.read() as conn:
        assert notes(conn) == ["one", "two", "three"]
    assert rebuild(rt.db).rows == 0


def test_a_row_without_payload_stands_and_is_counted_as_not_checked(rt: Runtime, book: str) -> None:
    seal(rt, book, "one", "two")
    with rt.db.write() as conn:
        conn.execute(
            update(log_payload).where(log_payload.c.idx == 1).values(record=None, salt=None)
        )
    tally = Tally()
    assert not [one for one in check(rt.db, tally) if "audit_note" in one.column]
    assert (tally.checked, tally.unchecked) == (1, 1)
    assert rebuild(rt.db).rows == 0
    with rt.db.read() as conn:
        assert notes(conn) == ["one", "two"]


def test_a_number_that_the_annex_lost_comes_from_the_row_or_is_new(rt: Runtime, book: str) -> None:
    seal(rt, book, "one", "two")
    with rt.db.write() as conn:
        before = conn.execute(select(note.c.id).order_by(note.c.idx)).scalars().all()
        conn.execute(log_annex.delete())
        conn.execute(note.delete().where(note.c.idx == 1))
    rebuild(rt.db)
    with rt.db.read() as conn:
        after = conn.execute(select(note.c.id).order_by(note.c.idx)).scalars().all()
    assert after[0] == before[0] and len(set(after)) == 2
    assert findings(rt) == []


def test_a_row_of_a_log_that_is_not_there_is_named(rt: Runtime, book: str) -> None:
    with rt.db.write() as conn:
        conn.execute(insert(note).values(log_id=4711, idx=0, id=1, text="made up"))
    assert [(one.index, one.column) for one in check(rt.db, Tally())] == [(None, "audit_note")]
