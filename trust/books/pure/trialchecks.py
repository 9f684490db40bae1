"""What must hold of a trial balance: rows roll, columns balance, printed totals are sums.

Amounts are compared column by column as the file has them; a balance in one column is debit
positive once it is known what a plain figure means (`debit_sign`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trust.books.model import Fault
from trust.books.pure.faultwords import fault
from trust.books.pure.money import Amount, format_paise
from trust.books.pure.trialrows import Row

PRINTED = frozenset({"total", "grand", "sub", "carried"})
Vector = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows with the columns they have and what a plain balance is: 1 debit, -1 credit."""

    rows: Sequence[Row]
    columns: tuple[str, ...]
    sign: int

    def vector(self, row: Row) -> Vector:
        """The figures of a row, a number for each column."""
        return tuple(signed(row.amount(name), self.sign) for name in self.columns)

    def net(self, row: Row) -> Vector:
        """Opening, movement and closing of a row, debit positive."""
        return (self.opening(row), self.movement(row), self.closing(row))

    def opening(self, row: Row) -> int:
        return self._balance(row, "opening")

    def closing(self, row: Row) -> int:
        return self._balance(row, "closing")

    def movement(self, row: Row) -> int:
        return row.amount("debit").paise - row.amount("credit").paise

    def has(self, *names: str) -> bool:
        """True if the file has one of these columns."""
        return any(name in self.columns for name in names)

    def _balance(self, row: Row, name: str) -> int:
        pair = row.amount(f"{name}_dr").paise - row.amount(f"{name}_cr").paise
        return signed(row.amount(name), self.sign) + pair


def signed(amount: Amount, sign: int) -> int:
    """Debit positive."""
    return amount.debit_positive(plain_is_credit=sign < 0)


def has_plain(rows: Sequence[Row]) -> bool:
    """True if a balance stands in one column without Dr or Cr."""
    return any(
        row.amount(name).side is None and row.amount(name).paise
        for row in rows
        for name in ("opening", "closing")
    )


def debit_sign(rows: Sequence[Row], columns: tuple[str, ...]) -> int | None:
    """What a plain balance is, 1 debit, -1 credit; None if it cannot be told.

    Told by which of the two makes more rows roll: opening and movements give the closing.
    """
    if not has_plain(rows):
        return 1
    fits = {
        sign: sum(not _gap(Figures(rows, columns, sign), row) for row in rows) for sign in (1, -1)
    }
    if fits[1] == fits[-1]:
        return None
    return 1 if fits[1] > fits[-1] else -1


def _gap(figures: Figures, row: Row) -> int:
    return figures.opening(row) + figures.movement(row) - figures.closing(row)


def rolls(figures: Figures, accounts: Sequence[Row]) -> list[Fault]:
    """Opening and movements give the closing, row by row, if a file has all three."""
    parts = (("opening", "opening_dr"), ("debit",), ("closing", "closing_dr"))
    if not all(figures.has(*names) for names in parts) or not _moves(figures, accounts):
        return []
    return [
        fault(
            "row-does-not-roll", row.line, "closing", ledger=row.ledger, gap=format_paise(abs(gap))
        )
        for row in accounts
        if _closed(row) and (gap := _gap(figures, row))
    ]


def _moves(figures: Figures, accounts: Sequence[Row]) -> bool:
    return any(
        figures.opening(row) or row.amount("debit").paise or row.amount("credit").paise
        for row in accounts
    )


def _closed(row: Row) -> bool:
    return bool(row.said.keys() & {"closing", "closing_dr", "closing_cr"})


def balances(figures: Figures, accounts: Sequence[Row]) -> list[Fault]:
    """Openings, movements and closings must each sum to zero."""
    named = (
        ("opening", sum(map(figures.opening, accounts))),
        ("movements", sum(map(figures.movement, accounts))),
        ("closing", sum(map(figures.closing, accounts))),
    )
    return [
        fault(f"does-not-balance/{what}", gap=format_paise(abs(gap))) for what, gap in named if gap
    ]


def printed_totals(figures: Figures, sums: Mapping[int, object]) -> tuple[list[Fault], bool]:
    """Each printed total is the sum of rows above it; and whether one is the sum of all accounts.

    Args:
        sums: lines of other rows that are sums.
    """
    width = len(figures.columns)
    before: list[Vector] = [(0,) * width]
    starts = [0]
    faults: list[Fault] = []
    settled = False
    for row in figures.rows:
        if row.total in PRINTED:
            found = _start_of(figures, row, before, starts)
            if found is None:
                faults += _differs(figures, row, before[-1], before[starts[-1]])
            settled = found == 0 and row.total != "sub"
            starts.append(len(before) - 1)
        elif row.line in sums:
            starts.append(len(before) - 1)
        else:
            if row.headed:
                starts.append(len(before) - 1)
            before.append(plus(before[-1], figures.vector(row)))
            settled = settled and not any(figures.vector(row))
    return faults, settled


def minus(one: Vector, other: Vector) -> Vector:
    """Column by column."""
    return tuple(a - b for a, b in zip(one, other, strict=True))


def plus(one: Vector, other: Vector) -> Vector:
    """Column by column."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _start_of(
    figures: Figures, row: Row, before: Sequence[Vector], starts: Sequence[int]
) -> int | None:
    """From which account on the rows above give a printed total: 0 is all; None if from none."""
    places = [0] if row.total == "grand" else list(dict.fromkeys([0, *reversed(starts)]))
    if row.total in ("sub", "carried"):
        places = list(dict.fromkeys([*places, *range(len(before) - 2, -1, -1)]))
    for place in places:
        if _is_sum(figures, row, before[-1], before[place]):
            return place
    return None


def _is_sum(figures: Figures, row: Row, upto: Vector, since: Vector) -> bool:
    return all(
        said == upto[index] - since[index]
        for index, name in enumerate(figures.columns)
        if name in row.said and not _gross(figures, row, name)
        for said in (signed(row.amount(name), figures.sign),)
    )


def _gross(figures: Figures, row: Row, name: str) -> bool:
    """True for the sum of one side under balances that say Dr or Cr: it cannot be compared."""
    sided = any(one.amount(name).side for one in figures.rows if one is not row)
    return name in ("opening", "closing") and sided


def _differs(figures: Figures, row: Row, all_rows: Vector, since: Vector) -> list[Fault]:
    found = []
    for index, name in enumerate(figures.columns):
        if name not in row.said or _gross(figures, row, name):
            continue
        said = signed(row.amount(name), figures.sign)
        if said not in (all_rows[index], all_rows[index] - since[index]):
            places = {"said": format_paise(said), "real": format_paise(all_rows[index])}
            found.append(fault("total-differs", row.line, name, **places))
    return found or [fault("total-differs/row", row.line)]
