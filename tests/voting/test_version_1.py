"""A meeting called before version 2 ends under the rules of its notice."""

import pytest

from tests.trust.people import scenario as w
from tests.voting import version1
from tests.voting.scenario import DAY, VotingScenario
from trust.formats.canon import Json
from trust.log import queries as log_queries
from trust.log import sealed
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from voting import queries as voting
from voting import service as voting_service
from voting.errors import CountError
from voting.pure import errors as e


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    return version1.opened(rt)


def cast(scenario: VotingScenario, record: dict[str, Json]) -> None:
    with scenario.rt.db.write() as conn:
        voting_service.cast(conn, scenario.id, record, now=scenario.rt.clock())


def close(scenario: VotingScenario) -> None:
    with scenario.rt.db.write() as conn:
        closes = scenario.meeting(conn).closes
        voting_service.close_meeting(
            conn, scenario.people_setting.actor(conn, "secretary"), scenario.id, now=closes
        )


def test_roll_ballot_and_result_are_of_version_1(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        ballot = scenario.ballot(conn, "1", "yes")
        helped = scenario.assisted(conn, "6", "no", "secretary", "president")
    assert (ballot["v"], helped["v"]) == (1, 1)
    for record in (ballot, helped):
        cast(scenario, record)
    close(scenario)
    with scenario.rt.db.read() as conn:
        size = log_queries.info(conn, version1.ORIGIN).next_index
        kinds = [entry.kind for entry in log_queries.entries(conn, version1.ORIGIN, 0, size)]
        assert kinds == [
            "meeting",
            "resolution",
            "resolution",
            "roll",
            "ballot",
            "ballot",
            "result",
            "result",
        ]
        assert sealed.record(conn, version1.ORIGIN, 3, "roll")["v"] == 1
        result = sealed.record(conn, version1.ORIGIN, 6, "result")
        assert result["v"] == 1 and "left_out" not in result
        (first, _) = voting.results(conn, scenario.id)
        assert (first.votes_for, first.against, first.told) == (1, 1, None)
        assert (
            voting.since_notice(conn, voting.meeting(conn, scenario.id), scenario.rt.clock())
            is None
        )


def test_a_gap_in_the_sequence_is_taken(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        first, later, old = (scenario.ballot(conn, "1", "yes", sequence=n) for n in (1, 5, 3))
    cast(scenario, first)
    cast(scenario, later)
    with pytest.raises(e.ReplayedError, match="sequence 5 was already accepted"):
        cast(scenario, old)


def test_a_ballot_of_version_2_is_refused(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        record = scenario.ballot(conn, "1", "yes", v=2)
    with pytest.raises(e.WrongVersionError):
        cast(scenario, record)


def test_a_stopped_key_does_not_vote_and_nothing_is_told_in_this_log(
    scenario: VotingScenario,
) -> None:
    with scenario.rt.db.read() as conn:
        ballot = scenario.ballot(conn, "1", "yes")
        before = log_queries.info(conn, version1.ORIGIN).next_index
    with scenario.rt.db.write() as conn:
        (key,) = people.keys_of(conn, scenario.people_setting.members["1"])
        me = w.member_of(conn, scenario.people_setting, "1")
        people_service.revoke_key(conn, me, key.id, "lost", now=scenario.rt.clock())
    with pytest.raises(e.RevokedKeyError):
        cast(scenario, ballot)
    with scenario.rt.db.read() as conn:
        assert log_queries.info(conn, version1.ORIGIN).next_index == before


def test_opening_an_assisted_ballot_seals_nothing(scenario: VotingScenario) -> None:
    with scenario.rt.db.write() as conn:
        before = log_queries.info(conn, version1.ORIGIN).next_index
        paper = voting_service.open_assisted(
            conn,
            scenario.people_setting.actor(conn, "clerk"),
            scenario.id,
            scenario.people_setting.members["6"],
            1,
            now=scenario.rt.clock(),
        )
        assert (paper.draft["v"], paper.draft["assisted"]) == (1, True)
        assert log_queries.info(conn, version1.ORIGIN).next_index == before


def test_a_ballot_that_breaks_the_rules_stops_the_close_and_is_named(
    scenario: VotingScenario,
) -> None:
    """Its result has no member in which a ballot could be left out."""
    with scenario.rt.db.read() as conn:
        helped = scenario.assisted(conn, "6", "no", "secretary", "president")
    cast(scenario, helped)
    with scenario.rt.db.write() as conn:
        keys = people.officer_keys(conn, "tvm-101", scenario.rt.clock())
        people_service.revoke_officer_key(
            conn,
            scenario.people_setting.actor(conn, "secretary"),
            keys[0].id,
            now=scenario.rt.clock(),
        )
    with pytest.raises(CountError, match="Entry 4 of"):
        close(scenario)


def test_the_roll_is_drawn_again_without_a_sealed_register(rt: Runtime) -> None:
    scenario = version1.opened(rt)
    with rt.db.write() as conn:
        opens = scenario.meeting(conn).opens
        drawn = voting_service.draw_roll(
            conn, scenario.people_setting.actor(conn, "secretary"), scenario.id, now=opens - DAY
        )
    assert drawn.version == 1 and drawn.roll_from_opening is None
