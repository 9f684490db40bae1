"""A Merkle tree cut into files of 256 hashes, and entries into bundles of 256 (C2SP tlog-tiles).

Tile ``n`` of level ``l`` holds hashes ``[n * 256, (n + 1) * 256)`` of the perfect subtrees of
``256 ** l`` leaves; its own perfect subtree of 256 hashes is one hash of level ``l + 1``. At tree
size ``s`` level ``l`` has ``s // 256 ** l`` hashes, so at most one tile per level is partial, and
an empty tile is never served. Appending never changes an earlier hash: a partial tile is a prefix
of every later version of itself, and the server may keep one growing row per tile.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from trust.formats.errors import FormatError
from trust.formats.merkle import root_from_nodes
from trust.formats.tilepaths import (
    HASH,
    TILE,
    BundleRef,
    TileRef,
    bundle_path,
    bundles_at,
    parse_path,
    tile_path,
    tiles_at,
    width_of,
)

__all__ = [
    "HASH",
    "MAX_ENTRY",
    "TILE",
    "BundleRef",
    "Extension",
    "TileReader",
    "TileRef",
    "bundle_path",
    "bundles_at",
    "decode_bundle",
    "encode_bundle",
    "extend",
    "parse_path",
    "tile_path",
    "tiles_at",
    "width_of",
]

MAX_ENTRY = 65_535
"""Bytes of the longest entry: its length is a 16-bit number."""


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries (at most 256) as a bundle: each as u16 big-endian length and bytes.

    Raises:
        FormatError: too many entries, or one longer than 65,535 bytes.
    """
    if len(entries) > TILE:
        raise FormatError(f"A bundle holds at most {TILE} entries, not {len(entries)}.")
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise FormatError(
                f"An entry may have {MAX_ENTRY} bytes at most, not {len(entry)}.", code="entry-size"
            )
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def decode_bundle(data: bytes, expected_count: int) -> list[bytes]:
    """Read exactly ``expected_count`` entries that use up all bytes of the bundle.

    Raises:
        FormatError: fewer or more entries, or bytes left over.
    """
    entries = list(_split_bundle(data))
    if len(entries) != expected_count:
        raise FormatError(
            f"The bundle holds {len(entries)} entries instead of {expected_count}.", code="bundle"
        )
    return entries


def _split_bundle(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise FormatError("The bundle breaks off inside an entry.", code="bundle")
        yield data[at + 2 : end]
        at = end


class TileReader:
    """Any perfect subtree of a tree of ``size`` leaves, from tiles fetched as needed.

    Args:
        size: leaves of the tree.
        fetch: returns the bytes of a tile, exactly as wide as the reference says. A tile is fetched
            once. Nothing is believed about its content: verify the proof you build.
    """

    def __init__(self, size: int, fetch: Callable[[TileRef], bytes]) -> None:
        self.size = size
        self._fetch = fetch
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._nodes: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, index: int) -> bytes:
        """Hash of the perfect subtree over leaves ``[index << level, (index + 1) << level)``.

        Raises:
            FormatError: the subtree is not complete at this size, or a tile has a wrong length.
        """
        if level < 0 or index < 0 or (index + 1) << level > self.size:
            raise FormatError(f"A tree of {self.size} leaves has no node ({level}, {index}).")
        found = self._nodes.get((level, index))
        if found is None:
            rest = level % 8
            first = index << rest
            tile = self._tile(level // 8, first // TILE)
            start = first % TILE * HASH
            found = _fold(tile[start : start + (HASH << rest)], rest)
            self._nodes[(level, index)] = found
        return found

    def leaf(self, index: int) -> bytes:
        """Leaf hash at ``index``, as the tiles state it."""
        return self.node(0, index)

    def _tile(self, level: int, n: int) -> bytes:
        tile = self._tiles.get((level, n))
        if tile is None:
            ref = TileRef(level, n, width_of(level, n, self.size))
            tile = self._fetch(ref)
            if len(tile) != ref.width * HASH:
                raise FormatError(
                    f"{ref.path} should have {ref.width * HASH} bytes but has {len(tile)}.",
                    code="tile-length",
                )
            self._tiles[(level, n)] = tile
        return tile


@dataclass(frozen=True, slots=True)
class Extension:
    """What appending leaves did to a tree.

    Attributes:
        size: leaves after the extension.
        root: root hash at that size.
        tiles: every tile that changed, by (level, position): its whole content so far.
    """

    size: int
    root: bytes
    tiles: dict[tuple[int, int], bytes]


def extend(size: int, edge: Mapping[int, bytes], leaf_hashes: Sequence[bytes]) -> Extension:
    """Append leaves to a tree of which only the partial last tile of each level is at hand.

    Args:
        size: leaves of the tree before.
        edge: for each level its last tile if that one is partial; empty or absent if it is full.
        leaf_hashes: hashes of the new leaves, in order.

    Raises:
        FormatError: the edge does not belong to a tree of this size.
    """
    _check_edge(size, edge)
    if any(len(leaf) != HASH for leaf in leaf_hashes):
        raise FormatError("Every leaf hash must be 32 bytes long.", code="hash-length")
    grown = size + len(leaf_hashes)
    tiles: dict[tuple[int, int], bytes] = {}
    last: dict[int, bytes] = dict(edge)
    added = b"".join(leaf_hashes)
    level = 0
    while added:
        first = (size >> (8 * level)) // TILE
        row = edge.get(level, b"") + added
        full = len(row) - len(row) % _FULL
        for at in range(0, len(row), _FULL):
            tiles[(level, first + at // _FULL)] = row[at : at + _FULL]
        last[level] = row[full:]
        added = _fold(row[:full], 8)
        level += 1
    return Extension(grown, _edge_root(grown, last), tiles)


_FULL = HASH * TILE


def _check_edge(size: int, edge: Mapping[int, bytes]) -> None:
    if size < 0:
        raise FormatError(f"A tree cannot have {size} leaves.")
    levels = (size.bit_length() + 7) // 8
    for level in {*range(levels), *edge}:
        wanted = (size >> (8 * level)) % TILE * HASH
        if len(edge.get(level, b"")) != wanted:
            raise FormatError(
                f"At size {size} the last tile of level {level} should have {wanted} bytes "
                f"but has {len(edge.get(level, b''))}.",
                code="tile-length",
            )


def _edge_root(size: int, last: Mapping[int, bytes]) -> bytes:
    """Root from the partial tiles alone: every largest perfect subtree lies in one of them."""

    def node(level: int, index: int) -> bytes:
        rest = level % 8
        start = (index << rest) % TILE * HASH
        return _fold(last[level // 8][start : start + (HASH << rest)], rest)

    return root_from_nodes(size, node)


def _fold(row: bytes, levels: int) -> bytes:
    """Hash concatenated hashes in pairs, ``levels`` times over."""
    for _ in range(levels):
        # merkle.node_hash spelled out: a call per node would cost a third of the speed.
        row = b"".join(
            [
                sha256(b"\x01" + row[at : at + 2 * HASH]).digest()
                for at in range(0, len(row), 2 * HASH)
            ]
        )
    return row
