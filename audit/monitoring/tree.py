"""A tree that grows bundle by bundle, remembered by one hash for every 256 entries.

Of each tile level above the entries the completed hashes are kept (1/256 of all hashes); what lies
below is hashed again from the entries whenever it is needed, never taken from the server's tiles.
"""

from collections.abc import Callable, Sequence
from itertools import count

from trust.formats import tiles
from trust.formats.merkle import leaf_hash
from trust.formats.tiles import HASH, TILE

Kept = Callable[[int, int, int], bytes]
"""Hashes [start, stop) of a tile level, concatenated."""


class Tree:
    """A log's tree at a size; `grow` appends leaves.

    Attributes:
        tiles: the whole content so far of every tile touched by the last `grow`.
    """

    def __init__(self, size: int, edge: dict[int, bytes]) -> None:
        self.size, self.edge = size, edge
        self.root = tiles.extend(size, edge, []).root
        self.tiles: dict[tuple[int, int], bytes] = {}

    @classmethod
    def at(cls, size: int, kept: Kept, last: bytes) -> "Tree":
        """The tree at `size`, `last` being the leaf hashes of its unfinished bundle."""
        edge = {0: last}
        for level in count(1):
            full = size >> (8 * level)
            if not full:
                break
            edge[level] = kept(level, full - full % TILE, full)
        return cls(size, edge)

    def grow(self, leaves: Sequence[bytes]) -> list[tuple[int, int, bytes]]:
        """Append leaf hashes; returns the hashes completed above them: level, index, hash."""
        before = self.size
        grown = tiles.extend(before, self.edge, leaves)
        self.size, self.root, self.tiles = grown.size, grown.root, grown.tiles
        for (level, n), data in grown.tiles.items():
            if n == (self.size >> (8 * level)) // TILE:
                self.edge[level] = data
        for level in list(self.edge):
            if (self.size >> (8 * level)) % TILE == 0:
                self.edge[level] = b""
        return list(_completed(before, self.size, grown.tiles))


def _completed(
    before: int, after: int, touched: dict[tuple[int, int], bytes]
) -> "list[tuple[int, int, bytes]]":
    made: list[tuple[int, int, bytes]] = []
    for level in count(1):
        first, stop = before >> (8 * level), after >> (8 * level)
        if not stop:
            return made
        for index in range(first, stop):
            at = index % TILE * HASH
            made.append((level, index, touched[level, index // TILE][at : at + HASH]))
    return made


def leaves(entries: Sequence[bytes]) -> list[bytes]:
    """Leaf hashes of entries."""
    return [leaf_hash(entry) for entry in entries]


def first_difference(mine: Sequence[bytes], tile: bytes) -> int | None:
    """Position in a bundle at which a tile of level 0 differs from the leaves; None if nowhere."""
    for at, leaf in enumerate(mine):
        if tile[at * HASH : (at + 1) * HASH] != leaf:
            return at
    return None if len(tile) == len(mine) * HASH else len(mine)
