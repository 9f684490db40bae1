"""Standard padded base64 (RFC 4648 section 4), canonical in both directions.

One value has one spelling: no line breaks, no spaces, no URL alphabet, no missing or surplus
padding, no stray bits in the last character. Otherwise two different files would prove the same.
"""

import base64
import binascii

from trust.formats.errors import FormatError


def encode(data: bytes) -> str:
    """Spell bytes in standard padded base64."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def decode(text: str) -> bytes:
    """Read the one canonical spelling of some bytes.

    Raises:
        FormatError: ``text`` is not base64, or is another spelling than ``encode`` gives.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise FormatError(f"{shorten(text)} is not base64.", code="base64") from error
    if encode(data) != text:
        raise FormatError(f"{shorten(text)} is not the canonical base64 spelling.", code="base64")
    return data


def decode_hash(text: str) -> bytes:
    """Read a SHA-256 value of exactly 32 bytes.

    Raises:
        FormatError: not canonical base64, or not 32 bytes.
    """
    data = decode(text)
    if len(data) != 32:
        raise FormatError(
            f"A hash must be 32 bytes long; {shorten(text)} holds {len(data)}.", code="hash-length"
        )
    return data


def shorten(text: str) -> str:
    """Quote foreign text for an error message, cut so that it cannot flood a page or a log."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
