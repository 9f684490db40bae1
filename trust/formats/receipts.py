"""Receipt codes and card texts: Crockford base32 that survives handwriting.

A code is the first 10 bytes of an entry's leaf hash (docs/formats.md section 9): 16 characters in
groups of four. Reading forgives case, hyphens, spaces, and O/0, I/1, L/1.
"""

from trust.formats.errors import FormatError

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
CODE_BYTES = 10


def encode32(data: bytes) -> str:
    """Crockford base32, most significant bit first, spare bits zero, no padding."""
    bits = len(data) * 8
    spare = -bits % 5
    number = int.from_bytes(data, "big") << spare
    length = (bits + spare) // 5
    return "".join(_ALPHABET[number >> (5 * i) & 31] for i in reversed(range(length)))


def decode32(text: str, size: int) -> bytes:
    """Read `size` bytes; raises FormatError for a wrong length, letter or spare bits."""
    cleaned = "".join(char for char in text.upper() if char not in "- ")
    spare = -size * 8 % 5
    if len(cleaned) != (size * 8 + spare) // 5:
        raise FormatError(
            f"The code has {(size * 8 + spare) // 5} characters; this has {len(cleaned)}."
        )
    number = 0
    for char in cleaned:
        if char not in _VALUES:
            raise FormatError(f"The character {char!r} does not occur in a code.")
        number = number << 5 | _VALUES[char]
    if number & ((1 << spare) - 1):
        raise FormatError("The last character of the code is wrong.")
    return (number >> spare).to_bytes(size, "big")


def grouped(text: str) -> str:
    """Groups of four, as printed."""
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def code(leaf: bytes) -> str:
    """The receipt code of a leaf hash, as printed."""
    return grouped(encode32(leaf[:CODE_BYTES]))


def parse_code(text: str) -> bytes:
    """The first bytes of the leaf hash that a typed code stands for."""
    return decode32(text, CODE_BYTES)
