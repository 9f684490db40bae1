"""Cosignatures: a witness says when it saw which head of a log (C2SP tlog-cosignature v1).

The signature bytes in the note are a u64 big-endian POSIX time (at most 2**63 - 1) and the
signature proper. An Ed25519 cosigner (type 0x04) signs ``cosignature/v1`` LF ``time <decimal>`` LF
and the whole checkpoint text; the message does not name the cosigner, so one key is one cosigner.
An ML-DSA-44 cosigner (type 0x06) signs a binary structure with both names, time, size and root;
extension lines are not covered by it, so they are refused with it.
"""

from collections.abc import Callable, Sequence

from nacl.signing import SigningKey

from trust.formats.checkpoints import MAX_SIZE, parse_checkpoint
from trust.formats.errors import FormatError, NotCheckedError, SignatureError
from trust.formats.notes import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    NoteSignature,
    SignedNote,
    VerifierKey,
    check_ed25519,
)

_TIME_BYTES = 8
_LENGTH = {COSIGNATURE_ED25519: 64, COSIGNATURE_MLDSA44: 2420}


def cosigner_key(name: str, seed: bytes) -> VerifierKey:
    """The public half (type 0x04) of the key that ``cosign`` uses."""
    return VerifierKey.make(name, COSIGNATURE_ED25519, SigningKey(seed).verify_key.encode())


class Cosigner:
    """An Ed25519 cosigner that signs many heads; its key is made once.

    Raises:
        FormatError: a bad name.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        self._signing = SigningKey(seed)
        self.key = VerifierKey.make(name, COSIGNATURE_ED25519, self._signing.verify_key.encode())

    def cosign(self, checkpoint_text: str, timestamp: int) -> NoteSignature:
        """State that at ``timestamp`` (POSIX seconds) this is the largest consistent head seen.

        Raises:
            FormatError: not a checkpoint, or a time outside 0 to 2**63 - 1.
        """
        parse_checkpoint(checkpoint_text, allow_extensions=True)
        message = _message_ed25519(checkpoint_text, _check_time(timestamp))
        body = timestamp.to_bytes(_TIME_BYTES, "big") + self._signing.sign(message).signature
        return NoteSignature(self.key.name, self.key.key_id, body)


def cosign(checkpoint_text: str, name: str, seed: bytes, timestamp: int) -> NoteSignature:
    """What a ``Cosigner`` of this name and seed states of one head."""
    return Cosigner(name, seed).cosign(checkpoint_text, timestamp)


def mldsa_cosigner_key(name: str, seed: bytes) -> VerifierKey:
    """The public half (type 0x06) of the key that ``cosign_mldsa44`` uses.

    Raises:
        NotCheckedError: ML-DSA-44 is not available here.
    """
    return VerifierKey.make(name, COSIGNATURE_MLDSA44, _mldsa_private(seed, name)[1])


class MldsaCosigner:
    """An ML-DSA-44 cosigner that signs many heads; its key is made once.

    Raises:
        FormatError: a bad name.
        NotCheckedError: ML-DSA-44 is not available here.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        self._sign, public = _mldsa_private(seed, name)
        self.key = VerifierKey.make(name, COSIGNATURE_MLDSA44, public)

    def cosign(self, checkpoint_text: str, timestamp: int) -> NoteSignature:
        """The same statement as a ``Cosigner``'s.

        Raises:
            FormatError: not a checkpoint, extension lines, too long a name, or a bad time.
        """
        message = _message_mldsa44(checkpoint_text, self.key.name, _check_time(timestamp))
        body = timestamp.to_bytes(_TIME_BYTES, "big") + self._sign(message)
        return NoteSignature(self.key.name, self.key.key_id, body)


def cosign_mldsa44(checkpoint_text: str, name: str, seed: bytes, timestamp: int) -> NoteSignature:
    """The same statement as ``cosign``, with the ML-DSA-44 key of this 32-byte seed.

    Raises:
        FormatError: not a checkpoint, extension lines, a bad name or time.
        NotCheckedError: ML-DSA-44 is not available here.
    """
    return MldsaCosigner(name, seed).cosign(checkpoint_text, timestamp)


