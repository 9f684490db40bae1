"""The sheets of a workbook (XLSX, ODS) as tables, with the row numbers that the program shows.

python-calamine reads texts and dates. It says nothing of number formats, error values or formulas
without a result, and one cell that waits for a server hides its whole sheet from it; these are read
from the workbook itself (`marks`), as are the exact texts of numbers. Both readers must find the
same number in the same cell.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Literal

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from trust.books.pure.csvtext import MAX_CELL, Unreadable, clean
from trust.books.pure.tables import Table
from trust.books.readers import ods, packed, xlsx
from trust.books.readers.marks import Marks
from trust.books.readers.parts import letters

Container = Literal["xlsx", "ods"]
CONTAINERS: tuple[Container, ...] = ("xlsx", "ods")


def read_workbook(stream: BinaryIO, container: Container) -> tuple[Table, ...]:
    """Every sheet that holds something.

    Raises:
        Unreadable: out of bounds, locked, broken, or a cell that two readers read in two ways.
    """
    archive = packed.listed(stream)
    packed.check(archive, stream)
    marked = xlsx.marks(archive) if container == "xlsx" else ods.marks(archive)
    stream.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(stream)
        tables = [
            _table(book, meta.name, marked[meta.name], container, hidden=_hidden(meta.visible))
            for meta in book.sheets_metadata
            if meta.typ == SheetTypeEnum.WorkSheet and meta.name in marked
        ]
    except CalamineError as error:
        raise Unreadable("broken/workbook", why=clean(str(error))[:160]) from None
    return tuple(table for table in tables if table.rows or table.faults)


def _hidden(visible: SheetVisibleEnum) -> bool:
    return visible != SheetVisibleEnum.Visible


def _table(
    book: CalamineWorkbook, name: str, found: Marks, container: Container, *, hidden: bool
) -> Table:
    rows: list[tuple[int, list[str]]] = []
    if found.last[0]:
        try:
            rows = list(_rows(book, name, found))
        except CalamineError:
            if not found.faults:
                raise
    faults = tuple(found.faults)
    return Table(rows, container=container, sheet=name, hidden=hidden, faults=faults)


def _rows(book: CalamineWorkbook, name: str, found: Marks) -> Iterator[tuple[int, list[str]]]:
    sheet = book.get_sheet_by_name(name)
    before = [""] * (sheet.start[1] if sheet.start else 0)
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = before + [_text(value) for value in values]
        for column, stored in found.stored.get(number, {}).items():
            at = column - len(before)
            value = values[at] if 0 <= at < len(values) else None
            if isinstance(value, int | float) and not isinstance(value, bool):
                if float(value) != float(stored):
                    raise _disagree(name, number, column)
                cells[column] = found.shown[number][column]
            elif not isinstance(value, date | time | timedelta):
                raise _disagree(name, number, column)
        while cells and not cells[-1]:
            cells.pop()
        if any(len(cell) > MAX_CELL for cell in cells):
            raise Unreadable("too-large/line", line=number)
        if cells:
            yield number, cells


def _disagree(name: str, row: int, column: int) -> Unreadable:
    return Unreadable("broken/cell", sheet=clean(name)[:60], cell=f"{letters(column)}{row}")


def _text(value: object) -> str:
    """A value as a person writes it; a date as ISO, with its time only if it has one."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        whole = not (value.hour or value.minute or value.second)
        return value.date().isoformat() if whole else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
