"""Officers bend the register instead of the ballots: who has a vote is decided before the vote.

Dates cannot be put back, classes not changed at the last minute, and nobody disappears unseen.
"""

from datetime import date

import pytest
from sqlalchemy import Connection, insert, select, update

from tests.trust.people import scenario as w
from tests.voting.scenario import DAY, call
from trust.log.replay.check import check
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.people import service as people_service
from trust.people import tables as t
from trust.people.errors import RegisterMovedError, SameOfficerError
from trust.people.model import Waiting
from voting import service as voting_service

OLD = date(1990, 1, 1)


@pytest.fixture
def people_setting(rt: Runtime) -> w.PeopleScenario:
    """Three full members, and forty nominal ones who joined long ago."""
    with rt.db.write() as conn:
        made = w.build(conn, rt.clock(), members=3, with_key=3)
        for number in range(100, 140):
            made.members[str(number)] = w.admit(
                conn, made, str(number), rt.clock(), {"class_": "nominal", "share_paid_on": None}
            )
        w.seal_register(conn, made, rt.clock())
    return made


def test_forty_nominal_members_made_full_before_the_drawing(
    rt: Runtime, people_setting: w.PeopleScenario
) -> None:
    """They are of the opening register and joined in 2015: nothing was admitted, and a motion
    would have been carried 40:3. The new class and the share count from the sealing."""
    with rt.db.write() as conn:
        secretary = people_setting.actor(conn, "secretary")
        meeting = call(conn, rt, people_setting)
        for number in range(100, 140):
            change = people_service.Change(f"Member {number}", "full", OLD, OLD, "form")
            member = people_setting.members[str(number)]
            done = people_service.change_member(conn, secretary, member, change, now=rt.clock())
            assert done is None, "no roll is drawn yet: sealed at once, by one officer"
        drawn = voting_service.draw_roll(conn, secretary, meeting, now=rt.clock() + DAY)
    assert drawn.roll_count == 3


def test_a_member_put_out_before_the_vote_takes_two_and_is_sealed(
    rt: Runtime, people_setting: w.PeopleScenario
) -> None:
    """One officer ends three memberships while the roll is drawn: nothing happens."""
    with rt.db.write() as conn:
        secretary, clerk = (people_setting.actor(conn, who) for who in ("secretary", "clerk"))
        meeting = call(conn, rt, people_setting)
        voting_service.draw_roll(conn, secretary, meeting, now=rt.clock() + DAY)
        for number in ("1", "2", "3"):
            asked = people_service.member_left(
                conn, clerk, people_setting.members[number], date(2026, 6, 1), now=rt.clock()
            )
            assert isinstance(asked, Waiting)
            with pytest.raises(SameOfficerError):
                people_service.confirm_request(conn, clerk, asked.request, now=rt.clock())
        drawn = voting_service.draw_roll(conn, secretary, meeting, now=rt.clock() + 2 * DAY)
    assert drawn.roll_count == 3, "the three are still members, and can be drawn again"


def test_a_name_slipped_in_between_the_two_who_seal(rt: Runtime) -> None:
    """The first officer looked at 3 members; before the second confirms, a clerk adds one of
    1990, who would keep that date for ever."""
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=3, with_key=0)
        president = people_setting.actor(conn, "president")
        asked = people_service.begin_register_opening(
            conn, people_setting.actor(conn, "secretary"), "tvm-101", now=rt.clock()
        )
        w.admit(conn, people_setting, "4", rt.clock(), {"joined": OLD})
        with pytest.raises(RegisterMovedError):
            people_service.confirm_register_opening(conn, president, asked, now=rt.clock())


def findings(rt: Runtime) -> list[str]:
    return [str(one) for one in check(rt.db, Tally())]


HOW = ("a new row", "a listed row", "an older day", "a line of the opening", "another line")


@pytest.mark.parametrize("how", HOW)
def test_whoever_writes_into_the_register_itself_is_found(
    rt: Runtime, people_setting: w.PeopleScenario, how: str
) -> None:
    """Somebody with the database adds a member, dates one back, or adds one to the opening."""
    with rt.db.write() as conn:
        late = w.admit(conn, people_setting, "200", rt.clock())
    assert findings(rt) == []
    with rt.db.write() as conn:
        write(conn, how, late)
    assert findings(rt)


def write(conn: Connection, how: str, late: int) -> None:
    """Write past every verb."""
    here, line = t.member.c.id == late, t.register_line
    opening = conn.execute(select(t.register_opening)).one()
    placed = {"log_id": opening.log_id, "idx": opening.idx}
    unplaced = {"log_id": None, "idx": None}
    beside = {"member_id": late, "gender": "f", "admitted_at": 1, "line": b"{}", "salt": bytes(32)}
    if how in ("a new row", "a listed row"):
        row = conn.execute(select(t.member).where(here)).one()._mapping
        new = {column.key: row[column] for column in t.member.c} | {"id": 999, "number": "201"}
        conn.execute(insert(t.member).values(new | (unplaced if how == "a listed row" else {})))
    elif how == "an older day":
        conn.execute(update(t.member).where(here).values(joined_counts=None))
    elif how == "a line of the opening":
        conn.execute(insert(line).values(beside | placed | {"place": 99}))
    else:
        conn.execute(insert(line).values(beside | placed | {"idx": 0, "place": 0}))
