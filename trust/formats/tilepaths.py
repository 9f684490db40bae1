"""Names of tiles and bundles under a log's prefix, and which exist at a size (C2SP tlog-tiles).

A position is written in groups of three digits, all but the last marked with ``x`` (1234067 is
``x001/x234/067``); a partial tile of W hashes ends in ``.p/W``. Every tile has one spelling.
"""

import re
from dataclasses import dataclass

from trust.formats.errors import FormatError

HASH = 32
"""Bytes of one hash."""

TILE = 256
"""Hashes of a full tile, entries of a full bundle."""

MAX_LEVEL = 63

_MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TileRef:
    """One tile as served: level, position in the level, hashes held (1 to 256)."""

    level: int
    n: int
    width: int

    @property
    def path(self) -> str:
        """Path under the log's prefix."""
        return tile_path(self.level, self.n, self.width)


@dataclass(frozen=True, slots=True)
class BundleRef:
    """One entry bundle as served: position, entries held (1 to 256)."""

    n: int
    width: int

    @property
    def path(self) -> str:
        """Path under the log's prefix."""
        return bundle_path(self.n, self.width)


def tile_path(level: int, n: int, width: int = TILE) -> str:
    """Path of a tile, as in ``tile/0/x001/067`` or ``tile/0/x001/067.p/112``.

    Raises:
        FormatError: level, position or width out of range.
    """
    if not 0 <= level <= MAX_LEVEL:
        raise FormatError(f"A tile level lies between 0 and {MAX_LEVEL}, not {level}.")
    return f"tile/{level}/{_tail(n, width)}"


def bundle_path(n: int, width: int = TILE) -> str:
    """Path of an entry bundle, as in ``tile/entries/000`` or ``tile/entries/000.p/7``.

    Raises:
        FormatError: position or width out of range.
    """
    return f"tile/entries/{_tail(n, width)}"


def _tail(n: int, width: int) -> str:
    if not 0 <= n <= _MAX_SIZE // TILE:
        raise FormatError(f"There is no tile at position {n}.")
    if not 1 <= width <= TILE:
        raise FormatError(f"A tile holds between 1 and {TILE} hashes, not {width}.")
    groups = [f"{n % 1000:03d}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03d}")
    groups.reverse()
    return "/".join(groups) + (f".p/{width}" if width < TILE else "")


_PATH = re.compile(
    r"tile/(?:(?P<entries>entries)|(?P<level>[0-9]{1,2}))/"
    r"(?P<n>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?",
    re.ASCII,
)


def parse_path(path: str) -> TileRef | BundleRef:
    """Read the path of a tile or bundle; only the one canonical spelling is accepted.

    Raises:
        FormatError: any other path.
    """
    found = _PATH.fullmatch(path)
    if found:
        n = int(found["n"].replace("x", "").replace("/", ""))
        width = int(found["width"] or TILE)
        ref = BundleRef(n, width) if found["entries"] else TileRef(int(found["level"]), n, width)
        try:
            canonical = ref.path
        except FormatError:
            canonical = ""
        if canonical == path:
            return ref
    raise FormatError("This is not the path of a tile or of an entry bundle.", code="tile-path")


def width_of(level: int, n: int, size: int) -> int:
    """Hashes that tile ``n`` of ``level`` holds in a tree of ``size`` leaves; 0 if none."""
    return max(0, min(TILE, (size >> (8 * level)) - n * TILE))


def tiles_at(size: int) -> list[TileRef]:
    """All tiles of a tree of ``size`` leaves, lowest level first, partial ones included."""
    refs: list[TileRef] = []
    level = 0
    while count := size >> (8 * level):
        refs.extend(TileRef(level, n, TILE) for n in range(count // TILE))
        if count % TILE:
            refs.append(TileRef(level, count // TILE, count % TILE))
        level += 1
    return refs


def bundles_at(size: int) -> list[BundleRef]:
    """All entry bundles of a log of ``size`` entries, the last one possibly partial."""
    refs = [BundleRef(n, TILE) for n in range(size // TILE)]
    if size % TILE:
        refs.append(BundleRef(size // TILE, size % TILE))
    return refs
