"""The `.sakshi-proof` file: one entry proven from its record up to the state log.

Only reading and writing stands here (docs/formats.md section 7); the steps of verification are in
`audit/verify/proof.py`. The file is canonical JSON and a final LF, so that no byte of it is free.
"""

from dataclasses import dataclass

from trust.formats import b64, canon, tlogproof
from trust.formats.canon import Json
from trust.formats.commitments import Opening
from trust.formats.errors import FormatError
from trust.formats.tlogproof import TlogProof

FORMAT = "sakshi-proof/1"
_MEMBERS = {"entry", "format", "head", "inclusion", "key", "key_entry", "key_record", "opening"}


@dataclass(frozen=True, slots=True)
class SakshiProof:
    """One entry, its opening, and the three C2SP proofs that carry it to the state log."""

    entry: bytes
    opening: Opening
    inclusion: TlogProof
    head: TlogProof
    key: TlogProof
    key_entry: bytes
    key_record: bytes


def format_proof(proof: SakshiProof) -> bytes:
    """The file's bytes."""
    opening: dict[str, Json] = {"record": proof.opening.record.decode("utf-8")}
    if proof.opening.salt is not None:
        opening["salt"] = b64.encode(proof.opening.salt)
    value: dict[str, Json] = {
        "entry": proof.entry.decode("ascii"),
        "format": FORMAT,
        "head": tlogproof.format_tlog_proof(proof.head),
        "inclusion": tlogproof.format_tlog_proof(proof.inclusion),
        "key": tlogproof.format_tlog_proof(proof.key),
        "key_entry": proof.key_entry.decode("ascii"),
        "key_record": proof.key_record.decode("utf-8"),
        "opening": opening,
    }
    return canon.canonical(value) + b"\n"


def parse_proof(data: bytes) -> SakshiProof:
    """Read a file; raises FormatError for any byte that `format_proof` would not write."""
    if not data.endswith(b"\n"):
        raise FormatError("A Sakshi proof ends in a line feed.")
    value = canon.parse(data[:-1])
    if set(value) != _MEMBERS or value["format"] != FORMAT:
        raise FormatError("This is not a sakshi-proof/1 file: its members are others.")
    proof = SakshiProof(
        entry=_text(value, "entry").encode(),
        opening=_opening(value["opening"]),
        inclusion=_tlog(value, "inclusion"),
        head=_tlog(value, "head"),
        key=_tlog(value, "key"),
        key_entry=_text(value, "key_entry").encode(),
        key_record=_text(value, "key_record").encode(),
    )
    return proof


def _text(value: dict[str, Json], name: str) -> str:
    found = value[name]
    if not isinstance(found, str):
        raise FormatError(f"The member {name!r} of the proof is not text.")
    return found


def _tlog(value: dict[str, Json], name: str) -> TlogProof:
    parsed = tlogproof.parse_tlog_proof(_text(value, name))
    if parsed.extra is not None:
        raise FormatError(f"The tlog-proof {name!r} has an `extra` line; ours never do.")
    return parsed


def _opening(value: Json) -> Opening:
    if not isinstance(value, dict) or not {"record"} <= set(value) <= {"record", "salt"}:
        raise FormatError("The opening of a proof is a record and, for private kinds, a salt.")
    record, salt = value["record"], value.get("salt")
    if not isinstance(record, str) or not isinstance(salt, str | None):
        raise FormatError("The record and salt of an opening are text.")
    if "salt" in value and salt is None:
        raise FormatError("The salt of an opening is text.")
    return Opening(record.encode(), None if salt is None else b64.decode(salt))
