"""Which bytes may be a person's public key at all."""

import nacl.bindings

from trust.people.errors import BadKeyError


def check_point(public_key: bytes) -> None:
    """Refuse what is no point of the prime-order group: some such keys verify any message."""
    if len(public_key) != nacl.bindings.crypto_sign_PUBLICKEYBYTES:
        raise BadKeyError
    if not nacl.bindings.crypto_core_ed25519_is_valid_point(public_key):
        raise BadKeyError
