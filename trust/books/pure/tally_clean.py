"""Making a Tally export legal XML part by part, counting everything that was removed.

Native exports are UTF-16LE with a byte order mark and often hold character references and raw
bytes that XML 1.0 section 2.2 forbids (``&#4;`` in " Not Applicable"); converters leave out the
declaration of the ``UDF`` prefix. These three are put right here, before parsing, and counted in
the report. A recovering parser is never used: it drops data without saying so.

The file is never whole in memory: a part ends behind a ``>``, so that no tag, reference or
declaration is cut in two.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from trust.books.pure.csvtext import BOMS, Unreadable

MAX_BYTES = 256 * 1024 * 1024
MAX_UNCUT = 12 * 1024 * 1024
"""Bytes without a ``>``; no text of a record is longer, and the parser takes none."""

_REFERENCE = re.compile(rb"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.\-]*)((?:\s[^<>]*)?)(/?)>")
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
_REPLACED = "\ufffd".encode()
_UDF, _DECLARED = b"UDF:", b"xmlns:UDF"


@dataclass(slots=True)
class CleanXml:
    """Legal UTF-8 without a declaration, in parts; once they are read, what was removed or added.

    Args:
        parts: opens the bytes of the file from the first on; asked for twice.
        size: of the file, in bytes.

    Raises:
        Unreadable: too large, not text, or a document type declaration (the door to external
            entities and to entities that grow without bound): no bookkeeping program writes one.
    """

    parts: Callable[[], Iterable[bytes]]
    size: int
    encoding: str = ""
    _counts: dict[str, int] = field(default_factory=dict)
    _used: bool = False
    _declared: bool = False
    _added: bool = False

    @property
    def cleaned(self) -> dict[str, int]:
        """How many things were removed or added, by name."""
        counts = dict(self._counts)
        if self._added and self._used and not self._declared:
            counts["UDF prefix declared"] = 1
        return {name: count for name, count in counts.items() if count}

    def __iter__(self) -> Iterator[bytes]:
        if self.size > MAX_BYTES:
            raise Unreadable("too-large/months", most=MAX_BYTES // 2**20)
        self._counts = {
            "illegal character references removed": 0,
            "control characters removed": 0,
            "undecodable bytes": 0,
        }
        for number, part in enumerate(_cut(self._decoded())):
            yield self._clean(part, first=not number)

    def _decoded(self) -> Iterator[bytes]:
        """The file as UTF-8."""
        name, mark, errors = _encoding(self.parts())
        self.encoding = name
        decode = codecs.getincrementaldecoder(name)(errors).decode
        left = mark
        try:
            for raw in self.parts():
                part, left = raw[left:], max(left - len(raw), 0)
                yield decode(part).encode("utf-8")
            yield decode(b"", final=True).encode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable("encoding/other", name=name, why=error.reason) from None

    def _clean(self, data: bytes, *, first: bool) -> bytes:
        if b"<!" in data and _DOCTYPE.search(data):
            raise Unreadable("xml-doctype")
        if first:
            data = _DECLARATION.sub(b"", data, count=1)
        if b"&#" in data:
            data = _REFERENCE.sub(self._reference, data)
        legal = data.translate(None, _CONTROLS)
        controls = len(data) - len(legal)
        for mark in _NONCHARACTERS:
            controls += legal.count(mark)
            legal = legal.replace(mark, b"")
        self._counts["control characters removed"] += controls
        if self.encoding == "cp1252":
            self._counts["undecodable bytes"] += legal.count(_REPLACED)
        self._used = self._used or _UDF in legal
        self._declared = self._declared or _DECLARED in legal
        return legal if self._added else self._declare(legal)

    def _reference(self, found: re.Match[bytes]) -> bytes:
        code = int(found.group(1), 16) if found.group(1) else int(found.group(2))
        if code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD:
            return found.group(0)
        if 0x10000 <= code <= 0x10FFFF:
            return found.group(0)
        self._counts["illegal character references removed"] += 1
        return b""

    def _declare(self, data: bytes) -> bytes:
        """Declare the UDF prefix on the root; whether it was needed is known at the end."""
        root = _ROOT.search(data)
        if root is None:
            return data
        self._added = True
        name, attributes, closed = root.groups()
        if _DECLARED in attributes:
            return data
        opened = b'<%b xmlns:UDF="TallyUDF"%b%b>' % (name, attributes, closed)
        return data[: root.start()] + opened + data[root.end() :]


def _encoding(parts: Iterable[bytes]) -> tuple[str, int, str]:
    """Name of the encoding, length of its mark, and what to do with bytes that are not in it."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    first = True
    try:
        for part in parts:
            if first and (known := _by_start(part)):
                return known
            first = False
            decode(part)
        decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252", 0, "replace"
    return "utf-8", 0, "strict"


def _by_start(data: bytes) -> tuple[str, int, str] | None:
    for bom, name in BOMS:
        if data.startswith(bom):
            return name, len(bom), "strict"
    for start, name in ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be")):
        if data.startswith(start):
            return name, 0, "replace"
    if b"\x00" in data[:4096]:
        raise Unreadable("encoding/not-text")
    return None


def _cut(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts that end behind a ``>``; the last one as it is."""
    held: list[bytes] = []
    length = 0
    for part in parts:
        at = part.rfind(b">") + 1
        if at:
            yield b"".join((*held, part[:at]))
            held, length = [], 0
        held.append(part[at:])
        length += len(part) - at
        if length > MAX_UNCUT:
            raise Unreadable("too-large/elements")
    yield b"".join(held)
