"""Rows of people made of their entries: after a recovery, after an erasure, by a key's holder."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from audit.verify.verify import Knowledge, verify_bytes
from tests.trust.log.disasters import Disaster
from tests.trust.people import scenario as w
from trust.books import published
from trust.books.package import society_package
from trust.log import proofs
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.checks.fsckrows import Finding
from trust.log.package import everything
from trust.log.replay.check import check
from trust.log.replay.rebuild import lost, rebuild, recovered
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.log.tables import log, log_annex, log_entry, log_payload
from trust.log.upkeep import backup
from trust.log.upkeep.mirror import mirror
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as t
from trust.people.errors import KeyInUseError
from trust.people.model import Grant, OfficerRole
from voting import rulebook

SLUG = "tvm-101"
LATE = date(2016, 1, 1)


def found(rt: Runtime, tally: Tally | None = None) -> list[Finding]:
    return list(check(rt.db, tally or Tally()))


def books(rt: Runtime) -> list[str]:
    with rt.db.read() as conn:
        return [info.origin for info in log_queries.logs(conn, "coop")]


@pytest.fixture
def burnt(rt: Runtime, tmp_path: Path) -> Iterator[tuple[Disaster, w.PeopleScenario]]:
    """The register is sealed after the backup, and a member admitted; then the database burns."""
    with rt.db.write() as conn:
        scenario = w.build(conn, rt.clock(), members=3, with_key=1)
    rt.publish(books(rt))
    backup.backup(rt.db, tmp_path / "b")
    with rt.db.write() as conn:
        w.seal_register(conn, scenario, rt.clock())
        w.admit(conn, scenario, "9", rt.clock())
    rt.publish(books(rt))
    mirror(rt.db, str(tmp_path / "mirror"))
    disaster = Disaster(rt, books(rt)[0], "", tmp_path / "b", tmp_path / "mirror", {})
    yield disaster, scenario
    disaster.drop()


def test_a_register_whose_lines_are_lost_is_sealed_again(
    burnt: tuple[Disaster, w.PeopleScenario],
) -> None:
    """Server and verifier agree: from its place on the later opening holds."""
    disaster, scenario = burnt
    again = disaster.restored()
    disaster.recover(again)
    rebuild(again.db, wanted=recovered)
    assert gone(again) == {"register-opening", "admission"} and found(again) == []
    with again.db.write() as conn:
        assert not people.register_sealed(conn, SLUG)
        w.admit(conn, scenario, "9", again.clock(), {"joined": LATE})
        w.seal_register(conn, scenario, again.clock())
        opening = people.register_opening(conn, SLUG)
        w.admit(conn, scenario, "10", again.clock())
        voters = {one.member.number: one for one in people.voters(conn, SLUG)}
        kinds = log_queries.count_kind(conn, disaster.book, "register-opening")
    assert opening is not None and (opening.count, kinds) == (4, 2)
    assert voters["9"].from_opening and voters["9"].joined == LATE
    assert not voters["10"].from_opening
    assert found(again) == [] and gone(again) == {"admission"}
    assert rebuild(again.db).rows == 0
    again.publish(books(again))
    with again.db.read() as conn:
        package = society_package(conn, SLUG, everything)
        policy = proofs.policy_text(conn).encode()
    report = verify_bytes(
        package, Knowledge(published.mapping_by_hash, rulebook.standard(), policy)
    )
    assert report.exit_code == 0
    (note,) = report["register"].findings
    assert note.state == "note" and "sealed a second time" in note.text
    assert note.entry is not None and note.entry.index == opening.index
    again.close()


def gone(rt: Runtime) -> set[str]:
    """Kinds of which a recovery lost something."""
    with rt.db.read() as conn:
        return {one.kind for one in lost(conn)}


def test_lines_that_somebody_altered_are_told_and_the_members_stand(
    rt: Runtime, scenario_sealed: w.PeopleScenario
) -> None:
    with rt.db.write() as conn:
        conn.execute(update(t.register_line).where(t.register_line.c.place == 0).values(line=b"{}"))
        before = conn.execute(select(t.member).order_by(t.member.c.id)).all()
    assert [one.column for one in found(rt)] == ["register_line"]
    assert rebuild(rt.db).rows == 0
    with rt.db.read() as conn:
        assert conn.execute(select(t.member).order_by(t.member.c.id)).all() == before


def test_no_more_members_stand_at_an_opening_without_lines_than_were_sealed(
    rt: Runtime, scenario_sealed: w.PeopleScenario
) -> None:
    """Somebody deletes the lines, says that the opening was recovered, and adds a member."""
    opened = log_entry.c.kind == "register-opening"
    with rt.db.write() as conn:
        conn.execute(delete(t.register_line))
        conn.execute(update(log_entry).where(opened).values(key="recovered 1"))
        here = t.member.c.id == scenario_sealed.members["1"]
        row = conn.execute(select(t.member).where(here)).one()._mapping
        forged = {column.key: row[column] for column in t.member.c} | {"id": 999, "number": "201"}
        conn.execute(insert(t.member).values(forged))
    assert [one.column for one in found(rt)] == ["member"]


@pytest.fixture
def scenario_sealed(rt: Runtime) -> w.PeopleScenario:
    """A sealed register, a member admitted to it, keys of a member and an officer."""
    with rt.db.write() as conn:
        made = w.build(conn, rt.clock(), members=3, with_key=1)
        w.bind_officer(conn, made, "secretary", "secretary", rt.clock())
        w.seal_register(conn, made, rt.clock())
        made.members["9"] = w.admit(conn, made, "9", rt.clock())
    return made


@pytest.mark.parametrize("part", ["record", "detail"])
def test_a_row_stands_whose_change_was_erased(
    rt: Runtime, scenario_sealed: w.PeopleScenario, part: str
) -> None:
    """The annex still names the row, so that what came after the erased change is right, too."""
    clerk, member = "clerk", scenario_sealed.members["9"]
    with rt.db.write() as conn:
        actor = scenario_sealed.actor(conn, clerk)
        for class_ in ("nominal", "full"):
            rt.clock.advance(86_400)  # type: ignore[attr-defined]
            change = people_service.Change("Member 9", class_, LATE, LATE)
            people_service.change_member(conn, actor, member, change, now=rt.clock())
        book = people.book_origin(conn, SLUG, rt.clock())
        (first, _) = places(conn, book, "admission-change")
        logs.erase(conn, book, first, part, "asked for", now=rt.clock())
    tally = Tally()
    assert found(rt, tally) == [] and tally.unchecked == 1
    assert rebuild(rt.db).rows == 0


@pytest.mark.parametrize("numbered", [True, False])
def test_no_more_members_hide_behind_an_erased_admission_than_one(
    rt: Runtime, scenario_sealed: w.PeopleScenario, numbered: bool
) -> None:
    """Whoever writes into the database puts more rows at its place, and empties the annex."""
    with rt.db.write() as conn:
        book = people.book_origin(conn, SLUG, rt.clock())
        (admitted,) = places(conn, book, "admission")
        logs.erase(conn, book, admitted, "detail", "asked for", now=rt.clock())
    assert found(rt) == []
    with rt.db.write() as conn:
        here = t.member.c.id == scenario_sealed.members["9"]
        row = conn.execute(select(t.member).where(here)).one()._mapping
        forged = {column.key: row[column] for column in t.member.c} | {"id": 999, "number": "201"}
        conn.execute(insert(t.member).values(forged))
        if not numbered:
            conn.execute(delete(log_annex).where(log_annex.c.idx == admitted))
    assert {one.column for one in found(rt)} == {"member"}


def places(conn: Connection, origin: str, kind: str) -> list[int]:
    """Indices of the entries of a kind."""
    listed = log_queries.entries(conn, origin, 0, 1_000)
    return [one.index for one in listed if one.kind == kind]


def test_an_officers_key_whose_holder_is_lost_signs_nothing_and_is_bound_again(
    rt: Runtime, scenario_sealed: w.PeopleScenario
) -> None:
    with rt.db.write() as conn:
        book = people.book_origin(conn, SLUG, rt.clock())
        (holder,) = places(conn, book, "officer-holder")
        lose(conn, holder)
    rebuild(rt.db)
    with rt.db.write() as conn:
        row = conn.execute(select(t.officer_key)).one()
        assert (row.account_id, row.holder_idx) == (None, None)
        assert people.officer_keys(conn, SLUG) == []
        with pytest.raises(KeyInUseError):
            bind(conn, scenario_sealed, "president", "president", rt.clock())
        assert w.bind_officer(conn, scenario_sealed, "secretary", "secretary", rt.clock()) == row.id
        (key,) = people.officer_keys(conn, SLUG)
        assert key.account_id == scenario_sealed.accounts["secretary"]
        assert len(places(conn, book, "officer-key")) == 1, "it was bound already"
        assert len(places(conn, book, "officer-holder")) == 2
        assert conn.execute(select(func.count()).select_from(t.officer_key)).scalar() == 1
    assert found(rt) == []


def bind(
    conn: Connection, scenario: w.PeopleScenario, who: str, role: OfficerRole, now: int
) -> None:
    """The Registrar binds the secretary's key to somebody."""
    registrar, key = scenario.actor(conn, "registrar"), w.public_of("secretary")
    people_service.bind_officer_key(conn, registrar, scenario.accounts[who], key, role, now=now)


