"""What a file is by how it begins: bytes that are no text, and texts that are no table."""

import re

from trust.books.pure.csvtext import BOMS

_BYTES = (
    (b"%PDF-", "pdf"), (b"\x89PNG\r\n", "image"), (b"\xff\xd8\xff", "image"), (b"GIF8", "image"),
    (b"BM", "image"), (b"II*\x00", "image"), (b"MM\x00*", "image"), (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf", "archive"), (b"Rar!", "archive"), (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"), (b"SQLite format 3", "database"), (b"{\\rtf", "word"),
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")
_DATED = r"^[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:=\S+)?"
_XML = r"\A\s*(?:<\?xml[^>]*>\s*)?"
_TEXTS = (
    ("mt940", r"\A(?:\{1:F01|:20:).*?^:(?:60[FM]|25):"),
    ("ofx", rf"\A\s*OFXHEADER\s*:|{_XML}(?:<\?OFX|<OFX\b)"),
    ("qif", r"\A!(?:Type|Account|Option):"),
    ("tally-json", r"\A\s*[\[{].{0,4000}\"(?:tallymessage|vouchertypename|\w*ledgerentries)\""),
    ("json", r"\A\s*[\[{]\s*[\[{\"]"),
    ("camt053", rf"{_XML}<(?:\w+:)?Document\b.*?(?:camt\.05[2-4]|BkToCstmrStmt)"),
    ("gnucash", rf"{_XML}<gnc-v2\b"),
    ("excel-xml", rf"{_XML}(?:<\?mso-application[^>]*>\s*)?<(?:\w+:)?Workbook\b"),
    ("flat-ods", rf"{_XML}<office:document\b"),
    ("tally-report", rf"{_XML}<ENVELOPE>\s*<(?:DSP|BSN|PLN|BILL|TB)[A-Z]*>"),
    (
        "html",
        rf"{_XML}(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|meta|div|style)\b",
    ),
    ("beancount", r"^(?:option|plugin)\s+\"|^include\s+\".*\.beancount\""),
    ("beancount", rf"{_DATED}\s+(?:open|close|balance|pad|commodity|txn|note|document|price)\s"),
    ("ledger-journal", rf"{_DATED}(?:[ \t]+[^\n,;|]*)?\n[ \t]+\S"),
    ("beancount", rf"{_DATED}\s+[*!]\s+\""),
)
_PATTERNS = tuple(
    (name, re.compile(text, re.DOTALL | re.MULTILINE | re.IGNORECASE)) for name, text in _TEXTS
)
_LOOK = 16_384


def byte_kind(head: bytes) -> str:
    """The name of what is no text and no zip file; empty if it may be one."""
    for start, name in _BYTES:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image"
    if head.startswith(_OLE):
        if _LOCKED in head:
            return "encrypted"
        return "word" if _WORD in head else "xls-binary"
    return ""


def text_kind(head: bytes) -> str:
    """The name of a text that is no table; empty if it may be one."""
    text = _peek(head)
    return next((name for name, pattern in _PATTERNS if pattern.search(text)), "")


def is_xml(head: bytes) -> bool:
    """Whether the text begins as XML does."""
    return _peek(head[:4096]).lstrip().startswith("<")


def _peek(head: bytes) -> str:
    part = head[:_LOOK]
    name = next((name for bom, name in BOMS if part.startswith(bom)), "utf-8")
    if b"\x00" in part[:2]:
        name = "utf-16-le" if part[1:2] == b"\x00" else "utf-16-be"
    return part.decode(name, errors="replace").removeprefix("\ufeff").replace("\r\n", "\n")
