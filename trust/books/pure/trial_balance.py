"""A trial balance as a table: its vouchers, or what is wrong with it, or what must be asked.

Opening balances on the first day of the book year and the movements on the day of the trial
balance, or the closing balances alone if it has nothing else. A file that does not balance is
refused whole, with the rows that do not roll and the sums that differ: sealing it would make the
fault permanent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trust.books.model import Answers, Fault, Question, ReadFile, SourceLine, SourceVoucher
from trust.books.pure import years
from trust.books.pure.faultwords import fault, question
from trust.books.pure.headings import Heading, read_heading
from trust.books.pure.labels import label_of
from trust.books.pure.pii import count_identifiers
from trust.books.pure.tables import Rows, Table
from trust.books.pure.trialchecks import PRINTED, Figures, debit_sign, has_plain
from trust.books.pure.trialheads import Columns, find_columns
from trust.books.pure.trialrows import ReadRows, Row, read_rows
from trust.books.pure.trialsums import Reading, read_sums
from trust.books.pure.trialyear import Dated, date_of

OPENING_TYPE = "Opening balances"
MOVEMENTS_TYPE = "Movements per trial balance"
CLOSINGS_TYPE = "Closing balances per trial balance"
_MOST_SHOWN = 12
_SIDES = {1: "debit", -1: "credit"}


def read_trial_balance(
    table: Table, *, answers: Answers, filename: str = "", today: str = "9999-12-31"
) -> ReadFile:
    """Read a trial balance.

    Args:
        answers: to questions about this file; ``year`` is its book year.
        filename: its name, which suggests a year.
        today: a trial balance of a year that is not over is asked for its day.
    """
    heading, columns = _head(table, answers)
    if columns is None:
        return ReadFile("trial-balance", refused=(fault("no-header/trial-balance"),))
    dated = date_of(heading, answers, filename, today)
    read = read_rows(table, columns)
    asked, odd = list(dated.questions), [*dated.odd, *read.odd]
    if columns.others and not (asked and not dated.book_year):
        asked.append(_which_columns(columns))
    told = _told(read, columns, answers)
    asked += told.asked
    vouchers = _vouchers(told, dated, heading) if not told.faults else ([], told.faults)
    return ReadFile(
        "trial-balance",
        vouchers=tuple(vouchers[0]),
        as_of=dated.day if dated.book_year else "",
        company=heading.company,
        label=_label(table, columns, heading),
        rows=told.count,
        counts={"rows": told.count},
        questions=() if vouchers[1] else tuple(asked),
        refused=tuple(vouchers[1]),
        odd=tuple(odd),
        notes=(*_encoding(table), *read.notes, *told.notes),
        pii=count_identifiers(row.name for row in read.rows),
    )


def looks_like(rows: Rows) -> bool:
    """True if one of the first rows is the head of a trial balance."""
    return find_columns(rows) is not None


@dataclass(slots=True)
class _Told:
    """The accounts of a file with their figures, and what has to be said about them."""

    figures: Figures
    accounts: Sequence[Row]
    count: int
    faults: list[Fault]
    asked: list[Question]
    notes: list[Fault]
    movements: bool = False


def _head(table: Table, answers: Answers) -> tuple[Heading, Columns | None]:
    """The heading and the columns; each may tell the year of the other."""
    chosen = answers.get("columns", "")
    columns = find_columns(table.rows, answers.get("year", ""), chosen)
    if columns is None:
        return Heading(), None
    start, end = columns.head
    above = [cells for _, cells in table.rows[:start]]
    heading = read_heading(above)
    if not heading.book_years:  # a sheet program prints the period inside its head
        inside = read_heading(cells for _, cells in table.rows[start:end])
        heading = replace(inside, company=heading.company)
    if len(heading.book_years) == 1 and not answers.get("year"):
        columns = find_columns(table.rows, heading.book_years[0], chosen) or columns
    return heading, columns


def _which_columns(columns: Columns) -> Question:
    sets = [" / ".join(columns.texts[index] for index in one.values()) for one in columns.others]
    shown = "; ".join(f"{number}: {text[:80]}" for number, text in enumerate(sets, 1))
    numbers = tuple(str(number) for number in range(1, len(sets) + 1))
    return question("columns", answers=numbers, sets=shown)


def _told(read: ReadRows, columns: Columns, answers: Answers) -> _Told:
    """Which rows are accounts, and which sign a plain balance has."""
    rows = [row for row in read.rows if row.total not in PRINTED]
    sign = debit_sign(rows, columns.amounts)
    asked: list[Question] = []
    if sign is None:
        said = answers.get("sign", "")
        sign = -1 if said == "credit" else 1
        if said not in ("debit", "credit"):
            asked.append(question("sign", answers=("debit", "credit")))
    figures = Figures(read.rows, columns.amounts, sign)
    if read.faults or not rows:
        faults = read.faults or [fault("empty/trial-balance")]
        return _Told(figures, rows, len(rows), list(faults), [], [])
    reading = read_sums(figures, answers.get("sums", ""))
    notes = [fault(f"plain-balances/{_SIDES[sign]}")] if has_plain(rows) and not asked else []
    accounts = reading.accounts
    told = _Told(figures, accounts, len(accounts), list(reading.faults), asked, notes)
    _say_sums(told, reading)
    _say_movements(told, answers)
    return told


def _say_sums(told: _Told, reading: Reading) -> None:
    lines = sorted(reading.sums)
    shown = ", ".join(str(line) for line in lines[:_MOST_SHOWN])
    shown += " …" if len(lines) > _MOST_SHOWN else ""
    if not reading.clear:
        told.asked.append(question("sums", lines[0], answers=("yes", "no"), rows=shown))
    elif lines:
        told.notes.append(fault("sums-left-out", rows=shown))


def _say_movements(told: _Told, answers: Answers) -> None:
    """Debit and credit without balances are balances if each account has one of them only."""
    figures = told.figures
    if figures.has("opening", "opening_dr", "closing", "closing_dr"):
        told.movements = figures.has("opening", "opening_dr")
        return
    both = [
        row for row in told.accounts if row.amount("debit").paise and row.amount("credit").paise
    ]
    if not both:
        return
    said = answers.get("balances", "")
    told.movements = said == "movements"
    if said not in ("closings", "movements"):
        answer = question("balances", both[0].line, answers=("closings", "movements"))
        told.asked.append(answer)


def _vouchers(
    told: _Told, dated: Dated, heading: Heading
) -> tuple[list[SourceVoucher], list[Fault]]:
    """The vouchers; of today while the year is unknown and asked."""
    figures, accounts = told.figures, told.accounts
    if not told.movements or not _moved(figures, accounts):
        closing = figures.has("closing", "closing_dr")
        of = figures.closing if closing else figures.movement
        lines = [SourceLine(row.ledger, of(row)) for row in accounts]
        return _posted([SourceVoucher("", dated.day, CLOSINGS_TYPE, tuple(lines))]), []
    first = years.first_day(dated.book_year) if dated.book_year else dated.day
    if dated.book_year and years.first_day(dated.book_year) < heading.begins < dated.day:
        return [], [fault("period-part", day=heading.begins, first=first)]
    opening = [SourceLine(row.ledger, figures.opening(row)) for row in accounts]
    made = [
        SourceVoucher("", first, OPENING_TYPE, tuple(opening)),
        SourceVoucher("", dated.day, MOVEMENTS_TYPE, tuple(_moves(figures, accounts))),
    ]
    return _posted(made), []


def _moved(figures: Figures, accounts: Sequence[Row]) -> bool:
    """True if there is an opening or a movement at all."""
    return any(
        figures.opening(row) or row.amount("debit").paise or row.amount("credit").paise
        for row in accounts
    )


def _moves(figures: Figures, accounts: Sequence[Row]) -> list[SourceLine]:
    """Both sides of every movement; without columns for them, what the balances changed by."""
    lines: list[SourceLine] = []
    for row in accounts:
        if figures.has("debit", "credit"):
            lines.append(SourceLine(row.ledger, row.amount("debit").paise))
            lines.append(SourceLine(row.ledger, -row.amount("credit").paise))
        else:
            lines.append(SourceLine(row.ledger, figures.closing(row) - figures.opening(row)))
    return lines


def _posted(vouchers: Sequence[SourceVoucher]) -> list[SourceVoucher]:
    """Those that have lines, without lines of zero."""
    made = []
    for voucher in vouchers:
        lines = tuple(line for line in voucher.lines if line.paise)
        if lines:
            made.append(SourceVoucher("", voucher.date, voucher.type, lines))
    return made


def _label(table: Table, columns: Columns, heading: Heading) -> str:
    above = [cell for _, cells in table.rows[: columns.head[0]] for cell in cells]
    return label_of(cell for cell in above if cell != heading.company)


def _encoding(table: Table) -> tuple[Fault, ...]:
    if table.encoding == "utf-8":
        return ()
    return (fault("encoding/read-as", name=table.encoding),)
