"""A second signature line with ML-DSA-44, and grease: every client of ours takes both in stride."""

import dataclasses
import random

import pytest

from audit.verify.proof import verify_proof
from tests.trust.log.helpers import fill, open_book, publish
from trust.formats import checkpoints, cosignatures, notes, witnessed
from trust.formats.errors import NotCheckedError, SignatureError
from trust.formats.policy import parse_policy
from trust.formats.proofs import format_proof
from trust.formats.witnessed import check_checkpoint, check_log
from trust.log import proofs, shards
from trust.log import queries as log_queries
from trust.log.checks import fsck
from trust.log.errors import StaleHeadError
from trust.log.keys import mldsa_signatures
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status


@pytest.fixture
def book(rt: Runtime) -> str:
    """A book published with both signatures on every head."""
    rt.settings = dataclasses.replace(rt.settings, mldsa=True)
    origin = open_book(rt)
    fill(rt, origin, 0, 12)
    publish(rt, origin)
    return origin


def state_of(rt: Runtime) -> str:
    with rt.db.read() as conn:
        return log_queries.logs(conn, "state")[0].origin


def test_checkpoints_carry_both_lines_and_both_verify(rt: Runtime, book: str) -> None:
    for origin in (book, state_of(rt)):
        with rt.db.read() as conn:
            served = witness_status.checkpoint(conn, origin)
        assert served is not None
        note = notes.parse_note(served)
        first, second = note.signatures
        assert first.name == second.name == origin and len(second.signature) == 8 + 2420
        key = notes.VerifierKey.parse(rt.signer.second_vkey(origin))
        assert key.type == notes.COSIGNATURE_MLDSA44
        assert cosignatures.verify_cosignature(note.text, second, key) > 0
        checkpoints.open_checkpoint(served, notes.VerifierKey.parse(rt.signer.vkey(origin)))


def test_entries_of_the_state_log_keep_the_first_line_alone(rt: Runtime, book: str) -> None:
    state = state_of(rt)
    with rt.db.read() as conn:
        heads = [e for e in log_queries.entries(conn, state, 0, 99) if e.kind == "head"]
        proof = proofs.sakshi_proof(conn, book, 0)
    assert heads and all(len(notes.parse_note(e.entry).signatures) == 1 for e in heads)
    assert len(notes.parse_note(proof.inclusion.checkpoint).signatures) == 1
    assert len(notes.parse_note(proof.head.checkpoint).signatures) == 2


def test_a_policy_with_both_keys_checks_both(rt: Runtime, book: str) -> None:
    state = state_of(rt)
    text = f"log {rt.signer.vkey(state)}\nlog {rt.signer.second_vkey(state)}\nquorum none\n"
    policy = parse_policy(text)
    with rt.db.read() as conn:
        served = witness_status.checkpoint(conn, state)
        proof = format_proof(proofs.sakshi_proof(conn, book, 0))
    assert served is not None
    assert check_checkpoint(policy, served).checkpoint.origin == state
    assert verify_proof(proof, text.encode()).exit_code == 0
    note = notes.parse_note(served)
    body = bytearray(note.signatures[1].signature)
    body[100] ^= 1
    bad = note.signatures[1]._replace(signature=bytes(body))
    spoilt = notes.format_note(note._replace(signatures=(note.signatures[0], bad)))
    with pytest.raises(SignatureError):
        check_checkpoint(policy, spoilt)


def policy_of(rt: Runtime) -> str:
    with rt.db.read() as conn:
        return proofs.policy_text(conn)


def test_the_published_policy_names_both_keys_of_a_state_log_that_began_with_both(
    rt: Runtime, book: str
) -> None:
    state = state_of(rt)
    keys = [log.key for log in parse_policy(policy_of(rt)).logs]
    assert [key.format() for key in keys] == [rt.signer.vkey(state), rt.signer.second_vkey(state)]


def test_a_head_without_the_pinned_second_line_is_refused(rt: Runtime, book: str) -> None:
    policy = policy_of(rt).encode()
    with rt.db.read() as conn:
        proof = proofs.sakshi_proof(conn, book, 0)
        served = witness_status.checkpoint(conn, state_of(rt))
    assert served is not None and verify_proof(format_proof(proof), policy).exit_code == 0
    first, _ = notes.parse_note(served).signatures

    def bare(text: str) -> str:
        note = notes.parse_note(text)
        return notes.format_note(notes.SignedNote(note.text, (first,)))

    with pytest.raises(SignatureError, match="lacks the ML-DSA-44 signature") as refused:
        check_checkpoint(parse_policy(policy), bare(served.decode()))
    assert refused.value.code == "second-line"
    head = dataclasses.replace(proof.head, checkpoint=bare(proof.head.checkpoint))
    key = dataclasses.replace(proof.key, checkpoint=bare(proof.key.checkpoint))
    bad = dataclasses.replace(proof, head=head, key=key)
    assert verify_proof(format_proof(bad), policy).exit_code == 1
    # The first line alone is what is kept and stamped: there one of the keys is enough.
    assert check_log(parse_policy(policy), bare(served.decode())).origin == state_of(rt)


