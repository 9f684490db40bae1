"""Group commit: ballots that come together keep their own outcomes; receipts stay receipts."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, event, select, update

from tests.voting.scenario import DAY, VotingScenario, opened
from trust.formats import b64
from trust.formats.canon import Json
from trust.formats.errors import FormatError
from trust.log import lineage
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import GivenUpError
from trust.log.model import NewEntry, Sequenced
from trust.log.runtime import Runtime
from trust.log.service import Turn
from trust.people.tables import member_key
from voting import casting
from voting import queries as voting
from voting import tables as t
from voting.ballots import Asked, cast_all
from voting.casting import Caster
from voting.errors import NoSuchMeetingError
from voting.pure import errors as e

SOCIETY = "tvm-101"


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    return opened(rt, members=12, with_key=12)


@pytest.fixture
def caster(rt: Runtime) -> Iterator[Caster]:
    made = Caster(rt)
    yield made
    made.close()


def test_each_ballot_of_a_batch_has_its_own_outcome(
    scenario: VotingScenario, caster: Caster
) -> None:
    with scenario.rt.db.read() as conn:
        good = [scenario.ballot(conn, str(n), "yes") for n in range(1, 13)]
        origin = scenario.meeting(conn).origin
    forged = {**good[3], "choice": "no"}
    shapeless: object = {"kind": "ballot"}
    sent: list[object] = [*good[:6], forged, shapeless, good[0], *good[6:]]
    with scenario.rt.db.write():  # nothing can be sealed yet, so that all of them come together
        futures = [caster.cast(scenario.id, ballot, SOCIETY) for ballot in sent]
    sealed = []
    for ballot, future in zip(sent, futures, strict=True):
        if ballot is forged:
            assert isinstance(future.exception(30), e.BadSignatureError)
        elif ballot is shapeless:
            assert isinstance(future.exception(30), e.BallotShapeError)
        else:
            entry, head = future.result(30)
            assert head is not None and head.covered and head.size > entry.index
            sealed.append((entry.index, entry.repeated))
    assert sealed.count((sealed[0][0], True)) == 1, "the same bytes again: the stored entry"
    with scenario.rt.db.read() as conn:
        stored = voting.ballots(conn, scenario.id)
        assert [ballot.index for ballot in stored] == sorted({index for index, _ in sealed})
        assert log_queries.count_kind(conn, origin, "ballot") == len(stored) == 12


def test_a_meeting_of_another_society_is_as_if_it_were_not_there(
    scenario: VotingScenario, caster: Caster
) -> None:
    with scenario.rt.db.read() as conn:
        ballot = scenario.ballot(conn, "1", "yes")
    for record in (ballot, {"kind": "ballot"}):
        assert isinstance(
            caster.cast(scenario.id, record, "tsr-7").exception(30), NoSuchMeetingError
        )
    with scenario.rt.db.read() as conn:
        assert voting.ballots(conn, scenario.id) == []


def test_ballots_for_several_meetings_share_a_transaction(
    scenario: VotingScenario, caster: Caster
) -> None:
    with scenario.rt.db.read() as conn:
        ballot = scenario.ballot(conn, "1", "yes")
    with scenario.rt.db.write():
        futures = [caster.cast(meeting, ballot) for meeting in ("zzz", scenario.id, "aaa")]
    assert isinstance(futures[0].exception(30), NoSuchMeetingError)
    assert isinstance(futures[2].exception(30), NoSuchMeetingError)
    entry, head = futures[1].result(30)
    assert head is not None and head.size > entry.index


def test_without_a_head_in_time_it_is_pending_and_stays_sealed(
    scenario: VotingScenario, caster: Caster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scenario.rt.db.read() as conn:
        ballot = scenario.ballot(conn, "1", "yes")
    monkeypatch.setattr(scenario.rt.publisher, "wait", lambda *_: None)
    entry, head = caster.cast(scenario.id, ballot).result(30)
    assert head is None
    monkeypatch.undo()
    again, covered = caster.cast(scenario.id, ballot).result(30)
    assert (again.index, again.repeated) == (entry.index, True)
    assert covered is not None and covered.size > entry.index


def test_a_failing_database_fails_the_ballots_and_not_the_caster(
    scenario: VotingScenario, caster: Caster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scenario.rt.db.read() as conn:
        ballot = scenario.ballot(conn, "1", "yes")

    def broken() -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(scenario.rt.db, "write", broken)
    with pytest.raises(OSError, match="disk is full"):
        caster.cast(scenario.id, ballot).result(30)
    monkeypatch.undo()
    assert caster.cast(scenario.id, ballot).result(30)[1] is not None


def test_what_was_handed_in_is_cast_though_nobody_waits(
    scenario: VotingScenario, rt: Runtime
) -> None:
    caster = Caster(rt)
    with scenario.rt.db.read() as conn:
        ballot = scenario.ballot(conn, "1", "yes")
    future = caster.cast(scenario.id, ballot)
    assert not future.cancel()
    caster.close()
    assert future.done()
    with pytest.raises(RuntimeError):
        caster.cast(scenario.id, ballot)
    with scenario.rt.db.read() as conn:
        assert len(voting.ballots(conn, scenario.id)) == 1


def test_after_the_close_a_batch_is_refused(scenario: VotingScenario, caster: Caster) -> None:
    with scenario.rt.db.read() as conn:
        ballots = [scenario.ballot(conn, str(n), "yes") for n in (1, 2)]
    scenario.rt.clock.advance(DAY)  # type: ignore[attr-defined]
    for future in [caster.cast(scenario.id, ballot) for ballot in ballots]:
        assert isinstance(future.exception(30), e.ClosedError)


def test_two_ballots_of_one_voter_that_come_together_follow_each_other(
    scenario: VotingScenario,
) -> None:
    with scenario.rt.db.write() as conn:
        first = scenario.ballot(conn, "1", "yes", sequence=1)
        second = scenario.ballot(conn, "1", "no", sequence=2)
        asked: list[Asked] = [(ballot, SOCIETY) for ballot in (first, second, first, second)]
        outcomes = cast_all(conn, scenario.id, asked, now=scenario.rt.clock())
    sealed = [one for one in outcomes if isinstance(one, Sequenced)]
    assert [one.repeated for one in sealed] == [False, False, True, True]
    assert [one.index for one in sealed[2:]] == [one.index for one in sealed[:2]]
    with scenario.rt.db.read() as conn:
        assert [one.sequence for one in voting.ballots(conn, scenario.id)] == [1, 2]


def test_a_key_stopped_while_the_log_is_waited_for_does_not_vote(
    scenario: VotingScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops a key tells the meeting's log without taking the meeting's row, so on
    PostgreSQL that can end after the ballots were read and before they get the log."""
    hold, roll = logs.hold, t.meeting_roll.c

    def held(conn: Connection, origin: str, *, now: int) -> Turn:
        mine = select(roll.key_id).where(roll.roll_number == first["roll_number"])
        stop = update(member_key).where(member_key.c.id == mine.scalar_subquery())
        assert conn.execute(stop.values(revoked_at=now)).rowcount == 1
        return hold(conn, origin, now=now)

    with scenario.rt.db.write() as conn:
        first, second = (scenario.ballot(conn, number, "yes") for number in ("1", "2"))
        asked: list[Asked] = [(first, None), (second, None)]
        monkeypatch.setattr(logs, "hold", held)
        refused, sealed = cast_all(conn, scenario.id, asked, now=scenario.rt.clock())
    assert isinstance(refused, e.RevokedKeyError) and isinstance(sealed, Sequenced)


