"""Rows of a register that hold an entry: without totals, repeated heads and numbers of columns."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from trust.books.model import Fault
from trust.books.pure.amounts import parse_paise
from trust.books.pure.faultwords import fault
from trust.books.pure.money import Malformed, format_paise
from trust.books.pure.tables import Cells, Header, Rows, squash
from trust.books.pure.widerows import is_part, put_together

_TOTALS = tuple(
    squash(word)
    for word in (
        "total", "grand total", "sub total", "net total", "page total", "carried forward",
        "brought forward", "carried over", "c/f", "b/f", "c/o", "b/o",
        "ആകെ", "മൊത്തം", "ആകെത്തുക", "ടോട്ടൽ", "കൂടുതൽ തുക",
    )
)  # fmt: skip


@dataclass(slots=True)
class Totals:
    """What the rows of a register sum to, in all and since the last total.

    Attributes:
        whole: sums of every row, by column, in paise.
        part: those since the last total row.
        blind: a row was refused, so that no total can be compared.
    """

    columns: Collection[str]
    whole: dict[str, int] = field(default_factory=dict)
    part: dict[str, int] = field(default_factory=dict)
    blind: bool = False
    rows: int = 0

    def add(self, cells: Cells) -> None:
        """Count a row; one that is refused leaves nothing to compare a total with."""
        self.rows += 1
        self.blind = self.blind or bool(cells.faults)
        for column, paise in figures(cells, self.columns).items():
            self.whole[column] = self.whole.get(column, 0) + paise
            self.part[column] = self.part.get(column, 0) + paise

    def fits(self, said: Mapping[str, int]) -> bool:
        """Whether these figures are the sums of the rows, or of those since the last total."""
        return any(
            all(sums.get(column, 0) == paise for column, paise in said.items())
            for sums in (self.whole, self.part)
        )


def entries(rows: Rows, header: Header, amounts: Collection[str]) -> Iterator[Cells]:
    """The rows below the head that say something, put together if their amounts came apart.

    `amounts` are the names of the columns in which amounts stand.
    """
    head = rows[header.position][1]
    places = {header.columns[name] for name in amounts if name in header.columns}
    titles = [squash(cell) for cell in head]
    for line, cells in rows[header.position + 1 :]:
        if [squash(cell) for cell in cells] == titles or _numbers(cells):
            continue
        yield _whole(header, line, _trimmed(cells, len(head)), len(head), places)


def _trimmed(cells: list[str], width: int) -> list[str]:
    """Cells without empty ones beyond the head."""
    end = len(cells)
    while end > width and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _whole(header: Header, line: int, cells: list[str], width: int, places: set[int]) -> Cells:
    if len(cells) > width:
        joined = put_together(cells, width, places)
        if joined is not None:
            return Cells(header, line, joined)
        found = Cells(header, line, cells)
        found.faults.append(fault("row-too-wide", line, cells=len(cells), heads=width))
        return found
    found = Cells(header, line, cells)
    for name, at in header.columns.items():
        if at in places and is_part(found.text(name)):
            found.fault(name, "amount-part", text=found.text(name)[:40])
    return found


def _numbers(cells: list[str]) -> bool:
    """Whether a row only numbers the columns: 1, 2, 3 or (1), (2), (3)."""
    plain = [cell.strip("()[] .") for cell in cells if cell]
    return len(plain) > 2 and plain == [str(number) for number in range(1, len(plain) + 1)]


def total_row(cells: Cells, totals: Totals, who: Collection[str]) -> list[Fault] | None:
    """What is wrong about a row that only sums up others; None if it is no such row.

    Such a row names nobody. It says so itself, or its figures are the sums of the rows above.

    Args:
        who: names of the columns that say whose or which entry a row is.
    """
    named = sum(1 for name in who if cells.text(name))
    labels = [cell for cell in cells.cells if any(char.isalpha() for char in cell)]
    says = bool(labels) and is_total(labels[0])
    said = figures(cells, totals.columns)
    fits = totals.fits(said)
    sums = totals.rows > 1 and any(said.values()) and fits
    if named > 1 or not (says or sums):
        return None
    totals.part.clear()
    if fits or totals.blind or not said:
        return []
    column = next(name for name in said if said[name] != totals.whole.get(name, 0))
    real = format_paise(totals.whole.get(column, 0))
    shown = format_paise(said[column])
    return [fault("total-differs", cells.line, cells.title(column), said=shown, real=real)]


def is_total(text: str) -> bool:
    """Whether a label says *total*, in English or Malayalam, whatever stands behind it."""
    words = text.split()
    starts = (text, "".join(words[:1]), "".join(words[:2]))
    return any(squash(start) in _TOTALS for start in starts)


def figures(cells: Cells, columns: Collection[str]) -> dict[str, int]:
    """The amounts of a row that can be read."""
    found: dict[str, int] = {}
    for column in columns:
        text = cells.text(column)
        try:
            found |= {column: parse_paise(text)} if text else {}
        except Malformed:
            continue
    return found
