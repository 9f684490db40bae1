"""The heads of a package: the log's own, the state log's that hold them, and the earlier ones.

Every head is compared with the entries themselves: the root over the first `size` entries is
computed again. A head that was signed over other entries shows a rewritten log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.verify.chain import Chain, check_grammar, read_about, read_entries
from audit.verify.links import LogKey, check_admitted, check_subject, choose_policy, saying
from audit.verify.report import Check, EntryRef, Report
from audit.verify.stamped import check_stamp
from audit.verify.states import follow, stated
from audit.verify.stateside import StateSide
from audit.verify.years import check_years
from trust.formats import b64, merkle, origins
from trust.formats.checkpoints import Checkpoint
from trust.formats.errors import FormatError, ProofError, SakshiError
from trust.formats.tlogproof import TlogProof


@dataclass(frozen=True, slots=True)
class StateLog:
    """A whole state log, if it could be read: its newest head and all entries under it."""

    note: str
    entries: Sequence[bytes]


def read_chain(
    members: Mapping[str, bytes],
    policy: bytes | None,
    report: Report,
    state_logs: Sequence[StateLog] | None = None,
) -> Chain:
    """Check everything up to the state log.

    Args:
        policy: the verifier's own, if it brought one.
        state_logs: every state log there is, if they were read.
    """
    chain = Chain(members)
    if not read_about(chain, report):
        return chain
    trust = choose_policy(policy, chain.take("policy"), report["policy"])
    if trust is not None:
        trust = follow(chain, trust, report["state-logs"])
    for handed_on in chain.closings:
        year = handed_on.next.name.rpartition("/")[2]
        report.facts[f"key {year}"] = handed_on.next.format()
    read_entries(chain, report["entries"])
    state = StateSide(chain, trust, report)
    key = chain.key = state.key()
    check_stamp(chain, trust, report)
    if key is not None:
        _check_head(chain, key, state, report)
        _check_earlier(chain, key, state, report["earlier"])
    check_grammar(chain, key, report["grammar"])
    if key is not None:
        check_years(chain, key, state, state_logs is not None, report["years"])
    _check_others(chain, state, state_logs, report["other-heads"])
    state.say()
    return chain


def _check_others(
    chain: Chain, state: StateSide, logs: Sequence[StateLog] | None, check: Check
) -> None:
    """With the whole state logs given: every head of this log in them is enclosed."""
    if logs is None:
        check.skip(
            "Whether the state log holds other heads of this log: a package cannot show it. A "
            "monitor that reads the whole state log does, and so does verifying the server's "
            "address instead of a file."
        )
        return
    _check_all_read(chain, state, logs, check)
    enclosed = {data for name, data in chain.members.items() if name.startswith("log/earlier/")}
    enclosed.add(chain.members.get("log/checkpoint", b""))
    yearly = origins.parse_origin(chain.origin).year is not None
    family = chain.origin.rpartition("/")[0].encode() + b"/"
    for log in logs:
        if not state.right(log.note, "state/checkpoint"):
            check.skip("A state log without a head that is right was not searched.")
            continue
        top = stated(log.note)
        if merkle.root_of([merkle.leaf_hash(entry) for entry in log.entries]) != top.root:
            check.wrong(f"The entries of {top.origin} do not give the root of its head.")
            continue
        for index, entry in enumerate(log.entries):
            if entry in enclosed:
                check.ok()
            if yearly and entry.startswith(family):
                chain.siblings.add(entry.partition(b"\n")[0].decode("utf-8", "replace"))
            if entry not in enclosed and entry.startswith(chain.origin.encode() + b"\n"):
                check.wrong(
                    f"Entry {index} of {top.origin} is another head of this log: two versions of "
                    "the log were published, or heads are being withheld.",
                    entry=EntryRef(top.origin, index),
                )


def _check_all_read(chain: Chain, state: StateSide, logs: Sequence[StateLog], check: Check) -> None:
    """Every state log of this operator that the policy pins, or that was led to, must be here."""
    read = {stated(log.note).origin for log in logs}
    host = origins.parse_origin(chain.origin).host
    pinned = () if state.trust is None else state.trust.policy.logs
    for name in dict.fromkeys(log.key.name for log in pinned):
        found = origins.parse_origin(name)
        if (found.kind, found.host) == ("state", host) and name not in read:
            check.missing(
                f"The policy pins {name}, but the server did not give that state log: other heads "
                "of this log could stand in it."
            )


def _check_head(chain: Chain, key: LogKey, state: StateSide, report: Report) -> None:
    data = chain.take("log/checkpoint") or b""
    note = data.decode("utf-8", "replace")
    with saying(report["log-head"], member="log/checkpoint"):
        chain.head = check_subject(note, key)
        report.facts |= {"log size": str(chain.head.size), "root": b64.encode(chain.head.root)}
        report["log-head"].ok()
    if chain.head is None:
        return
    _compare_root(chain, chain.head, report["entries"])
    proof = state.proof(f"state/heads/{chain.head.size}.tlog-proof", report["admitted"])
    if proof is not None:
        with saying(report["admitted"], member=f"state/heads/{chain.head.size}.tlog-proof"):
            check_admitted(proof, note)
            report["admitted"].ok()


def _compare_root(chain: Chain, head: Checkpoint, check: Check) -> None:
    count = len(chain.entries)
    leaves = _stated_leaves(chain, head, check)
    if count != head.size:
        check.wrong(
            f"The head covers {head.size} entries, but {count} are here: entries were "
            f"{'removed' if count < head.size else 'added'}.",
            member="log/entries",
            entry=chain.ref(min(count, head.size)),
        )
    elif chain.root_at(head.size) != head.root:
        first, last = _where_wrong(chain, leaves)
        which = f"it is entry {first}" if first == last else f"it is one of {first} to {last}"
        check.wrong(
            "The entries do not give the root that was signed: an entry was changed; by the leaf "
            f"hashes and earlier heads {which}.",
            member="log/entries",
            entry=EntryRef(chain.origin, first) if first == last else None,
        )
    else:
        check.ok(count)


def _stated_leaves(chain: Chain, head: Checkpoint, check: Check) -> list[bytes] | None:
    """The leaf hashes enclosed, if they give the signed root: they tell which entry changed."""
    data = chain.take("log/leaves") or b""
    leaves = [data[at : at + 32] for at in range(0, len(data), 32)]
    if len(data) == 32 * head.size and merkle.root_of(leaves) == head.root:
        return leaves
    check.wrong(
        "log/leaves does not hold the leaf hashes under the signed root.", member="log/leaves"
    )
    return None


def _where_wrong(chain: Chain, leaves: list[bytes] | None) -> tuple[int, int]:
    """First and last entry among which the changed one is."""
    if leaves is not None:
        differing = [
            index
            for index, (entry, leaf) in enumerate(zip(chain.entries, leaves, strict=True))
            if merkle.leaf_hash(entry) != leaf
        ]
        return differing[0], differing[0]
    good = 0
    for size, note in _earlier_notes(chain):
        try:
            same = chain.root_at(size) == stated(note).root
        except SakshiError:
            continue
        if not same:
            return good, size - 1
        good = max(good, size)
    return good, len(chain.entries) - 1


def _earlier_notes(chain: Chain) -> list[tuple[int, str]]:
    """Sizes and notes of `log/earlier/`, smallest first; other names there mean nothing."""
    found: list[tuple[int, str]] = []
    for name, data in chain.members.items():
        size = name.removeprefix("log/earlier/")
        if size != name and size.isdecimal() and len(size) < 16 and str(int(size)) == size:
            found.append((int(size), data.decode("utf-8", "replace")))
    return sorted(found)


def _check_earlier(chain: Chain, key: LogKey, state: StateSide, check: Check) -> None:
    """Each earlier head against key, state log, entries, and the next head."""
    rows = [(f"log/earlier/{size}", size, note) for size, note in _earlier_notes(chain)]
    if chain.head is not None:
        last = chain.members["log/checkpoint"].decode("utf-8", "replace")
        rows.append(("log/checkpoint", chain.head.size, last))
    before: tuple[Checkpoint, TlogProof] | None = None
    for name, size, note in rows:
        with saying(check, member=name):
            chain.used.add(name)
            head = check_subject(note, key)
            _check_root(chain, head, size)
            proof = state.proof(f"state/heads/{size}.tlog-proof", check)
            if proof is None:
                continue
            check_admitted(proof, note)
            if before is not None:
                _check_order(before[1], proof)
                _check_step(chain, before[0], head, check)
            before = (head, proof)
            check.ok()


def _check_root(chain: Chain, head: Checkpoint, size: int) -> None:
    if head.size != size:
        raise FormatError(f"The file named for size {size} is a head of size {head.size}.")
    if chain.root_at(size) != head.root:
        raise ProofError(
            f"The head of size {size} was signed over other entries than those enclosed: the log "
            "was rewritten after it was published, or an entry was altered here."
        )


def _check_order(before: TlogProof, after: TlogProof) -> None:
    same_log = before.head().origin == after.head().origin
    if same_log and after.index <= before.index:
        raise ProofError("The state log holds a later head of this log before an earlier one.")


def _check_step(chain: Chain, before: Checkpoint, head: Checkpoint, check: Check) -> None:
    name = f"proof/consistency/{before.size}-{head.size}"
    data = chain.take(name)
    if data is None:
        check.missing(f"{name} is missing.", member=name)
        return
    text = data.decode("ascii", "replace")
    if text and not text.endswith("\n"):
        raise FormatError(f"{name} does not end in a line feed.")
    proof = [b64.decode_hash(line) for line in text.split("\n")[:-1]]
    merkle.verify_consistency(before.size, head.size, before.root, head.root, proof)
