"""Signed notes: a text and the signatures of named keys under it (C2SP signed-note v1.0.0).

::

    <text, ends in LF>
    LF
    (U+2014 SP <key name> SP base64(key id (4 bytes) || signature) LF)+

The text ends at the last empty line; signatures cover it with its final LF, not the empty line.
A key is known by name and id together, id = SHA-256(name || LF || type || public key)[:4].
Signatures by unknown keys are ignored; one by a known key that does not verify spoils the note.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from trust.formats import b64
from trust.formats.errors import FormatError, SignatureError

ED25519 = 0x01
COSIGNATURE_ED25519 = 0x04
COSIGNATURE_MLDSA44 = 0x06

MAX_SIGNATURES = 100
"""More lines than this are refused, as Go's note package does; 16 must be accepted."""

_KEY_LENGTH = {ED25519: 32, COSIGNATURE_ED25519: 32, COSIGNATURE_MLDSA44: 1312}
_DASH = "\u2014 "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
"""What no note holds: control characters but LF, and halves of characters, which are no UTF-8."""
_VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+(.+)", re.DOTALL)


class NoteSignature(NamedTuple):
    """One signature line: who says so, which key (4 bytes), and the bytes after the key id."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in a note, with its LF.

        Raises:
            FormatError: a name, key id or signature that no note can hold.
        """
        check_key_name(self.name)
        if len(self.key_id) != 4 or not self.signature:
            raise FormatError("A signature line needs a 4-byte key id and a signature.")
        return f"{_DASH}{self.name} {b64.encode(self.key_id + self.signature)}\n"


class SignedNote(NamedTuple):
    """A text with its final LF, and the signatures under it; nothing about them is checked yet."""

    text: str
    signatures: tuple[NoteSignature, ...]


