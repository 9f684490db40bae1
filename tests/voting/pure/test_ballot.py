"""The ballot rule over records alone: what the server and the verifier both run."""

import re
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from tests.conftest import ROOT
from trust.formats import b64, canon, signing
from trust.formats.canon import Json
from trust.formats.errors import SakshiError
from voting.pure import ballot, roll
from voting.pure import errors as e
from voting.pure.ballot import Officer, Poll, Standing

ORIGIN = "s0.test.example/meeting/a-2026-1"
SEED = sha256(b"test voter").digest()
KEY = bytes(SigningKey(SEED).verify_key)
DIGEST = sha256(b"resolution").hexdigest()
LINE = roll.RollLine(3, bytes(32), KEY, 1)
POLL = Poll(ORIGIN, roll.root([LINE.document()]), 1_000, 2_000, frozenset([DIGEST]), 1)


def record(**changes: Json) -> dict[str, Json]:
    base: dict[str, Json] = {
        "kind": "ballot",
        "v": 1,
        "meeting": ORIGIN,
        "resolution": DIGEST,
        "roll_root": b64.encode(POLL.roll_root),
        "roll_number": 3,
        "choice": "yes",
        "sequence": 1,
        "assisted": False,
    }
    return base | changes


def signed(unsigned: dict[str, Json], kind: str = "ballot") -> dict[str, Json]:
    one = signing.sign(SEED, "member", kind, ORIGIN, unsigned)
    return signing.with_signatures(unsigned, [one])


def check(data: object, *, last: int = 0, at: int = 1_500) -> None:
    ballot.check(ballot.parse(data), POLL, LINE, Standing(last), at)


def test_a_right_ballot_passes_and_gives_its_signer() -> None:
    (signer,) = ballot.check(ballot.parse(signed(record())), POLL, LINE, Standing(), 1_500)
    assert (signer.key, signer.role) == (KEY, "member")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_changed_byte_of_a_ballot_passes(data: st.DataObject) -> None:
    good = canon.canonical(signed(record()))
    place = data.draw(st.integers(0, len(good) - 1))
    changed = bytearray(good)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SakshiError):
        check(canon.parse(bytes(changed)))


@given(st.integers(1, 2**31 - 1), st.integers(0, 2**31 - 1))
def test_a_sequence_must_be_greater_than_every_earlier_one(sequence: int, last: int) -> None:
    data = signed(record(sequence=sequence))
    if sequence > last:
        check(data, last=last)
    else:
        with pytest.raises(e.ReplayedError):
            check(data, last=last)


@given(st.integers(0, 3_000))
def test_the_voting_time_is_half_open(at: int) -> None:
    data = signed(record())
    if at < POLL.opens:
        with pytest.raises(e.NotOpenYetError):
            check(data, at=at)
    elif at >= POLL.closes:
        with pytest.raises(e.ClosedError):
            check(data, at=at)
    else:
        check(data, at=at)


@pytest.mark.parametrize("line", [None, roll.RollLine(4, bytes(32), KEY, 1)])
def test_no_line_or_another_line_is_not_on_the_roll(line: roll.RollLine | None) -> None:
    with pytest.raises(e.NotOnRollError):
        ballot.check_signers(ballot.parse(signed(record())), POLL, line, {})


def test_two_keys_of_one_holder_are_one_officer() -> None:
    seeds = [sha256(bytes([n])).digest() for n in range(2)]
    unsigned = record(assisted=True)
    parts = [
        signing.sign(seed, role, "ballot", ORIGIN, unsigned)
        for seed, role in zip(seeds, ("secretary", "president"), strict=True)
    ]
    parsed = ballot.parse(signing.with_signatures(unsigned, parts))
    keys = [bytes(SigningKey(seed).verify_key) for seed in seeds]
    two = {keys[0]: Officer("7", "secretary"), keys[1]: Officer("8", "president")}
    one = {keys[0]: Officer("7", "secretary"), keys[1]: Officer("7", "president")}
    assert len(ballot.check_signers(parsed, POLL, LINE, two)) == 2
    with pytest.raises(e.SameOfficerError):
        ballot.check_signers(parsed, POLL, LINE, one)
    with pytest.raises(e.NotAnOfficerError):
        ballot.check_signers(parsed, POLL, LINE, {})


def test_the_digest_is_of_the_canonical_bytes() -> None:
    data = signed(record())
    parsed = ballot.parse(dict(reversed(data.items())))
    assert parsed.digest == sha256(canon.canonical(data)).hexdigest()
    assert parsed.listed_keys == [KEY]


def test_every_refusal_has_its_own_code() -> None:
    faults = [
        fault
        for fault in vars(e).values()
        if isinstance(fault, type) and issubclass(fault, e.VotingError)
    ]
    codes = [fault.default_code for fault in faults]
    assert len(codes) == len(set(codes)) > 15


def test_a_roll_line_is_read_as_it_is_written() -> None:
    for line in (LINE, roll.RollLine(1, bytes(range(32)), None, 2)):
        assert roll.parse_line(line.document()) == line
    with pytest.raises(SakshiError):
        roll.parse_line(LINE.document() + b" ")
    with pytest.raises(SakshiError):
        roll.parse_line(canon.canonical(record()))


def test_every_reason_stands_in_the_pages_for_verifiers() -> None:
    """One table for whoever recounts, one sentence in the formats; neither knows another reason."""
    reasons = {kind.default_code for kind in e.BallotError.__subclasses__()} | {e.NOT_OPEN}
    docs = ROOT / "docs"
    table = (docs / "formats" / "verifying.md").read_text("utf-8").split("\n## ")
    (ballots,) = (part for part in table if part.startswith("10. "))
    assert set(re.findall(r"^\| `((?:ballot-|not-open)[a-z-]*)` \|", ballots, re.M)) == reasons
    sentence = (docs / "formats.md").read_text("utf-8").split("### 6.6")[0]
    assert set(re.findall(r"`((?:ballot-[a-z-]+|not-open))`", sentence)) >= reasons
