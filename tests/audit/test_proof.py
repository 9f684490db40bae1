"""Stories about one Sakshi proof: what an honest exporter makes, and what forgers try."""

import json
from dataclasses import replace
from typing import Any

import pytest

from audit.verify.report import Report
from audit.verify.verify import verify_bytes
from tests.audit import books
from tests.audit.helpers import forked, knowledge, said, states
from tests.audit.scenario import START, AuditScenario, Log, seed
from trust.formats import canon, merkle, notes
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.notes import SignedNote
from trust.formats.proofs import SakshiProof, format_proof
from trust.formats.times import format_time


@pytest.fixture(scope="module")
def scenario() -> AuditScenario:
    return AuditScenario("proofs")


@pytest.fixture(scope="module")
def log(scenario: AuditScenario) -> Log:
    return books.book(scenario)


def verify(scenario: AuditScenario, proof: SakshiProof | bytes) -> Report:
    data = proof if isinstance(proof, bytes) else format_proof(proof)
    return verify_bytes(data, knowledge(scenario.policy()))


@pytest.mark.parametrize("index", range(9))
def test_every_entry_of_a_book_can_be_proven(scenario: AuditScenario, log: Log, index: int) -> None:
    report = verify(scenario, scenario.proof(log, index))
    assert report.exit_code == 0
    assert set(states(report).values()) == {"right"}
    assert report.facts["index"] == str(index)


def test_a_proof_brings_no_policy_of_its_own(scenario: AuditScenario, log: Log) -> None:
    report = verify_bytes(scenario.proof_bytes(log, 4), knowledge(None))
    assert report.exit_code == 2
    assert "--policy" in said(report, "missing")["policy"]


def test_another_state_is_not_believed(scenario: AuditScenario, log: Log) -> None:
    report = verify_bytes(scenario.proof_bytes(log, 4), knowledge(AuditScenario("other").policy()))
    assert report.exit_code == 1
    assert "not signed by a log of the policy" in said(report)["state-head"]


def test_without_the_witness_the_quorum_is_not_met(scenario: AuditScenario, log: Log) -> None:
    alone = AuditScenario("proofs", witnessed=False)
    own = books.book(alone)
    assert "not witnessed" in said(verify(scenario, alone.proof(own, 4)))["state-head"]
    report = verify_bytes(alone.proof_bytes(own, 4), knowledge(alone.policy()))
    assert report.exit_code == 0
    assert "Not yet witnessed by anyone else" in said(report, "not-checked")["witnesses"]


def test_a_salt_belongs_to_private_kinds_only(scenario: AuditScenario, log: Log) -> None:
    private, public = scenario.proof(log, 4), scenario.proof(log, 0)
    bare = replace(private, opening=replace(private.opening, salt=None))
    salted = replace(public, opening=replace(public.opening, salt=bytes(32)))
    assert "without its salt" in said(verify(scenario, bare))["opening"]
    assert "has no salt" in said(verify(scenario, salted))["opening"]


def test_another_record_does_not_open_the_entry(scenario: AuditScenario, log: Log) -> None:
    other = scenario.proof(log, 5)
    forged = replace(scenario.proof(log, 4), opening=other.opening)
    assert "not the one the entry commits to" in said(verify(scenario, forged))["opening"]


def test_another_index_does_not_lead_to_the_root(scenario: AuditScenario, log: Log) -> None:
    proof = scenario.proof(log, 4)
    forged = replace(proof, inclusion=replace(proof.inclusion, index=5))
    assert verify(scenario, forged).exit_code == 1


def test_a_head_the_state_log_never_saw_is_refused(scenario: AuditScenario, log: Log) -> None:
    """The log's key holder signs a second version of the log for one victim."""
    fork = Log(log.origin, log.secret, list(log.entries[:-1]), log.openings, log.documents)
    index = fork.append({**books.vouchers()[0], "id": "forged"}, START + 30)
    proof = scenario.proof(log, 4)
    head = fork.note()
    forged = replace(
        proof,
        entry=fork.entries[index],
        opening=scenario._opening(fork, index),
        inclusion=fork.inclusion(index, len(fork.entries), head),
    )
    assert set(said(verify(scenario, forged))) == {"admitted"}


def test_a_key_the_state_log_does_not_hold_is_refused(scenario: AuditScenario, log: Log) -> None:
    proof = scenario.proof(log, 4)
    record = canon.parse(proof.key_record)
    record["vkey"] = notes.verifier_key(log.origin, seed("mallory")).format()
    forged = replace(proof, key_record=canon.canonical(record))
    assert "log-key" in said(verify(scenario, forged))


