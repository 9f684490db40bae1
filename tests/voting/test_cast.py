"""Casting: a right ballot is sealed, and every wrong one is refused by its own error and leaves
nothing behind."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, update

from tests.trust.people import world as w
from tests.voting.hall import DAY, Hall, call
from trust.formats import b64, canon, commitments, signing
from trust.formats.canon import Json
from trust.formats.entries import Entry, parse_entry
from trust.log import queries as logs
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.tables import officer_key
from voting import queries, service
from voting.errors import NoRollError, NoSuchMeetingError
from voting.pure import errors as e


def cast(hall: Hall, record: object, at: int | None = None) -> int:
    with hall.rt.db.write() as conn:
        return service.cast(conn, hall.id, record, now=at or hall.rt.clock()).index


def size(hall: Hall) -> tuple[int, int]:
    with hall.rt.db.read() as conn:
        origin = hall.meeting(conn).origin
        return logs.info(conn, origin).next_index, len(queries.ballots(conn, hall.id))


def refuse(
    hall: Hall, record: object, fault: type[e.BallotError], at: int | None = None
) -> e.BallotError:
    """Cast, expect exactly this fault, and that nothing was written."""
    before = size(hall)
    with pytest.raises(fault) as caught:
        cast(hall, record, at)
    assert type(caught.value) is fault
    assert caught.value.code == fault.default_code
    assert size(hall) == before
    return caught.value


def read(hall: Hall, what: Callable[[Connection], dict[str, Json]]) -> dict[str, Json]:
    with hall.rt.db.read() as conn:
        return what(conn)


def test_a_ballot_is_sealed_as_a_private_entry_that_opens(hall: Hall) -> None:
    record = read(hall, lambda c: hall.ballot(c, "1", "yes"))
    index = cast(hall, record)
    with hall.rt.db.read() as conn:
        origin = hall.meeting(conn).origin
        entry = logs.entry(conn, origin, index)
        stored = logs.opening(conn, origin, index)
        parsed = parse_entry(entry.entry)
        assert stored is not None and stored.record is not None and isinstance(parsed, Entry)
        opened = commitments.open_commitment(
            "ballot", parsed.commitment, commitments.Opening(stored.record, stored.salt)
        )
        assert opened == record
        assert stored.record == canon.canonical(record)
        (mine,) = queries.ballots_of(conn, hall.id, hall.number(conn, "1"))
        assert (mine.choice, mine.sequence, mine.index) == ("yes", 1, index)
        assert b"yes" not in entry.entry


def test_the_very_same_bytes_again_get_the_stored_entry_even_after_the_close(hall: Hall) -> None:
    record = read(hall, lambda c: hall.ballot(c, "1", "yes"))
    with hall.rt.db.write() as conn:
        first = service.cast(conn, hall.id, record, now=hall.rt.clock())
    later = read(hall, lambda c: hall.ballot(c, "1", "no"))
    cast(hall, later)
    after = size(hall)
    for at in (hall.rt.clock(), hall.rt.clock() + 90 * DAY):
        with hall.rt.db.write() as conn:
            again = service.cast(conn, hall.id, record, now=at)
        assert again.repeated and not first.repeated
        assert (again.index, again.entry, again.leaf) == (first.index, first.entry, first.leaf)
    assert size(hall) == after


def test_a_later_ballot_replaces_and_an_old_one_cannot_come_back(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        number = hall.number(conn, "1")
        first, other, second, third = (
            hall.ballot(conn, "1", choice, sequence=sequence)
            for choice, sequence in (("yes", 1), ("no", 1), ("no", 2), ("abstain", 3))
        )
    for record in (first, second, third):
        cast(hall, record)
    refused = refuse(hall, other, e.ReplayedError)
    assert "sequence 3 was already accepted" in str(refused)
    with hall.rt.db.read() as conn:
        same_sequence = hall.ballot(conn, "1", "yes", sequence=3)
        assert queries.next_sequence(conn, hall.id, 1, number) == 4
        assert queries.next_sequence(conn, hall.id, 2, number) == 1
    refuse(hall, same_sequence, e.ReplayedError)


@pytest.mark.parametrize("sequence", [2, 7, 2**31 - 1])
def test_only_the_next_sequence_is_taken(hall: Hall, sequence: int) -> None:
    record = read(hall, lambda c: hall.ballot(c, "1", "yes", sequence=sequence))
    assert "has sequence 1" in str(refuse(hall, record, e.SequenceGapError))


def test_sequences_are_counted_for_each_voter_and_resolution(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        records = [
            hall.ballot(conn, member, "yes", resolution)
            for member in ("1", "2")
            for resolution in (1, 2)
        ]
    assert len({cast(hall, record) for record in records}) == 4


def test_before_the_opening_and_from_the_closing_second_on_nothing_is_taken(hall: Hall) -> None:
    record = read(hall, lambda c: hall.ballot(c, "1", "yes"))
    opens = hall.rt.clock()
    refused = refuse(hall, record, e.NotOpenYetError, opens - 1)
    assert "Voting opens at 21 Jun 2026, 13:30 IST" in str(refused)
    refuse(hall, record, e.ClosedError, opens + DAY)
    cast(hall, record, opens + DAY - 1)


def test_a_number_that_is_not_on_the_roll_is_refused(hall: Hall) -> None:
    record = read(hall, lambda c: hall.ballot(c, "1", "yes", roll_number=7))
    refuse(hall, record, e.NotOnRollError)


def test_another_members_number_cannot_be_used(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        mine = hall.unsigned(conn, "1", "yes", roll_number=hall.number(conn, "2"))
        record = hall.signed(conn, mine, "member 1")
    refuse(hall, record, e.WrongKeyError)


def test_a_member_signs_as_member_and_in_no_other_role(hall: Hall) -> None:
    record = read(
        hall,
        lambda c: hall.signed(c, hall.unsigned(c, "1", "yes"), "member 1", roles=("secretary",)),
    )
    refuse(hall, record, e.WrongKeyError)


def test_a_ballot_changed_after_signing_is_refused(hall: Hall) -> None:
    record = read(hall, lambda c: hall.ballot(c, "1", "yes"))
    for change in ({"choice": "no"}, {"sequence": 2}):
        refuse(hall, {**record, **change}, e.BadSignatureError)


def test_a_signature_of_another_ballot_is_refused(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        yes, no = (hall.ballot(conn, "1", choice) for choice in ("yes", "no"))
    refuse(hall, {**yes, "signatures": no["signatures"]}, e.BadSignatureError)


@pytest.mark.parametrize("kind", ["login", "statement", "enrolment", "form"])
def test_a_signature_of_one_kind_is_no_signature_of_a_ballot(hall: Hall, kind: str) -> None:
    record = read(
        hall, lambda c: hall.signed(c, hall.unsigned(c, "1", "yes"), "member 1", kind=kind)
    )
    refuse(hall, record, e.BadSignatureError)


def test_a_signature_for_another_log_is_refused(hall: Hall) -> None:
    record = read(
        hall,
        lambda c: hall.signed(
            c,
            hall.unsigned(c, "1", "yes"),
            "member 1",
            origin=hall.meeting(c).origin + "0",
        ),
    )
    refuse(hall, record, e.BadSignatureError)


def test_a_ballot_of_another_meeting_is_refused(hall: Hall) -> None:
    record = read(hall, lambda c: hall.ballot(c, "1", "yes", meeting=hall.meeting(c).origin + "0"))
    refuse(hall, record, e.WrongMeetingError)


def test_an_unknown_resolution_and_a_stale_roll_are_refused(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        unknown = hall.ballot(conn, "1", "yes", resolution=1, roll_number=1)
        unknown = {**unknown, "resolution": "0" * 64}
        stale = hall.ballot(conn, "1", "yes", roll_root=b64.encode(bytes(32)))
    refuse(hall, unknown, e.UnknownResolutionError)
    refuse(hall, stale, e.WrongRollError)


def test_a_number_without_a_key_votes_only_with_two_officers(hall: Hall) -> None:
    own = read(hall, lambda c: hall.ballot(c, "6", "yes"))
    assert "Two officers" in str(refuse(hall, own, e.NoKeyError))
    record = read(hall, lambda c: hall.assisted(c, "6", "yes", "secretary", "president"))
    cast(hall, record)
    with hall.rt.db.read() as conn:
        (stored,) = queries.ballots(conn, hall.id)
        assert stored.assisted
        assert queries.turnout(conn, hall.id).assisted == 1


def test_officers_never_replace_a_ballot_the_member_cast(hall: Hall) -> None:
    helped = read(hall, lambda c: hall.assisted(c, "1", "no", "secretary", "president"))
    cast(hall, helped)
    cast(hall, read(hall, lambda c: hall.ballot(c, "1", "yes")))
    overruling = read(hall, lambda c: hall.assisted(c, "1", "no", "secretary", "president"))
    refuse(hall, overruling, e.OwnBallotStandsError)
    cast(hall, read(hall, lambda c: hall.ballot(c, "1", "abstain")))
    other = read(hall, lambda c: hall.assisted(c, "6", "no", "secretary", "president"))
    cast(hall, other)
    again = read(hall, lambda c: hall.assisted(c, "6", "yes", "secretary", "president"))
    cast(hall, again)


def test_two_signatures_of_one_officer_are_refused(hall: Hall) -> None:
    """An older version bound keys of two offices to one person; such rows may still be there."""
    with hall.rt.db.write() as conn:
        w.officer(conn, hall.world, "second.key", "president", "tvm-101", hall.rt.clock())
        w.bind_officer(conn, hall.world, "second.key", "president", hall.rt.clock())
        theirs = officer_key.c.account_id == hall.world.accounts["second.key"]
        conn.execute(
            update(officer_key).where(theirs).values(account_id=hall.world.accounts["secretary"])
        )
    record = read(
        hall,
        lambda c: hall.assisted(
            c, "6", "yes", "secretary", "second.key", roles=("secretary", "president")
        ),
    )
    assert "same officer" in str(refuse(hall, record, e.SameOfficerError))


def test_one_key_twice_one_officer_alone_and_three_are_refused(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        alone = hall.assisted(conn, "6", "yes", "secretary")
        listed = alone["signatures"]
        assert isinstance(listed, list)
        twice: dict[str, Json] = {**alone, "signatures": listed * 2}
        three = hall.assisted(
            conn, "6", "yes", "secretary", "president", "clerk",
        )  # fmt: skip
    refuse(hall, alone, e.SignerCountError)
    refuse(hall, three, e.SignerCountError)
    refuse(hall, twice, e.SameOfficerError)


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
    hall: Hall, who: tuple[str, ...], roles: tuple[str, ...]
) -> None:
    record = read(hall, lambda c: hall.assisted(c, "6", "yes", *who, roles=roles))
    refuse(hall, record, e.NotAnOfficerError)


def test_one_wrong_signature_of_two_refuses_the_ballot(hall: Hall) -> None:
    record = read(hall, lambda c: hall.assisted(c, "6", "yes", "secretary", "president"))
    refuse(hall, {**record, "choice": "no"}, e.BadSignatureError)


def test_officers_cannot_vote_by_their_own_keys_for_a_member(hall: Hall) -> None:
    record = read(
        hall,
        lambda c: hall.signed(c, hall.unsigned(c, "1", "yes"), "secretary", roles=("member",)),
    )
    refuse(hall, record, e.WrongKeyError)


def test_an_officer_whose_key_is_revoked_assists_no_more(hall: Hall) -> None:
    with hall.rt.db.write() as conn:
        key = people.officer_keys_of(conn, hall.world.accounts["president"])[0]
        people_service.revoke_officer_key(
            conn, hall.world.actor(conn, "registrar"), key.id, now=hall.rt.clock()
        )
    record = read(hall, lambda c: hall.assisted(c, "6", "yes", "secretary", "president"))
    refuse(hall, record, e.NotAnOfficerError)


def test_a_key_revoked_after_the_roll_was_drawn_cannot_vote(hall: Hall) -> None:
    first, record = read(hall, lambda c: hall.ballot(c, "1", "yes")), {}
    for who in ("clerk", "president"):
        # One officer alone takes nobody's vote while a roll is drawn.
        cast(hall, first)
        record = read(hall, lambda c: hall.ballot(c, "1", "no"))
        with hall.rt.db.write() as conn:
            key = people.keys_of(conn, hall.world.members["1"])[0]
            people_service.revoke_key(
                conn, hall.world.actor(conn, who), key.id, "lost", now=hall.rt.clock()
            )
    refuse(hall, record, e.RevokedKeyError)
    again = read(hall, lambda c: hall.assisted(c, "1", "yes", "secretary", "president"))
    refuse(hall, again, e.OwnBallotStandsError)


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
def test_records_of_the_wrong_shape_are_refused(hall: Hall, change: dict[str, Json]) -> None:
    record = read(hall, lambda c: hall.ballot(c, "1", "yes"))
    refuse(hall, {**record, **change}, e.BallotShapeError)


def test_a_ballot_of_another_version_than_the_notice_is_refused(hall: Hall) -> None:
    with hall.rt.db.read() as conn:
        unsigned = hall.unsigned(conn, "1", "yes")
        other: Json = 1 if unsigned["v"] == 2 else 2
        record = hall.signed(conn, {**unsigned, "v": other}, "member 1")
    refuse(hall, record, e.WrongVersionError)


@pytest.mark.parametrize("record", [None, [], "ballot", 7, {}, {"kind": 1}])
def test_json_that_is_no_record_is_refused(hall: Hall, record: object) -> None:
    refuse(hall, record, e.BallotShapeError)


def test_an_unsigned_ballot_is_refused(hall: Hall) -> None:
    record = read(hall, lambda c: hall.unsigned(c, "1", "yes"))
    refuse(hall, record, e.BallotShapeError)
    refuse(hall, {**record, "signatures": []}, e.SignerCountError)


def test_the_earlier_sequence_is_told_only_to_whoever_signed(hall: Hall) -> None:
    for _ in range(3):
        cast(hall, read(hall, lambda c: hall.ballot(c, "1", "yes")))
    with hall.rt.db.read() as conn:
        probe = hall.signed(conn, hall.unsigned(conn, "1", "yes", sequence=1), "member 2")
    refuse(hall, probe, e.WrongKeyError)
    good = read(hall, lambda c: hall.ballot(c, "1", "yes", sequence=1))
    listed = good["signatures"]
    assert isinstance(listed, list) and isinstance(listed[0], dict)
    forged = {**listed[0], "sig": b64.encode(bytes(64))}
    refuse(hall, {**good, "signatures": [forged]}, e.BadSignatureError)


def test_unknown_meetings_and_meetings_without_a_roll_take_no_ballot(hall: Hall) -> None:
    record = read(hall, lambda c: hall.ballot(c, "1", "yes"))
    with hall.rt.db.write() as conn:
        with pytest.raises(NoSuchMeetingError):
            service.cast(conn, "no-such", record, now=hall.rt.clock())
        fresh = call(conn, hall.rt, hall.world)
        with pytest.raises(NoRollError):
            service.cast(conn, fresh, record, now=hall.rt.clock())


def test_a_high_s_signature_is_not_a_second_spelling(hall: Hall) -> None:
    """Ed25519 order added to S: some libraries take it, so one ballot would have two digests."""
    order = 2**252 + 27742317777372353535851937790883648493
    record = read(hall, lambda c: hall.ballot(c, "1", "yes"))
    listed = record["signatures"]
    assert isinstance(listed, list) and isinstance(listed[0], dict)
    sig = b64.decode(str(listed[0]["sig"]))
    bigger = int.from_bytes(sig[32:], "little") + order
    forged = {**listed[0], "sig": b64.encode(sig[:32] + bigger.to_bytes(32, "little"))}
    refuse(hall, {**record, "signatures": [forged]}, e.BadSignatureError)
    assert signing.verify(record, "ballot", str(record["meeting"]))
