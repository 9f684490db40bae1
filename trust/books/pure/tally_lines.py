"""Which of a voucher's lists post: each line once, in whatever lists a writer repeated it.

A writer puts the ledger lines of a voucher into one list or the other, or parts them between the
ledger lists and the stock lists; some write everything twice.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from trust.books.model import SourceLine

Listed = tuple[str, SourceLine]
"""A line with the name of the list it is in."""

LEDGERS = ("ALLLEDGERENTRIES.LIST", "LEDGERENTRIES.LIST")
STOCK = ("ALLINVENTORYENTRIES.LIST", "INVENTORYENTRIES.LIST")


def posted(lines: Sequence[Listed]) -> list[SourceLine] | None:
    """The lines that post, in the order of the file; None if two lists contradict each other."""
    lists = {name for name, _ in lines}
    for pair in (STOCK, LEDGERS):
        if lists.issuperset(pair):
            kept = _once(lines, *pair)
            if kept is None:
                return None
            lines = kept
    return [line for _, line in lines]


def _once(lines: Sequence[Listed], first: str, second: str) -> Sequence[Listed] | None:
    """The lines without a list that repeats what the others say."""
    without_first, without_second = _without(lines, (first,)), _without(lines, (second,))
    one, other = _only(lines, (first,)), _only(lines, (second,))
    if _sums(one) == _sums(other):
        return without_second
    # The first list may hold everything, the second leave to the stock lists what they hold.
    if _balances(one) and _balances(without_first):
        return one if _sums(one) == _sums(without_first) else None
    return lines if _balances(lines) or not _balances(one) else None


def _without(lines: Sequence[Listed], names: Collection[str]) -> list[Listed]:
    return [line for line in lines if line[0] not in names]


def _only(lines: Sequence[Listed], names: Collection[str]) -> list[Listed]:
    return [line for line in lines if line[0] in names]


def _sums(lines: Sequence[Listed]) -> Counter[tuple[str, bool]]:
    """What each ledger is debited and credited, whatever the order and the number of lines."""
    sums: Counter[tuple[str, bool]] = Counter()
    for _, line in lines:
        if line.paise:
            sums[" ".join(line.ledger.split()).casefold(), line.paise > 0] += line.paise
    return sums


def _balances(lines: Sequence[Listed]) -> bool:
    return not sum(line.paise for _, line in lines) and any(line.paise for _, line in lines)
