"""A checkpoint compared with a trust policy: signed by a believed log, seen by enough witnesses.

A signature by an unknown key is ignored; one by a key of the policy that does not verify spoils
the note, even where the others would suffice (C2SP signed-note, tlog-policy). Where the policy
names an Ed25519 and an ML-DSA-44 key for one log, both must have signed: a head that came without
its second line would be believed on the strength of the weaker key alone. Of several keys of one
kind any one will do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trust.formats.b64 import shorten
from trust.formats.checkpoints import Checkpoint, parse_checkpoint
from trust.formats.cosignatures import verify_cosignature
from trust.formats.errors import NotCheckedError, SignatureError
from trust.formats.notes import ED25519, SignedNote, check_ed25519, parse_note
from trust.formats.policy import PolicyLog, TrustPolicy


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that a policy accepts.

    Attributes:
        witnesses: for each witness whose cosignature verified, by policy name, its time (POSIX s).
        not_checked: witnesses whose cosignature could not be checked here, and the log itself
            where that is so of its second signature; none of them counted.
    """

    checkpoint: Checkpoint
    log: PolicyLog
    witnesses: dict[str, int]
    not_checked: tuple[str, ...]


def check_checkpoint(policy: TrustPolicy, note_bytes: bytes | str) -> Witnessed:
    """Read a checkpoint that one of the policy's logs signed and a quorum cosigned.

    Raises:
        FormatError: the note or checkpoint is malformed.
        SignatureError: unknown log, a known signature that is wrong or (`second-line`) missing, or
            no quorum.
        NotCheckedError: no signature of the log is of a kind that can be checked here.
    """
    note = parse_note(note_bytes)
    checkpoint = parse_checkpoint(note.text)
    signed, unseen = _check_logs(policy, note, checkpoint.origin)
    _check_kinds(policy, checkpoint, {log.key.type for log in (*signed, *unseen)})
    times: dict[str, int] = {}
    unchecked = [f"{log.key.name} (ML-DSA-44)" for log in unseen]
    for witness in policy.witnesses:
        try:
            seen = [
                verify_cosignature(note.text, signature, witness.key)
                for signature in note.signatures
                if (signature.name, signature.key_id) == (witness.key.name, witness.key.key_id)
            ]
        except NotCheckedError:
            unchecked.append(witness.name)
            continue
        if seen:
            times[witness.name] = max(seen)
    if not policy.evaluate(times):
        raise SignatureError(
            f"The head of {checkpoint.origin} at size {checkpoint.size} is not witnessed as the "
            f"policy asks ({policy.quorum}); it carries the word of "
            f"{', '.join(sorted(times)) or 'no witness'}.",
            code="no-quorum",
        )
    return Witnessed(checkpoint, signed[0], times, tuple(unchecked))


def check_log(policy: TrustPolicy, note_bytes: bytes | str) -> Checkpoint:
    """Read a checkpoint that one of the policy's logs signed; one of its lines is enough.

    Who has witnessed it is not asked. For heads that are kept with their first line alone.

    Raises:
        FormatError: the note or checkpoint is malformed.
        SignatureError: unknown log, or its signature is wrong.
        NotCheckedError: no signature of the log is of a kind that can be checked here.
    """
    note = parse_note(note_bytes)
    checkpoint = parse_checkpoint(note.text)
    _check_logs(policy, note, checkpoint.origin)
    return checkpoint


def _check_logs(
    policy: TrustPolicy, note: SignedNote, origin: str
) -> tuple[Sequence[PolicyLog], Sequence[PolicyLog]]:
    """Whose keys signed of this origin's logs, and whose signatures cannot be checked here.

    Every signature by one of its keys must be right.
    """
    signed: list[PolicyLog] = []
    unchecked: list[PolicyLog] = []
    for log in policy.logs:
        for signature in note.signatures:
            # A log vouches for its own origin only, whatever else its key has signed.
            if (origin, signature.name, signature.key_id) != (
                log.key.name,
                log.key.name,
                log.key.key_id,
            ):
                continue
            try:
                if log.key.type == ED25519:
                    check_ed25519(log.key, note.text.encode(), signature.signature)
                else:
                    verify_cosignature(note.text, signature, log.key)
                signed.append(log)
            except NotCheckedError as error:
                unchecked.append(log)
                reason = error
    if signed:
        return signed, unchecked
    if unchecked:
        raise reason
    raise SignatureError(
        f"The checkpoint of {shorten(origin)} is not signed by a log of the policy.",
        code="unknown-log",
    )


def _check_kinds(policy: TrustPolicy, head: Checkpoint, seen: set[int]) -> None:
    """A log signs with a key of each kind that the policy names for it."""
    pinned = {log.key.type for log in policy.logs if log.key.name == head.origin}
    if pinned - seen:
        kind = "Ed25519" if ED25519 in pinned - seen else "ML-DSA-44"
        raise SignatureError(
            f"The head of {head.origin} at size {head.size} lacks the {kind} signature that the "
            "policy asks for beside the other.",
            code="second-line",
        )