def test_a_key_is_good_for_its_own_log_only(scenario: AuditScenario, log: Log) -> None:
    other = scenario.coop("k-13")
    other.append({**books.society_record(), "society": "k-13"})
    scenario.publish(other)
    scenario.publish(log)
    mixed = scenario.proof(other, 0)
    own = scenario.proof(log, 0)
    forged = replace(own, key=mixed.key, key_entry=mixed.key_entry, key_record=mixed.key_record)
    report = verify(scenario, forged)
    assert report.exit_code == 1
    assert "inclusion" in said(report)


def test_a_key_is_valid_only_in_its_time(scenario: AuditScenario) -> None:
    late = AuditScenario("late")
    own = late.coop()
    own.append(books.society_record(), START - 5000)
    late.publish(own)
    assert "is valid from" in said(verify(late, late.proof(own, 0)))["validity"]


def test_a_revoked_time_is_refused() -> None:
    scenario = AuditScenario("expired")
    log = scenario.coop()
    index = scenario.keys[log.origin]
    record = canon.parse(scenario._key_record(log))
    record["valid_to"] = format_time(START + 5)
    del scenario.state.entries[index]
    scenario.keys[log.origin] = scenario.state.append(record)
    log.append(books.society_record(), START)
    log.append(books.officer_record(), START + 6)
    scenario.publish(log)
    assert verify(scenario, scenario.proof(log, 0)).exit_code == 0
    assert "until" in said(verify(scenario, scenario.proof(log, 1)))["validity"]


def test_surplus_signature_lines_on_the_logs_head_are_refused(
    scenario: AuditScenario, log: Log
) -> None:
    proof = scenario.proof(log, 4)
    note = notes.parse_note(proof.inclusion.checkpoint)
    more = notes.sign_ed25519(note.text, "someone.example", seed("someone"))
    padded = notes.format_note(SignedNote(note.text, (*note.signatures, more)))
    forged = replace(proof, inclusion=replace(proof.inclusion, checkpoint=padded))
    assert "more than the log's own" in said(verify(scenario, forged))["inclusion"]


def test_two_state_heads_are_reported(scenario: AuditScenario, log: Log) -> None:
    before = scenario.proof(log, 0)
    scenario.publish(log)
    after = scenario.proof(log, 0)
    report = verify(scenario, replace(after, key=before.key))
    assert report.exit_code == 0
    assert "sizes" in said(report, "not-checked")["one-state"]


def test_two_roots_for_one_size_are_a_fork() -> None:
    scenario = AuditScenario("forked")
    log = books.book(scenario)
    proof = forked(scenario, log, scenario.proof(log, 0))
    report = verify(scenario, proof)
    assert report.exit_code == 1
    assert "the state log was forked" in said(report)["one-state"]


def test_a_society_log_cannot_pose_as_the_state_log() -> None:
    """A policy that pins a society's log by mistake must not let it vouch for others."""
    scenario = AuditScenario("posing", witnessed=False)
    log = books.book(scenario)
    policy = f"log {notes.verifier_key(log.origin, log.secret).format()}\nquorum none\n"
    proof = scenario.proof(log, 4)
    text = format_checkpoint(Checkpoint(log.origin, 1, merkle.leaf_hash(proof.key_entry)))
    line = notes.sign_ed25519(text, log.origin, log.secret)
    note = notes.format_note(SignedNote(text, (line,)))
    forged = replace(proof, key=replace(proof.key, index=0, path=(), checkpoint=note))
    report = verify_bytes(format_proof(forged), knowledge(policy.encode()))
    assert report.exit_code == 1
    assert any("not a state log" in found.text for found in report.findings("wrong"))


def test_json_of_other_shapes_never_passes(scenario: AuditScenario, log: Log) -> None:
    good: dict[str, Any] = json.loads(scenario.proof_bytes(log, 4))
    shapes: list[Any] = [None, 1, -1, [], {}, "", "x", True, 10**16, {"a": []}, [[[]]]]
    for name in good:
        for shape in shapes:
            bad = {**good, name: shape}
            assert verify(scenario, _canonical(bad)).exit_code in (1, 2), (name, shape)
        assert verify(scenario, _canonical({k: v for k, v in good.items() if k != name})).exit_code
    assert verify(scenario, _canonical({**good, "more": 1})).exit_code == 1


def _canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


@pytest.mark.parametrize(
    "data",
    [
        b"{" * 100_000,
        b'{"inclusion":' + b"[" * 50_000 + b"]" * 50_000 + b"}\n",
        b'{"inclusion":' + b"9" * 100_000 + b"}\n",
        b'{"inclusion":1e400}\n',
        b'{"inclusion":NaN}\n',
        b'{"inclusion":"\\ud800"}\n',
        b'{"inclusion":1,"inclusion":2}\n',
        b'{"inclusion":"\xff"}\n',
    ],
)
def test_hostile_json_is_refused_without_a_crash(scenario: AuditScenario, data: bytes) -> None:
    assert verify(scenario, data).exit_code in (1, 2)
