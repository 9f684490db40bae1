"""One Sakshi proof: from a record to the state log, every step of docs/formats.md section 7."""

from audit.verify.links import (
    LogKey,
    Trust,
    check_admitted,
    check_key,
    check_state,
    check_subject,
    check_valid_at,
    choose_policy,
    contradicting,
    forked,
    say_witnesses,
    saying,
)
from audit.verify.report import Check, EntryRef, Report
from trust.formats import times
from trust.formats.commitments import open_commitment
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import FormatError, NotCheckedError, SakshiError
from trust.formats.merkle import leaf_hash
from trust.formats.proofs import SakshiProof, parse_proof
from trust.formats.witnessed import Witnessed

MARKS = (b'"sakshi-proof', b'"inclusion"', b'"key_entry"')
"""By any of these a file is known to be meant as a proof, so that damage is called damage."""

PLAN = (
    ("file", "The file is a sakshi-proof/1 in its one canonical form."),
    ("policy", "The keys believed come from a policy the verifier brought along."),
    ("opening", "The record shown is the one the entry commits to."),
    ("log-key", "The state log holds the key of the entry's log."),
    ("validity", "That key was valid when the entry was made."),
    ("inclusion", "The entry is in its log, under a head signed by that key."),
    ("admitted", "The state log holds that head, exactly as signed."),
    ("state-head", "The state log's head is signed by the key of the policy."),
    ("witnesses", "Outside witnesses have seen the state log's head."),
    ("one-state", "Key and head are shown by the same head of the state log."),
)


def verify_proof(data: bytes, policy: bytes | None) -> Report:
    """Verify a `.sakshi-proof` file against a tlog-policy; a proof never brings its own."""
    report = Report("a Sakshi proof")
    report.plan(PLAN)
    proof = _read(data, report["file"])
    trust = choose_policy(policy, None, report["policy"])
    if proof is None:
        return report
    entry = _entry(proof, report)
    if trust is None:
        return report
    _states(proof, trust, report)
    key = _key(proof, report["log-key"])
    if key is None or entry is None:
        return report
    _subject(proof, key, entry, report)
    return report


def _read(data: bytes, check: Check) -> SakshiProof | None:
    try:
        proof = parse_proof(data)
    except SakshiError as error:
        if any(mark in data for mark in MARKS):
            check.wrong(f"The proof file was damaged or altered. {error}")
        else:
            check.missing("This file is not a Sakshi proof.")
        return None
    check.ok()
    return proof


def _entry(proof: SakshiProof, report: Report) -> Entry | None:
    check = report["opening"]
    try:
        parsed = parse_entry(proof.entry)
        if not isinstance(parsed, Entry):
            raise FormatError("The entry of a Sakshi proof is a sakshi/1 line.")
        open_commitment(parsed.kind, parsed.commitment, proof.opening)
    except SakshiError as error:
        check.wrong(str(error))
        return None
    check.ok()
    report.facts["kind"] = parsed.kind
    report.facts["sequenced"] = times.format_time(parsed.time)
    return parsed


def _states(proof: SakshiProof, trust: Trust, report: Report) -> None:
    """Both state heads; the exporter writes the same one twice."""
    seen: list[Witnessed] = []
    check = report["state-head"]
    for note in dict.fromkeys((proof.head.checkpoint, proof.key.checkpoint)):
        with saying(check):
            found = check_state(trust.policy, note)
            seen.append(found)
            check.ok()
    if seen:
        report.facts["state log"] = seen[0].checkpoint.origin
        report.facts["state size"] = str(seen[0].checkpoint.size)
        say_witnesses(trust.policy, seen[0], report["witnesses"])
    else:
        report["witnesses"].skip("No head of the state log is right, so nobody's word was asked.")
    fork = contradicting(found.checkpoint for found in seen)
    if fork is not None:
        report["one-state"].wrong(forked(fork))
    elif proof.head.checkpoint == proof.key.checkpoint:
        report["one-state"].ok()
    else:
        sizes = " and ".join(str(found.checkpoint.size) for found in seen) or "unknown"
        report["one-state"].skip(
            f"The file shows two heads of the state log (sizes {sizes}); that one continues the "
            "other is not shown by this file. A monitor or an audit package shows it."
        )


def _key(proof: SakshiProof, check: Check) -> LogKey | None:
    try:
        key = check_key(proof.key, proof.key_entry, proof.key_record)
    except NotCheckedError as error:
        check.skip(str(error))
        return None
    except SakshiError as error:
        check.wrong(str(error))
        return None
    check.ok()
    return key


def _subject(proof: SakshiProof, key: LogKey, entry: Entry, report: Report) -> None:
    where = EntryRef(key.origin, proof.inclusion.index, entry.kind)
    report.facts["log"] = key.origin
    report.facts["index"] = str(proof.inclusion.index)
    with saying(report["validity"], entry=where):
        check_valid_at(key, entry.time)
        report["validity"].ok()
    with saying(report["inclusion"], entry=where):
        head = check_subject(proof.inclusion.checkpoint, key)
        proof.inclusion.check_path(leaf_hash(proof.entry))
        report.facts["log size"] = str(head.size)
        report["inclusion"].ok()
    with saying(report["admitted"], entry=where):
        check_admitted(proof.head, proof.inclusion.checkpoint)
        if proof.head.checkpoint == proof.key.checkpoint and key.state_index >= proof.head.index:
            raise FormatError("The log's key stands after its head in the state log.")
        report["admitted"].ok()
