"""Bytes of a delimited text file to rows.

Encoding: a byte order mark decides; else UTF-8; else Windows-1252, which is what old office
programs here write. Delimiter: the one of ``, ; tab |`` that occurs most evenly in the first
lines. Rows are numbered as an editor numbers lines of the file (1 is the first).
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from trust.books.pure.faultwords import fault
from trust.books.pure.tables import HEADER_WITHIN, Table
from trust.formats.canon import normalise_text

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_CELL = 4_000
MAX_COLUMNS = 1_000
MAX_LINE = 256 * 1024
"""Characters of a row."""
_MANY_BYTES = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_ODD_BYTES = re.compile(rb"[\x80-\xff]")

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
    """Text and the name of the encoding; raises Unreadable.

    UTF-16 without a mark is taken if its zero bytes all stand in the places where that encoding
    puts them. Bytes that are UTF-8 almost throughout are damaged UTF-8, not Windows text.
    """
    for bom, name in BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(name), name
            except UnicodeDecodeError as error:
                raise Unreadable("encoding/other", name=name, why=error.reason) from None
    for start, name in ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be")):
        if data.startswith(start):
            return data.decode(name, errors="replace"), name
    if b"\x00" in data:
        return _unmarked(data)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if len(_MANY_BYTES.findall(data)) > len(_ODD_BYTES.findall(_MANY_BYTES.sub(b"", data))):
            line = data.count(b"\n", 0, error.start) + 1
            raise Unreadable("encoding/damaged", line=line) from None
        return data.decode("cp1252", errors="replace"), "cp1252"


def _unmarked(data: bytes) -> tuple[str, str]:
    """UTF-16 without a byte order mark; raises Unreadable if it is no such text."""
    for name, zeros, others in (
        ("utf-16-le", data[1::2], data[::2]),
        ("utf-16-be", data[::2], data[1::2]),
    ):
        if b"\x00" in others or zeros.count(0) * 4 < len(zeros):
            continue
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            break
        if all(char.isprintable() or char.isspace() or _joiner(char) for char in set(text)):
            return text, name
    raise Unreadable("encoding/not-text")


def read_csv(data: bytes) -> Table:
    """All rows that are not blank, each with its line number.

    Raises:
        Unreadable: too large, not text, or a line or cell beyond all measure.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable("too-large/split", most=MAX_BYTES // 2**20)
    text, encoding = decode(data)
    if encoding == "cp1252" and "\ufffd" in text:
        raise Unreadable("encoding/unknown")
    rows: list[tuple[int, list[str]]] = []
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=_delimiter(text), strict=True)
    try:
        for cells in reader:
            lines.taken = 0
            if len(cells) > MAX_COLUMNS:
                raise Unreadable("too-large/columns", line=reader.line_num, most=MAX_COLUMNS)
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


class _Lines:
    """The lines of a text; a row of too many characters is refused before it is cut into cells."""

    def __init__(self, text: str) -> None:
        self.stream = io.StringIO(text, newline="")
        self.number = 0
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.stream.readline()
        if not line:
            raise StopIteration
        self.number += 1
        self.taken += len(line)
        if self.taken > MAX_LINE:
            raise Unreadable("too-large/line", line=self.number)
        return line


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
    start = text[: HEADER_WITHIN * MAX_LINE // 8].splitlines()[:HEADER_WITHIN]
    lines = [line for line in start if line.strip()]
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
