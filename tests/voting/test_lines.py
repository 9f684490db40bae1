"""The lines of a roll after a recovery: those of an earlier roll open nothing any more."""

import pytest
from sqlalchemy import select, update

from tests.trust.people import scenario as w
from tests.voting.scenario import DAY, VotingScenario, call
from trust.log.checks.fsckrows import RECOVERED, Finding
from trust.log.replay.check import check
from trust.log.replay.rebuild import rebuild
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.log.tables import log_entry
from voting import queries as voting
from voting import service as voting_service
from voting import tables as t


@pytest.fixture
def drawn_twice(rt: Runtime) -> VotingScenario:
    """The rows hold the lines of the first of two rolls, as in a backup made between them."""
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock())
        w.seal_register(conn, people_setting, rt.clock())
        made = VotingScenario(rt, people_setting, call(conn, rt, people_setting))
    rows = []
    for day in (1, 2):
        with rt.db.write() as conn:
            secretary = people_setting.actor(conn, "secretary")
            voting_service.draw_roll(conn, secretary, made.id, now=rt.clock() + day * DAY)
            rows.append([dict(row._mapping) for row in conn.execute(select(t.meeting_roll))])
    with rt.db.write() as conn:
        conn.execute(t.meeting_roll.delete())
        conn.execute(t.meeting_roll.insert(), rows[0])
    return made


def findings(rt: Runtime, tally: Tally) -> list[Finding]:
    return [one for one in check(rt.db, tally) if one.column.startswith("meeting")]


def test_lines_of_an_earlier_roll_are_named(rt: Runtime, drawn_twice: VotingScenario) -> None:
    assert [one.column for one in findings(rt, Tally())] == ["meeting_roll.line"]
    rebuild(rt.db)
    assert [one.column for one in findings(rt, Tally())] == ["meeting_roll.line"]


def test_after_a_recovery_they_are_not_checked_and_go(
    rt: Runtime, drawn_twice: VotingScenario
) -> None:
    with rt.db.write() as conn:
        query = select(log_entry).where(log_entry.c.kind == "roll")
        last = conn.execute(query.order_by(log_entry.c.idx.desc())).first()
        assert last is not None
        here = (log_entry.c.log_id == last.log_id) & (log_entry.c.idx == last.idx)
        conn.execute(update(log_entry).where(here).values(key=f"{RECOVERED}{last.idx}"))
    before, after = Tally(), Tally()
    assert findings(rt, before) == []
    with rt.db.read() as conn:
        assert voting.roll_documents(conn, drawn_twice.id) != []
    rebuild(rt.db)
    with rt.db.read() as conn:
        assert voting.roll_documents(conn, drawn_twice.id) == []
    assert findings(rt, after) == []
    assert before.unchecked == after.unchecked
    with rt.db.write() as conn:
        conn.execute(update(t.meeting).values(roll_count=99))
    assert [one.column for one in findings(rt, Tally())] == ["meeting.roll_count"]
