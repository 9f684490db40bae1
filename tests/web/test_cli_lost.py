"""Rows made again after a recovery: those of before from sealed records alone, once and for all."""

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from oversight import adoption
from oversight import tables as oversight_tables
from tests.simulator.clock import ManualClock
from tests.trust.books.scenario import SLUG, BooksScenario
from tests.trust.log.disasters import Disaster, found
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario, opened
from tests.web.books import trial_balance
from trust.books import queries as books
from trust.log import projections
from trust.log import queries as log_queries
from trust.log.replay.check import check
from trust.log.replay.rebuild import Lost as Gone
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.log.upkeep import backup
from trust.log.upkeep.mirror import mirror
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as people_tables
from voting import queries as voting
from voting import service as voting_service
from voting import tables as t
from web import cli_lost

pytestmark = pytest.mark.slow

NEW = replace(w.OTHER, slug="ekm-9", registration_number="EKM/9")
TABLES = (
    t.meeting,
    t.meeting_resolution,
    t.meeting_result,
    people_tables.society,
    oversight_tables.oversight_policy,
)


@dataclasses.dataclass(slots=True)
class Lost:
    """A state that is lost, what its rows were, and who votes in it."""

    disaster: Disaster
    scenario: VotingScenario
    rows: dict[str, list[dict[str, Any]]]

    def back(self) -> tuple[Runtime, list[Gone]]:
        again = self.disaster.restored()
        done = self.disaster.recover(again)
        assert done.missing == [] and done.troubles == []
        return again, cli_lost.rows_again(again.db, None)


def everything(rt: Runtime) -> None:
    """Publish every log."""
    with rt.db.read() as conn:
        names = [info.origin for info in log_queries.logs(conn) if info.kind != "state"]
    rt.publish(names)


def rows(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of these tables, without the number that the database gave its log."""
    made = {}
    for table in TABLES:
        query = select(table).order_by(*table.primary_key)
        listed = [dict(row._mapping) for row in conn.execute(query)]
        made[table.name] = [
            {name: v for name, v in row.items() if name != "log_id"} for row in listed
        ]
    return made


@pytest.fixture(params=["before the notice", "before the close"])
def lost(rt: Runtime, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lost]:
    """A meeting voted on and closed, a sheet filed, a policy adopted, an officer's key stopped."""
    with rt.db.write() as conn:
        people_service.register_society(conn, NEW, now=rt.clock())
    everything(rt)
    if request.param == "before the notice":
        backup.backup(rt.db, tmp_path / "b")
    scenario = opened(rt)
    books_setting = BooksScenario(rt)
    books_setting.import_file(trial_balance("2024-25"), "tb.csv", year="2024-25")
    everything(rt)
    if request.param == "before the close":
        backup.backup(rt.db, tmp_path / "b")
    goes_on(rt, scenario, books_setting)
    mirror(rt.db, str(tmp_path / "mirror"))
    with rt.db.read() as conn:
        before = rows(conn)
    disaster = Disaster(rt, books_setting.origin, "", tmp_path / "b", tmp_path / "mirror", {})
    yield Lost(disaster, scenario, before)
    disaster.drop()


def goes_on(rt: Runtime, scenario: VotingScenario, books_setting: BooksScenario) -> None:
    """What comes after the later of the two backups."""
    books_setting.file("2024-25")
    with rt.db.write() as conn:
        voting_service.cast(conn, scenario.id, scenario.ballot(conn, "1", "yes"), now=rt.clock())
        adoption.adopt_proposed(conn, now=rt.clock())
        key = conn.execute(select(people_tables.officer_key.c.id)).scalars().first()
        assert key is not None
        actor = scenario.people_setting.actor(conn, "registrar")
        people_service.revoke_officer_key(conn, actor, key, now=rt.clock())
        closes = scenario.meeting(conn).closes
    assert isinstance(rt.clock, ManualClock)
    rt.clock.advance(closes - rt.clock() + 1)
    with rt.db.write() as conn:
        voting_service.close_meeting(
            conn, scenario.people_setting.actor(conn, "president"), scenario.id, now=rt.clock()
        )
    everything(rt)


def annexed_of(kind: str) -> str | None:
    """What of an entry of that kind is in the annex alone; a check of their own counts the lines
    of a roll."""
    found = projections.of_kind(kind)
    return None if found.whole is not None or kind == "roll" else found.lost


def test_rows_are_those_of_before_and_fsck_agrees(lost: Lost) -> None:
    again, gone = lost.back()
    with again.db.read() as conn:
        held = rows(conn)
        assert held == lost.rows
        filed = books.statement(conn, SLUG, "2024-25")
        assert filed is not None and filed.in_force and filed.checks == ()
        assert len(voting.results(conn, lost.scenario.id)) == 2
    tally = Tally()
    faults = [str(fault) for fault in check(again.db, tally)]
    assert faults == [] and found(again) == []
    # What stood in the annex alone is lost too, but the rows are held against the record.
    annexed = [item for item in gone if item.gone != "payload" and annexed_of(item.kind)]
    assert tally.unchecked == len(gone) - len(annexed) > 0
    assert cli_lost.rows_again(again.db, None) == gone
    with again.db.read() as conn:
        assert rows(conn) == held, "a second time changes nothing"
    again.close()


def test_a_key_that_was_stopped_stays_stopped(lost: Lost) -> None:
    again, gone = lost.back()
    k = people_tables.officer_key
    with again.db.read() as conn:
        stopped = [row.revoked_at is not None for row in conn.execute(select(k).order_by(k.c.id))]
        known = people.officer_keys(conn, SLUG)
    holders = [item for item in gone if item.kind == "officer-holder"]
    assert stopped == [True, False]
    assert len(known) == 1 or (known == [] and len(holders) == 2), "nobody knows whose they are"
    again.close()


def test_what_is_lost_is_named_with_what_to_do(lost: Lost) -> None:
    again, gone = lost.back()
    kinds = {item.kind for item in gone}
    assert "ballot" in kinds and kinds <= set(cli_lost.ADVICE)
    for item in gone:
        with again.db.read() as conn:
            stored = log_queries.entry(conn, item.origin, item.index)
        assert (stored.kind, stored.time) == (item.kind, item.time)
    again.close()


def test_an_altered_row_is_not_excused_by_a_recovery(lost: Lost) -> None:
    again, _ = lost.back()
    with again.db.write() as conn:
        conn.execute(t.meeting.update().values(roll_count=99))
    faults = [fault.column for fault in check(again.db, Tally())]
    assert "meeting.roll_count" in faults
    again.close()
