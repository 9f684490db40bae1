"""DER (X.690) as far as a time-stamp needs it: definite lengths, one form, nothing left over."""

from collections.abc import Sequence
from dataclasses import dataclass

from trust.formats.errors import FormatError

INTEGER, BIT_STRING, OCTETS, NULL, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31
BOOLEAN, TIME = 0x01, 0x18


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its tag, its content, and its bytes with tag and length."""

    tag: int
    body: bytes
    whole: bytes

    def children(self) -> list["Node"]:
        """The elements inside a constructed one."""
        if not self.tag & 0x20:
            raise FormatError("A DER element that should hold others holds none.", code="der")
        found, at = [], 0
        while at < len(self.body):
            node, at = _read(self.body, at)
            found.append(node)
        return found

    def expect(self, tag: int) -> "Node":
        """This element, which must have that tag."""
        if self.tag != tag:
            raise FormatError(f"DER tag {self.tag:#04x} where {tag:#04x} belongs.", code="der")
        return self

    def integer(self) -> int:
        """The value of an INTEGER."""
        return int.from_bytes(self.expect(INTEGER).body, "big", signed=True)

    def oid(self) -> str:
        """The value of an OBJECT IDENTIFIER in dots."""
        body, parts, value = self.expect(OID).body, [], 0
        if not body or body[-1] & 0x80:
            raise FormatError("A DER object identifier breaks off.", code="der")
        for byte in body:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                parts.append(value)
                value = 0
        first = min(parts[0] // 40, 2)
        return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))


def parse(data: bytes) -> Node:
    """The one element that these bytes are; raises FormatError."""
    node, end = _read(data, 0)
    if end != len(data):
        raise FormatError("Bytes follow a DER element.", code="der")
    return node


def _read(data: bytes, at: int) -> tuple[Node, int]:
    start, header = at, data[at : at + 2]
    if len(header) < 2 or header[0] & 0x1F == 0x1F:
        raise FormatError("A DER element breaks off, or its tag is too large.", code="der")
    length, at = header[1], at + 2
    if length >= 0x80:
        count = length & 0x7F
        length = int.from_bytes(data[at : at + count], "big")
        shortest = count and data[at : at + 1] != b"\0" and length >= 0x80
        if not shortest or count > 4 or at + count > len(data):
            raise FormatError("A DER length is not in its one form.", code="der")
        at += count
    if at + length > len(data):
        raise FormatError("A DER element breaks off.", code="der")
    return Node(header[0], data[at : at + length], data[start : at + length]), at + length


def element(tag: int, *parts: bytes) -> bytes:
    """An element around the bytes of its content."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def integer(value: int) -> bytes:
    """An INTEGER of zero or more."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text: str) -> bytes:
    """An OBJECT IDENTIFIER written in dots."""
    first, second, *rest = (int(part) for part in text.split("."))
    return element(OID, b"".join(_base128(part) for part in (40 * first + second, *rest)))


def _base128(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | value & 0x7F)
    return bytes(reversed(digits))


def find(nodes: Sequence[Node], tag: int) -> Node | None:
    """The first element of that tag."""
    return next((node for node in nodes if node.tag == tag), None)