def lose(conn: Connection, index: int) -> None:
    """As after a recovery: the entry came back from a mirror, without payload and annex."""
    e, p = log_entry, log_payload
    book = select(log.c.id).where(log.c.subject == SLUG).scalar_subquery()
    there = (e.c.idx == index) & (e.c.log_id == book)
    conn.execute(update(e).where(there).values(key=f"recovered {index}"))
    opened = (p.c.idx == index) & (p.c.log_id == book)
    conn.execute(update(p).where(opened).values(record=None, salt=None))


def test_the_first_holder_of_a_key_holds(rt: Runtime, scenario_sealed: w.PeopleScenario) -> None:
    """Whoever clears the row and has another holder sealed takes no key."""
    with rt.db.write() as conn:
        cleared = {"account_id": None, "holder_idx": None, "holder_log_id": None}
        conn.execute(update(t.officer_key).values(cleared))
        conn.execute(update(log_entry).where(log_entry.c.kind == "officer-holder").values(key="x"))
        people_service.grant(
            conn, scenario_sealed.accounts["clerk"], Grant("secretary", "society", SLUG), now=1
        )
        bind(conn, scenario_sealed, "clerk", "secretary", rt.clock())
    assert {one.column for one in found(rt)} == {
        "officer_key.account_id", "officer_key.holder_idx",
    }  # fmt: skip
    rebuild(rt.db)
    with rt.db.read() as conn:
        (key,) = people.officer_keys(conn, SLUG)
    assert key.account_id == scenario_sealed.accounts["secretary"]
