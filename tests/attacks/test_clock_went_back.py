"""A server's clock goes back while a meeting is on: whoever can move it must gain nothing.

Everything that a time decides is held against the last time that the log has told: no second roll
under which the ballots would be void, no stopped card that votes again, no close before its time.
"""

import pytest

from tests.trust.people import scenario as w
from tests.voting.scenario import DAY, RESOLUTIONS, VotingScenario
from trust.formats import times
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.offices import service as offices_service
from voting import queries as voting
from voting import service as voting_service
from voting.errors import NoticeTooShortError, RollStateError
from voting.pure import errors as e
from voting.pure.count import ist_date

HOUR = 3600


def _cast(
    scenario: VotingScenario, member: str, choice: str = "yes", at: int | None = None
) -> None:
    with scenario.rt.db.write() as conn:
        ballot = scenario.ballot(conn, member, choice)
        voting_service.cast(conn, scenario.id, ballot, now=at or scenario.rt.clock())


def test_no_second_roll_is_drawn_over_ballots(scenario: VotingScenario) -> None:
    _cast(scenario, "1")
    with scenario.rt.db.write() as conn:
        before = scenario.meeting(conn)
        with pytest.raises(RollStateError):
            voting_service.draw_roll(
                conn,
                scenario.people_setting.actor(conn, "secretary"),
                scenario.id,
                now=before.opens - DAY,
            )
    with scenario.rt.db.read() as conn:
        assert scenario.meeting(conn).roll_root == before.roll_root


def test_a_stopped_card_does_not_vote_again(scenario: VotingScenario) -> None:
    now = scenario.rt.clock()
    with scenario.rt.db.write() as conn:
        key = people.member_key(conn, scenario.people_setting.members["1"])
        assert key is not None
        people_service.revoke_key(
            conn,
            w.member_of(conn, scenario.people_setting, "1"),
            key.id,
            "lost",
            now=now + 2 * HOUR,
        )
    with pytest.raises(e.RevokedKeyError):
        _cast(scenario, "1", at=now + HOUR)


def test_a_stopped_card_is_not_on_a_roll_drawn_by_the_earlier_clock(
    scenario: VotingScenario,
) -> None:
    opens = scenario.rt.clock()
    with scenario.rt.db.write() as conn:
        key = people.member_key(conn, scenario.people_setting.members["1"])
        assert key is not None
        me = w.member_of(conn, scenario.people_setting, "1")
        people_service.revoke_key(conn, me, key.id, "lost", now=opens - HOUR)
        secretary = scenario.people_setting.actor(conn, "secretary")
        drawn = voting_service.draw_roll(conn, secretary, scenario.id, now=opens - 2 * HOUR)
        line = voting_service.eligible(conn, scenario.id, scenario.people_setting.members["1"])
    assert line is not None and line.key is None
    assert drawn.cut_off is not None and drawn.cut_off >= opens - HOUR


def test_a_page_shows_the_state_by_the_logs_time(scenario: VotingScenario) -> None:
    opens = scenario.rt.clock()
    _cast(scenario, "1", at=opens + HOUR)
    with scenario.rt.db.read() as conn:
        found = voting.meeting(conn, scenario.id)
    assert found.state(opens - DAY) == "open"
    assert times.format_time(found.moment(opens)) == times.format_time(opens + HOUR)


def test_a_notice_is_not_given_on_an_earlier_day_than_the_books_have_reached(
    scenario: VotingScenario,
) -> None:
    """The clock is a month back: fifteen days of notice would be none for whoever reads it."""
    now = scenario.rt.clock()
    with scenario.rt.db.write() as conn:
        w.enrol(conn, scenario.people_setting, "6", now, "today's card")
        secretary = scenario.people_setting.actor(conn, "secretary")
        with pytest.raises(NoticeTooShortError):
            voting_service.call_meeting(
                conn,
                secretary,
                "tvm-101",
                "Again",
                "വീണ്ടും",
                "annual-general-body",
                ist_date(now + DAY),
                now + DAY,
                now + 2 * DAY,
                RESOLUTIONS,
                now=now - 30 * DAY,
            )


def test_rights_do_not_go_back_with_the_clock(scenario: VotingScenario) -> None:
    """Whoever has ended stays ended, and nobody else is put out."""
    rt, setting = scenario.rt, scenario.people_setting
    with rt.db.write() as conn:
        registrar = setting.actor(conn, "registrar")
        (one,) = [
            item
            for item in offices_service.seen_appointments(conn, registrar, now=rt.clock())
            if item.login == "deputy"
        ]
        offices_service.end(conn, registrar, one.id, "relieved", now=rt.clock())
        back = rt.clock() - 30 * 24 * HOUR
        assert people.actor(conn, setting.accounts["deputy"], back).grants == ()
        assert people.actor(conn, setting.accounts["secretary"], back).has("secretary")
