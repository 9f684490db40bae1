"""A row with more cells than its head: commas of lakhs that no quotes hold together."""

import re
from collections.abc import Collection, Sequence

_GROUPED = re.compile(r"-?[1-9][0-9]?(?:,[0-9]{2})*,[0-9]{3}(?:\.[0-9]{1,2})?")
_ALONE = re.compile(r"-?(?:0|[1-9][0-9]*)?(?:\.[0-9]{1,2})?")
_MOST = 3
"""More ways than one are too many; the search ends at the third."""


def put_together(cells: Sequence[str], width: int, amounts: Collection[int]) -> list[str] | None:
    """The row with the parts of its amounts put together, if there is exactly one way to do it.

    Args:
        cells: more of them than `width`.
        width: number of cells in the head.
        amounts: columns in which amounts stand; only there parts are put together.
    """
    if len(cells) > width * 6:
        return None
    ways = _ways(list(cells), 0, width, frozenset(amounts), [])
    return ways[0] if len(ways) == 1 else None


def _ways(
    cells: list[str], column: int, width: int, amounts: frozenset[int], made: list[str]
) -> list[list[str]]:
    """Every way in which the remaining cells fill the remaining columns, up to a few."""
    if column == width:
        return [made] if not cells else []
    found: list[list[str]] = []
    longest = len(cells) - (width - column - 1)
    for taken in range(1, max(longest, 0) + 1 if column in amounts else 2):
        if taken > len(cells):
            break
        cell = ",".join(cells[:taken])
        fits = _GROUPED if taken > 1 else _ALONE
        if column in amounts and not fits.fullmatch(cell):
            continue
        found += _ways(cells[taken:], column + 1, width, amounts, [*made, cell])
        if len(found) >= _MOST:
            break
    return found


def is_part(text: str) -> bool:
    """Whether a cell is the rest of an amount rather than one: no amount begins with two zeros."""
    return re.fullmatch(r"0[0-9]+(?:\.[0-9]*)?", text) is not None
