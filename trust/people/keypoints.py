"""Which bytes may be a person's public key at all."""

from hashlib import sha256

import nacl.bindings

from trust.formats import receipts
from trust.people.errors import BadKeyError

SALT = 16
_CHECK = b"sakshi/1 enrolment check\n"


def check_code(salt: bytes, public_key: bytes) -> str:
    """Six characters, such as ABC-DEF, that stand on a fresh card and on the second officer's page.

    The salt is made for one enrolment and forgotten with it, so that whoever noted the characters
    cannot find the key by trying all keys of a meeting's roll.
    """
    text = receipts.encode32(sha256(_CHECK + salt + public_key).digest())[:6]
    return f"{text[:3]}-{text[3:]}"


def check_point(public_key: bytes) -> None:
    """Refuse what is no point of the prime-order group: some such keys verify any message."""
    if len(public_key) != nacl.bindings.crypto_sign_PUBLICKEYBYTES:
        raise BadKeyError
    if not nacl.bindings.crypto_core_ed25519_is_valid_point(public_key):
        raise BadKeyError