class VerifierKey(NamedTuple):
    """A public key with the name it signs under and the signature type it is for."""

    name: str
    key_id: bytes
    type: int
    public: bytes

    @classmethod
    def make(cls, name: str, type: int, public: bytes) -> "VerifierKey":
        """Name a public key.

        Raises:
            FormatError: bad name, unknown type, wrong key length.
        """
        check_key_name(name)
        if type not in _KEY_LENGTH:
            raise FormatError(f"Keys of type 0x{type:02x} are not known here.", code="key-type")
        if len(public) != _KEY_LENGTH[type]:
            raise FormatError(
                f"A key of type 0x{type:02x} has {_KEY_LENGTH[type]} bytes, not {len(public)}.",
                code="key-length",
            )
        return cls(name, key_id(name, type, public), type, public)

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Read ``name+hex key id+base64(type || public key)``.

        Raises:
            FormatError: not of that form, unknown type, or a key id that is not this key's.
        """
        found = _VKEY.fullmatch(vkey)
        if not found:
            raise FormatError(f"{b64.shorten(vkey)} is not a verifier key.", code="vkey")
        body = b64.decode(found[3])
        key = cls.make(found[1], body[0], body[1:])
        if key.key_id.hex() != found[2]:
            raise FormatError(
                f"The verifier key of {key.name} states the key id {found[2]} "
                f"but its key has the id {key.key_id.hex()}.",
                code="vkey",
            )
        return key

    def format(self) -> str:
        """Write the key in the form that ``parse`` reads."""
        body = b64.encode(bytes([self.type]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{body}"


def key_id(name: str, type: int, public: bytes) -> bytes:
    """The 4 bytes by which signature lines name a key of this name and type."""
    return sha256(name.encode() + b"\n" + bytes([type]) + public).digest()[:4]


def check_key_name(name: str) -> None:
    """Refuse what cannot be a key name: empty, with a space of any script, a ``+`` or a control.

    Raises:
        FormatError: the name cannot be used.
    """
    if name.split() != [name] or "+" in name or _CONTROL.search(name):
        raise FormatError(
            f"{b64.shorten(name)} cannot be a key name: it must have no spaces and no '+'.",
            code="key-name",
        )


def parse_note(data: bytes | str) -> SignedNote:
    """Read a signed note; the signatures are only split off, not checked.

    Raises:
        FormatError: not UTF-8, control characters, no signature, a malformed line, too many lines,
            two lines of one name and key id (C2SP tlog-checkpoint of 26 August 2026: all our notes
            are checkpoints).
    """
    whole = _decode(data)
    head, gap, tail = whole.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise FormatError("This is not a signed note: text, empty line, signatures.", code="note")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise FormatError(f"A note may have {MAX_SIGNATURES} signatures at most.", code="note")
    signatures = tuple(_parse_line(line) for line in lines)
    if len({(signature.name, signature.key_id) for signature in signatures}) != len(signatures):
        raise FormatError(
            "Two signature lines have one name and key id; a checkpoint has one of each.",
            code="note",
        )
    return SignedNote(head + "\n", signatures)


def _parse_line(line: str) -> NoteSignature:
    name, gap, value = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not gap:
        raise FormatError(f"{b64.shorten(line)} is not a signature line.", code="note")
    check_key_name(name)
    raw = b64.decode(value)
    if len(raw) < 5:
        raise FormatError(f"The signature of {name} is too short.", code="note")
    return NoteSignature(name, raw[:4], raw[4:])


def format_note(note: SignedNote) -> str:
    """Write a note in the one form that ``parse_note`` reads back.

    Raises:
        FormatError: a text without final LF or with control characters; no or too many signatures.
    """
    check_text(note.text)
    if not 1 <= len(note.signatures) <= MAX_SIGNATURES:
        raise FormatError(f"A note has between 1 and {MAX_SIGNATURES} signatures.", code="note")
    return note.text + "\n" + "".join(signature.line() for signature in note.signatures)


def check_text(text: str) -> None:
    """Refuse a text that cannot be signed as a note.

    Raises:
        FormatError: no final LF, control characters, lone surrogates.
    """
    if not text.endswith("\n") or _CONTROL.search(text):
        raise FormatError(
            "The text of a note must end in a line feed and hold no control characters.",
            code="note",
        )


def sign_ed25519(text: str, name: str, seed: bytes) -> NoteSignature:
    """Sign a note text with the Ed25519 key of this 32-byte seed (type 0x01).

    Raises:
        FormatError: the text or the name cannot stand in a note.
    """
    check_text(text)
    key = SigningKey(seed)
    verifier = VerifierKey.make(name, ED25519, key.verify_key.encode())
    return NoteSignature(name, verifier.key_id, key.sign(text.encode()).signature)


def verifier_key(name: str, seed: bytes) -> VerifierKey:
    """The public half (type 0x01) of the key that ``sign_ed25519`` uses."""
    return VerifierKey.make(name, ED25519, SigningKey(seed).verify_key.encode())


def verify(note: SignedNote, keys: Sequence[VerifierKey]) -> list[VerifierKey]:
    """The keys, in the order given, that signed the note; at least one.

    Only keys of type 0x01 sign a bare note; cosigner keys belong to ``cosignatures``.

    Raises:
        FormatError: a key of another type, or two keys of the same name and id.
        SignatureError: a signature by one of the keys is wrong, or none of them signed.
    """
    known = {(key.name, key.key_id): key for key in keys}
    if len(known) != len(set(keys)) or any(key.type != ED25519 for key in keys):
        raise FormatError(
            "Only distinct note keys of type 0x01 can verify a note.", code="key-type"
        )
    message = note.text.encode()
    verified: set[VerifierKey] = set()
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            check_ed25519(key, message, signature.signature)
            verified.add(key)
    if not verified:
        names = ", ".join(sorted({key.name for key in keys})) or "anybody (no key was given)"
        raise SignatureError(f"The note is not signed by {names}.", code="unsigned")
    return [key for key in known.values() if key in verified]


def check_ed25519(key: VerifierKey, message: bytes, signature: bytes) -> None:
    """Check one Ed25519 signature (RFC 8032) over ``message``.

    Raises:
        SignatureError: it does not verify.
    """
    try:
        if len(signature) != 64:
            raise BadSignatureError
        VerifyKey(key.public).verify(message, signature)
    except BadSignatureError as error:
        raise SignatureError(
            f"The signature of {key.name} does not fit the text: one of the two was changed."
        ) from error


def _decode(data: bytes | str) -> str:
    try:
        text = data.decode() if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        raise FormatError("The note is not UTF-8.", code="note") from error
    if _CONTROL.search(text):
        raise FormatError("The note holds control characters.", code="note")
    return text
