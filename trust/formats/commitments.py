"""Commitments: what an entry says of a record without showing it (docs/formats.md section 4).

Public kinds are committed by the plain SHA-256 of their document, so that `sha256sum` checks
them. Private kinds are hidden by a random 32-byte salt and bound to their kind by a prefix;
whoever deletes record and salt makes the commitment undecidable and leaves every proof valid.
"""

from dataclasses import dataclass
from hashlib import sha256

from trust.formats import b64, canon, records
from trust.formats.canon import Json
from trust.formats.errors import FormatError, ProofError

SALT = 32


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: the record's bytes and, for private kinds, its salt."""

    record: bytes
    salt: bytes | None


def commit_public(document: bytes) -> bytes:
    """Commitment of a public document: SHA-256 of its bytes."""
    return sha256(document).digest()


def commit_private(kind: str, salt: bytes, record: bytes) -> bytes:
    """Commitment of a private record under its salt (32 random bytes)."""
    if len(salt) != SALT:
        raise FormatError("The salt of a private record has 32 bytes.")
    return sha256(b"sakshi/1 private " + kind.encode("ascii") + b"\n" + salt + record).digest()


def open_commitment(kind: str, commitment: bytes, opening: Opening) -> dict[str, Json]:
    """Check that an opening is of this kind and opens the commitment; return the record.

    Raises FormatError when the record is not canonical or not of its kind, ProofError when the
    bytes do not hash to the commitment, or a salt is present or absent against the kind.
    """
    found = records.newest(kind)
    record = canon.parse(opening.record)
    if record.get("kind") != kind:
        raise ProofError(f"The entry is a {kind!r}, the record says {record.get('kind')!r}.")
    records.check_record(record)
    if found.public:
        if opening.salt is not None:
            raise ProofError(f"A {kind!r} record is public and has no salt.")
        expected = commit_public(opening.record)
    else:
        if opening.salt is None:
            raise ProofError(f"A {kind!r} record is private; without its salt nothing is shown.")
        expected = commit_private(kind, opening.salt, opening.record)
    if expected != commitment:
        raise ProofError(f"The {kind!r} record is not the one the entry commits to.")
    return record


def open_detail(kind: str, record: dict[str, Json], opening: Opening) -> dict[str, Json]:
    """Check a second payload against the `detail` commitment in its record."""
    detail = record.get("detail")
    if not isinstance(detail, str):
        raise ProofError(f"This {kind!r} record has no second payload.")
    return open_commitment(f"{kind}-detail", b64.decode(detail), opening)
