"""A table as it was read from any container, its head, and cells to values or faults."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from trust.books.model import Fault
from trust.books.pure.faultwords import fault
from trust.books.pure.money import Malformed
from trust.books.pure.years import parse_date

HEADER_WITHIN = 30
Rows = Sequence[tuple[int, list[str]]]
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that are not blank, each with its number in the file as the program shows it (from 1).

    Attributes:
        encoding: of a text file; of a workbook always ``utf-8``.
        container: what held the table.
        sheet: name of the sheet in a workbook, number of the table in a page.
        hidden: the program does not show the sheet.
        faults: cells because of which the table is not taken, such as one that holds an error.
    """

    rows: Rows
    encoding: str = "utf-8"
    container: Literal["csv", "xlsx", "ods", "xls-html"] = "csv"
    sheet: str = ""
    hidden: bool = False
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class Header:
    """Which known column stands where; found by names, tolerant of case, spaces and underscores."""

    line: int
    position: int
    columns: Mapping[str, int]
    titles: Mapping[str, str]


def find_header(
    rows: Rows, names: Mapping[str, Sequence[str]], *, need: Callable[[set[str]], bool]
) -> Header | None:
    """The first row within the first lines whose cells name enough of the known columns."""
    lookup = {squash(alias): key for key, aliases in names.items() for alias in (key, *aliases)}
    for position, (line, cells) in enumerate(rows[:HEADER_WITHIN]):
        columns: dict[str, int] = {}
        titles: dict[str, str] = {}
        for index, cell in enumerate(cells):
            key = lookup.get(squash(cell))
            if key is not None and key not in columns:
                columns[key], titles[key] = index, cell
        if need(set(columns)):
            return Header(line, position, columns, titles)
    return None


def squash(text: str) -> str:
    """The comparable form of a column title: letters and digits only, lower case."""
    return "".join(char for char in text.casefold() if char.isalnum())


@dataclass(slots=True)
class Cells:
    """Typed access to one row; what does not fit becomes a fault with row and column."""

    header: Header
    line: int
    cells: Sequence[str]
    faults: list[Fault] = field(default_factory=list)

    def text(self, column: str) -> str:
        index = self.header.columns.get(column)
        return self.cells[index] if index is not None and index < len(self.cells) else ""

    def title(self, column: str) -> str:
        return self.header.titles.get(column, column)

    def fault(self, column: str, words: str, **places: str) -> None:
        self.faults.append(fault(words, self.line, self.title(column), **places))

    def value(self, column: str, parse: Callable[[str], _Value], default: _Value) -> _Value:
        """Parse a cell that may be empty; an empty one gives the default."""
        text = self.text(column)
        if not text or text == "-":
            return default
        try:
            return parse(text)
        except Malformed as error:
            self.fault(column, error.words, **error.places)
        return default

    def needed(self, column: str) -> str:
        text = self.text(column)
        if not text:
            self.fault(column, "missing", title=self.title(column))
        return text

    def date(self, column: str) -> str:
        text = self.needed(column)
        day = parse_date(text) if text else None
        if text and day is None:
            self.fault(column, "date/register", text=text[:40])
        return day or ""


def data_rows(rows: Rows, header: Header) -> Iterator[Cells]:
    """The rows after the header as typed cells."""
    for line, cells in rows[header.position + 1 :]:
        yield Cells(header, line, cells)
