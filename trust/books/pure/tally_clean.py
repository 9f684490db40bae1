"""Making a Tally export legal XML, counting everything that was removed.

Native exports are UTF-16LE with a byte order mark and often hold character references and raw
bytes that XML 1.0 section 2.2 forbids (``&#4;`` in " Not Applicable"); converters leave out the
declaration of the ``UDF`` prefix. These three are put right here, before parsing, and counted in
the report. A recovering parser is never used: it drops data without saying so.
"""

import re
from dataclasses import dataclass

from trust.books.pure.csvtext import Unreadable, decode

MAX_BYTES = 256 * 1024 * 1024

_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_ROOT = re.compile(r"<([A-Za-z_][\w.\-]*)((?:\s[^<>]*)?)(/?)>")


@dataclass(frozen=True, slots=True)
class CleanXml:
    """Legal UTF-8 without a declaration, and how many things were removed or added, by name."""

    data: bytes
    cleaned: dict[str, int]
    encoding: str


def clean_xml(data: bytes) -> CleanXml:
    """Decode and clean.

    Raises:
        Unreadable: too large, not text, or a document type declaration (the door to external
            entities and to entities that grow without bound): no bookkeeping program writes one.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable("too-large/months", most=MAX_BYTES // 2**20)
    text, encoding = decode(data)
    if _DOCTYPE.search(text):
        raise Unreadable("xml-doctype")
    text = _DECLARATION.sub("", text, count=1)
    text, references = _drop_references(text)
    text, controls = _CONTROL.subn("", text)
    text, prefixes = _declare_udf(text)
    counts = {
        "illegal character references removed": references,
        "control characters removed": controls,
        "UDF prefix declared": prefixes,
        "undecodable bytes": text.count("\ufffd") if encoding == "cp1252" else 0,
    }
    return CleanXml(
        text.encode("utf-8", errors="strict"),
        {name: count for name, count in counts.items() if count},
        encoding,
    )


def _drop_references(text: str) -> tuple[str, int]:
    dropped = 0

    def legal(found: re.Match[str]) -> str:
        nonlocal dropped
        code = int(found.group(1), 16) if found.group(1) else int(found.group(2))
        if code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD:
            return found.group(0)
        if 0x10000 <= code <= 0x10FFFF:
            return found.group(0)
        dropped += 1
        return ""

    return _REFERENCE.sub(legal, text), dropped


def _declare_udf(text: str) -> tuple[str, int]:
    """Declare the UDF prefix on the root if it is used anywhere and declared nowhere."""
    if "UDF:" not in text or "xmlns:UDF" in text:
        return text, 0
    root = _ROOT.search(text)
    if root is None:
        return text, 0
    name, attributes, closed = root.groups()
    opened = f'<{name} xmlns:UDF="TallyUDF"{attributes}{closed}>'
    return text[: root.start()] + opened + text[root.end() :], 1
