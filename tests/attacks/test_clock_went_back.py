"""A server's clock goes back while a meeting is on: whoever can move it must gain nothing.

Everything that a time decides is held against the last time that the log has told: no second roll
under which the ballots would be void, no stopped card that votes again, no close before its time.
"""

import pytest

from tests.trust.people import world as w
from tests.voting.hall import DAY, RESOLUTIONS, Hall
from trust.formats import times
from trust.people import queries as people
from trust.people import service as persons
from voting import queries, service
from voting.errors import NoticeTooShortError, RollStateError
from voting.pure import errors as e
from voting.pure.count import ist_date

HOUR = 3600


def _cast(hall: Hall, member: str, choice: str = "yes", at: int | None = None) -> None:
    with hall.rt.db.write() as conn:
        ballot = hall.ballot(conn, member, choice)
        service.cast(conn, hall.id, ballot, now=at or hall.rt.clock())


def test_no_second_roll_is_drawn_over_ballots(hall: Hall) -> None:
    _cast(hall, "1")
    with hall.rt.db.write() as conn:
        before = hall.meeting(conn)
        with pytest.raises(RollStateError):
            service.draw_roll(
                conn, hall.world.actor(conn, "secretary"), hall.id, now=before.opens - DAY
            )
    with hall.rt.db.read() as conn:
        assert hall.meeting(conn).roll_root == before.roll_root


def test_a_stopped_card_does_not_vote_again(hall: Hall) -> None:
    now = hall.rt.clock()
    with hall.rt.db.write() as conn:
        key = people.member_key(conn, hall.world.members["1"])
        assert key is not None
        persons.revoke_key(
            conn, w.member_of(conn, hall.world, "1"), key.id, "lost", now=now + 2 * HOUR
        )
    with pytest.raises(e.RevokedKeyError):
        _cast(hall, "1", at=now + HOUR)


def test_a_stopped_card_is_not_on_a_roll_drawn_by_the_earlier_clock(hall: Hall) -> None:
    opens = hall.rt.clock()
    with hall.rt.db.write() as conn:
        key = people.member_key(conn, hall.world.members["1"])
        assert key is not None
        me = w.member_of(conn, hall.world, "1")
        persons.revoke_key(conn, me, key.id, "lost", now=opens - HOUR)
        secretary = hall.world.actor(conn, "secretary")
        drawn = service.draw_roll(conn, secretary, hall.id, now=opens - 2 * HOUR)
        line = service.eligible(conn, hall.id, hall.world.members["1"])
    assert line is not None and line.key is None
    assert drawn.cut_off is not None and drawn.cut_off >= opens - HOUR


def test_a_page_shows_the_state_by_the_logs_time(hall: Hall) -> None:
    opens = hall.rt.clock()
    _cast(hall, "1", at=opens + HOUR)
    with hall.rt.db.read() as conn:
        found = queries.meeting(conn, hall.id)
    assert found.state(opens - DAY) == "open"
    assert times.format_time(found.moment(opens)) == times.format_time(opens + HOUR)


def test_a_notice_is_not_given_on_an_earlier_day_than_the_books_have_reached(hall: Hall) -> None:
    """The clock is a month back: fifteen days of notice would be none for whoever reads it."""
    now = hall.rt.clock()
    with hall.rt.db.write() as conn:
        w.enrol(conn, hall.world, "6", now, "today's card")
        secretary = hall.world.actor(conn, "secretary")
        with pytest.raises(NoticeTooShortError):
            service.call_meeting(
                conn, secretary, "tvm-101", "Again", "വീണ്ടും", "annual-general-body",
                ist_date(now + DAY), now + DAY, now + 2 * DAY, RESOLUTIONS, now=now - 30 * DAY,
            )  # fmt: skip
