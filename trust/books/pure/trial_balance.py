"""A trial balance as a table: what its columns are, which sign is debit, whether it rolls and sums.

Two vouchers come out of it: the opening balances on the first day of the book year and the
movements on the day of the trial balance. A file that does not balance is refused whole, with the
rows that do not roll and the sums that differ: sealing it would make the fault permanent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trust.books.model import Fault, ReadFile, SourceLine, SourceVoucher
from trust.books.pure import years
from trust.books.pure.faultwords import fault
from trust.books.pure.labels import label_of
from trust.books.pure.money import Amount, format_paise, parse_amount
from trust.books.pure.pii import count_identifiers
from trust.books.pure.tables import Cells, Header, Rows, Table, data_rows, find_header

OPENING_TYPE = "Opening balances"
MOVEMENTS_TYPE = "Movements per trial balance"
CLOSINGS_TYPE = "Closing balances per trial balance"

_NAMES: dict[str, Sequence[str]] = {
    "code": ("gl code", "account code", "head code", "a/c code", "acc code", "glcode", "code no"),
    "name": ("gl name", "account", "account name", "head of account", "head", "ledger",
             "ledger name", "particulars", "account head", "description"),
    "opening": ("opening bal", "opening balance", "op bal", "ob"),
    "opening_dr": ("opening debit", "opening dr", "opening balance dr", "opening balance debit"),
    "opening_cr": ("opening credit", "opening cr", "opening balance cr",
                   "opening balance credit"),
    "debit": ("dr", "debits", "total debit", "dr summation", "debit amount", "dr amount",
              "debit total"),
    "credit": ("cr", "credits", "total credit", "cr summation", "credit amount", "cr amount",
               "credit total"),
    "closing": ("closing bal", "closing balance", "cl bal", "balance", "cb"),
    "closing_dr": ("closing debit", "closing dr", "closing balance dr", "closing balance debit"),
    "closing_cr": ("closing credit", "closing cr", "closing balance cr",
                   "closing balance credit"),
}  # fmt: skip
_TOTALS = frozenset({"total", "grand total", "totals", "sum"})


@dataclass(slots=True)
class Row:
    """One account as it stands in the file; balances may still be on the unknown sign."""

    line: int
    code: str
    name: str
    opening: Amount
    debit: int
    credit: int
    closing: Amount | None

    @property
    def ledger(self) -> str:
        return " ".join(part for part in (self.code, self.name) if part)


def read_trial_balance(table: Table, *, book_year: str, as_of: str = "") -> ReadFile:
    """Read a trial balance of one book year; ``as_of`` overrides the last day of that year."""
    rows, encoding = table.rows, table.encoding
    header = find_header(rows, _NAMES, need=_is_header)
    if header is None:
        return ReadFile("trial-balance", refused=(_no_header(),))
    parsed, total, faults = _parse(rows, header)
    day = as_of or years.last_day(book_year)
    sign = _debit_sign(parsed) if not faults else 1
    if sign is None:
        faults.append(_no_sign())
    else:
        faults += _rolls(parsed, sign) + _sums(parsed, sign) + _total_row(total, parsed, sign)
    counts = {"rows": len(parsed)}
    texts = count_identifiers(row.name for row in parsed)
    notes = (fault("encoding/read-as", name=encoding),)
    if faults or not parsed:
        faults = faults or [fault("empty/trial-balance")]
        return ReadFile("trial-balance", counts=counts, refused=tuple(faults), pii=texts)
    return ReadFile(
        "trial-balance",
        vouchers=_vouchers(parsed, sign or 1, book_year, day),
        as_of=day,
        label=label_of(cell for line, cells in rows if line < header.line for cell in cells),
        counts=counts,
        notes=notes if encoding != "utf-8" else (),
        pii=texts,
    )


def looks_like(rows: Rows) -> bool:
    """True if one of the first rows is the header of a trial balance."""
    return find_header(rows, _NAMES, need=_is_header) is not None


def _is_header(columns: set[str]) -> bool:
    named = bool(columns & {"code", "name"})
    moves = {"debit", "credit"} <= columns
    balances = "closing" in columns or {"closing_dr", "closing_cr"} <= columns
    return named and (moves or balances)


def _no_header() -> Fault:
    return fault("no-header/trial-balance")


def _no_sign() -> Fault:
    return fault("sign-unknown")


def _parse(rows: Rows, header: Header) -> tuple[list[Row], Row | None, list[Fault]]:
    parsed: list[Row] = []
    total: Row | None = None
    faults: list[Fault] = []
    for cells in data_rows(rows, header):
        row = _row(cells)
        faults += cells.faults
        if (row.name or row.code).casefold().rstrip(":") in _TOTALS:
            total = row
        elif row.ledger:
            parsed.append(row)
        elif any(cells.cells):
            faults.append(fault("no-account", cells.line))
    return parsed, total, faults


def _row(cells: Cells) -> Row:
    zero = Amount(0)
    opening = _pair(cells, "opening") or cells.value("opening", parse_amount, zero)
    closing: Amount | None = _pair(cells, "closing")
    if closing is None and cells.text("closing"):
        closing = cells.value("closing", parse_amount, zero)
    return Row(
        cells.line,
        cells.text("code"),
        cells.text("name"),
        opening,
        _movement(cells, "debit"),
        _movement(cells, "credit"),
        closing,
    )


def _movement(cells: Cells, column: str) -> int:
    amount = cells.value(column, parse_amount, Amount(0))
    if amount.paise < 0 or amount.side is not None:
        cells.fault(column, "movement-sign")
    return amount.paise


def _pair(cells: Cells, stem: str) -> Amount | None:
    """A balance split over a debit and a credit column; None if the file has no such columns."""
    if f"{stem}_dr" not in cells.header.columns and f"{stem}_cr" not in cells.header.columns:
        return None
    debit = cells.value(f"{stem}_dr", parse_amount, Amount(0)).paise
    credit = cells.value(f"{stem}_cr", parse_amount, Amount(0)).paise
    return Amount(abs(debit - credit), "Dr" if debit >= credit else "Cr")


def _debit_sign(rows: list[Row]) -> int | None:
    """+1 if plain balances are debit-positive, -1 if credit-positive, None if it cannot be told.

    Told by which of the two makes more rows roll: opening and movements give the closing.
    """
    plain = [row for row in rows if row.opening.side is None and row.opening.paise]
    closing = [
        row for row in rows if row.closing and row.closing.side is None and row.closing.paise
    ]
    if not plain and not closing:
        return 1
    fits = {sign: sum(1 for row in rows if _roll(row, sign) == 0) for sign in (1, -1)}
    if fits[1] == fits[-1]:
        return None
    return 1 if fits[1] > fits[-1] else -1


def _signed(amount: Amount, sign: int) -> int:
    return amount.debit_positive(plain_is_credit=sign < 0)


def _roll(row: Row, sign: int) -> int:
    """By how much a row fails to roll, debit positive; 0 if no closing is given."""
    if row.closing is None:
        return 0
    return _signed(row.opening, sign) + row.debit - row.credit - _signed(row.closing, sign)


def _rolls(rows: list[Row], sign: int) -> list[Fault]:
    if not any(row.opening.paise or row.debit or row.credit for row in rows):
        return []
    return [
        fault(
            "row-does-not-roll", row.line, "closing", ledger=row.ledger, gap=format_paise(abs(gap))
        )
        for row in rows
        if (gap := _roll(row, sign))
    ]


def _sums(rows: list[Row], sign: int) -> list[Fault]:
    """Openings, movements and closings must each sum to zero."""
    opening = sum(_signed(row.opening, sign) for row in rows)
    movement = sum(row.debit - row.credit for row in rows)
    closing = sum(_signed(row.closing, sign) for row in rows if row.closing is not None)
    named = (("opening", opening), ("movements", movement), ("closing", closing))
    return [
        fault(f"does-not-balance/{what}", gap=format_paise(abs(gap))) for what, gap in named if gap
    ]


def _total_row(total: Row | None, rows: list[Row], sign: int) -> list[Fault]:
    """A printed total row must be the sum of the rows above it."""
    if total is None:
        return []
    sums = (
        ("debit", total.debit, sum(row.debit for row in rows)),
        ("credit", total.credit, sum(row.credit for row in rows)),
    )
    return [
        fault("total-differs", total.line, column, said=format_paise(said), real=format_paise(real))
        for column, said, real in sums
        if said != real and said
    ]


def _vouchers(rows: list[Row], sign: int, book_year: str, day: str) -> tuple[SourceVoucher, ...]:
    if not any(row.opening.paise or row.debit or row.credit for row in rows):
        closed = [SourceLine(row.ledger, _signed(row.closing, sign)) for row in rows if row.closing]
        return (SourceVoucher("", day, CLOSINGS_TYPE, _posting(closed)),)
    opening = [SourceLine(row.ledger, _signed(row.opening, sign)) for row in rows]
    moves: list[SourceLine] = []
    for row in rows:
        moves += [SourceLine(row.ledger, row.debit), SourceLine(row.ledger, -row.credit)]
    made = (
        SourceVoucher("", years.first_day(book_year), OPENING_TYPE, _posting(opening)),
        SourceVoucher("", day, MOVEMENTS_TYPE, _posting(moves)),
    )
    return tuple(voucher for voucher in made if voucher.lines)


def _posting(lines: list[SourceLine]) -> tuple[SourceLine, ...]:
    return tuple(line for line in lines if line.paise)
