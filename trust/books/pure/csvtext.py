"""Bytes of a delimited text file to rows.

Encoding: a byte order mark decides; else UTF-8; else Windows-1252, which is what old office
programs here write. Delimiter: the one of ``, ; tab |`` that occurs most evenly in the first
lines. Rows are numbered as an editor numbers lines of the file (1 is the first).
"""

import codecs
import csv
import io
from collections import Counter

from trust.books.pure.faultwords import fault
from trust.books.pure.tables import HEADER_WITHIN, Table
from trust.formats.canon import normalise_text

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_CELL = 4_000

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Unreadable(ValueError):
    """The file as a whole cannot be read; ``fault`` says why."""

    def __init__(self, words: str, **places: str | int) -> None:
        self.fault = fault(words, **places)
        super().__init__(self.fault.message)


def decode(data: bytes) -> tuple[str, str]:
    """Text and the name of the encoding; raises Unreadable."""
    for bom, name in BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(name), name
            except UnicodeDecodeError as error:
                raise Unreadable("encoding/other", name=name, why=error.reason) from None
    for start, name in ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be")):
        if data.startswith(start):
            return data.decode(name, errors="replace"), name
    if b"\x00" in data[:4096]:
        raise Unreadable("encoding/not-text")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def read_csv(data: bytes) -> Table:
    """All rows that are not blank, each with its line number.

    Raises:
        Unreadable: too large, not text, or a cell beyond all measure.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable("too-large/split", most=MAX_BYTES // 2**20)
    text, encoding = decode(data)
    if encoding == "cp1252" and "\ufffd" in text:
        raise Unreadable("encoding/unknown")
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for cells in reader:
            cleaned = [clean(cell) for cell in cells]
            if any(len(cell) > MAX_CELL for cell in cleaned) or len(rows) >= MAX_ROWS:
                raise Unreadable("too-large/line", line=reader.line_num)
            if any(cleaned):
                rows.append((reader.line_num, cleaned))
    except csv.Error as error:
        raise Unreadable("csv", line=reader.line_num, why=str(error)) from None
    if not rows:
        raise Unreadable("empty/file")
    return Table(rows, encoding)


def clean(text: str) -> str:
    """One spelling, one line, no control characters: what a record may hold."""
    if text.isascii() and text.isprintable():
        return text.strip()
    spaced = "".join(char if char.isprintable() or _joiner(char) else " " for char in text)
    return normalise_text(" ".join(spaced.split()))


def _joiner(char: str) -> bool:
    """Zero-width joiners spell Malayalam and are kept until normalised."""
    return char in ("\u200c", "\u200d")


def _delimiter(text: str) -> str:
    """The mark that cuts most of the first lines into the same number (two or more) of cells."""
    lines = [line for line in text.splitlines()[:HEADER_WITHIN] if line.strip()]
    best, chosen = (0, 0), ","
    for mark in ",;\t|":
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark))
        except csv.Error:  # a cell beyond measure: not this mark; the reader says it if it is all
            continue
        score = max(((many, width) for width, many in widths.items() if width > 1), default=(0, 0))
        if score > best:
            best, chosen = score, mark
    return chosen
