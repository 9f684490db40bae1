"""An OpenDocument spreadsheet (.ods) as its content says: numbers as stored and as shown, errors.
OpenDocument 1.3 part 3, clauses 9.1 and 19.385."""

import re

from lxml import etree

from trust.books.pure.csvtext import Unreadable
from trust.books.pure.numberformats import exact
from trust.books.readers.marks import Marks
from trust.books.readers.packed import Packed
from trust.books.readers.parts import MAX_CELLS, attribute, elements, local, whole

_NUMBERS = frozenset({"float", "currency", "percentage"})
_SIDE = re.compile(r"(?<![^\W\d_])(dr|cr)\.?\s*$", re.IGNORECASE)
_OWN_ERROR = re.compile(r"Err:[0-9]{3}|#[A-Z0-9/]+[!?]|#N/A")


def marks(packed: Packed) -> dict[str, Marks]:
    """What each sheet holds beside text, by its name; raises Unreadable."""
    if "META-INF/manifest.xml" in packed.names:
        with packed.open("META-INF/manifest.xml") as stream:
            if any(True for _ in elements(stream, "encryption-data")):
                raise Unreadable("not-a-book/encrypted")
    made: dict[str, Marks] = {}
    waiting = _Sheet()
    with packed.open("content.xml") as stream:
        for element in elements(stream, "table-row", "table"):
            if local(element) == "table-row":
                waiting.row(element)
            else:
                made[attribute(element, "name")] = waiting.marks
                waiting = _Sheet()
    return made


class _Sheet:
    """Rows in the order of the file, repeated ones counted."""

    def __init__(self) -> None:
        self.marks = Marks()
        self.next = 1

    def row(self, element: etree._Element) -> None:
        times = whole(attribute(element, "number-rows-repeated"), 1)
        column = 0
        for cell in element:
            if local(cell) not in ("table-cell", "covered-table-cell"):
                continue
            wide = whole(attribute(cell, "number-columns-repeated"), 1)
            if _filled(cell):
                self._cells(cell, column, wide, times)
            column += wide
        self.next += times

    def _cells(self, cell: etree._Element, column: int, wide: int, times: int) -> None:
        if wide * times > MAX_CELLS:
            raise Unreadable("too-large/sheet")
        self.marks.reach(self.next + times - 1, column + wide - 1)
        self.marks.reach(self.next, column)
        for row in range(self.next, self.next + times):
            for at in range(column, column + wide):
                _cell(self.marks, cell, row, at)


def _filled(cell: etree._Element) -> bool:
    return bool(attribute(cell, "value-type") or attribute(cell, "formula"))


def _cell(made: Marks, cell: etree._Element, row: int, column: int) -> None:
    kinds = {str(key).rpartition("}")[2]: str(value) for key, value in cell.items()}
    kind, text = kinds.get("value-type", ""), _text(cell)
    types = [str(value) for key, value in cell.items() if str(key).endswith("}value-type")]
    if "error" in types or ("formula" in kinds and _OWN_ERROR.fullmatch(text)):
        made.refuse("cell-error", row, column, text or "#")
    elif not kind:
        made.refuse("formula-unsaved", row, column)
    elif kind in _NUMBERS and (stored := exact(kinds.get("value", ""))) is not None:
        made.number(row, column, stored, _shown(stored, text, kind))


def _shown(stored: str, text: str, kind: str) -> str:
    """The stored number with the side that stands in what is shown."""
    if kind == "percentage":
        return text if text.endswith("%") else f"{stored} %"
    found = _SIDE.search(text)
    if found is None:
        return stored
    bare = stored.removeprefix("-") if not any(mark in text for mark in "-−(") else stored
    return f"{bare} {found[1].capitalize()}"


def _text(cell: etree._Element) -> str:
    return " ".join(
        "".join(str(part) for part in child.itertext()) for child in cell if local(child) == "p"
    ).strip()
