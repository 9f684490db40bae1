"""The questions asked of the books before anything is signed, numbered as in the platform's list.

A check that lacks what it needs says "not checked" and why; it never passes by default. The
questions about sheets (does it foot?) are in ``footing``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from trust.books.model import Check, Fault, Figures, TrialRow, Voucher
from trust.books.pure.balances import is_opening
from trust.books.pure.closings import closes_as_stated, is_restated, less, of_postings, states
from trust.books.pure.faultwords import fault
from trust.books.pure.footing import FOOTING, Sheet
from trust.books.pure.mapping import SUSPENSE, StatementMapping
from trust.books.pure.money import format_paise
from trust.books.pure.numbers import number_faults
from trust.books.pure.trial_balance import CLOSINGS_TYPE, MOVEMENTS_TYPE
from trust.books.pure.verdicts import unchecked, verdict


@dataclass(frozen=True, slots=True)
class Checked:
    """A voucher with its index in the log and, if it may be seen, its detail.

    `late`: it was sealed after the figures of the sheet in force were taken.
    """

    voucher: Voucher
    index: int = -1
    number: str | None = None
    party: str | None = None
    narration: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    """Everything about one society and book year that the checks may look at.

    Attributes:
        vouchers: those of this book year.
        rows: its trial balance; ``carried`` is what the year before leaves (None if none known).
        today: ISO date of the check, for entries dated in the future.
        refused_amounts: malformed amounts refused on import, None if no import is known.
        rolled: True if a trial balance of the source was imported and rolled, None if none was.
    """

    book_year: str
    mapping: StatementMapping
    vouchers: Sequence[Checked]
    rows: Sequence[TrialRow]
    figures: Figures
    today: str
    carried: Mapping[str, int] | None = None
    prior: Figures | None = None
    sheet: Sheet | None = None
    refused_amounts: Sequence[Fault] | None = None
    rolled: bool | None = None


def run(books: Books) -> tuple[Check, ...]:
    """All checks in the order of their numbers."""
    done = [check(books) for check in _CHECKS]
    done += [check(books.sheet, books.figures, books.prior, books.mapping) for check in FOOTING]
    done += [unchecked(number, why) for number, why in _NEED_MORE]
    return tuple(sorted(done, key=lambda check: check.number))


def _per_voucher(books: Books) -> Check:
    faults = [
        fault("unbalanced", id=item.voucher.id, gap=format_paise(abs(gap)))
        for item in books.vouchers
        if (gap := sum(line.paise for line in item.voucher.lines))
    ]
    return verdict(1, "Every voucher balances.", faults)


def _per_day(books: Books) -> Check:
    days: dict[str, int] = defaultdict(int)
    for item in books.vouchers:
        days[item.voucher.date] += sum(line.paise for line in item.voucher.lines)
    faults = [
        fault("unbalanced-day", day=day, gap=format_paise(abs(gap)))
        for day, gap in sorted(days.items())
        if gap
    ]
    return verdict(2, "Every day balances.", faults)


def _trial_balance(books: Books) -> Check:
    gap = sum(row.closing for row in books.rows)
    faults = [fault("trial-balance", gap=format_paise(abs(gap)))] if gap else []
    return verdict(3, "The trial balance balances.", faults)


def _rolls(books: Books) -> Check:
    if books.rolled is None:
        return unchecked(4, "no-trial-balance")
    faults = [] if books.rolled else [fault("row-does-not-roll/books")]
    faults += [fault("closes-otherwise")] if _closes_otherwise(books) else []
    return verdict(4, "The imported trial balance rolled row by row.", faults)


def _closes_otherwise(books: Books) -> bool:
    """Whether the year does not close as its newest closing list says, with what came after it.

    What keeps the list true when the years before it change is no movement of its own.
    """
    moves = [item.voucher for item in books.vouchers if not is_opening(item.voucher)]
    lists = [at for at, voucher in enumerate(moves) if states(voucher.id)]
    if not lists:
        return False
    later = [voucher for voucher in moves[lists[-1] + 1 :] if not is_restated(voucher.id)]
    closed = {row.account: row.closing for row in books.rows}
    held = less(closed, *(of_postings(voucher.lines) for voucher in later))
    return not closes_as_stated(moves[lists[-1]].id, held)


def _opening_is_closing(books: Books) -> Check:
    if books.carried is None:
        return unchecked(5, "no-year-before")
    if not any(is_opening(item.voucher) for item in books.vouchers):
        return unchecked(5, "carried-over")
    faults = opening_faults(books.rows, books.carried, books.mapping)
    return verdict(5, "All lines open as they closed.", faults)


def opening_faults(
    rows: Sequence[TrialRow], carried: Mapping[str, int], mapping: StatementMapping
) -> list[Fault]:
    """Lines of the form that open a year with another amount than the year before left to it."""
    lines: dict[str, int] = defaultdict(int)
    for row in rows:
        lines[_line_of(row.account, mapping)] += row.opening
    for code, paise in carried.items():
        lines[_line_of(code, mapping)] -= paise
    return [
        fault("opening-differs", None, line, line=line, gap=format_paise(abs(gap)))
        for line, gap in sorted(lines.items())
        if gap
    ]


def _line_of(code: str, mapping: StatementMapping) -> str:
    """The line to compare on; accumulated profit and loss are one figure."""
    account = mapping.accounts.get(code)
    line = account.line if account is not None else f"account {code}"
    return "L3/A8-11" if line in ("L3", "A8-11") else line


def _every_account_maps(books: Books) -> Check:
    faults = [
        fault("account-unknown", None, row.account, account=row.account)
        for row in books.rows
        if row.account not in books.mapping.accounts
    ]
    return verdict(6, "Every account is mapped.", faults)


def _suspense(books: Books) -> Check:
    faults = [
        fault(
            "suspense", None, row.account, account=row.account, paise=format_paise(abs(row.closing))
        )
        for row in books.rows
        if row.account in SUSPENSE and row.closing
    ]
    return verdict(15, "Nothing stands on suspense.", faults)


def _cash(books: Books) -> Check:
    cash = {code for code, account in books.mapping.accounts.items() if account.line == "A1"}
    moves = [item.voucher for item in books.vouchers if not is_opening(item.voucher)]
    summed = (MOVEMENTS_TYPE, CLOSINGS_TYPE)
    if any(voucher.type in summed for voucher in moves) or not moves:
        return unchecked(16, "no-daily-vouchers")
    balances = {row.account: row.opening for row in books.rows if row.account in cash}
    days: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for voucher in moves:
        for line in voucher.lines:
            if line.account in cash:
                days[voucher.date][line.account] += line.paise
    faults = []
    for day in sorted(days):
        for code, paise in days[day].items():
            balances[code] = balances.get(code, 0) + paise
            if balances[code] < 0:
                held = format_paise(balances[code])
                faults.append(fault("cash-negative", None, code, account=code, paise=held, day=day))
    return verdict(16, "Cash is never below nothing at the end of a day.", faults)


def _dates(books: Books) -> Check:
    faults = [
        fault("dated-ahead", day=item.voucher.date, today=books.today)
        for item in books.vouchers
        if item.voucher.date > books.today
    ]
    faults += [
        fault("late-entry", item.index, index=item.index)
        for item in books.vouchers
        if item.late and item.voucher.corrects is None
    ]
    return verdict(17, "No entry is dated ahead or added after filing.", faults)


def _duplicates(books: Books) -> Check:
    if any(item.narration is None for item in books.vouchers):
        return unchecked(18, "no-narrations")
    groups: dict[object, int] = defaultdict(int)
    for item in books.vouchers:
        voucher = item.voucher
        if voucher.corrects is None:
            key = (voucher.date, voucher.type, voucher.lines, item.party, item.narration)
            groups[key] += 1
    twice = sum(count for count in groups.values() if count > 1)
    faults = [fault("same-content", count=twice)] if twice else []
    return verdict(18, "No two vouchers are alike.", faults)


def _numbers(books: Books) -> Check:
    if any(item.number is None for item in books.vouchers):
        return unchecked(19, "numbers-closed")
    series: dict[str, list[str]] = defaultdict(list)
    for item in books.vouchers:
        if item.number and item.voucher.corrects is None:
            series[item.voucher.type].append(item.number)
    if not series:
        return unchecked(19, "no-numbers")
    faults = [one for kind, texts in sorted(series.items()) for one in number_faults(kind, texts)]
    return verdict(19, "The numbers run without gaps or repeats.", faults)


def _malformed(books: Books) -> Check:
    if books.refused_amounts is None:
        return unchecked(21, "no-reports")
    return verdict(21, "No amount was refused on import.", books.refused_amounts)


_CHECKS: tuple[Callable[[Books], Check], ...] = (
    _per_voucher,
    _per_day,
    _trial_balance,
    _rolls,
    _opening_is_closing,
    _every_account_maps,
    _suspense,
    _cash,
    _dates,
    _duplicates,
    _numbers,
    _malformed,
)
_NEED_MORE = ((13, "no-member-ledgers"), (14, "no-bank-statements"), (22, "hints-only"))


def wrong(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that found something."""
    return tuple(check for check in checks if check.state == "wrong")
