"""A second signature line with ML-DSA-44, and grease: every client of ours takes both in stride."""

from __future__ import annotations

import dataclasses
import random

import pytest

from audit.verify.proof import verify_proof
from tests.trust.log.helpers import fill, open_book, publish
from trust.formats import checkpoints, cosignatures, notes
from trust.formats.errors import SignatureError
from trust.formats.policy import parse_policy
from trust.formats.proofs import format_proof
from trust.formats.witnessed import check_checkpoint
from trust.log import fsck, proofs, publication, queries, secondlines, standing
from trust.log.errors import StaleHeadError
from trust.log.runtime import Runtime


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
        return queries.logs(conn, "state")[0].origin


def test_checkpoints_carry_both_lines_and_both_verify(rt: Runtime, book: str) -> None:
    for origin in (book, state_of(rt)):
        with rt.db.read() as conn:
            served = standing.checkpoint(conn, origin)
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
        heads = [e for e in queries.entries(conn, state, 0, 99) if e.kind == "head"]
        proof = proofs.sakshi_proof(conn, book, 0)
    assert heads and all(len(notes.parse_note(e.entry).signatures) == 1 for e in heads)
    assert len(notes.parse_note(proof.inclusion.checkpoint).signatures) == 1
    assert len(notes.parse_note(proof.head.checkpoint).signatures) == 2


def test_a_policy_with_both_keys_checks_both(rt: Runtime, book: str) -> None:
    state = state_of(rt)
    text = f"log {rt.signer.vkey(state)}\nlog {rt.signer.second_vkey(state)}\nquorum none\n"
    policy = parse_policy(text)
    with rt.db.read() as conn:
        served = standing.checkpoint(conn, state)
        proof = format_proof(proofs.sakshi_proof(conn, book, 0))
    assert served is not None
    assert check_checkpoint(policy, served).checkpoint.origin == state
    assert verify_proof(proof, text.encode()).exit_code == 0
    note = notes.parse_note(served)
    body = bytearray(note.signatures[1].signature)
    body[100] ^= 1
    bad = dataclasses.replace(note.signatures[1], signature=bytes(body))
    spoilt = notes.format_note(dataclasses.replace(note, signatures=(note.signatures[0], bad)))
    with pytest.raises(SignatureError):
        check_checkpoint(policy, spoilt)


def test_only_the_last_released_head_is_signed_twice(rt: Runtime, book: str) -> None:
    with pytest.raises(StaleHeadError):
        rt.signer.second_line(book, 5)


def test_the_setting_may_come_and_go(rt: Runtime, book: str) -> None:
    rt.settings = dataclasses.replace(rt.settings, mldsa=False)
    fill(rt, book, 20, 25)
    publish(rt, book)
    with rt.db.read() as conn:
        served = standing.checkpoint(conn, book)
    assert served is not None and len(notes.parse_note(served).signatures) == 1
    rt.settings = dataclasses.replace(rt.settings, mldsa=True)
    publication.publish(rt, [book])
    with rt.db.read() as conn:
        assert secondlines.of_head(conn, book, 17)
    assert list(fsck.check(rt.db, rt.signer)) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_greased_checkpoint_is_still_the_logs(rt: Runtime, book: str, seed: int) -> None:
    state = state_of(rt)
    with rt.db.read() as conn:
        served = standing.checkpoint(conn, state)
        policy = proofs.policy_text(conn)
    assert served is not None
    greased = secondlines.grease(served, random.Random(seed))
    assert len(notes.parse_note(greased).signatures) > 2
    assert check_checkpoint(parse_policy(policy), greased).checkpoint.origin == state
    key = notes.VerifierKey.parse(rt.signer.vkey(state))
    assert checkpoints.open_checkpoint(greased, key).origin == state
