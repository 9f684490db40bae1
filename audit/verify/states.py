"""From one state log to the next: whoever pins one key is led to the keys that follow.

The last entry of a closed state log names the next log and its key, under a head that the known
key has signed and the witnesses of the policy have seen; entry 0 of the next log is that very head
(docs/formats.md 6.7). A package shows it by the files `states/<year>/…`, so that a policy pinned
years ago verifies the package of today.
"""

from collections.abc import Callable
from dataclasses import replace

from audit.verify.chain import Chain, Closing
from audit.verify.links import Trust, check_state, saying
from audit.verify.report import Check
from trust.formats import notes, origins
from trust.formats.checkpoints import Checkpoint, parse_checkpoint
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import FormatError, ProofError
from trust.formats.merkle import leaf_hash
from trust.formats.notes import SignedNote, VerifierKey
from trust.formats.policy import PolicyLog, TrustPolicy
from trust.formats.tlogproof import TlogProof, parse_tlog_proof

FOLDER = "states/"
FILES = ("last.tlog-proof", "last-entry", "last-record", "next.tlog-proof")


def order(origin: str) -> tuple[str, int]:
    """What the logs of one subject are ordered by: log year, then number within it."""
    parsed = origins.parse_origin(origin)
    return parsed.year or "", parsed.shard


def follow(chain: Chain, trust: Trust, check: Check) -> Trust:
    """The policy, completed by every key that a closed state log hands on to the next."""
    check.ok(0)
    policy = trust.policy
    for year in _years(chain):
        with saying(check, member=f"{FOLDER}{year}/last.tlog-proof"):
            policy = _step(chain, policy, year, check)
    return replace(trust, policy=policy)


def _years(chain: Chain) -> list[str]:
    """The closed state logs a package shows, oldest first; other names there mean nothing."""
    host = chain.state.split("/")[0]
    found: dict[str, tuple[str, int]] = {}
    for name in chain.members:
        year, mark, file = name.removeprefix(FOLDER).partition("/")
        if not name.startswith(FOLDER) or not mark or file not in FILES:
            continue
        try:
            found[year] = order(f"{host}/state/{year}")
        except FormatError:
            continue
    return sorted(found, key=lambda year: found[year])


def _step(chain: Chain, policy: TrustPolicy, year: str, check: Check) -> TrustPolicy:
    files = [chain.take(f"{FOLDER}{year}/{name}") for name in FILES]
    for name, data in zip(FILES, files, strict=True):
        if data is None:
            check.missing(f"{FOLDER}{year}/{name} is missing.", member=f"{FOLDER}{year}/{name}")
    if None in files:
        return policy
    last, entry, record, after = (data or b"" for data in files)
    closing = parse_tlog_proof(last.decode("utf-8", "replace"))
    old = closing.head().origin
    if old != f"{chain.state.split('/')[0]}/state/{year}":
        raise ProofError(f"The proof of {year} rests on a head of {old}.")
    if old not in {log.key.name for log in policy.logs}:
        check.skip(
            f"The policy neither names {old} nor leads to it, so what that log hands on to the "
            "next was not followed."
        )
        return policy
    head = check_state(policy, closing.checkpoint).checkpoint
    named = _named(closing, head, entry, record)
    extended = _extend(policy, named)
    opening = _check_opening(extended, named, closing, after)
    if extended is not policy and _keys_of(policy, old) > {notes.ED25519}:
        check.skip(
            f"The policy asks for a second signature (ML-DSA-44) of {old}, but {old} hands on the "
            f"Ed25519 key of {named.name} alone: from there on that signature alone was checked. "
            "A policy that pins both keys of the newer log asks for both."
        )
    chain.other_heads.append(opening)
    chain.closings.append(Closing(head, named))
    check.ok()
    return extended


def _keys_of(policy: TrustPolicy, origin: str) -> set[int]:
    return {log.key.type for log in policy.logs if log.key.name == origin}


def _named(proof: TlogProof, head: Checkpoint, entry: bytes, record: bytes) -> VerifierKey:
    """The key of the next log, by the last entry of this one."""
    if proof.index != head.size - 1:
        raise ProofError(f"That is not the last entry of {head.origin}.")
    proof.check_path(leaf_hash(entry))
    parsed = parse_entry(entry)
    if not isinstance(parsed, Entry) or parsed.kind != "log-closed":
        raise FormatError(f"The last entry of {head.origin} does not close it.")
    value = open_commitment("log-closed", parsed.commitment, Opening(record, None))
    if value["origin"] != head.origin or value["size"] != head.size:
        raise ProofError(f"The closing entry of {head.origin} is of another log or size.")
    if value["next_key"] is None:
        raise FormatError(f"The closing entry of {head.origin} names no key.")
    key = VerifierKey.parse(str(value["next_key"]))
    own, other = origins.parse_origin(head.origin), origins.parse_origin(key.name)
    same = (own.host, own.kind) == (other.host, other.kind)
    if key.name != value["next"] or key.type != notes.ED25519 or not same:
        raise ProofError(f"{head.origin} hands its work on to a key that is no state log's.")
    if order(key.name) <= order(head.origin):
        raise ProofError(f"{head.origin} cannot go on in {key.name}, which is older.")
    return key


def _extend(policy: TrustPolicy, key: VerifierKey) -> TrustPolicy:
    """The policy with that log as well; two keys for one log, or one for two, are refused."""
    for log in policy.logs:
        if log.key.name == key.name and log.key.type == key.type:
            if log.key != key:
                raise ProofError(
                    f"The log before names another key for {key.name} than the policy does: one "
                    "of the two is not that log."
                )
            return policy
        if log.key.public == key.public:
            raise ProofError(f"{key.name} has the key of {log.key.name}, used again.")
    return replace(policy, logs=(*policy.logs, PolicyLog(key)))


def _check_opening(
    policy: TrustPolicy, key: VerifierKey, closing: TlogProof, data: bytes
) -> Checkpoint:
    """Entry 0 of the next log is the last head of this one, with its own signature line alone.
    Returns the head of the next log that holds it.
    """
    proof = parse_tlog_proof(data.decode("utf-8", "replace"))
    found = check_state(policy, proof.checkpoint).checkpoint
    note = notes.parse_note(closing.checkpoint)
    own = [line for line in note.signatures if line.name == closing.head().origin]
    alone = [notes.format_note(SignedNote(note.text, (line,))) for line in own]
    leaves = [leaf_hash(text.encode()) for text in alone]
    if found.origin != key.name or proof.index != 0 or not any(map(_leads(proof), leaves)):
        raise ProofError(f"{key.name} does not begin with the last head of the log before it.")
    return found


def _leads(proof: TlogProof) -> Callable[[bytes], bool]:
    """Whether the path of a proof leads from a leaf to its root."""

    def leads(leaf: bytes) -> bool:
        try:
            proof.check_path(leaf)
        except ProofError:
            return False
        return True

    return leads


def stated(note: str) -> Checkpoint:
    """What a signed note says, unchecked."""
    return parse_checkpoint(notes.parse_note(note).text)
