"""What a society that holds its own log key is asked to sign: a head, and why it follows.

One canonical JSON object and a final LF (docs/formats.md 6.8)::

    {"format":"sakshi-head/1","old":n,"origin":"…","proof":["<base64>",…],"root":"<base64>","size":n}

`old` is the size of the head that the society signed last (0 before the first), `proof` the RFC
6962 consistency proof from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from trust.formats import b64, canon
from trust.formats.canon import Json
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.errors import FormatError
from trust.formats.witness import MAX_PROOF

FORMAT = "sakshi-head/1"
_MEMBERS = {"format", "old", "origin", "proof", "root", "size"}


@dataclass(frozen=True, slots=True)
class HeadRequest:
    """A head to be signed, with the proof that it continues the one of size `old`."""

    origin: str
    old: int
    size: int
    root: bytes
    proof: tuple[bytes, ...]

    def text(self) -> str:
        """The checkpoint text that the signature covers."""
        return format_checkpoint(Checkpoint(self.origin, self.size, self.root))


def format_request(request: HeadRequest) -> bytes:
    """The bytes of a request."""
    value: dict[str, Json] = {
        "format": FORMAT,
        "old": request.old,
        "origin": request.origin,
        "proof": [b64.encode(part) for part in request.proof],
        "root": b64.encode(request.root),
        "size": request.size,
    }
    return canon.canonical(value) + b"\n"


def parse_request(data: bytes) -> HeadRequest:
    """Read a request; raises FormatError for anything but the one form of it."""
    if not data.endswith(b"\n"):
        raise FormatError("A request for a head ends in a line feed.")
    value = canon.parse(data[:-1])
    if set(value) != _MEMBERS or value["format"] != FORMAT:
        raise FormatError("This is not a request for a head (sakshi-head/1).")
    sizes = [value["old"], value["size"]]
    texts = [value["origin"], value["root"]]
    if not all(isinstance(n, int) and n >= 0 for n in sizes) or not isinstance(
        value["proof"], list
    ):
        raise FormatError("A size of the request is not a number, or its proof not a list.")
    proof = cast(Sequence[Json], value["proof"])
    if not all(isinstance(part, str) for part in (*texts, *proof)) or len(proof) > MAX_PROOF:
        raise FormatError("A member of the request is not text, or its proof is too long.")
    return HeadRequest(
        str(value["origin"]),
        cast(int, value["old"]),
        cast(int, value["size"]),
        b64.decode_hash(str(value["root"])),
        tuple(b64.decode_hash(str(p)) for p in proof),
    )
