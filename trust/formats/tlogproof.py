"""Proof files ``.tlog-proof``: one entry is in one log, checkable offline (C2SP tlog-proof).

::

    c2sp.org/tlog-proof@v1 LF
    [extra <base64> LF]
    index <decimal> LF
    (<base64 hash> LF)*        leaf's sibling first
    LF
    <signed checkpoint note, as issued, with cosignatures>

The extra data is not authenticated. The entry itself is not in the file: whoever verifies hashes
the entry in hand and takes the log's key and the quorum from a policy.
"""

from dataclasses import dataclass

from trust.formats import b64
from trust.formats.checkpoints import Checkpoint, parse_checkpoint, parse_decimal
from trust.formats.errors import FormatError
from trust.formats.merkle import verify_inclusion
from trust.formats.notes import parse_note

HEADER = "c2sp.org/tlog-proof@v1"

MAX_PATH = 63
"""Hashes of the longest path: no tree has 2**63 leaves or more."""


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Position, inclusion path, and the signed checkpoint note the path leads to."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def head(self) -> Checkpoint:
        """The tree head stated in the note. Its signatures are not checked here.

        Raises:
            FormatError: the note does not hold a checkpoint.
        """
        return parse_checkpoint(parse_note(self.checkpoint).text)

    def check_path(self, leaf: bytes) -> Checkpoint:
        """Check that the path leads from this leaf hash to the root in the note.

        The signatures are not checked here: until they are, the head is nobody's word.

        Raises:
            FormatError: the note does not hold a checkpoint.
            ProofError: the path leads elsewhere.
        """
        head = self.head()
        verify_inclusion(leaf, self.index, head.size, self.path, head.root)
        return head


def parse_tlog_proof(text: str) -> TlogProof:
    """Read a proof file; writing it again gives the same text.

    Raises:
        FormatError: anything that is not exactly the grammar above.
    """
    top, gap, note = text.partition("\n\n")
    lines = top.split("\n")
    if not gap or lines.pop(0) != HEADER:
        raise FormatError(
            f"This is not a proof file: it must begin with {HEADER}.", code="tlog-proof"
        )
    extra = b64.decode(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise FormatError(
            "The proof file does not state the position of its entry.", code="tlog-proof"
        )
    index = parse_decimal(lines.pop(0)[6:], "position")
    if len(lines) > MAX_PATH:
        raise FormatError(f"A path has {MAX_PATH} hashes at most.", code="tlog-proof")
    proof = TlogProof(index, tuple(b64.decode_hash(line) for line in lines), note, extra)
    proof.head()  # refuses a note that is not a checkpoint; whether the path fits comes later
    return proof


def format_tlog_proof(proof: TlogProof) -> str:
    """Write a proof file.

    Raises:
        FormatError: the parts cannot make a proof file, for example a note without signature.
    """
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(f"extra {b64.encode(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += [b64.encode(part) for part in proof.path]
    text = "\n".join(lines) + "\n\n" + proof.checkpoint
    if parse_tlog_proof(text) != proof:
        raise FormatError("These parts do not make a proof file.", code="tlog-proof")
    return text