def verify_cosignature(checkpoint_text: str, signature: NoteSignature, key: VerifierKey) -> int:
    """Check one cosignature and return its time (POSIX seconds).

    Raises:
        FormatError: not a checkpoint, or the key is not a cosigner's.
        SignatureError: by another key, of wrong length or time, or it does not verify.
        NotCheckedError: ML-DSA-44 is not available here.
    """
    if key.type not in _LENGTH:
        raise FormatError(f"The key of {key.name} is not a cosigner's.", code="key-type")
    if (signature.name, signature.key_id) != (key.name, key.key_id):
        raise SignatureError(f"This cosignature is not by {key.name}.", code="other-key")
    body = signature.signature
    if len(body) != _TIME_BYTES + _LENGTH[key.type]:
        raise SignatureError(f"The cosignature of {key.name} has a wrong length.")
    timestamp = int.from_bytes(body[:_TIME_BYTES], "big")
    if timestamp > MAX_SIZE:
        raise SignatureError(f"The cosignature of {key.name} states an impossible time.")
    if key.type == COSIGNATURE_ED25519:
        parse_checkpoint(checkpoint_text, allow_extensions=True)
        message = _message_ed25519(checkpoint_text, timestamp)
        check_ed25519(key, message, body[_TIME_BYTES:])
    else:
        message = _message_mldsa44(checkpoint_text, key.name, timestamp)
        _check_mldsa44(key, message, body[_TIME_BYTES:])
    return timestamp


def verified_cosigners(note: SignedNote, keys: Sequence[VerifierKey]) -> dict[VerifierKey, int]:
    """Which of the cosigner keys cosigned the checkpoint in ``note``, and when (POSIX seconds).

    Signatures by other keys are ignored; of several by one key the latest counts. No signature at
    all returns an empty mapping: whether that is enough, the policy decides.

    Raises:
        FormatError: not a checkpoint, or a key that is not a cosigner's.
        SignatureError: a signature by one of the keys does not verify.
        NotCheckedError: ML-DSA-44 is not available here.
    """
    known = {(key.name, key.key_id): key for key in keys}
    times: dict[VerifierKey, int] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            seen = verify_cosignature(note.text, signature, key)
            times[key] = max(seen, times.get(key, 0))
    return times


def _check_time(timestamp: int) -> int:
    if not 0 <= timestamp <= MAX_SIZE:
        raise FormatError("A cosignature cannot state this time.", code="time")
    return timestamp


def _message_ed25519(checkpoint_text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{checkpoint_text}".encode()


def _message_mldsa44(checkpoint_text: str, name: str, timestamp: int) -> bytes:
    """The ``cosigned_message`` structure for a whole tree (start 0)."""
    head = parse_checkpoint(checkpoint_text)
    names = [text.encode() for text in (name, head.origin)]
    if any(len(text) > 255 for text in names):
        raise FormatError("A cosigner's name and an origin may have 255 bytes at most.")
    cosigner, origin = (bytes([len(text)]) + text for text in names)
    return (
        b"subtree/v1\n\0"
        + cosigner
        + timestamp.to_bytes(8, "big")
        + origin
        + (0).to_bytes(8, "big")
        + head.size.to_bytes(8, "big")
        + head.root
    )


def _check_mldsa44(key: VerifierKey, message: bytes, signature: bytes) -> None:
    # Optional: a verifier without cryptography still checks everything signed with Ed25519.
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
    except ImportError as error:
        raise _mldsa_missing(key) from error
    try:
        MLDSA44PublicKey.from_public_bytes(key.public).verify(signature, message)
    except UnsupportedAlgorithm as error:
        raise _mldsa_missing(key) from error
    except InvalidSignature as error:
        raise SignatureError(
            f"The cosignature of {key.name} does not fit the checkpoint: one of them was changed."
        ) from error


def _mldsa_private(seed: bytes, name: str) -> tuple[Callable[[bytes], bytes], bytes]:
    """What signs with the key of this seed, and its public half."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
    except ImportError as error:
        raise _no_mldsa(f"{name} cannot cosign with ML-DSA-44") from error
    try:
        key = MLDSA44PrivateKey.from_seed_bytes(seed)
    except UnsupportedAlgorithm as error:
        raise _no_mldsa(f"{name} cannot cosign with ML-DSA-44") from error
    return key.sign, key.public_key().public_bytes_raw()


def _mldsa_missing(key: VerifierKey) -> NotCheckedError:
    return _no_mldsa(f"The ML-DSA-44 cosignature of {key.name} was not checked")


def _no_mldsa(what: str) -> NotCheckedError:
    return NotCheckedError(
        f"{what}: the installed cryptography package cannot do it. Install cryptography 50 or "
        "newer.",
        code="no-mldsa",
    )
