"""An Excel workbook (.xlsx, .xlsm) as its parts say: sheets, number formats, and what stands in
cells beside text. ECMA-376 part 1, clause 18; both namespaces of it."""

import posixpath
import re
from collections.abc import Mapping

from lxml import etree

from trust.books.pure.csvtext import Unreadable
from trust.books.pure.numberformats import exact, shown
from trust.books.readers.marks import Marks
from trust.books.readers.packed import Packed
from trust.books.readers.parts import attribute, elements, local, whole

BUILT_IN = {9: "0%", 10: "0.00%"}
"""Formats without a text of their own that say something beside the digits."""
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def marks(packed: Packed) -> dict[str, Marks]:
    """What each sheet holds beside text, by its name; raises Unreadable."""
    root = _workbook(packed)
    targets = _targets(packed, root)
    formats = _formats(packed, posixpath.join(posixpath.dirname(root), "styles.xml"))
    found: dict[str, str] = {}
    unsaved = False
    with packed.open(root) as stream:
        for element in elements(stream, "sheet", "calcPr"):
            if local(element) == "sheet":
                found[attribute(element, "name")] = targets.get(attribute(element, "id"), "")
            else:
                unsaved = attribute(element, "fullCalcOnLoad") in ("1", "true")
    sheets = {name: part for name, part in found.items() if "worksheets/" in part}
    return {name: _sheet(packed, part, formats, unsaved) for name, part in sheets.items()}


def _workbook(packed: Packed) -> str:
    """Where the workbook part is: the package says it."""
    for target in _related(packed, "_rels/.rels", "").values():
        if target.endswith(".xml") and "workbook" in target.lower():
            return target
    return "xl/workbook.xml"


def _targets(packed: Packed, root: str) -> Mapping[str, str]:
    folder, name = posixpath.split(root)
    return _related(packed, f"{folder}/_rels/{name}.rels", folder)


def _related(packed: Packed, part: str, folder: str) -> dict[str, str]:
    with packed.open(part) as stream:
        return {
            attribute(element, "Id"): posixpath.normpath(
                posixpath.join("/", folder, attribute(element, "Target"))
            ).lstrip("/")
            for element in elements(stream, "Relationship")
        }


def _formats(packed: Packed, part: str) -> list[str]:
    """The number format of each style of a cell."""
    if part not in packed.names:
        return []
    codes: dict[int, str] = dict(BUILT_IN)
    styles: list[str] = []
    with packed.open(part) as stream:
        for element in elements(stream, "numFmt", "cellXfs"):
            if local(element) == "numFmt":
                number = whole(attribute(element, "numFmtId"), -1)
                codes.setdefault(number, attribute(element, "formatCode"))
            else:
                styles = [codes.get(whole(attribute(xf, "numFmtId"), 0), "") for xf in element]
    return styles


def _sheet(packed: Packed, part: str, formats: list[str], unsaved: bool) -> Marks:
    made = Marks()
    number = 0
    with packed.open(part) as stream:
        for row in elements(stream, "row"):
            number = _further(whole(row.get("r") or "", number + 1), number)
            column = -1
            for cell in row:
                column = _further(_column(cell.get("r") or "", column + 1), column)
                if len(cell):
                    _cell(made, cell, number, column, formats, unsaved)
    return made


def _further(place: int, before: int) -> int:
    """Rows and cells stand in order and once each: of two in one place no reader knows which."""
    if place <= before:
        raise Unreadable("broken/workbook", why="a row or cell stands twice or out of order")
    return place


def _column(reference: str, default: int) -> int:
    found = _CELL.fullmatch(reference)
    if found is None:
        return default
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _cell(
    made: Marks, cell: etree._Element, row: int, column: int, formats: list[str], unsaved: bool
) -> None:
    kind, value, formula = cell.get("t") or "n", None, False
    for child in cell:
        name = local(child)
        if name == "v":
            value = child.text or ""
        formula = formula or name == "f"
    if formula and kind != "e" and (unsaved or not (value or kind == "str")):
        made.refuse("formula-unsaved", row, column)
    if not value and kind != "inlineStr":
        return
    made.reach(row, column)
    if kind == "e":
        made.refuse("cell-error", row, column, value or "")
    elif kind == "n" and value and (stored := exact(value)) is not None:
        style = whole(cell.get("s") or "", 0)
        code = formats[style] if style < len(formats) else ""
        made.number(row, column, stored, shown(value, code) or stored)
