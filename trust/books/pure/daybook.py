"""Tally's day book as Excel or CSV: a voucher is a row with type and number and the rows under it.

Under each voucher stand ledger lines, and between them items, bills, cost centres and narrations
with numbers in columns of their own; only the last two columns are money that posts. The file has
no identity for a voucher: two vouchers that are alike are two.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trust.books.model import Answers, Fault, ReadFile, Skipped, SourceVoucher
from trust.books.pure.amounts import parse_amount
from trust.books.pure.dates import DateColumn, column_of, dates_in
from trust.books.pure.faultwords import fault
from trust.books.pure.money import MalformedAmount, format_paise
from trust.books.pure.pii import count_identifiers
from trust.books.pure.tables import Cells, Header, Table, data_rows, find_header, squash
from trust.books.pure.tally import RawLine, RawVoucher
from trust.books.pure.tally_sorting import Sorter
from trust.books.pure.tally_types import VoucherTypes

_HEADS = {
    "date": ("date", "തീയതി", "തിയതി"),
    "name": ("particulars", "വിവരണം", "വിശദാംശങ്ങൾ"),
    "type": ("vch type", "voucher type", "വൗച്ചർ തരം"),
    "number": ("vch no", "vch no.", "voucher no", "voucher number", "വൗച്ചർ നമ്പർ"),
    "debit": ("debit amount", "debit", "dr", "dr amount", "പറ്റ്"),
    "credit": ("credit amount", "credit", "cr", "cr amount", "വരവ്"),
}
_TITLE = re.compile(r"(?i)day ?book")
_DAYS = re.compile(r"[0-9]{1,2}[ -][A-Za-z]{3,9}[ -](?:[0-9]{4}|[0-9]{2})(?![0-9])")
_SHORT = re.compile(r"([0-9]{1,2})[ -]([A-Za-z]{3,9})")
_CANCELLED = re.compile(r"(?i)\(?cancelled\)?")
_TOTALS = frozenset(squash(text) for text in ("total", "grand total", "ആകെ", "ആകെ തുക"))
DETAILS = "lines of items, bills, cost centres or narrations"


@dataclass(slots=True)
class _Book:
    """The vouchers as they are found, row by row."""

    dates: DateColumn
    years: tuple[str, ...]
    raws: list[RawVoucher] = field(default_factory=list)
    lines: list[RawLine] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    first: Cells | None = None
    day: str = ""
    details: int = 0
    debit: int = 0
    credit: int = 0

    def row(self, cells: Cells) -> None:
        name = cells.text("name")
        if cells.text("type") or cells.text("date"):
            self.close()
            self.first = cells
            self.day = self._day(cells.text("date")) or self.day
        amounts = [side for side in ("debit", "credit") if cells.text(side)]
        if len(amounts) == 2 and not cells.text("type") and squash(name) in _TOTALS:
            self._total(cells)
        elif amounts and self.first is None:
            self.faults.append(fault("daybook-line", cells.line))
        elif amounts:
            self.lines += [self._line(cells, name, side) for side in amounts]
        elif cells is not self.first and name:
            self.details += 1

    def close(self) -> None:
        """The voucher that was begun is complete."""
        if self.first is not None:
            self.raws.append(self._voucher(self.first))
        self.first, self.lines = None, []

    def _voucher(self, cells: Cells) -> RawVoucher:
        name = cells.text("name")
        cancelled = not self.lines and _CANCELLED.fullmatch(name)
        return RawVoucher(
            cells.line,
            "",
            self.day or cells.text("date"),
            cells.text("type")[:80],
            cells.text("number")[:120],
            "",
            name[:400],
            {"ISCANCELLED": "Yes"} if cancelled else {},
            tuple(self.lines),
        )

    def _line(self, cells: Cells, name: str, side: str) -> RawLine:
        """A line with its side; a side that is written beside the amount must be the column's."""
        text, is_debit = cells.text(side), side == "debit"
        try:
            amount = parse_amount(text)
        except MalformedAmount:
            return RawLine(name[:400], text, "yes")
        if amount.side is not None and (amount.side == "Dr") is is_debit:
            text = format_paise(amount.paise)
        self.debit += amount.paise if is_debit else 0
        self.credit += 0 if is_debit else amount.paise
        return RawLine(name[:400], text, "yes" if is_debit else "no")

    def _day(self, text: str) -> str:
        """An ISO date; of one without a year the period above the table says the year."""
        if day := self.dates.read(text):
            return day
        if text and _SHORT.fullmatch(text) and len(self.years) == 1:
            return self.dates.read(f"{text} {self.years[0]}") or ""
        return ""

    def _total(self, cells: Cells) -> None:
        self.close()
        for side, real in (("debit", self.debit), ("credit", self.credit)):
            said = cells.value(side, lambda text: parse_amount(text).paise, 0)
            if said != real and not cells.faults:
                figures = {"said": format_paise(said), "real": format_paise(real)}
                self.faults.append(fault("total-differs", None, cells.title(side), **figures))


def read_daybook(table: Table, *, today: str, types: VoucherTypes, answers: Answers) -> ReadFile:
    """Read a day book; a voucher that does not balance is refused by itself."""
    header = find_header(table.rows, _HEADS, need=lambda found: set(_HEADS) <= found)
    if header is None:
        return ReadFile("tally-daybook", refused=(fault("no-header/daybook"),))
    listed = list(data_rows(table.rows, header))
    above = [cell for _, cells in table.rows[: header.position] for cell in cells if cell]
    cells = [(row.line, row.text("date")) for row in listed if row.text("date")]
    dates = column_of(header.titles["date"], cells, answers)
    if dates.faults:
        return ReadFile("tally-daybook", refused=dates.whole())
    named = [*dates_in(above), *(text for cell in above for text in _DAYS.findall(cell))]
    period = sorted(filter(None, map(dates.either, named)))
    book = _Book(dates, tuple(dict.fromkeys(day[:4] for day in period)))
    for row in listed:
        book.row(row)
    book.close()
    sorter = Sorter(types, today)
    vouchers = tuple(filter(None, map(sorter.take, book.raws)))
    read = _read(header, above, book, sorter)
    questions = (*dates.questions, *types.questions())
    return replace(read, vouchers=vouchers, questions=questions, odd=_outside(vouchers, period))


def _read(header: Header, above: list[str], book: _Book, sorter: Sorter) -> ReadFile:
    texts = [line.ledger for raw in book.raws for line in raw.lines]
    details = (Skipped(DETAILS, "only the last two columns post", book.details),)
    refused = (*book.faults, *sorter.refused)
    if not book.raws and not refused:
        refused = (fault("empty/daybook", header.line),)
    return ReadFile(
        "tally-daybook",
        company=above[0] if above and not _TITLE.search(above[0]) else "",
        rows=len(book.raws),
        counts={
            "vouchers in file": len(book.raws),
            "vouchers": sorter.kept,
            "ledger lines": sorter.lines,
        },
        refused=refused,
        skipped=(*sorter.skipped, *(details if book.details else ())),
        pii=count_identifiers(texts),
        duplicates=sorter.duplicates,
        period=(sorter.first, sorter.last),
    )


def _outside(vouchers: Sequence[SourceVoucher], period: list[str]) -> tuple[Fault, ...]:
    """Vouchers dated outside the days that the heading names."""
    found = [one for one in vouchers if period and not period[0] <= one.date <= period[-1]]
    if not found:
        return ()
    places = {"first": period[0], "last": period[-1]}
    return (fault("outside-period", found[0].row, count=len(found), **places),)
