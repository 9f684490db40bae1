"""The rules of a witness: when a head may follow the one seen before (C2SP tlog-witness).

One rule, three users. A witness cosigns a head, our signer releases one and the state log admits
one only after `check_step`: the caller names the head it continues, that head is the one held, and
the new tree begins with exactly the leaves of the old one.

A request to a witness is ``old <size>`` LF, up to 63 lines of a consistency proof, an empty line
and a signed checkpoint. It is judged in the order of the specification: what needs no memory
first (`read_request`, `check_known`), then what needs it (`check_step`), which a server does in
the same transaction that stores the outcome.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from trust.formats import b64, merkle
from trust.formats.checkpoints import MAX_SIZE, Checkpoint, parse_checkpoint, parse_decimal
from trust.formats.cosignatures import verify_cosignature
from trust.formats.errors import FormatError, ProofError, SakshiError
from trust.formats.notes import (
    COSIGNATURE_MLDSA44,
    ED25519,
    SignedNote,
    VerifierKey,
    check_ed25519,
    parse_note,
)

MAX_PROOF = 63
"""A consistency proof between trees of at most 2**63 leaves never has more hashes."""

SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"


class TreeHead(NamedTuple):
    """What is remembered of a log: how many entries, which root."""

    size: int
    root: bytes


EMPTY = TreeHead(0, merkle.EMPTY_ROOT)
"""The head of a log of which nothing has been seen."""


class ShrunkError(ProofError):
    """The new head is smaller than the one it says it continues."""

    default_code = "shrunk"


class OutOfStepError(ProofError):
    """The head held is not the one the proof begins with; `size` says which is held."""

    default_code = "out-of-step"

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


def check_step(held: TreeHead, old: int, new: TreeHead, proof: Sequence[bytes]) -> None:
    """Check that ``new`` follows from ``held``, proven from size ``old``.

    Raises:
        ShrunkError: ``new`` is smaller than ``old``.
        OutOfStepError: ``old`` is not the size held; prove from that one.
        ProofError: the trees are inconsistent: whoever vouches for both vouches for a fork.
    """
    if old > new.size:
        raise ShrunkError(f"A log cannot shrink from {old} to {new.size} entries.")
    if old != held.size:
        raise OutOfStepError(f"Size {held.size} was seen last, not {old}.", held.size)
    merkle.verify_consistency(old, new.size, held.root, new.root, proof)


class AddCheckpoint(NamedTuple):
    """A request to a witness, read but not judged."""

    old: int
    proof: tuple[bytes, ...]
    note: SignedNote
    checkpoint: Checkpoint

    @property
    def head(self) -> TreeHead:
        """The head that is asked to be cosigned."""
        return TreeHead(self.checkpoint.size, self.checkpoint.root)


class RefusedError(SakshiError):
    """A witness does not cosign; `status` is the HTTP status that the specification demands."""

    default_code = "refused"

    def __init__(self, status: int, message: str, size: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.size = size

    @property
    def content_type(self) -> str:
        """The media type of the answer."""
        return TEXT_TYPE if self.size is None else SIZE_TYPE

    @property
    def body(self) -> str:
        """The answer: the size held after a 409, else the sentence."""
        return f"{self.message if self.size is None else self.size}\n"


def read_request(body: bytes) -> AddCheckpoint:
    """Read the body of an ``add-checkpoint`` request.

    Raises:
        RefusedError: 400, it does not follow the grammar.
    """
    try:
        request, gap, note_text = body.decode().partition("\n\n")
        first, *lines = request.split("\n")
        if not gap or not first.startswith("old "):
            raise FormatError("The request does not begin with an old size and an empty line.")
        if len(lines) > MAX_PROOF:
            raise FormatError(f"A consistency proof has {MAX_PROOF} lines at most.")
        old = parse_decimal(first.removeprefix("old "), "old size")
        proof = tuple(b64.decode_hash(line) for line in lines)
        note = parse_note(note_text)
        checkpoint = parse_checkpoint(note.text, allow_extensions=True)
    except (UnicodeDecodeError, FormatError) as error:
        raise RefusedError(400, f"Malformed request: {error}") from error
    return AddCheckpoint(old, proof, note, checkpoint)


def format_request(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """Write the body of an ``add-checkpoint`` request."""
    lines = "".join(f"{b64.encode(part)}\n" for part in proof)
    return f"old {old}\n{lines}\n{note}".encode()


def read_log_list(lines: Iterable[str]) -> Iterator[VerifierKey]:
    """Read which logs a witness knows: a key a line, or the ``log`` lines of a tlog-policy file.

    A log may have several keys, as in a change of keys. Other lines of a policy file are passed
    over, so that the policy a log publishes can serve as it is.

    Raises:
        FormatError: a line is neither; the message names it.
    """
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#") or words[0] in {"witness", "group", "quorum"}:
            continue
        vkey = words[1] if words[0] == "log" and len(words) in (2, 3) else words[0]
        try:
            key = VerifierKey.parse(vkey)
        except FormatError as error:
            raise FormatError(f"Line {number} of the list of logs: {error}") from error
        if key.type not in (ED25519, COSIGNATURE_MLDSA44):
            raise FormatError(f"Line {number} of the list of logs: this is not a log's key.")
        yield key


def check_known(request: AddCheckpoint, logs: Mapping[str, Sequence[VerifierKey]]) -> None:
    """Everything about a request that needs no memory; ``logs`` has each origin's keys.

    Raises:
        RefusedError: 404 unknown origin; 403 not signed by a key of the log, or such a signature is
            wrong; 400 the old size is above the new.
    """
    keys = logs.get(request.checkpoint.origin)
    if not keys:
        raise RefusedError(
            404, f"The log {b64.shorten(request.checkpoint.origin)} is not known here."
        )
    try:
        signed = [_check_signature(request.note, key) for key in keys]
    except SakshiError as error:
        raise RefusedError(403, str(error)) from error
    if not any(signed):
        raise RefusedError(
            403, f"The checkpoint is not signed by a key of {request.checkpoint.origin}."
        )
    if request.old > request.head.size:
        raise RefusedError(400, f"The old size {request.old} is above the new {request.head.size}.")


def _check_signature(note: SignedNote, key: VerifierKey) -> bool:
    """Whether this key signed; every signature that says it is the key's must be right."""
    found = False
    for signature in note.signatures:
        if (signature.name, signature.key_id) != (key.name, key.key_id):
            continue
        if key.type == ED25519:
            check_ed25519(key, note.text.encode(), signature.signature)
        else:
            verify_cosignature(note.text, signature, key)
        found = True
    return found


def check_follows(request: AddCheckpoint, held: TreeHead) -> None:
    """Whether the head asked for follows from the one held; if so it becomes the one held.

    Raises:
        RefusedError: 409 another size is held; 422 the proof does not lead from one to the other.
    """
    try:
        check_step(held, request.old, request.head, request.proof)
    except OutOfStepError as error:
        raise RefusedError(409, str(error), size=held.size) from error
    except ProofError as error:
        raise RefusedError(422, str(error)) from error


def cosigning_time(now: int, last: int) -> int:
    """The time to state (POSIX seconds): never before one that was stated for the same log."""
    return min(max(now, last, 0), MAX_SIZE)