def test_a_line_written_over_refuses_its_own_ballot_alone(scenario: VotingScenario) -> None:
    with scenario.rt.db.write() as conn:
        good, bad = (scenario.ballot(conn, number, "yes") for number in ("1", "2"))
        mine = t.meeting_roll.c.roll_number == bad["roll_number"]
        conn.execute(update(t.meeting_roll).where(mine).values(line=b"{}"))
        asked: list[Asked] = [(bad, None), (good, None)]
        refused, sealed = cast_all(conn, scenario.id, asked, now=scenario.rt.clock())
    assert isinstance(refused, FormatError) and isinstance(sealed, Sequenced)


def test_of_a_meeting_given_up_what_was_sealed_comes_back_and_nothing_is_added(
    scenario: VotingScenario,
) -> None:
    rt, now = scenario.rt, scenario.rt.clock()
    with rt.db.write() as conn:
        old, new = (scenario.ballot(conn, number, "yes") for number in ("1", "2"))
        cast_all(conn, scenario.id, [(old, None)], now=now)
        origin = scenario.meeting(conn).origin
        record: dict[str, Json] = {
            "kind": "abandonment",
            "v": 1,
            "origin": origin,
            "size": 9,
            "root": b64.encode(b"\1" * 32),
            "kept": 6,
            "successor": f"{origin}-r2",
            "reason": "the disk burnt",
        }
        state = lineage.current_state(conn, rt.host, now)
        logs.append(conn, state, [NewEntry("abandonment", record, f"abandon {origin}")], now=now)
    with rt.db.write() as conn:
        again, refused = cast_all(conn, scenario.id, [(old, None), (new, None)], now=now)
    assert isinstance(again, Sequenced) and again.repeated
    assert isinstance(refused, GivenUpError)


def test_ballots_that_come_together_cost_no_statement_each(scenario: VotingScenario) -> None:
    seen: list[str] = []
    with scenario.rt.db.write() as conn:
        asked: list[Asked] = [(scenario.ballot(conn, str(n), "yes"), None) for n in range(1, 13)]
        event.listen(conn, "before_cursor_execute", lambda *args: seen.append(args[2]))
        outcomes = cast_all(conn, scenario.id, asked, now=scenario.rt.clock())
    assert all(isinstance(one, Sequenced) for one in outcomes)
    assert len(seen) <= 14, seen


def test_more_than_one_transaction_takes_are_all_cast(
    scenario: VotingScenario, caster: Caster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(casting, "MOST", 5)
    with scenario.rt.db.read() as conn:
        sent = [scenario.ballot(conn, str(n), "yes") for n in range(1, 13)]
    with scenario.rt.db.write():
        futures = [caster.cast(scenario.id, ballot, SOCIETY) for ballot in sent]
    assert len({future.result(30)[0].index for future in futures}) == 12
