"""The roll is drawn, what says so is taken out of the database, and it is drawn again.

In between a clerk alone stops an opponent's card: for the roll that stands it is
all in order. From the first drawing on it takes two, and stands in the meeting's log.
"""

from sqlalchemy import delete

from tests.audit.helpers import said
from tests.trust.people import scenario as w
from tests.voting.outside import verified
from tests.voting.scenario import DAY, VotingScenario, call
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as t
from voting import service as voting_service


def _drawn_twice(rt: Runtime, *, bent: bool) -> VotingScenario:
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=4, with_key=4)
        w.seal_register(conn, people_setting, rt.clock())
        meeting = call(conn, rt, people_setting)
        secretary, clerk = (
            people_setting.actor(conn, "secretary"),
            people_setting.actor(conn, "clerk"),
        )
        now = rt.clock() + DAY
        voting_service.draw_roll(conn, secretary, meeting, now=now)
        if bent:
            conn.execute(delete(t.drawn_roll))
        key = people.member_key(conn, people_setting.members["1"])
        assert key is not None
        officers = (clerk,) if bent else (clerk, secretary)
        for officer in officers:
            people_service.revoke_key(conn, officer, key.id, "lost", now=now)
        voting_service.draw_roll(conn, secretary, meeting, now=now)
    rt.clock.advance(21 * DAY)  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        voting_service.close_meeting(
            conn, people_setting.actor(conn, "secretary"), meeting, now=rt.clock()
        )
    return VotingScenario(rt, people_setting, meeting)


def test_what_one_did_between_two_drawings_is_found(rt: Runtime) -> None:
    report = verified(_drawn_twice(rt, bent=True))
    assert report.exit_code == 1
    assert set(said(report)) == {"changes"}


def test_a_roll_drawn_again_in_order_is_right(rt: Runtime) -> None:
    report = verified(_drawn_twice(rt, bent=False))
    assert said(report) == {} and report.exit_code == 0
