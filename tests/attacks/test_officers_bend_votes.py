"""What officers did to votes before version 2, told as it was done.

Each ends with a count, and with a stranger who finds the same from the two packages.
"""

import pytest
from sqlalchemy import Connection, delete

from tests.trust.people import scenario as w
from tests.voting.outside import said, verified
from tests.voting.scenario import DAY, VotingScenario, call, opened
from trust.formats import canon
from trust.formats.canon import Json
from trust.formats.commitments import commit_public
from trust.log import queries as log_queries
from trust.log import sealed, tables
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from voting import queries as voting
from voting import service as voting_service
from voting.errors import RegisterNotSealedError
from voting.model import Result
from voting.pure import errors as e


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    return opened(rt)


def cast(scenario: VotingScenario, record: dict[str, Json]) -> int:
    with scenario.rt.db.write() as conn:
        return voting_service.cast(conn, scenario.id, record, now=scenario.rt.clock()).index


def close(scenario: VotingScenario) -> list[Result]:
    with scenario.rt.db.read() as conn:
        closes = scenario.meeting(conn).closes
    scenario.rt.clock.advance(closes - scenario.rt.clock())  # type: ignore[attr-defined]
    with scenario.rt.db.write() as conn:
        secretary = scenario.people_setting.actor(conn, "secretary")
        return voting_service.close_meeting(conn, secretary, scenario.id, now=closes)


def stop_president(conn: Connection, scenario: VotingScenario) -> None:
    (key,) = people.officer_keys_of(conn, scenario.people_setting.accounts["president"])
    registrar = scenario.people_setting.actor(conn, "registrar")
    people_service.revoke_officer_key(conn, registrar, key.id, now=scenario.rt.clock())


def smuggle(scenario: VotingScenario, record: dict[str, Json], key: str = "") -> int:
    """Somebody who can write to the log appends a ballot that casting would refuse."""
    with scenario.rt.db.write() as conn:
        key = key or f"smuggled {commit_public(canon.canonical(record)).hex()}"
        entry, origin = NewEntry("ballot", record, key), str(record["meeting"])
        return logs.append(conn, origin, [entry], now=scenario.rt.clock())[0].index


def test_an_assisted_ballot_and_the_stop_of_that_officers_key_in_one_second(
    scenario: VotingScenario,
) -> None:
    """Both happened, in this order, and the clock did not move. The log's index tells the order;
    by seconds the ballot was no ballot, and the meeting could not be counted for ever."""
    with scenario.rt.db.read() as conn:
        helped = scenario.assisted(conn, "6", "yes", "secretary", "president")
    cast(scenario, helped)
    with scenario.rt.db.write() as conn:
        stop_president(conn, scenario)
    with scenario.rt.db.read() as conn:
        late = scenario.assisted(conn, "5", "yes", "secretary", "president")
    with pytest.raises(e.NotAnOfficerError):
        cast(scenario, late)
    first, _ = close(scenario)
    assert (first.votes_for, first.accepted) == (1, 1)
    assert first.told is not None and (first.told.assisted, first.told.left_out) == (1, ())
    report = verified(scenario)
    assert said(report) == [] and report.exit_code == 0


@pytest.mark.parametrize("own_key", [False, True])
def test_the_greatest_number_shuts_nobody_out(scenario: VotingScenario, own_key: bool) -> None:
    """Two officers entered a ballot with sequence 2147483647, and no ballot of the member's own
    could follow; nor may one that was smuggled in, under whatever key."""
    with scenario.rt.db.read() as conn:
        record = scenario.unsigned(conn, "1", "no", assisted=True, sequence=2**31 - 1)
        roles = ("secretary", "president")
        last = scenario.signed(conn, record, *roles, roles=roles)
        own = scenario.ballot(conn, "1", "yes")
    with pytest.raises(e.SequenceGapError):
        cast(scenario, last)
    key = f"ballot 1 {last['roll_number']} {last['sequence']}" if own_key else ""
    index = smuggle(scenario, last, key)
    cast(scenario, own)
    first, second = close(scenario)
    assert (first.votes_for, first.against) == (1, 0)
    for result in (first, second):
        assert result.told is not None
        assert result.told.left_out == ((index, "ballot-sequence-gap"),)
    report = verified(scenario)
    assert said(report) == [] and report.exit_code == 0


