"""The replay of a meeting's log: what counts there, and for which reason the rest is left out."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from trust.formats import b64, signing
from trust.formats.canon import Json
from voting.pure import roll
from voting.pure.ballot import Officer, Poll
from voting.pure.count import Tally, tally
from voting.pure.replay import Event, Keys, KeysByLog, KeysByTime, Record, Replayed, gather, judge

ORIGIN = "s0.test.example/meeting/a-2026-1"
DIGEST = sha256(b"resolution").hexdigest()


def seed(name: str) -> bytes:
    return sha256(name.encode()).digest()


def key(name: str) -> bytes:
    return bytes(SigningKey(seed(name)).verify_key)


LINES = {number: roll.RollLine(number, bytes(32), key(f"m{number}"), 2) for number in (1, 2, 3)}
ROOT = roll.root([line.document() for line in LINES.values()])
OFFICERS = {key("s"): Officer("s", "secretary"), key("p"): Officer("p", "president")}


def poll(version: int = 2) -> Poll:
    return Poll(ORIGIN, ROOT, 100, 200, frozenset([DIGEST]), version)


def ballot(
    number: int, choice: str, sequence: int, *signers: tuple[str, str], v: int = 2
) -> Record:
    """A ballot of the member themselves, or of the officers named with their roles."""
    record: dict[str, Json] = {
        "kind": "ballot",
        "v": v,
        "meeting": ORIGIN,
        "resolution": DIGEST,
        "roll_root": b64.encode(ROOT),
        "roll_number": number,
        "choice": choice,
        "sequence": sequence,
        "assisted": bool(signers),
    }
    people = signers or ((f"m{number}", "member"),)
    return signing.with_signatures(
        record, [signing.sign(seed(who), role, "ballot", ORIGIN, record) for who, role in people]
    )


TWO = (("s", "secretary"), ("p", "president"))


def change(who: str, holder: str, action: str, meeting: str = ORIGIN) -> Record:
    return {
        "kind": "roll-change",
        "v": 1,
        "meeting": meeting,
        "key": b64.encode(key(who)),
        "holder": holder,
        "action": action,
    }


def replay(where: Poll, keys: Keys, events: list[Event]) -> Replayed:
    """What the close and the verifier do."""
    return gather(where, judge(where, LINES, keys, events))


def play(*records: Record | None, at: int = 150, keys: KeysByLog | None = None) -> Replayed:
    """Entries 4, 5, 6 and so on, all in one second; None is a ballot that does not open."""
    events = [
        Event(index, at, "ballot" if record is None else str(record["kind"]), record)
        for index, record in enumerate(records, start=4)
    ]
    return replay(poll(), keys or KeysByLog(OFFICERS), events)


def counted(found: Replayed) -> list[tuple[int, str, int]]:
    return [(one.roll_number, one.choice, one.sequence) for one in found.accepted[DIGEST]]


def test_ballots_count_and_the_result_lists_nothing() -> None:
    found = play(ballot(1, "yes", 1), ballot(1, "no", 2), ballot(2, "yes", 1, *TWO))
    assert counted(found) == [(1, "yes", 1), (1, "no", 2), (2, "yes", 1)]
    assert found.left_out == () and found.present == 2


def test_only_the_next_sequence_counts_and_a_gap_shuts_nobody_out() -> None:
    """Two officers who agree use up all numbers; the member's own ballot still counts."""
    greedy = ballot(1, "no", 2**31 - 1, *TWO)
    found = play(greedy, ballot(1, "yes", 1), ballot(1, "yes", 3), ballot(1, "no", 1))
    assert counted(found) == [(1, "yes", 1)]
    gap, old = "ballot-sequence-gap", "ballot-replayed"
    assert found.left_out == ((4, gap), (6, gap), (7, old))
    assert found.listed()[0] == {"index": 4, "reason": gap}


def test_the_share_of_officers_is_that_of_the_votes_that_count() -> None:
    """What the member's own ballot replaced is nobody's vote any more."""
    found = play(
        ballot(1, "yes", 1, *TWO),
        ballot(1, "no", 2),
        ballot(2, "abstain", 1, *TWO),
        ballot(3, "yes", 1),
    )
    assert tally(found.accepted[DIGEST]) == Tally(1, 1, 1, 4, 1, 1)


def test_version_1_keeps_its_rule() -> None:
    events = [
        Event(4, 150, "ballot", ballot(1, "no", 7, v=1)),
        Event(5, 150, "ballot", ballot(1, "yes", 9, v=1)),
        Event(6, 150, "roll-change", change("m1", "member", "stop")),
        Event(7, 150, "ballot", ballot(1, "no", 10, v=1)),
        Event(8, 150, "ballot", ballot(2, "no", 1, *TWO, v=1)),
    ]
    found = replay(poll(1), KeysByTime(lambda ballot, at: OFFICERS), events)
    assert [one[2] for one in counted(found)] == [7, 9, 10, 1] and found.left_out == ()


def test_a_ballot_of_the_other_version_is_left_out() -> None:
    assert play(ballot(1, "yes", 1, v=1)).left_out == ((4, "ballot-version"),)


