"""The rows of a trial balance: accounts with their figures, printed totals, and what is neither.

A row with more cells than the head was cut at the commas of its amounts (``1,00,000.00`` without
quotes): it is put together if that can be done in one way only. A head that is printed again, lines
without figures and signatures under the table are no accounts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trust.books.model import Fault
from trust.books.pure.amounts import has_exponent, parse_written_out, says_nothing
from trust.books.pure.faultwords import fault
from trust.books.pure.money import Amount, MalformedAmount
from trust.books.pure.tables import Table, squash
from trust.books.pure.totalwords import TotalWords, total_words
from trust.books.pure.trialheads import Columns
from trust.books.pure.widerows import is_part, put_together

_SPLIT = ("debit", "credit", "opening_dr", "opening_cr", "closing_dr", "closing_cr")
_SIDES = frozenset({"d", "c", "dr", "cr", "debit", "credit"})


@dataclass(slots=True)
class Row:
    """One line with figures. ``said`` holds the amounts that are written; a missing one is zero."""

    line: int
    code: str
    name: str
    said: dict[str, Amount]
    total: TotalWords = "none"
    headed: bool = False

    @property
    def ledger(self) -> str:
        return " ".join(part for part in (self.code, self.name) if part)

    def amount(self, column: str) -> Amount:
        return self.said.get(column, Amount(0))


@dataclass(slots=True)
class ReadRows:
    """All rows under a head.

    Attributes:
        rows: accounts and printed totals in order; ``headed`` is true after a line of words.
        faults: cells and rows that cannot be read; then nothing of the file is taken.
        odd: figures that were read and may be less than what was meant.
        notes: what was left out or put together.
    """

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    odd: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def read_rows(table: Table, columns: Columns) -> ReadRows:
    """Read every row under the head."""
    read = ReadRows()
    end = columns.head[1]
    heads = {_form(cells) for _, cells in table.rows[:end]}
    body = [one for one in table.rows[end:] if _form(one[1]) not in heads]
    if len(body) < len(table.rows) - end:
        read.notes.append(fault("heads-again", count=len(table.rows) - end - len(body)))
    joined = 0
    headed = True
    last = _last_figures(body, columns)
    for place, (line, cells) in enumerate(body):
        fitted = _fit(cells, columns, table.container == "csv")
        if fitted is None:
            read.faults.append(fault("row-too-wide", line, cells=len(cells), heads=columns.width))
            continue
        joined += fitted is not cells
        if place > last or not any(_amounts(fitted, columns)):
            headed = True
            continue
        row = _row(line, fitted, columns, read)
        row.headed, headed = headed, False
        read.rows.append(row)
    if joined:
        read.notes.append(fault("commas-joined", count=joined))
    return read


def _form(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(squash(cell) for cell in cells if cell)


def _amounts(cells: Sequence[str], columns: Columns) -> Iterator[str]:
    for name in columns.amounts:
        index = columns.at[name]
        yield cells[index] if index < len(cells) else ""


def _is_figure(cell: str) -> bool:
    return any(char.isdecimal() for char in cell)


def _last_figures(body: Sequence[tuple[int, list[str]]], columns: Columns) -> int:
    """The place of the last row that is more than words: under it stand signatures, and under a
    total days as well."""
    last = -1
    for place, (_, cells) in enumerate(body):
        ended = last >= 0 and _is_total(body[last][1], columns)
        said = [cell for cell in _amounts(cells, columns) if cell]
        if any(says_nothing(cell) or _reads(cell) or (_is_figure(cell) and not ended)
               for cell in said):  # fmt: skip
            last = place
    return last


def _is_total(cells: Sequence[str], columns: Columns) -> bool:
    index = columns.at.get("name", columns.at.get("code", 0))
    return index < len(cells) and total_words(cells[index]) in ("total", "grand")


def _reads(cell: str) -> bool:
    try:
        parse_written_out(cell)
    except MalformedAmount:
        return False
    return True


def _row(line: int, cells: Sequence[str], columns: Columns, read: ReadRows) -> Row:
    def text(column: str) -> str:
        index = columns.at.get(column, len(cells))
        return cells[index] if index < len(cells) else ""

    row = Row(line, text("code"), text("name"), {})
    row.total = total_words(row.name or row.code) if row.ledger else "unnamed"
    for column in columns.amounts:
        said = text(column)
        if says_nothing(said):
            if said:
                row.said[column] = Amount(0)
            continue
        title = columns.texts[columns.at[column]]
        try:
            amount = parse_written_out(said)
        except MalformedAmount as error:
            read.faults.append(fault(error.words, line, title, **error.places))
            continue
        if has_exponent(said):
            read.odd.append(fault("amount-exponent-read", line, title, text=said[:40]))
        row.said[column] = _sided(row, column, amount, cells, columns, read)
    return row


def _sided(
    row: Row, column: str, amount: Amount, cells: Sequence[str], columns: Columns, read: ReadRows
) -> Amount:
    """The amount with the side that its own column of Dr and Cr says."""
    title = columns.texts[columns.at[column]]
    if column in _SPLIT:
        fits = amount.side is None or amount.side == ("Dr" if _is_debit(column) else "Cr")
        if amount.paise < 0 or not fits:
            read.faults.append(fault("movement-sign", row.line, title))
        return Amount(amount.paise)
    index = columns.sides.get(column, len(cells))
    said = cells[index].strip(" .()[]").casefold() if index < len(cells) else ""
    if not said or not amount.paise:
        return amount
    side = {"d": "Dr", "c": "Cr"}.get(said[0]) if said in _SIDES else None
    if side is None or amount.side is not None or amount.paise < 0:
        read.faults.append(fault("side-unclear", row.line, title, text=said[:40]))
        return amount
    return Amount(amount.paise, "Dr" if side == "Dr" else "Cr")


def _is_debit(column: str) -> bool:
    return column == "debit" or column.endswith("_dr")


def _fit(cells: list[str], columns: Columns, text: bool) -> list[str] | None:
    """The cells as they belong under the head; None if the row is wider and that is unclear."""
    width = columns.width
    places = {columns.at[name] for name in columns.amounts}
    parts = text and any(is_part(cell) for at, cell in enumerate(cells) if at in places)
    if len(cells) <= width and not parts:
        return cells
    spare = not any(cells[width:])
    if not text:
        return cells if spare else None
    found = _ways([cells[0], *(_blank(cell) for cell in cells[1:])], width, places)
    if not found and spare and not parts:
        return cells
    return found[0] if len(found) == 1 else None


def _blank(cell: str) -> str:
    return "" if says_nothing(cell) else cell


def _ways(cells: list[str], width: int, places: set[int]) -> list[list[str]]:
    """The ways to lay the cells under the columns; empty cells at the end may be left over."""
    found: list[list[str]] = []
    for count in range(len(cells), width - 1, -1):
        one = put_together(cells[:count], width, places)
        if one is not None and one not in found:
            found.append(one)
        if not cells[count - 1 :] or cells[count - 1]:
            break
    return found
