"""A growing tree from its leaves alone: root at any size and each tile as it fills.

Keeps the largest perfect subtrees and the last tile of each level, nothing else, so a log of any
length is hashed again in a few kilobytes of memory.
"""

from collections.abc import Iterator
from hashlib import sha256

from trust.formats import merkle, tiles

_FULL = tiles.HASH * tiles.TILE

Tile = tuple[int, int, bytes]
"""Level, position, content so far."""


class Frontier:
    """The right edge of a tree; `size` leaves so far."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []
        self._rows: dict[int, bytearray] = {}

    @classmethod
    def at(cls, reader: tiles.TileReader) -> "Frontier":
        """The edge of a stored tree at the reader's size, to go on from there."""
        made = cls()
        made.size = size = reader.size
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                made._subtrees.append(reader.node(level, (size >> level) - 1))
        for ref in edge(size):
            first = ref.n * tiles.TILE
            nodes = (reader.node(8 * ref.level, first + i) for i in range(ref.width))
            made._rows[ref.level] = bytearray(b"".join(nodes))
        return made

    def add(self, leaf: bytes) -> list[Tile]:
        """Append one leaf hash; returns the tiles that it filled."""
        filled: list[Tile] = []
        self._place(0, self.size, leaf, filled)
        node, level, place = leaf, 0, self.size
        while place & 1:
            node = sha256(b"\x01" + self._subtrees.pop() + node).digest()
            level, place = level + 1, place >> 1
            if level % 8 == 0:
                self._place(level // 8, place, node, filled)
        self._subtrees.append(node)
        self.size += 1
        return filled

    def root(self) -> bytes:
        """Root of the leaves so far."""
        if not self._subtrees:
            return merkle.EMPTY_ROOT
        *rest, result = self._subtrees
        for node in reversed(rest):
            result = merkle.node_hash(node, result)
        return result

    def partial(self) -> Iterator[Tile]:
        """The last, partial tile of each level that has one."""
        for level, row in sorted(self._rows.items()):
            if row:
                yield level, (self.size >> (8 * level)) // tiles.TILE, bytes(row)

    def _place(self, level: int, index: int, node: bytes, filled: list[Tile]) -> None:
        row = self._rows.setdefault(level, bytearray())
        row += node
        if len(row) == _FULL:
            filled.append((level, index // tiles.TILE, bytes(row)))
            row.clear()


def edge(size: int) -> Iterator[tiles.TileRef]:
    """The partial last tile of each level that has one, in a tree of so many leaves."""
    level = 0
    while size >> (8 * level):
        n, width = divmod(size >> (8 * level), tiles.TILE)
        if width:
            yield tiles.TileRef(level, n, width)
        level += 1
