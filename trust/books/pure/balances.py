"""From vouchers to the trial balance of a book year.

The opening of a year is what its own opening vouchers say; if it has none, the closing of the year
before is carried: assets and liabilities as they stand, income and expenditure closed into
accumulated profit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from trust.books.model import TrialRow, Voucher
from trust.books.pure.mapping import ACCUMULATED_PROFIT, StatementMapping
from trust.books.pure.years import year_after

OPENING_TYPE = "Opening balances"
_RESULT_STATEMENTS = frozenset({"PL", "TR"})


def is_opening(voucher: Voucher) -> bool:
    """True for opening balances and for corrections of them."""
    return voucher.type == OPENING_TYPE


def trial_balances(
    vouchers: Iterable[Voucher], mapping: StatementMapping
) -> dict[str, tuple[TrialRow, ...]]:
    """Trial balances of all book years from the first to the last that has vouchers."""
    by_year: dict[str, list[Voucher]] = defaultdict(list)
    for voucher in vouchers:
        by_year[voucher.book_year].append(voucher)
    if not by_year:
        return {}
    year, last = min(by_year), max(by_year)
    found: dict[str, tuple[TrialRow, ...]] = {}
    carried: dict[str, int] = {}
    while year <= last:
        found[year] = trial_balance(by_year.get(year, ()), carried)
        carried = carry(found[year], mapping)
        year = year_after(year)
    return found


def trial_balance(vouchers: Iterable[Voucher], carried: Mapping[str, int]) -> tuple[TrialRow, ...]:
    """One year's rows by account code; ``carried`` opens the year if it has no opening voucher."""
    opening: dict[str, int] = defaultdict(int)
    debit: dict[str, int] = defaultdict(int)
    credit: dict[str, int] = defaultdict(int)
    explicit = False
    for voucher in vouchers:
        if is_opening(voucher):
            explicit = True
            for line in voucher.lines:
                opening[line.account] += line.paise
            continue
        for line in voucher.lines:
            side = debit if line.paise > 0 else credit
            side[line.account] += abs(line.paise)
    if not explicit:
        opening.update(carried)
    return tuple(
        TrialRow(code, opening.get(code, 0), debit.get(code, 0), credit.get(code, 0))
        for code in sorted({*opening, *debit, *credit})
    )


def carry(rows: Iterable[TrialRow], mapping: StatementMapping) -> dict[str, int]:
    """What a year leaves to the next: balances, with the year's result in accumulated profit."""
    carried: dict[str, int] = defaultdict(int)
    for row in rows:
        account = mapping.accounts.get(row.account)
        result = account is not None and mapping.line[account.line].statement in _RESULT_STATEMENTS
        carried[ACCUMULATED_PROFIT if result else row.account] += row.closing
    return {code: paise for code, paise in carried.items() if paise}