def test_a_forged_ballot_with_the_next_number_shuts_nobody_out(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        own = scenario.ballot(conn, "1", "yes")
        forged = {**scenario.ballot(conn, "1", "no"), "choice": "abstain"}
    index = smuggle(scenario, forged)
    cast(scenario, own)
    first, _ = close(scenario)
    assert (first.votes_for, first.accepted) == (1, 1)
    assert first.told is not None and first.told.left_out == ((index, "ballot-signature"),)


def test_one_bad_entry_never_blocks_a_close(scenario: VotingScenario) -> None:
    """A forged ballot, one whose payload was deleted, one after its key was stopped: each is left
    out with its reason, and the others count."""
    with scenario.rt.db.read() as conn:
        good, erased, stopped = (scenario.ballot(conn, n, "yes") for n in ("1", "2", "3"))
        forged = {**scenario.ballot(conn, "4", "no"), "choice": "yes"}
    cast(scenario, good)
    gone = cast(scenario, erased)
    with scenario.rt.db.write() as conn:
        (key,) = people.keys_of(conn, scenario.people_setting.members["3"])
        me = w.member_of(conn, scenario.people_setting, "3")
        people_service.revoke_key(conn, me, key.id, "lost", now=scenario.rt.clock())
    late = smuggle(scenario, stopped)
    false = smuggle(scenario, forged)
    with scenario.rt.db.write() as conn:
        log_id = log_queries.info(conn, str(good["meeting"])).id
        payload = tables.log_payload
        conn.execute(delete(payload).where(payload.c.log_id == log_id, payload.c.idx == gone))
    first, _ = close(scenario)
    assert (first.votes_for, first.accepted) == (1, 1)
    assert first.told is not None and first.told.left_out == (
        (gone, "not-open"),
        (late, "ballot-revoked-key"),
        (false, "ballot-signature"),
    )
    report = verified(scenario)
    assert report.exit_code == 2, "a ballot whose content nobody can tell was not counted"
    assert all("not-checked" in line for line in said(report)), said(report)


def test_forty_members_of_1990_admitted_ten_minutes_before(rt: Runtime) -> None:
    """Two officers admitted forty "joined 1990" before the opening and carried a motion 40:8. Of a
    member admitted after the register was sealed the day of the sealing counts; and everybody sees
    how many were admitted since the notice."""
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=8, with_key=8)
        meeting_id = call(conn, rt, people_setting)
        with pytest.raises(RegisterNotSealedError, match="Two officers seal it"):
            voting_service.draw_roll(
                conn, people_setting.actor(conn, "secretary"), meeting_id, now=rt.clock()
            )
        w.seal_register(conn, people_setting, rt.clock())
        for number in range(100, 140):
            people_setting.members[str(number)] = w.admit(
                conn, people_setting, str(number), rt.clock()
            )
        drawn = voting_service.draw_roll(
            conn, people_setting.actor(conn, "secretary"), meeting_id, now=rt.clock() + DAY
        )
        assert (drawn.roll_count, drawn.roll_from_opening) == (8, 8)
        since = voting.since_notice(conn, voting.meeting(conn, meeting_id), rt.clock())
        assert since is not None and since.admissions == 40
    scenario = VotingScenario(rt, people_setting, meeting_id)
    rt.clock.advance(20 * DAY)  # type: ignore[attr-defined]
    first, _ = close(scenario)
    assert first.told is not None
    assert (first.told.since.admissions, first.told.from_opening) == (40, 8)
    report = verified(scenario)
    assert said(report) == [] and report.exit_code == 0


def test_thirty_cards_stopped_in_a_second_are_told(rt: Runtime) -> None:
    """One officer stopped thirty cards, and nobody was told. While the roll is drawn it takes two,
    and the meeting's log, page and certificate say how many."""
    scenario = opened(rt, members=32, with_key=31)
    with rt.db.write() as conn:
        for number in range(1, 31):
            (key,) = people.keys_of(conn, scenario.people_setting.members[str(number)])
            for who in ("clerk", "president") if number > 20 else ("clerk",):
                actor = scenario.people_setting.actor(conn, who)
                people_service.revoke_key(conn, actor, key.id, "lost", now=rt.clock())
    with rt.db.read() as conn:
        ballots = [scenario.ballot(conn, str(number), "yes") for number in (1, 20, 21, 30)]
    for record in ballots[:2]:
        cast(scenario, record)
    for record in ballots[2:]:
        with pytest.raises(e.RevokedKeyError):
            cast(scenario, record)
    first, _ = close(scenario)
    assert first.votes_for == 2
    assert first.told is not None and first.told.since.stops == 10
    report = verified(scenario)
    assert said(report) == [] and report.exit_code == 0


def test_opening_an_assisted_ballot_leaves_a_trace(scenario: VotingScenario) -> None:
    """Officers opened papers to learn roll numbers, and who had voted. Each time is sealed, told to
    the member, and stands in the result, also where the member has voted herself."""
    with scenario.rt.db.read() as conn:
        own = scenario.ballot(conn, "1", "yes")
    cast(scenario, own)
    with scenario.rt.db.write() as conn:
        clerk = scenario.people_setting.actor(conn, "clerk")
        papers = [
            voting_service.open_assisted(
                conn,
                clerk,
                scenario.id,
                scenario.people_setting.members[member],
                number,
                now=scenario.rt.clock(),
            )
            for member, number in (("6", 2), ("6", 2), ("1", 1))
        ]
        assert [paper.fault is None for paper in papers] == [True, True, False]
        mine, hers = scenario.number(conn, "6"), scenario.number(conn, "1")
        assert [paper.draft["roll_number"] for paper in papers] == [mine, mine, hers]
        told = voting.openings(conn, scenario.id, mine)
        assert [(one.number, one.roll_number) for one in told] == [(2, mine)] * 2
        told += voting.openings(conn, scenario.id, hers)
        entries = list(sealed.events(conn, scenario.meeting(conn).origin, ("assistance",)))
        assert [one.index for one in entries] == [one.index for one in told]
    first, _ = close(scenario)
    assert first.told is not None and first.told.opened == 3
    report = verified(scenario)
    assert said(report) == [] and report.exit_code == 0


def test_a_row_that_says_a_stopped_card_is_in_force_changes_no_count(
    scenario: VotingScenario,
) -> None:
    """Somebody with the database makes a stopped card valid again: casting is deceived, the count
    is not."""
    with scenario.rt.db.write() as conn:
        (key,) = people.keys_of(conn, scenario.people_setting.members["1"])
        me = w.member_of(conn, scenario.people_setting, "1")
        people_service.revoke_key(conn, me, key.id, "lost", now=scenario.rt.clock())
        conn.exec_driver_sql(f"UPDATE member_key SET revoked_at = NULL WHERE id = {key.id}")
    with scenario.rt.db.read() as conn:
        record = scenario.ballot(conn, "1", "yes")
    index = cast(scenario, record)
    first, _ = close(scenario)
    assert first.accepted == 0
    assert first.told is not None and first.told.left_out == ((index, "ballot-revoked-key"),)
    report = verified(scenario)
    assert said(report) == [] and report.exit_code == 0
