"""Casting: a right ballot is sealed, and every wrong one is refused by its own error and leaves
nothing behind."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, update

from tests.trust.people import scenario as w
from tests.voting.scenario import DAY, VotingScenario, call
from trust.formats import b64, canon, commitments, signing
from trust.formats.canon import Json
from trust.formats.entries import Entry, parse_entry
from trust.log import queries as log_queries
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.tables import officer_key
from voting import queries as voting
from voting import service as voting_service
from voting.errors import NoRollError, NoSuchMeetingError
from voting.pure import errors as e


def cast(scenario: VotingScenario, record: object, at: int | None = None) -> int:
    with scenario.rt.db.write() as conn:
        return voting_service.cast(conn, scenario.id, record, now=at or scenario.rt.clock()).index


def size(scenario: VotingScenario) -> tuple[int, int]:
    with scenario.rt.db.read() as conn:
        origin = scenario.meeting(conn).origin
        return log_queries.info(conn, origin).next_index, len(voting.ballots(conn, scenario.id))


def refuse(
    scenario: VotingScenario, record: object, fault: type[e.BallotError], at: int | None = None
) -> e.BallotError:
    """Cast, expect exactly this fault, and that nothing was written."""
    before = size(scenario)
    with pytest.raises(fault) as caught:
        cast(scenario, record, at)
    assert type(caught.value) is fault
    assert caught.value.code == fault.default_code
    assert size(scenario) == before
    return caught.value


def read(
    scenario: VotingScenario, what: Callable[[Connection], dict[str, Json]]
) -> dict[str, Json]:
    with scenario.rt.db.read() as conn:
        return what(conn)


def test_a_ballot_is_sealed_as_a_private_entry_that_opens(scenario: VotingScenario) -> None:
    record = read(scenario, lambda c: scenario.ballot(c, "1", "yes"))
    index = cast(scenario, record)
    with scenario.rt.db.read() as conn:
        origin = scenario.meeting(conn).origin
        entry = log_queries.entry(conn, origin, index)
        stored = log_queries.opening(conn, origin, index)
        parsed = parse_entry(entry.entry)
        assert stored is not None and stored.record is not None and isinstance(parsed, Entry)
        opened = commitments.open_commitment(
            "ballot", parsed.commitment, commitments.Opening(stored.record, stored.salt)
        )
        assert opened == record
        assert stored.record == canon.canonical(record)
        (mine,) = voting.ballots_of(conn, scenario.id, scenario.number(conn, "1"))
        assert (mine.choice, mine.sequence, mine.index) == ("yes", 1, index)
        assert b"yes" not in entry.entry


def test_the_very_same_bytes_again_get_the_stored_entry_even_after_the_close(
    scenario: VotingScenario,
) -> None:
    record = read(scenario, lambda c: scenario.ballot(c, "1", "yes"))
    with scenario.rt.db.write() as conn:
        first = voting_service.cast(conn, scenario.id, record, now=scenario.rt.clock())
    later = read(scenario, lambda c: scenario.ballot(c, "1", "no"))
    cast(scenario, later)
    after = size(scenario)
    for at in (scenario.rt.clock(), scenario.rt.clock() + 90 * DAY):
        with scenario.rt.db.write() as conn:
            again = voting_service.cast(conn, scenario.id, record, now=at)
        assert again.repeated and not first.repeated
        assert (again.index, again.entry, again.leaf) == (first.index, first.entry, first.leaf)
    assert size(scenario) == after


def test_a_later_ballot_replaces_and_an_old_one_cannot_come_back(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        number = scenario.number(conn, "1")
        first, other, second, third = (
            scenario.ballot(conn, "1", choice, sequence=sequence)
            for choice, sequence in (("yes", 1), ("no", 1), ("no", 2), ("abstain", 3))
        )
    for record in (first, second, third):
        cast(scenario, record)
    refused = refuse(scenario, other, e.ReplayedError)
    assert "sequence 3 was already accepted" in str(refused)
    with scenario.rt.db.read() as conn:
        same_sequence = scenario.ballot(conn, "1", "yes", sequence=3)
        assert voting.next_sequence(conn, scenario.id, 1, number) == 4
        assert voting.next_sequence(conn, scenario.id, 2, number) == 1
    refuse(scenario, same_sequence, e.ReplayedError)


@pytest.mark.parametrize("sequence", [2, 7, 2**31 - 1])
def test_only_the_next_sequence_is_taken(scenario: VotingScenario, sequence: int) -> None:
    record = read(scenario, lambda c: scenario.ballot(c, "1", "yes", sequence=sequence))
    assert "has sequence 1" in str(refuse(scenario, record, e.SequenceGapError))


def test_sequences_are_counted_for_each_voter_and_resolution(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        records = [
            scenario.ballot(conn, member, "yes", resolution)
            for member in ("1", "2")
            for resolution in (1, 2)
        ]
    assert len({cast(scenario, record) for record in records}) == 4


def test_before_the_opening_and_from_the_closing_second_on_nothing_is_taken(
    scenario: VotingScenario,
) -> None:
    record = read(scenario, lambda c: scenario.ballot(c, "1", "yes"))
    opens = scenario.rt.clock()
    refused = refuse(scenario, record, e.NotOpenYetError, opens - 1)
    assert "Voting opens at 21 Jun 2026, 13:30 IST" in str(refused)
    refuse(scenario, record, e.ClosedError, opens + DAY)
    cast(scenario, record, opens + DAY - 1)


def test_a_number_that_is_not_on_the_roll_is_refused(scenario: VotingScenario) -> None:
    record = read(scenario, lambda c: scenario.ballot(c, "1", "yes", roll_number=7))
    refuse(scenario, record, e.NotOnRollError)


def test_another_members_number_cannot_be_used(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        mine = scenario.unsigned(conn, "1", "yes", roll_number=scenario.number(conn, "2"))
        record = scenario.signed(conn, mine, "member 1")
    refuse(scenario, record, e.WrongKeyError)


def test_a_member_signs_as_member_and_in_no_other_role(scenario: VotingScenario) -> None:
    record = read(
        scenario,
        lambda c: scenario.signed(
            c, scenario.unsigned(c, "1", "yes"), "member 1", roles=("secretary",)
        ),
    )
    refuse(scenario, record, e.WrongKeyError)


def test_a_ballot_changed_after_signing_is_refused(scenario: VotingScenario) -> None:
    record = read(scenario, lambda c: scenario.ballot(c, "1", "yes"))
    for change in ({"choice": "no"}, {"sequence": 2}):
        refuse(scenario, {**record, **change}, e.BadSignatureError)


def test_a_signature_of_another_ballot_is_refused(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        yes, no = (scenario.ballot(conn, "1", choice) for choice in ("yes", "no"))
    refuse(scenario, {**yes, "signatures": no["signatures"]}, e.BadSignatureError)


@pytest.mark.parametrize("kind", ["login", "statement", "enrolment", "form"])
def test_a_signature_of_one_kind_is_no_signature_of_a_ballot(
    scenario: VotingScenario, kind: str
) -> None:
    record = read(
        scenario,
        lambda c: scenario.signed(c, scenario.unsigned(c, "1", "yes"), "member 1", kind=kind),
    )
    refuse(scenario, record, e.BadSignatureError)


def test_a_signature_for_another_log_is_refused(scenario: VotingScenario) -> None:
    record = read(
        scenario,
        lambda c: scenario.signed(
            c, scenario.unsigned(c, "1", "yes"), "member 1", origin=scenario.meeting(c).origin + "0"
        ),
    )
    refuse(scenario, record, e.BadSignatureError)


def test_a_ballot_of_another_meeting_is_refused(scenario: VotingScenario) -> None:
    record = read(
        scenario, lambda c: scenario.ballot(c, "1", "yes", meeting=scenario.meeting(c).origin + "0")
    )
    refuse(scenario, record, e.WrongMeetingError)


def test_an_unknown_resolution_and_a_stale_roll_are_refused(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        unknown = scenario.ballot(conn, "1", "yes", resolution=1, roll_number=1)
        unknown = {**unknown, "resolution": "0" * 64}
        stale = scenario.ballot(conn, "1", "yes", roll_root=b64.encode(bytes(32)))
    refuse(scenario, unknown, e.UnknownResolutionError)
    refuse(scenario, stale, e.WrongRollError)


def test_a_number_without_a_key_votes_only_with_two_officers(scenario: VotingScenario) -> None:
    own = read(scenario, lambda c: scenario.ballot(c, "6", "yes"))
    assert "Two officers" in str(refuse(scenario, own, e.NoKeyError))
    record = read(scenario, lambda c: scenario.assisted(c, "6", "yes", "secretary", "president"))
    cast(scenario, record)
    with scenario.rt.db.read() as conn:
        (stored,) = voting.ballots(conn, scenario.id)
        assert stored.assisted
        assert voting.turnout(conn, scenario.id).assisted == 1


def test_officers_never_replace_a_ballot_the_member_cast(scenario: VotingScenario) -> None:
    helped = read(scenario, lambda c: scenario.assisted(c, "1", "no", "secretary", "president"))
    cast(scenario, helped)
    cast(scenario, read(scenario, lambda c: scenario.ballot(c, "1", "yes")))
    overruling = read(scenario, lambda c: scenario.assisted(c, "1", "no", "secretary", "president"))
    refuse(scenario, overruling, e.OwnBallotStandsError)
    cast(scenario, read(scenario, lambda c: scenario.ballot(c, "1", "abstain")))
    other = read(scenario, lambda c: scenario.assisted(c, "6", "no", "secretary", "president"))
    cast(scenario, other)
    again = read(scenario, lambda c: scenario.assisted(c, "6", "yes", "secretary", "president"))
    cast(scenario, again)


def test_two_signatures_of_one_officer_are_refused(scenario: VotingScenario) -> None:
    """An older version bound keys of two offices to one person; such rows may still be there."""
    with scenario.rt.db.write() as conn:
        w.officer(
            conn, scenario.people_setting, "second.key", "president", "tvm-101", scenario.rt.clock()
        )
        w.bind_officer(
            conn, scenario.people_setting, "second.key", "president", scenario.rt.clock()
        )
        theirs = officer_key.c.account_id == scenario.people_setting.accounts["second.key"]
        conn.execute(
            update(officer_key)
            .where(theirs)
            .values(account_id=scenario.people_setting.accounts["secretary"])
        )
    record = read(
        scenario,
        lambda c: scenario.assisted(
            c, "6", "yes", "secretary", "second.key", roles=("secretary", "president")
        ),
    )
    assert "same officer" in str(refuse(scenario, record, e.SameOfficerError))


def test_one_key_twice_one_officer_alone_and_three_are_refused(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        alone = scenario.assisted(conn, "6", "yes", "secretary")
        listed = alone["signatures"]
        assert isinstance(listed, list)
        twice: dict[str, Json] = {**alone, "signatures": listed * 2}
        three = scenario.assisted(conn, "6", "yes", "secretary", "president", "clerk")
    refuse(scenario, alone, e.SignerCountError)
    refuse(scenario, three, e.SignerCountError)
    refuse(scenario, twice, e.SameOfficerError)


@pytest.mark.parametrize(
    "who, roles",
    [
        (("secretary", "clerk"), ("secretary", "clerk")),
        (("secretary", "member 1"), ("secretary", "president")),
        (("secretary", "president"), ("secretary", "secretary")),
        (("secretary", "stranger"), ("secretary", "secretary")),
    ],
)
def test_assisted_ballots_need_bound_officers_in_their_role(
    scenario: VotingScenario, who: tuple[str, ...], roles: tuple[str, ...]
) -> None:
    record = read(scenario, lambda c: scenario.assisted(c, "6", "yes", *who, roles=roles))
    refuse(scenario, record, e.NotAnOfficerError)


def test_one_wrong_signature_of_two_refuses_the_ballot(scenario: VotingScenario) -> None:
    record = read(scenario, lambda c: scenario.assisted(c, "6", "yes", "secretary", "president"))
    refuse(scenario, {**record, "choice": "no"}, e.BadSignatureError)


def test_officers_cannot_vote_by_their_own_keys_for_a_member(scenario: VotingScenario) -> None:
    record = read(
        scenario,
        lambda c: scenario.signed(
            c, scenario.unsigned(c, "1", "yes"), "secretary", roles=("member",)
        ),
    )
    refuse(scenario, record, e.WrongKeyError)


def test_an_officer_whose_key_is_revoked_assists_no_more(scenario: VotingScenario) -> None:
    with scenario.rt.db.write() as conn:
        key = people.officer_keys_of(conn, scenario.people_setting.accounts["president"])[0]
        people_service.revoke_officer_key(
            conn, scenario.people_setting.actor(conn, "registrar"), key.id, now=scenario.rt.clock()
        )
    record = read(scenario, lambda c: scenario.assisted(c, "6", "yes", "secretary", "president"))
    refuse(scenario, record, e.NotAnOfficerError)


def test_a_key_revoked_after_the_roll_was_drawn_cannot_vote(scenario: VotingScenario) -> None:
    first, record = read(scenario, lambda c: scenario.ballot(c, "1", "yes")), {}
    for who in ("clerk", "president"):
        # One officer alone takes nobody's vote while a roll is drawn.
        cast(scenario, first)
        record = read(scenario, lambda c: scenario.ballot(c, "1", "no"))
        with scenario.rt.db.write() as conn:
            key = people.keys_of(conn, scenario.people_setting.members["1"])[0]
            people_service.revoke_key(
                conn,
                scenario.people_setting.actor(conn, who),
                key.id,
                "lost",
                now=scenario.rt.clock(),
            )
    refuse(scenario, record, e.RevokedKeyError)
    again = read(scenario, lambda c: scenario.assisted(c, "1", "yes", "secretary", "president"))
    refuse(scenario, again, e.OwnBallotStandsError)


@pytest.mark.parametrize(
    "change",
    [
        {"choice": "YES"},
        {"choice": None},
        {"sequence": 0},
        {"sequence": True},
        {"sequence": "1"},
        {"roll_number": -1},
        {"assisted": "no"},
        {"v": 3},
        {"kind": "login"},
        {"kind": "no-such-kind"},
        {"extra": 1},
        {"signatures": {}},
        {"signatures": [1]},
        {"signatures": [{"key": "x", "role": "member", "sig": "y"}]},
        {"roll_root": "AAAA"},
        {"resolution": "0" * 63},
        {"meeting": "e\u0301"},
        {"weight": 1.5},
    ],
)
def test_records_of_the_wrong_shape_are_refused(
    scenario: VotingScenario, change: dict[str, Json]
) -> None:
    record = read(scenario, lambda c: scenario.ballot(c, "1", "yes"))
    refuse(scenario, {**record, **change}, e.BallotShapeError)


def test_a_ballot_of_another_version_than_the_notice_is_refused(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        unsigned = scenario.unsigned(conn, "1", "yes")
        other: Json = 1 if unsigned["v"] == 2 else 2
        record = scenario.signed(conn, {**unsigned, "v": other}, "member 1")
    refuse(scenario, record, e.WrongVersionError)


@pytest.mark.parametrize("record", [None, [], "ballot", 7, {}, {"kind": 1}])
def test_json_that_is_no_record_is_refused(scenario: VotingScenario, record: object) -> None:
    refuse(scenario, record, e.BallotShapeError)


def test_an_unsigned_ballot_is_refused(scenario: VotingScenario) -> None:
    record = read(scenario, lambda c: scenario.unsigned(c, "1", "yes"))
    refuse(scenario, record, e.BallotShapeError)
    refuse(scenario, {**record, "signatures": []}, e.SignerCountError)


def test_the_earlier_sequence_is_told_only_to_whoever_signed(scenario: VotingScenario) -> None:
    for _ in range(3):
        cast(scenario, read(scenario, lambda c: scenario.ballot(c, "1", "yes")))
    with scenario.rt.db.read() as conn:
        probe = scenario.signed(conn, scenario.unsigned(conn, "1", "yes", sequence=1), "member 2")
    refuse(scenario, probe, e.WrongKeyError)
    good = read(scenario, lambda c: scenario.ballot(c, "1", "yes", sequence=1))
    listed = good["signatures"]
    assert isinstance(listed, list) and isinstance(listed[0], dict)
    forged = {**listed[0], "sig": b64.encode(bytes(64))}
    refuse(scenario, {**good, "signatures": [forged]}, e.BadSignatureError)


def test_unknown_meetings_and_meetings_without_a_roll_take_no_ballot(
    scenario: VotingScenario,
) -> None:
    record = read(scenario, lambda c: scenario.ballot(c, "1", "yes"))
    with scenario.rt.db.write() as conn:
        with pytest.raises(NoSuchMeetingError):
            voting_service.cast(conn, "no-such", record, now=scenario.rt.clock())
        fresh = call(conn, scenario.rt, scenario.people_setting)
        with pytest.raises(NoRollError):
            voting_service.cast(conn, fresh, record, now=scenario.rt.clock())


def test_a_high_s_signature_is_not_a_second_spelling(scenario: VotingScenario) -> None:
    """Ed25519 order added to S: some libraries take it, so one ballot would have two digests."""
    order = 2**252 + 27742317777372353535851937790883648493
    record = read(scenario, lambda c: scenario.ballot(c, "1", "yes"))
    listed = record["signatures"]
    assert isinstance(listed, list) and isinstance(listed[0], dict)
    sig = b64.decode(str(listed[0]["sig"]))
    bigger = int.from_bytes(sig[32:], "little") + order
    forged = {**listed[0], "sig": b64.encode(sig[:32] + bigger.to_bytes(32, "little"))}
    refuse(scenario, {**record, "signatures": [forged]}, e.BadSignatureError)
    assert signing.verify(record, "ballot", str(record["meeting"]))