def test_the_ed25519_line_cannot_be_left_out_either(rt: Runtime, book: str) -> None:
    with rt.db.read() as conn:
        served = witness_status.checkpoint(conn, state_of(rt))
    assert served is not None
    note = notes.parse_note(served)
    alone = notes.format_note(notes.SignedNote(note.text, note.signatures[1:]))
    with pytest.raises(SignatureError, match="lacks the Ed25519 signature"):
        check_checkpoint(parse_policy(policy_of(rt)), alone)


def test_without_mldsa_here_the_second_line_is_said_to_be_unchecked(
    rt: Runtime, book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rt.db.read() as conn:
        served = witness_status.checkpoint(conn, state_of(rt))
    assert served is not None

    def cannot(*_: object) -> int:
        raise NotCheckedError("not here")

    monkeypatch.setattr(witnessed, "verify_cosignature", cannot)
    found = check_checkpoint(parse_policy(policy_of(rt)), served)
    assert found.not_checked == (f"{state_of(rt)} (ML-DSA-44)",)
    only = f"log {rt.signer.second_vkey(state_of(rt))}\nquorum none\n"
    with pytest.raises(NotCheckedError):
        check_checkpoint(parse_policy(only), served)


def test_a_pinned_key_signs_to_the_end_of_its_log(rt: Runtime, book: str) -> None:
    """The setting goes off: books follow it, the state log keeps what its policy says."""
    rt.settings = dataclasses.replace(rt.settings, mldsa=False)
    fill(rt, book, 20, 25)
    publish(rt, book)
    with rt.db.read() as conn:
        served = witness_status.checkpoint(conn, state_of(rt))
        own = witness_status.checkpoint(conn, book)
    assert served is not None and own is not None
    assert len(notes.parse_note(own).signatures) == 1
    assert check_checkpoint(parse_policy(policy_of(rt)), served).checkpoint.origin == state_of(rt)
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_a_state_log_that_began_with_one_key_pins_no_second(rt: Runtime) -> None:
    """What was proven before the setting came must stay right: the next log pins both."""
    origin = open_book(rt)
    fill(rt, origin, 0, 5)
    publish(rt, origin)
    rt.settings = dataclasses.replace(rt.settings, mldsa=True)
    fill(rt, origin, 5, 9)
    publish(rt, origin)
    with rt.db.read() as conn:
        served = witness_status.checkpoint(conn, state_of(rt))
    assert served is not None and len(notes.parse_note(served).signatures) == 2
    assert len(parse_policy(policy_of(rt)).logs) == 1
    state = shards.rotate(rt, state_of(rt), "a drill")
    fill(rt, origin, 9, 12)
    publish(rt, origin)
    types = [(log.key.name, log.key.type) for log in parse_policy(policy_of(rt)).logs]
    assert types == [(state_of(rt), 1), (state, 1), (state, 6)]
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_a_head_waits_for_the_line_that_the_policy_asks_for(
    rt: Runtime, book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the two signatures: what was published stays, the next run does the rest."""
    state = state_of(rt)
    with monkeypatch.context() as patch:
        patch.setattr(mldsa_signatures, "ask", lambda ctx, logs, signed: [])
        fill(rt, book, 20, 25)
        rt.publish([book])
    with rt.db.read() as conn:
        newest = log_queries.latest_head(conn, state)
        before = witness_status.published_head(conn, state)
    assert newest is not None and before is not None and before.size < newest[0]
    rt.publish([book])
    with rt.db.read() as conn:
        after = witness_status.published_head(conn, state)
    assert after is not None and after.size == newest[0]
    assert check_checkpoint(parse_policy(policy_of(rt)), after.note).checkpoint.size == newest[0]


def test_only_the_last_released_head_is_signed_twice(rt: Runtime, book: str) -> None:
    with pytest.raises(StaleHeadError):
        rt.signer.second_line(book, 5)


def test_the_setting_may_come_and_go(rt: Runtime, book: str) -> None:
    rt.settings = dataclasses.replace(rt.settings, mldsa=False)
    fill(rt, book, 20, 25)
    publish(rt, book)
    with rt.db.read() as conn:
        served = witness_status.checkpoint(conn, book)
    assert served is not None and len(notes.parse_note(served).signatures) == 1
    rt.settings = dataclasses.replace(rt.settings, mldsa=True)
    rt.publish([book])
    with rt.db.read() as conn:
        assert mldsa_signatures.of_head(conn, book, 17)
    assert list(fsck.check(rt.db, rt.signer)) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_greased_checkpoint_is_still_the_logs(rt: Runtime, book: str, seed: int) -> None:
    state = state_of(rt)
    with rt.db.read() as conn:
        served = witness_status.checkpoint(conn, state)
        policy = proofs.policy_text(conn)
    assert served is not None
    greased = mldsa_signatures.grease(served, random.Random(seed))
    assert len(notes.parse_note(greased).signatures) > 2
    assert check_checkpoint(parse_policy(policy), greased).checkpoint.origin == state
    key = notes.VerifierKey.parse(rt.signer.vkey(state))
    assert checkpoints.open_checkpoint(greased, key).origin == state
