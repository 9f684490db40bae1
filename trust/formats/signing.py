"""Signatures of people and societies (docs/formats.md section 5).

The signed bytes name the kind and the log, so a signature of one kind, or for one log, is never
valid as another. This module makes signatures too, but no server package calls `sign`: it is here
for clients, tests and tools, beside the rule it must follow.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from trust.formats import b64, canon, receipts
from trust.formats.canon import Json
from trust.formats.errors import (
    ChangedAfterSigningError,
    FormatError,
    NotSignedError,
    OtherKindError,
)

CARD_PREFIX = "SAKSHI1:"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: the public key and the role stated beside the signature."""

    key: bytes
    role: str


def message(kind: str, origin: str, record: dict[str, Json]) -> bytes:
    """The bytes that are signed: prefix, kind, origin, canonical record without signatures."""
    body = {name: value for name, value in record.items() if name != "signatures"}
    return f"sakshi/1 sign {kind}\n{origin}\n".encode() + canon.canonical(body)


def sign(
    seed: bytes, role: str, kind: str, origin: str, record: dict[str, Json]
) -> dict[str, Json]:
    """One member of a record's `signatures` list. For clients only: `seed` is a person's secret."""
    key = SigningKey(seed)
    signature = key.sign(message(kind, origin, record)).signature
    return {"key": b64.encode(bytes(key.verify_key)), "role": role, "sig": b64.encode(signature)}


def with_signatures(
    record: dict[str, Json], signatures: Iterable[dict[str, Json]]
) -> dict[str, Json]:
    """The record with its signatures in the one order the format allows."""
    ordered = sorted(signatures, key=lambda item: str(item["key"]))
    return {**record, "signatures": list(ordered)}


def verify(record: dict[str, Json], kind: str, origin: str) -> list[Signer]:
    """Check every signature on a record and return the signers in order.

    Raises FormatError when the list is not of the format, SignatureError when there is none or
    any one of them is wrong: a record with one bad signature is refused whole.
    """
    listed = record.get("signatures")
    if not isinstance(listed, list) or not listed:
        raise NotSignedError(kind=kind)
    if record.get("kind") != kind:
        raise OtherKindError(found=record.get("kind"), wanted=kind)
    signed = message(kind, origin, record)
    signers: list[Signer] = []
    for item in listed:
        signers.append(_verify_one(item, signed, kind))
    keys = [b64.encode(signer.key) for signer in signers]
    if keys != sorted(set(keys)):
        raise FormatError("The signatures are not sorted by key, or a key signs twice.")
    return signers


def _verify_one(item: Json, signed: bytes, kind: str) -> Signer:
    if not isinstance(item, dict) or set(item) != {"key", "role", "sig"}:
        raise FormatError("A signature has exactly the members key, role and sig.")
    key, role, sig = item["key"], item["role"], item["sig"]
    if not (isinstance(key, str) and isinstance(role, str) and isinstance(sig, str)):
        raise FormatError("The members of a signature are text.")
    public, signature = b64.decode(key), b64.decode(sig)
    if len(public) != 32 or len(signature) != 64:
        raise FormatError("A key has 32 bytes and a signature 64.")
    try:
        VerifyKey(public).verify(signed, signature)
    except BadSignatureError:
        raise ChangedAfterSigningError(kind=kind) from None
    return Signer(public, role)


def card_text(seed: bytes) -> str:
    """What stands on a voting card: the seed in groups of four characters."""
    return receipts.grouped(receipts.encode32(seed))


def parse_card(text: str) -> bytes:
    """The seed of a card's text or QR; raises FormatError naming what is wrong with it."""
    return receipts.decode32(text.removeprefix(CARD_PREFIX), 32)
