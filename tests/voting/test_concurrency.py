"""Ballots at the same moment: one order for all, nothing lost, nothing past the close."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from tests.voting.scenario import DAY, VotingScenario, opened
from trust.formats.canon import Json
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from voting import queries as voting
from voting import service as voting_service
from voting.pure import errors as e


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    return opened(rt, members=12, with_key=12)


def cast(scenario: VotingScenario, record: dict[str, Json]) -> str:
    try:
        with scenario.rt.db.write() as conn:
            voting_service.cast(conn, scenario.id, record, now=scenario.rt.clock())
    except e.BallotError as fault:
        return fault.code
    return "sealed"


def test_one_voters_ballots_sent_at_once_are_accepted_one_after_the_other(
    scenario: VotingScenario,
) -> None:
    with scenario.rt.db.read() as conn:
        records = [scenario.ballot(conn, "1", "yes", sequence=n) for n in range(12, 0, -1)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda record: cast(scenario, record), records))
    refused = {e.ReplayedError.default_code, e.SequenceGapError.default_code}
    assert "sealed" in outcomes and set(outcomes) <= {"sealed"} | refused
    with scenario.rt.db.read() as conn:
        stored = voting.ballots_of(conn, scenario.id, scenario.number(conn, "1"))
    assert [ballot.sequence for ballot in stored] == list(range(1, len(stored) + 1))
    assert len(stored) == outcomes.count("sealed")


def test_one_ballot_sent_many_times_at_once_is_sealed_once(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        record = scenario.ballot(conn, "1", "yes")
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda _: cast(scenario, record), range(12)))
    assert outcomes == ["sealed"] * 12
    with scenario.rt.db.read() as conn:
        assert len(voting.ballots(conn, scenario.id)) == 1


def test_a_ballot_that_waits_for_the_stop_of_its_key_is_refused(scenario: VotingScenario) -> None:
    """Whoever stops a key holds the meeting's log, not its row: the ballot is read meanwhile."""
    rt, setting = scenario.rt, scenario.people_setting
    with rt.db.write() as conn:
        record = scenario.ballot(conn, "1", "yes")
        key = people.keys_of(conn, setting.members["1"])[0].id
        people_service.revoke_key(conn, setting.actor(conn, "clerk"), key, "lost", now=rt.clock())
    with ThreadPoolExecutor(1) as pool:
        with rt.db.write() as conn:
            second = setting.actor(conn, "president")
            people_service.revoke_key(conn, second, key, "lost", now=rt.clock())
            outcome = pool.submit(cast, scenario, record)
            assert not wait([outcome], 0.5).done, "it was not held up"
        assert outcome.result(30) == e.RevokedKeyError.default_code


def test_everybody_at_once_leaves_a_log_without_holes(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        records = [scenario.ballot(conn, str(n), "yes", r) for n in range(1, 13) for r in (1, 2)]
        origin = scenario.meeting(conn).origin
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(lambda record: cast(scenario, record), records)) == {"sealed"}
    with scenario.rt.db.write() as conn:
        size = log_queries.info(conn, origin).next_index
        assert [ballot.index for ballot in voting.ballots(conn, scenario.id)] == list(
            range(size - 24, size)
        )
        results = voting_service.close_meeting(
            conn,
            scenario.people_setting.actor(conn, "secretary"),
            scenario.id,
            now=scenario.rt.clock() + DAY,
        )
    assert [(r.votes_for, r.accepted, r.present) for r in results] == [(12, 12, 12)] * 2
