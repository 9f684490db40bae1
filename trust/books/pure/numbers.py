"""Gaps and repeats in the numbers of one series of vouchers or receipts."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from trust.books.model import Fault
from trust.books.pure.faultwords import fault

_TRAILING = re.compile(r"^(.*?)([0-9]{1,12})$")


def number_faults(series: str, texts: Sequence[str]) -> list[Fault]:
    """Faults of one series: numbers used twice, and numbers left out between first and last.

    A number is its last run of digits; what stands before it (a branch, a year) makes a series of
    its own.
    """
    runs: dict[str, list[int]] = {}
    for text in texts:
        found = _TRAILING.match(text.strip())
        if found:
            runs.setdefault(found.group(1), []).append(int(found.group(2)))
    faults: list[Fault] = []
    for prefix, numbers in sorted(runs.items()):
        repeated = sorted(number for number, count in Counter(numbers).items() if count > 1)
        if repeated:
            listed = _listed(prefix, repeated)
            faults.append(fault("number-repeated", None, series, series=series, listed=listed))
        missing = [
            number
            for one, two in pairwise(sorted(set(numbers)))
            if two - one <= len(numbers) * 10
            for number in range(one + 1, two)
        ]
        if missing:
            listed = _listed(prefix, missing)
            faults.append(fault("number-missing", None, series, series=series, listed=listed))
    return faults


def _listed(prefix: str, numbers: Sequence[int]) -> str:
    shown = ", ".join(f"{prefix}{number}" for number in numbers[:5])
    more = len(numbers) - 5
    return f"{shown}, … (+{more})" if more > 0 else shown
