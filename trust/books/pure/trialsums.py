"""Which rows of a trial balance are sums of others: totals, subtotals below, groups above.

The figures decide. A reading of the file is a set of rows that are sums; it fits if the other rows
balance and every printed total is the sum of rows above it. If the rows as they stand fit and
another reading too, or if only chance could have made a reading, it is asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import compress, product

from trust.books.model import Fault
from trust.books.pure.faultwords import fault
from trust.books.pure.trialchecks import (
    PRINTED,
    Figures,
    Vector,
    balances,
    minus,
    plus,
    printed_totals,
    rolls,
)
from trust.books.pure.trialrows import Row

Sums = Mapping[int, tuple[int, ...]]
"""Line of a row that is a sum to the lines of the rows that it adds up."""
_Vector = Callable[[Row], Vector]
_CHANCE_DIGITS = 8
"""Sums of fewer digits together may agree by chance."""
_DEPTH = 20
"""In so many sums a row may be, on average."""
_LEAST_BLOCK = 3
"""Rows of the smallest block: two accounts and their sum."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the rows.

    Attributes:
        accounts: the rows that are added up.
        sums: those that are the sum of others, printed totals apart.
        faults: why this reading does not fit.
        apart: the rows that are sums.
        settled: a printed total is the sum of all accounts.
        clear: false if the file alone does not say that this is the right reading.
    """

    accounts: Sequence[Row]
    sums: Sums
    faults: Sequence[Fault] = ()
    apart: Sequence[Row] = ()
    settled: bool = False
    clear: bool = True


def read_sums(figures: Figures, answer: str = "") -> Reading:
    """The reading that fits; if none does, the one with the fewest faults.

    Args:
        answer: ``yes`` if somebody said that the rows which look like sums are sums, ``no`` if
            they are accounts.
    """
    listed = [row for row in figures.rows if row.total not in PRINTED]
    worded = _by_words(figures, listed)
    plain = [_reading(figures, listed, worded), _reading(figures, listed, {})]
    fits = [one for one in plain if not one.faults]
    if answer == "no":
        return fits[0] if fits else _best(plain)
    found = [
        one
        for sums in _by_figures(figures, listed, worded)
        if sums.keys() - worded.keys()
        and not (one := _reading(figures, listed, {**worded, **sums})).faults
    ]
    if not found:
        return fits[0] if fits else _best(plain)
    sure = [one.settled or _sure(figures, one, worded, alone=not fits) for one in found]
    clear = sure[0] and not any(map(partial(_rivals, found[0]), compress(found, sure)))
    return replace(found[0], clear=answer == "yes" or found[0].settled or clear)


def _rivals(one: Reading, other: Reading) -> bool:
    """True if each takes rows for sums that the other takes for accounts."""
    return bool(one.sums.keys() - other.sums.keys() and other.sums.keys() - one.sums.keys())


def _best(readings: Sequence[Reading]) -> Reading:
    return min(readings, key=lambda one: len(one.faults))


def _reading(figures: Figures, listed: Sequence[Row], sums: Sums) -> Reading:
    accounts = [row for row in listed if row.line not in sums]
    unnamed = [fault("no-account", row.line) for row in accounts if row.total == "unnamed"]
    differing, settled = printed_totals(figures, sums)
    found = unnamed + rolls(figures, accounts) + balances(figures, accounts) + differing
    apart = [row for row in listed if row.line in sums]
    return Reading(accounts, sums, found, apart, settled)


def _sure(figures: Figures, reading: Reading, worded: Sums, *, alone: bool) -> bool:
    """True if more than chance made the sums.

    Each adds up two rows or more and has enough digits, and no other reading fits or every account
    is in a sum; or the sums, and they alone, are in capitals.
    """
    within = {line for parts in reading.sums.values() for line in parts}
    covers = all(row.line in within or not any(figures.vector(row)) for row in reading.accounts)
    several = all(len(parts) > 1 for line, parts in reading.sums.items() if line not in worded)
    small = not any(row.name.isupper() for row in reading.accounts)
    large = all(row.name.isupper() for row in reading.apart)
    chance = _digits(figures, reading.apart) < _CHANCE_DIGITS
    return (several and (alone or covers) and not chance) or (covers and small and large)


def _digits(figures: Figures, rows: Iterable[Row]) -> int:
    """Digits of the largest figure of each row, in paise: so many had to agree."""
    return sum(len(str(max(map(abs, figures.vector(row)), default=0))) for row in rows)


def _by_words(figures: Figures, listed: Sequence[Row]) -> dict[int, tuple[int, ...]]:
    """Rows with a word of a total in their name, or without a name, that are the sum of the rows
    just above them."""
    found: dict[int, tuple[int, ...]] = {}
    above: list[Row] = []
    upto: list[Vector] = [(0,) * len(figures.columns)]
    last: dict[Vector, int] = {upto[0]: 0}
    for row in listed:
        figure = figures.vector(row)
        start = last.get(minus(upto[-1], figure)) if row.total != "none" and any(figure) else None
        if start is not None and start < len(above):
            found[row.line] = tuple(one.line for one in above[start:])
            continue
        above.append(row)
        upto.append(plus(upto[-1], figure))
        last[upto[-1]] = len(above)
    return found


def _by_figures(
    figures: Figures, listed: Sequence[Row], worded: Sums
) -> Iterator[dict[int, tuple[int, ...]]]:
    """The sets of rows that are sums of the rows under them, or above them, likely ones first."""
    seen: list[set[int]] = []
    vectors = [_known(listed, of) for of in (figures.vector, figures.net)]
    whole = [_blocks(rows, vector) for rows, vector in product((listed[::-1], listed), vectors)]
    weight = {
        id(one): _digits(figures, (row for row in listed if row.line in one)) for one in whole
    }
    for found in sorted(whole, key=lambda one: -weight[id(one)]):
        if found and found.keys() not in seen:
            seen.append(set(found))
            yield found
    for without, least, nested, below, vector in product(
        (worded, {}), (2, 1), (True, False), (False, True), vectors
    ):
        rows = [row for row in listed if row.line not in without]
        found = _groups(rows[::-1] if below else rows, vector, least, nested)
        if found and found.keys() not in seen:
            seen.append(set(found))
            yield found


def _known(rows: Sequence[Row], of: _Vector) -> _Vector:
    """The same figures, computed once."""
    found = {row.line: of(row) for row in rows}
    return lambda row: found[row.line]


def _blocks(rows: Sequence[Row], vector: _Vector) -> dict[int, tuple[int, ...]]:
    """The last row of every block, if the whole list is made of blocks of two accounts or more and
    then their sum; empty if it is not. Where a block could begin in several rows, later ones do as
    well: what decides is that the blocks leave no row over."""
    upto: list[Vector] = [(0,) * len(vector(rows[0]))] if rows else []
    starts: dict[Vector, int] = {}
    begins: dict[int, int] = {}
    for end, row in enumerate(rows, 1):
        begun = end - _LEAST_BLOCK
        if begun == 0 or begun in begins:
            starts[upto[begun]] = begun
        figure = vector(row)
        start = starts.get(minus(upto[-1], figure))
        if start is not None:
            begins[end] = start
        upto.append(plus(upto[-1], figure))
    return _walk_back(rows, begins)


def _walk_back(rows: Sequence[Row], begins: Mapping[int, int]) -> dict[int, tuple[int, ...]]:
    """The blocks that end with the last row, each where the next one begins."""
    found: dict[int, tuple[int, ...]] = {}
    end = len(rows)
    while end:
        if end not in begins:
            return {}
        start = begins[end]
        found[rows[end - 1].line] = tuple(row.line for row in rows[start : end - 1])
        end = start
    return found


def _groups(
    rows: Sequence[Row], vector: _Vector, least: int, nested: bool
) -> dict[int, tuple[int, ...]]:
    """Rows that are the sum of the rows after them, at least so many; a sum among those counts as
    one row (``nested``), or all count. Empty if sums lie in one another deeper than any list."""
    found: dict[int, tuple[int, ...]] = {}
    left = _DEPTH * len(rows)
    chain: list[tuple[Vector, Row | None]] = []
    places: dict[Vector, list[int]] = {}
    for row in reversed(rows):
        figure = vector(row)
        if not chain:
            chain.append(((0,) * len(figure), None))
            places[chain[0][0]] = [0]
        if not any(figure):
            continue
        rest = minus(chain[-1][0], figure)
        place = places[rest][-1] if places.get(rest) else -1
        if place >= 0 and len(chain) - 1 - place >= least:
            parts = [one.line for _, one in reversed(chain[place + 1 :]) if one is not None]
            found[row.line] = tuple(parts)
            left -= len(parts)
            if left < 0:
                return {}
            if nested:
                while len(chain) - 1 > place:
                    places[chain.pop()[0]].pop()
        after = plus(chain[-1][0], figure)
        places.setdefault(after, []).append(len(chain))
        chain.append((after, row))
    return found
