"""From vouchers to the trial balance of a book year.

The opening of a year is what its own opening vouchers say; if it has none, the closing of the year
before is carried: assets and liabilities as they stand, income and expenditure closed into
accumulated profit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trust.books.model import TrialRow, Voucher
from trust.books.pure.mapping import ACCUMULATED_PROFIT, StatementMapping
from trust.books.pure.years import year_after

OPENING_TYPE = "Opening balances"
_RESULT_STATEMENTS = frozenset({"PL", "TR"})


def is_opening(voucher: Voucher) -> bool:
    """True for opening balances and for corrections of them."""
    return voucher.type == OPENING_TYPE


@dataclass(slots=True)
class YearSums:
    """What a book year's vouchers add up to, by account: openings and both sides of movements."""

    opening: dict[str, int] = field(default_factory=dict)
    debit: dict[str, int] = field(default_factory=dict)
    credit: dict[str, int] = field(default_factory=dict)
    opened: bool = False

    def add(self, voucher: Voucher) -> None:
        """Count one voucher in."""
        opening = is_opening(voucher)
        self.opened = self.opened or opening
        for line in voucher.lines:
            side = self.opening if opening else self.debit if line.paise > 0 else self.credit
            amount = line.paise if opening else abs(line.paise)
            side[line.account] = side.get(line.account, 0) + amount

    def rows(self, carried: Mapping[str, int]) -> tuple[TrialRow, ...]:
        """The trial balance; ``carried`` opens the year if it has no opening voucher."""
        opening = self.opening if self.opened else carried
        return tuple(
            TrialRow(code, opening.get(code, 0), self.debit.get(code, 0), self.credit.get(code, 0))
            for code in sorted({*opening, *self.debit, *self.credit})
        )


def year_sums(vouchers: Iterable[Voucher]) -> dict[str, YearSums]:
    """Sums by book year."""
    sums: dict[str, YearSums] = defaultdict(YearSums)
    for voucher in vouchers:
        sums[voucher.book_year].add(voucher)
    return dict(sums)


def trial_balances(
    vouchers: Iterable[Voucher], mapping: StatementMapping
) -> dict[str, tuple[TrialRow, ...]]:
    """Trial balances of all book years from the first to the last that has vouchers."""
    return roll(year_sums(vouchers), mapping)


def roll(
    sums: Mapping[str, YearSums], mapping: StatementMapping
) -> dict[str, tuple[TrialRow, ...]]:
    """Trial balances year after year, each opening as the one before it closed."""
    found: dict[str, tuple[TrialRow, ...]] = {}
    if not sums:
        return found
    year, last = min(sums), max(sums)
    carried: dict[str, int] = {}
    while year <= last:
        found[year] = sums.get(year, YearSums()).rows(carried)
        carried = carry(found[year], mapping)
        year = year_after(year)
    return found


def carry(rows: Iterable[TrialRow], mapping: StatementMapping) -> dict[str, int]:
    """What a year leaves to the next: balances, with the year's result in accumulated profit."""
    carried: dict[str, int] = defaultdict(int)
    for row in rows:
        account = mapping.accounts.get(row.account)
        result = account is not None and mapping.line[account.line].statement in _RESULT_STATEMENTS
        carried[ACCUMULATED_PROFIT if result else row.account] += row.closing
    return {code: paise for code, paise in carried.items() if paise}
