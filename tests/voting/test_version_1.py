"""A meeting called before version 2 ends under the rules of its notice."""

import pytest

from tests.trust.people import world as w
from tests.voting import version1
from tests.voting.hall import DAY, Hall
from trust.formats.canon import Json
from trust.log import queries as logs
from trust.log import sealed
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as persons
from voting import queries, service
from voting.errors import CountError
from voting.pure import errors as e


@pytest.fixture
def hall(rt: Runtime) -> Hall:
    return version1.opened(rt)


def cast(hall: Hall, record: dict[str, Json]) -> None:
    with hall.rt.db.write() as conn:
        service.cast(conn, hall.id, record, now=hall.rt.clock())


def close(hall: Hall) -> None:
    with hall.rt.db.write() as conn:
        closes = hall.meeting(conn).closes
        service.close_meeting(conn, hall.world.actor(conn, "secretary"), hall.id, now=closes)


def test_roll_ballot_and_result_are_of_version_1(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        ballot = hall.ballot(conn, "1", "yes")
        helped = hall.assisted(conn, "6", "no", "secretary", "president")
    assert (ballot["v"], helped["v"]) == (1, 1)
    for record in (ballot, helped):
        cast(hall, record)
    close(hall)
    with hall.rt.db.read() as conn:
        size = logs.info(conn, version1.ORIGIN).next_index
        kinds = [entry.kind for entry in logs.entries(conn, version1.ORIGIN, 0, size)]
        assert kinds == [
            "meeting", "resolution", "resolution", "roll", "ballot", "ballot", "result", "result",
        ]  # fmt: skip
        assert sealed.record(conn, version1.ORIGIN, 3, "roll")["v"] == 1
        result = sealed.record(conn, version1.ORIGIN, 6, "result")
        assert result["v"] == 1 and "left_out" not in result
        (first, _) = queries.results(conn, hall.id)
        assert (first.votes_for, first.against, first.told) == (1, 1, None)
        assert queries.since_notice(conn, queries.meeting(conn, hall.id), hall.rt.clock()) is None


def test_a_gap_in_the_sequence_is_taken(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        first, later, old = (hall.ballot(conn, "1", "yes", sequence=n) for n in (1, 5, 3))
    cast(hall, first)
    cast(hall, later)
    with pytest.raises(e.ReplayedError, match="sequence 5 was already accepted"):
        cast(hall, old)


def test_a_ballot_of_version_2_is_refused(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        record = hall.ballot(conn, "1", "yes", v=2)
    with pytest.raises(e.WrongVersionError):
        cast(hall, record)


def test_a_stopped_key_does_not_vote_and_nothing_is_told_in_this_log(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        ballot = hall.ballot(conn, "1", "yes")
        before = logs.info(conn, version1.ORIGIN).next_index
    with hall.rt.db.write() as conn:
        (key,) = people.keys_of(conn, hall.world.members["1"])
        me = w.member_of(conn, hall.world, "1")
        persons.revoke_key(conn, me, key.id, "lost", now=hall.rt.clock())
    with pytest.raises(e.RevokedKeyError):
        cast(hall, ballot)
    with hall.rt.db.read() as conn:
        assert logs.info(conn, version1.ORIGIN).next_index == before


def test_opening_an_assisted_ballot_seals_nothing(hall: Hall) -> None:
    with hall.rt.db.write() as conn:
        before = logs.info(conn, version1.ORIGIN).next_index
        paper = service.open_assisted(
            conn, hall.world.actor(conn, "clerk"), hall.id, hall.world.members["6"], 1,
            now=hall.rt.clock(),
        )  # fmt: skip
        assert (paper.draft["v"], paper.draft["assisted"]) == (1, True)
        assert logs.info(conn, version1.ORIGIN).next_index == before


def test_a_ballot_that_breaks_the_rules_stops_the_close_and_is_named(hall: Hall) -> None:
    """Its result has no member in which a ballot could be left out."""
    with hall.rt.db.read() as conn:
        helped = hall.assisted(conn, "6", "no", "secretary", "president")
    cast(hall, helped)
    with hall.rt.db.write() as conn:
        keys = people.officer_keys(conn, "tvm-101", hall.rt.clock())
        persons.revoke_officer_key(
            conn, hall.world.actor(conn, "secretary"), keys[0].id, now=hall.rt.clock()
        )
    with pytest.raises(CountError, match="Entry 4 of"):
        close(hall)


def test_the_roll_is_drawn_again_without_a_sealed_register(rt: Runtime) -> None:
    hall = version1.opened(rt)
    with rt.db.write() as conn:
        opens = hall.meeting(conn).opens
        drawn = service.draw_roll(
            conn, hall.world.actor(conn, "secretary"), hall.id, now=opens - DAY
        )
    assert drawn.version == 1 and drawn.roll_from_opening is None
