"""XML parts of a workbook, element by element, within bounds: no document type, no entities, no
network, no recovery; what was read is forgotten."""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from trust.books.pure.csvtext import Unreadable
from trust.books.readers.xml import pull_parser

MAX_CELLS = 5_000_000
"""Cells from the first to the last row and column that hold something: what a reader keeps."""
MAX_ROWS = 1_048_576
MAX_COLUMNS = 1_000
MAX_FAULTS = 100
_PIECE = 1 << 16


def elements(stream: BinaryIO, *tags: str) -> Iterator[etree._Element]:
    """Every named element (local names) once it is complete; raises Unreadable."""
    parser = pull_parser([f"{{*}}{tag}" for tag in tags])
    try:
        for number, element in enumerate(_complete(parser, stream)):
            if not number and element.getroottree().docinfo.internalDTD is not None:
                raise Unreadable("xml-doctype")
            yield element
            _forget(element)
    except etree.XMLSyntaxError as error:
        raise Unreadable("broken/workbook", why=str(error.msg)[:160]) from None


def _complete(
    parser: "etree.XMLPullParser[etree._Element]", stream: BinaryIO
) -> Iterator[etree._Element]:
    while piece := stream.read(_PIECE):
        parser.feed(piece)
        for _, element in parser.read_events():
            yield element
    parser.close()


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: etree._Element, name: str) -> str:
    """An attribute by its name without a namespace; empty if missing."""
    plain = element.get(name)
    if plain is not None:
        return plain
    end = "}" + name
    return next((str(value) for key, value in element.items() if str(key).endswith(end)), "")


def whole(text: str, default: int) -> int:
    """A count in an attribute; the default if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default


def letters(column: int) -> str:
    """The name of a column counted from 0: A, B, …, Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
