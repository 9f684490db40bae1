"""What a reader of workbooks leaves out, found in the workbook itself, sheet by sheet."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trust.books.model import Fault
from trust.books.pure.csvtext import Unreadable
from trust.books.pure.faultwords import fault
from trust.books.readers.parts import MAX_CELLS, MAX_COLUMNS, MAX_FAULTS, MAX_ROWS, letters


@dataclass(slots=True)
class Marks:
    """The numbers of a sheet as exact texts, its extent, and its cells that cannot be taken.

    Attributes:
        stored: by row (from 1) and column (from 0), the decimal text that is stored.
        shown: the same with what the number format says beside it.
    """

    stored: dict[int, dict[int, str]] = field(default_factory=dict)
    shown: dict[int, dict[int, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    first: tuple[int, int] = (MAX_ROWS, MAX_COLUMNS)
    last: tuple[int, int] = (0, 0)

    def number(self, row: int, column: int, stored: str, shown: str) -> None:
        """A cell that holds a number."""
        self.stored.setdefault(row, {})[column] = stored
        self.shown.setdefault(row, {})[column] = shown

    def reach(self, row: int, column: int) -> None:
        """A cell that holds something; raises Unreadable if the sheet is too large."""
        if row > MAX_ROWS or column >= MAX_COLUMNS:
            raise Unreadable("too-large/sheet")
        self.first = (min(self.first[0], row), min(self.first[1], column))
        self.last = (max(self.last[0], row), max(self.last[1], column))
        rows = self.last[0] - self.first[0] + 1
        if rows * (self.last[1] - self.first[1] + 1) > MAX_CELLS:
            raise Unreadable("too-large/sheet")

    def refuse(self, words: str, row: int, column: int, text: str = "") -> None:
        """A cell because of which the sheet is not taken."""
        if len(self.faults) < MAX_FAULTS:
            name = letters(column)
            places: Mapping[str, str] = {"text": text[:40]} if text else {}
            self.faults.append(fault(words, row, name, cell=f"{name}{row}", **places))
