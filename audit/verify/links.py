"""The single links of the chain from an entry to the state log, each checked on its own.

A verifier pins only the state log (and outside witnesses). From there: the state head is signed
and witnessed; the state log holds the subject log's key; that key signed the subject log's head;
the state log holds that head; the head's tree holds the entry. Rules: docs/formats.md section 7.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType

from audit.verify.report import Check, EntryRef
from trust.formats import b64, notes, origins, times
from trust.formats.checkpoints import Checkpoint, open_checkpoint
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import FormatError, NotCheckedError, ProofError, SakshiError
from trust.formats.merkle import leaf_hash
from trust.formats.notes import VerifierKey
from trust.formats.policy import TrustPolicy, parse_policy
from trust.formats.tlogproof import TlogProof
from trust.formats.witnessed import Witnessed, check_checkpoint


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier was given to believe; `outside` is false if it came with the package."""

    policy: TrustPolicy
    outside: bool


@dataclass(frozen=True, slots=True)
class LogKey:
    """A log's key as the state log states it. Times are UTC seconds."""

    origin: str
    key: VerifierKey
    valid_from: int
    valid_to: int | None
    state_index: int


class saying:
    """Turn a protocol error inside the block into a finding of this check."""

    def __init__(
        self, check: Check, *, member: str | None = None, entry: EntryRef | None = None
    ) -> None:
        self.check, self.member, self.entry = check, member, entry

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(fault, NotCheckedError):
            self.check.skip(str(fault), member=self.member, entry=self.entry)
        elif isinstance(fault, SakshiError):
            self.check.wrong(str(fault), member=self.member, entry=self.entry)
        else:
            return False
        return True


def choose_policy(given: bytes | None, packed: bytes | None, check: Check) -> Trust | None:
    """The verifier's own policy if there is one, else the package's, which is said aloud."""
    chosen = given if given is not None else packed
    if chosen is None:
        check.missing(
            "No policy was given and none is enclosed: without the state log's key nothing can be "
            "verified. Give one with --policy."
        )
        return None
    try:
        policy = parse_policy(chosen)
    except FormatError as error:
        check.wrong(str(error), member=None if given is not None else "policy")
        return None
    if given is not None:
        check.ok()
    else:
        check.skip(
            "The policy was taken from what is being verified and not checked against an outside "
            "copy: whoever made it chose whom to believe. Give your own with --policy."
        )
    return Trust(policy, given is not None)


def check_state(policy: TrustPolicy, note: str) -> Witnessed:
    """A head of a state log, signed by a pinned key and witnessed as the policy asks."""
    found = check_checkpoint(policy, note)
    if origins.parse_origin(found.checkpoint.origin).kind != "state":
        raise ProofError(
            f"The policy's log {found.checkpoint.origin} is not a state log: only the state log "
            "can vouch for other logs."
        )
    return found


def contradicting(heads: Iterable[Checkpoint]) -> Checkpoint | None:
    """A head that has another root than one before it of the same log and size: a fork."""
    roots: dict[tuple[str, int], bytes] = {}
    found = (one for one in heads if roots.setdefault((one.origin, one.size), one.root) != one.root)
    return next(found, None)


def forked(head: Checkpoint) -> str:
    """The sentence about a state log that has shown two roots for one size."""
    return (
        f"Two heads of {head.origin} of size {head.size} have different roots: the state log was "
        "forked, and its own signatures prove it. Keep this file and show it to others."
    )


def say_witnesses(policy: TrustPolicy, found: Witnessed, check: Check) -> None:
    """Say who outside has seen a state head; nobody is not the same as somebody."""
    if found.witnesses:
        check.ok(len(found.witnesses))
    else:
        check.skip(
            "Not yet witnessed by anyone else: "
            + (
                "the policy names no outside witness"
                if not policy.witnesses
                else "the head carries no word of a witness"
            )
            + ", so whether everybody is shown the same head is not checked."
        )
    for name in found.not_checked:
        check.skip(f"The cosignature of {name} is of a kind that cannot be checked here.")


def check_key(key: TlogProof, entry: bytes, record: bytes) -> LogKey:
    """The log-key record opens its entry, and the entry is in the state log (step 2)."""
    parsed = parse_entry(entry)
    if not isinstance(parsed, Entry) or parsed.kind != "log-key":
        raise FormatError("The key entry is not a log-key entry.")
    value = open_commitment("log-key", parsed.commitment, Opening(record, None))
    key.check_path(leaf_hash(entry))
    verifier = VerifierKey.parse(str(value["vkey"]))
    if verifier.type != notes.ED25519:
        raise FormatError("A log's own key is of type 0x01.")
    if verifier.name != value["origin"]:
        raise ProofError(
            f"The log-key record is of {b64.shorten(str(value['origin']))}, but its key is named "
            f"{b64.shorten(verifier.name)}."
        )
    until = value["valid_to"]
    return LogKey(
        verifier.name,
        verifier,
        times.parse_time(str(value["valid_from"])),
        None if until is None else times.parse_time(str(until)),
        key.index,
    )


def check_valid_at(key: LogKey, when: int) -> None:
    """The key may sign for an entry of that time (step 3)."""
    if when < key.valid_from or (key.valid_to is not None and when > key.valid_to):
        until = "" if key.valid_to is None else f" until {times.Moment(key.valid_to)}"
        raise ProofError(
            f"The key of {key.origin} is valid from {times.Moment(key.valid_from)}{until}, "
            f"but the entry says {times.Moment(when)}."
        )


def check_subject(note: str, key: LogKey) -> Checkpoint:
    """A subject log's head: signed by that log alone, nothing else on the note (steps 4 and 5).

    The state log holds the exact bytes of the note, so a surplus line would be a byte nobody
    signed.
    """
    found = open_checkpoint(note, key.key)
    if len(notes.parse_note(note).signatures) != 1:
        raise FormatError("The subject log's head carries more than the log's own signature line.")
    return found


def check_admitted(head: TlogProof, note: str) -> None:
    """The exact bytes of a subject head are an entry of the state log (step 5)."""
    head.check_path(leaf_hash(note.encode()))
