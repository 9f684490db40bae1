"""A register sealed under tables 0014 to 0018, of which details were erased before the upgrade."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, insert, select, text

from tests.trust.people import scenario as w
from trust.database import Database
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.replay.check import check
from trust.log.replay.rebuild import rebuild
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as t
from web.migrate import ROOT, migrate

SLUG = "tvm-101"
DAY = date(2016, 1, 1)
COPIED = ("log", "log_entry", "log_payload", "log_document", "society", "member")
OPENING = "INSERT INTO register_opening (society, origin, entry_index) VALUES (:s, :origin, :idx)"
LINE = "INSERT INTO register_line (member_id, place, line, salt) VALUES (:m, :place, :line, :salt)"


@pytest.fixture
def erased(rt: Runtime) -> Runtime:
    """Each kind of entry about a member once without its detail: an admission with a change after
    it, an admission alone, a change, an end."""
    with rt.db.write() as conn:
        made = w.build(conn, rt.clock(), members=4, with_key=0)
        w.seal_register(conn, made, rt.clock())
        made.members |= {number: w.admit(conn, made, number, rt.clock()) for number in ("9", "10")}
        clerk = made.actor(conn, "clerk")
        for number in ("9", "3", "4"):
            changed = people_service.Change(f"Member {number}", "nominal", DAY, None, "asked")
            people_service.change_member(conn, clerk, made.members[number], changed, now=rt.clock())
        people_service.member_left(conn, clerk, made.members["2"], DAY, now=rt.clock())
        book = people.book_origin(conn, SLUG, rt.clock())
        listed = log_queries.entries(conn, book, 0, 1_000)
        admitted, changes, ends = (
            [one.index for one in listed if one.kind == kind]
            for kind in ("admission", "admission-change", "admission-end")
        )
        for index in (*admitted, changes[1], *ends):
            logs.erase(conn, book, index, "detail", "asked for", now=rt.clock())
    return rt


@pytest.fixture
def before(erased: Runtime, tmp_path: Path) -> Iterator[Database]:
    """The same rows in the tables of before the annex."""
    db, config = Database(f"sqlite:///{tmp_path}/before.db"), Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    with db.write() as conn, erased.db.read() as source:
        config.attributes["connection"] = conn
        command.upgrade(config, "0017")
        copy(source, conn)
    yield db
    db.dispose()


def copy(source: Connection, conn: Connection) -> None:
    there, here = MetaData(), MetaData()
    there.reflect(source, only=COPIED)
    here.reflect(conn, only=COPIED)
    conn.execute(here.tables["log"].delete())
    log = there.tables["log"]
    books = select(log.c.id).where(log.c.kind != "oversight").scalar_subquery()
    for name in COPIED:
        names = [key for key in here.tables[name].c.keys() if key in there.tables[name].c]  # noqa: SIM118
        query = select(*(there.tables[name].c[key] for key in names))
        if "log_id" in names:  # how officers were appointed came later, in another log
            query = query.where(there.tables[name].c.log_id.in_(books))
        rows = source.execute(query).mappings()
        conn.execute(insert(here.tables[name]), [dict(row) for row in rows])
    opening = source.execute(select(t.register_opening)).one()
    origin = people.book_origin(source, SLUG, 0)
    conn.execute(text(OPENING), {"s": SLUG, "origin": origin, "idx": opening.idx})
    for row in source.execute(select(t.register_line)):
        values = {"m": row.member_id, "place": row.place, "line": row.line, "salt": row.salt}
        conn.execute(text(LINE), values)


def members(db: Database) -> list[tuple[object, ...]]:
    columns = [column for column in t.member.c if column.key not in ("log_id", "idx")]
    with db.read() as conn:
        return [tuple(row) for row in conn.execute(select(*columns).order_by(t.member.c.id))]


def test_members_stay_as_they_are(before: Database, erased: Runtime) -> None:
    """Only their rows tell it still: nothing is named, and a rebuild puts nobody back."""
    migrate(before)
    tally = Tally()
    assert [str(one) for one in check(before, tally)] == []
    assert tally.unchecked == 4
    assert (rebuild(before).rows, members(before)) == (0, members(erased.db))


def test_no_more_rows_stand_than_entries_are_gone(before: Database) -> None:
    with before.write() as conn:
        conn.execute(text("UPDATE member SET class = 'nominal' WHERE number <> '3'"))
    migrate(before)
    assert list(check(before, Tally()))