def test_a_stopped_key_is_told_by_the_index_and_not_by_the_second() -> None:
    stop = change("m1", "member", "stop")
    found = play(ballot(1, "yes", 1), stop, ballot(1, "no", 2), ballot(2, "yes", 1))
    assert counted(found) == [(1, "yes", 1), (2, "yes", 1)]
    assert found.left_out == ((6, "ballot-revoked-key"),)
    again = change("m1", "member", "bind")
    assert play(stop, again, ballot(1, "yes", 1)).left_out == ((6, "ballot-revoked-key"),)
    elsewhere = change("m1", "member", "stop", "other.example/meeting/x")
    assert play(elsewhere, ballot(1, "yes", 1)).left_out == ()


def test_an_assisted_ballot_counts_after_the_members_key_was_stopped() -> None:
    found = play(change("m1", "member", "stop"), ballot(1, "yes", 1, *TWO))
    assert counted(found) == [(1, "yes", 1)]


def test_an_officers_key_counts_from_its_binding_to_its_stop() -> None:
    """In one second: an assisted ballot, the stop of an officer's key, a new key, another ballot.

    With seconds deciding, such a meeting could never be counted.
    """
    mine, new = ballot(1, "yes", 1, *TWO), (("s", "secretary"), ("q", "president"))
    found = play(
        mine,
        change("p", "president", "stop"),
        ballot(2, "yes", 1, *TWO),
        ballot(2, "yes", 1, *new),
        change("q", "president", "bind"),
        ballot(2, "no", 1, *new),
        change("p", "president", "bind"),
        ballot(3, "no", 1, *TWO),
    )
    assert counted(found) == [(1, "yes", 1), (2, "no", 1)]
    assert found.left_out == tuple((at, "ballot-not-an-officer") for at in (6, 7, 11))


def test_two_officers_cannot_overrule_the_member_nor_one_officer_be_two() -> None:
    found = play(ballot(1, "yes", 1), ballot(1, "no", 2, *TWO), ballot(2, "no", 1, TWO[0]))
    assert counted(found) == [(1, "yes", 1)]
    assert found.left_out == ((5, "ballot-own-stands"), (6, "ballot-signer-count"))
    one = KeysByLog({**OFFICERS, key("p"): Officer("s", "president")})
    assert play(ballot(1, "no", 1, *TWO), keys=one).left_out == ((4, "ballot-same-officer"),)


def test_what_does_not_open_and_what_is_late_blocks_nothing() -> None:
    assert play(None, ballot(1, "yes", 1)).left_out == ((4, "not-open"),)
    late = replay(
        poll(),
        KeysByLog(OFFICERS),
        [Event(4, 199, "ballot", ballot(1, "yes", 1)), Event(5, 200, "ballot", ballot(2, "no", 1))],
    )
    assert counted(late) == [(1, "yes", 1)] and late.left_out == ((5, "ballot-after-close"),)
    closed = Event(3, 150, "roll-change", None)
    assert replay(poll(), KeysByLog(OFFICERS), [closed]).left_out == ()


def test_who_lacks_the_societys_log_takes_officers_as_they_claim_until_they_are_stopped() -> None:
    keys = KeysByLog({}, claimed=True, ended=[key("old")])
    old = (("s", "secretary"), ("old", "president"))
    found = play(
        ballot(1, "yes", 1, *TWO),
        ballot(2, "yes", 1, *old),
        change("p", "president", "stop"),
        ballot(3, "yes", 1, *TWO),
        keys=keys,
    )
    assert counted(found) == [(1, "yes", 1)]
    assert [index for index, _ in found.left_out] == [5, 7]


def test_without_the_roll_signers_are_not_compared_and_the_order_still_counts() -> None:
    stranger = {**ballot(1, "yes", 1), "roll_number": 9}
    events = [Event(4, 150, "ballot", stranger), Event(5, 150, "ballot", ballot(1, "yes", 2))]
    found = list(judge(poll(), None, KeysByLog(OFFICERS), events))
    assert [one.reason for one in found] == [None, "ballot-sequence-gap"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from((1, 2, 3)),
        st.sampled_from(("yes", "no")),
        st.integers(1, 4),
        st.sampled_from(("own", "assisted", "stop")),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_stands_in_the_log_every_ballot_counts_or_has_a_reason(
    steps: list[tuple[int, str, int, str]],
) -> None:
    """And what counts of one number is 1, 2, 3 without a gap, with nobody over the member."""
    records = [
        change(f"m{number}", "member", "stop")
        if what == "stop"
        else ballot(number, choice, sequence, *(TWO if what == "assisted" else ()))
        for number, choice, sequence, what in steps
    ]
    found = play(*records)
    ballots = sum(record["kind"] == "ballot" for record in records)
    assert len(found.left_out) + len(found.accepted[DIGEST]) == ballots
    for number in LINES:
        mine = [one[2] for one in counted(found) if one[0] == number]
        assert mine == list(range(1, len(mine) + 1))
