"""The loan register as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from trust.books.model import Answers, Fault, LoanRow, Question, ReadFile, Skipped
from trust.books.pure.amounts import parse_paise
from trust.books.pure.dates import DateColumn, column_of
from trust.books.pure.faultwords import fault
from trust.books.pure.money import Malformed
from trust.books.pure.pii import count_identifiers
from trust.books.pure.registerheads import LOANS, LOANS_NEED, day_given, heading_days, open_register
from trust.books.pure.registerrows import Totals, entries, total_row
from trust.books.pure.tables import Cells, Header, Rows, Table

_YES = {
    "yes": True,
    "y": True,
    "1": True,
    "true": True,
    "no": False,
    "n": False,
    "0": False,
    "false": False,
}
_AMOUNTS = ("sanctioned", "outstanding", "overdue", "overdue_interest")
_WHO = ("loan_id", "member_ref", "sanctioned_on")
MAX_DAYS = 40_000


def is_loans(rows: Rows) -> bool:
    """True if one of the first rows is the header of a loan register."""
    return open_register(rows, LOANS, LOANS_NEED) is not None


@dataclass(slots=True)
class _Reading:
    """A register while it is read.

    Attributes:
        day: the day it is of.
        known: loans by scheme and number, with the line of each.
    """

    day: str
    dates: DateColumn
    loans: list[LoanRow] = field(default_factory=list)
    refused: list[Fault] = field(default_factory=list)
    odd: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    known: dict[tuple[str, str], int] = field(default_factory=dict)
    rows: int = 0
    sums: int = 0

    def take(self, cells: Cells) -> None:
        """Read a row that is an entry: a loan, or its faults."""
        self.rows += 1
        if not cells.faults:
            loan = self._loan(cells)
            key = (plain(loan.scheme), plain(loan.loan_id))
            first = self.known.setdefault(key, loan.row)
            if not cells.faults and first != loan.row:
                cells.fault("loan_id", "loan-twice", line=str(first))
            if not cells.faults:
                self.loans.append(loan)
        self.refused += cells.faults

    def _loan(self, cells: Cells) -> LoanRow:
        amounts = {name: cells.value(name, parse_paise, 0) for name in _AMOUNTS}
        for column in ("sanctioned", "outstanding"):
            cells.needed(column)
        for column, paise in amounts.items():
            if paise < 0:
                cells.fault(column, "negative")
        overdue = amounts["overdue"] + amounts["overdue_interest"]
        if overdue > amounts["outstanding"] and not cells.faults:
            self.odd.append(fault("overdue-too-large", cells.line, cells.title("overdue")))
        if amounts["overdue_interest"] and not self.notes:
            self.notes.append(fault("overdue-added"))
        scheme = cells.text("scheme")[:80]
        return LoanRow(
            cells.needed("loan_id")[:80],
            cells.needed("member_ref")[:80],
            self._day(cells),
            amounts["sanctioned"],
            amounts["outstanding"],
            overdue,
            cells.value("overdue_days", _days, 0),
            cells.text("purpose")[:80] or scheme,
            cells.text("payee_ref")[:200],
            cells.text("collateral_ref")[:200],
            cells.value("in_area", _yes, True),
            cells.line,
            scheme,
        )

    def _day(self, cells: Cells) -> str:
        text = cells.needed("sanctioned_on")
        day = self.dates.read(text) if text else None
        if text and day is None:
            cells.fault("sanctioned_on", "date/register", text=text[:40])
        elif day is not None and day > self.day:
            cells.fault("sanctioned_on", "date-future/loan", text=text[:40], day=self.day)
        return day or ""


def plain(reference: str) -> str:
    """A reference without spaces and case, so that one written in two ways is still one."""
    return "".join(reference.split()).casefold()


def read_loans(table: Table, *, today: str, answers: Answers) -> ReadFile:
    """Read a loan register.

    Rows with a fault are refused one by one and the others stay; what concerns the whole register
    (the order of its dates, its day) refuses it whole or is asked.

    Args:
        today: ISO day; no date lies after it.
        answers: to `date-order` and `as-of`.
    """
    header = open_register(table.rows, LOANS, LOANS_NEED)
    if header is None:
        wanted = ", ".join(sorted(LOANS_NEED))
        return ReadFile("loan-register", refused=(fault("no-header/register", wanted=wanted),))
    rows = list(entries(table.rows, header, _AMOUNTS))
    dates = _dates(rows, header, answers)
    day, wrong, asked = _register_day(table.rows, rows, header, dates, today, answers)
    if dates.faults or wrong:
        return ReadFile("loan-register", refused=(*dates.whole(), *wrong), rows=len(rows))
    reading = _Reading(day, dates)
    totals = Totals(_AMOUNTS)
    for cells in rows:
        wrong_total = total_row(cells, totals, _WHO)
        if wrong_total is not None:
            reading.sums += 1
            reading.odd += wrong_total
            continue
        reading.take(cells)
        totals.add(cells)
    return _read(reading, (*dates.questions, *asked))


def _read(reading: _Reading, asked: tuple[Question, ...]) -> ReadFile:
    loans = tuple(reading.loans)
    sums = (Skipped("row", "sums up other rows", reading.sums),) if reading.sums else ()
    texts = (
        text
        for loan in loans
        for text in (loan.member_ref, loan.payee_ref, loan.purpose, loan.scheme)
    )
    return ReadFile(
        "loan-register",
        loans=loans,
        as_of=reading.day,
        rows=reading.rows,
        counts={"loans": len(loans)},
        refused=tuple(reading.refused),
        questions=asked,
        odd=tuple(reading.odd),
        notes=tuple(reading.notes),
        skipped=sums,
        pii=count_identifiers(texts),
    )


def _dates(rows: Sequence[Cells], header: Header, answers: Answers) -> DateColumn:
    """How the dates of all rows are read; the day of each row counts if it stands in a column."""
    named = [name for name in ("sanctioned_on", "as_of") if name in header.columns]
    said = [(cells.line, text) for cells in rows for name in named if (text := cells.text(name))]
    title = header.titles.get("sanctioned_on", "")
    return column_of(title, said, answers)


def _register_day(
    above: Rows,
    rows: Sequence[Cells],
    header: Header,
    dates: DateColumn,
    today: str,
    answers: Answers,
) -> tuple[str, list[Fault], list[Question]]:
    """The day a register is of: from its column, else from its heading, else asked for."""
    said = {day for cells in rows if (day := dates.read(cells.text("as_of")))}
    if len(said) > 1:
        return today, [fault("as-of")], []
    asked: list[Question] = []
    if not said:
        found = heading_days(above, header)
        heading = dates
        if found and not dates.decided and not dates.questions:
            heading = column_of(found[0], [(0, text) for text in found], answers)
            asked += heading.questions
        said = {day for text in found if (day := heading.either(text))}
    if len(said) != 1:
        day, question = day_given(answers, today)
        return day, [], [question] if question else []
    (day,) = said
    return day, [fault("as-of/future", day=day)] if day > today else [], asked


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:9]) > MAX_DAYS:
        raise Malformed("malformed/days", text=text[:40])
    return int(text)


def _yes(text: str) -> bool:
    if text.casefold() not in _YES:
        raise Malformed("malformed/yes", text=text[:40])
    return _YES[text.casefold()]
