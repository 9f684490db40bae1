"""One bundle of a log: fetched, cut into entries, its tile compared; and old ones read again."""

from contextlib import suppress
from dataclasses import dataclass

from audit.monitoring.context import Context
from audit.monitoring.ledger import Evidence
from audit.monitoring.model import LogState
from audit.monitoring.tree import Tree, first_difference, leaves
from audit.monitoring.wire import LARGE, Absent, Unreachable
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import FormatError, SakshiError
from trust.formats.tiles import TILE, bundle_path, decode_bundle, tile_path, width_of


class Stop(SakshiError):
    """This log cannot be followed further in this round; the finding says why."""

    default_code = "stop"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Bundle `n` as served at a size: raw bytes, entries, leaf hashes."""

    n: int
    data: bytes
    entries: list[bytes]
    leaves: list[bytes]

    @property
    def first(self) -> int:
        """Index of its first entry in the log."""
        return self.n * TILE


def fetch(ctx: Context, log: LogState, n: int, size: int, note: str | None) -> Bundle:
    """A bundle at the width it has at `size`; raises Stop (said in the ledger) or Unreachable."""
    width = min(TILE, size - n * TILE)
    path = bundle_path(n, width)
    scope = f"bundle:{log.origin}:{n}"
    try:
        data = ctx.logs.get(log.origin, path, LARGE)
    except Absent as error:
        ctx.ledger.found(
            "missing",
            log.origin,
            f"The entries {n * TILE} to {n * TILE + width - 1} ({path}) are signed for by the "
            f"head of size {size} but not served: {error}",
            scope=scope,
            index=n * TILE,
            evidence={"head.note": note, "key.txt": log.vkey},
        )
        raise Stop(path) from None
    try:
        entries = decode_bundle(data, width)
    except FormatError as error:
        ctx.ledger.found(
            "altered-entry",
            log.origin,
            f"{path} cannot be read: {error}",
            scope=scope,
            index=n * TILE,
            evidence={
                "head.note": note,
                "key.txt": log.vkey,
                "bundle.bin": data,
                "bundle.txt": f"{n}\n",
            },
        )
        raise Stop(path) from None
    return Bundle(n, data, entries, leaves(entries))


def tile(
    ctx: Context, log: LogState, level: int, n: int, size: int, note: str | None
) -> bytes | None:
    """A tile at its width at `size`; None when it is missing, which is said."""
    path = tile_path(level, n, width_of(level, n, size))
    try:
        return ctx.logs.get(log.origin, path)
    except Absent as error:
        ctx.ledger.found(
            "missing",
            log.origin,
            f"The tile {path} is needed for proofs under the head of size {size} but not served: "
            f"{error}",
            scope=f"tile:{log.origin}:{level}/{n}",
            index=(n * TILE) << (8 * level),
            evidence={"head.note": note, "key.txt": log.vkey},
        )
        return None


def compare_tile(
    ctx: Context, log: LogState, level: int, n: int, size: int, mine: bytes, note: str | None
) -> None:
    """Report a tile that is not the one of the entries. Call it for verified entries."""
    served = tile(ctx, log, level, n, size, note)
    if served is None:
        return
    scope = f"tile:{log.origin}:{level}/{n}"
    if served == mine:
        ctx.ledger.passed(scope)
        return
    at = first_difference([mine[i : i + 32] for i in range(0, len(mine), 32)], served) or 0
    first = (n * TILE + at) << (8 * level)
    ctx.ledger.found(
        "altered-tile",
        log.origin,
        f"In {tile_path(level, n, width_of(level, n, size))} hash {at} is not the one that the "
        f"entries give; it stands for entry {first}"
        + (f" and the {(1 << 8 * level) - 1} after it." if level else "."),
        scope=scope,
        index=first,
        evidence={
            "head.note": note,
            "key.txt": log.vkey,
            "tile.txt": f"{level} {n}\n",
            "tile-served.bin": served,
            "tile-right.bin": mine,
        }
        | exhibit(ctx, log),
    )


def kept_tree(ctx: Context, log: LogState, size: int, last: list[bytes]) -> Tree:
    """The tree at an earlier size from kept hashes and the leaves of its unfinished bundle."""
    return Tree.at(
        size, lambda level, start, stop: ctx.store.nodes(log, level, start, stop), b"".join(last)
    )


def root_at(ctx: Context, log: LogState, size: int) -> bytes:
    """Root of the verified history at an earlier size; entries of its last bundle are read again.

    Raises Stop when they are missing or altered, which is said, or Unreachable.
    """
    if size == log.size:
        return log.root
    last: list[bytes] = []
    if size % TILE:
        last = reread(ctx, log, size // TILE).leaves[: size % TILE]
    return kept_tree(ctx, log, size, last).root


def reread(ctx: Context, log: LogState, n: int) -> Bundle:
    """Fetch an old bundle of the verified part again and compare it with what was stored.

    Raises Stop when it is missing or altered, which is said.
    """
    bundle = fetch(ctx, log, n, log.size, log.note)
    if _right(ctx, log, n, bundle.leaves):
        ctx.ledger.passed(f"bundle:{log.origin}:{n}")
        return bundle
    say_altered(ctx, log, bundle, log.size, log.note, _hashes(ctx, log))
    raise Stop(f"bundle {n}")


def _right(ctx: Context, log: LogState, n: int, found: list[bytes]) -> bool:
    """Whether these are the leaf hashes of a bundle of the verified history."""
    if len(found) == TILE:
        return Tree(0, {}).grow(found)[0][2] == ctx.store.nodes(log, 1, n, n + 1)
    return kept_tree(ctx, log, log.size, found).root == log.root


def _row(ctx: Context, log: LogState, n: int) -> bytes | None:
    """Leaf hashes of a bundle of the verified history; None, without a report, if missing."""
    width = min(TILE, log.size - n * TILE)
    try:
        data = ctx.logs.get(log.origin, bundle_path(n, width), LARGE)
        found = leaves(decode_bundle(data, width))
    except (Absent, Unreachable, FormatError):
        return None
    return b"".join(found) if _right(ctx, log, n, found) else None


def _hashes(ctx: Context, log: LogState) -> Evidence:
    """The hashes of the verified history; those of the unfinished bundle as a tile gives them."""
    made: dict[str, bytes | str | None] = {
        "hashes.bin": ctx.store.nodes(log, 1, 0, log.size // TILE)
    }
    if log.size % TILE:
        with suppress(Absent, Unreachable):
            path = tile_path(0, log.size // TILE, log.size % TILE)
            made["last.bin"] = ctx.logs.get(log.origin, path)
    return made


def say_altered(
    ctx: Context, log: LogState, bundle: Bundle, size: int, note: str | None, hashes: Evidence
) -> None:
    """Name the altered entry as closely as the tile allows."""
    served = tile(ctx, log, 0, bundle.n, size, note)
    at = None if served is None else first_difference(bundle.leaves, served)
    last = bundle.first + len(bundle.leaves) - 1
    if at is None:
        text = (
            f"One of the entries {bundle.first} to {last} is not the one that was signed for: they "
            f"do not give the root of the head of size {size}."
        )
    else:
        text = (
            f"Entry {bundle.first + at} is not the one that was signed for: its hash is not the "
            f"one in the tile, and the entries do not give the root of the head of size {size}."
        )
    ctx.ledger.found(
        "altered-entry",
        log.origin,
        text,
        scope=f"bundle:{log.origin}:{bundle.n}",
        index=bundle.first + (at or 0),
        evidence={
            "head.note": note,
            "key.txt": log.vkey,
            "bundle.bin": bundle.data,
            "bundle.txt": f"{bundle.n}\n",
            "tile.bin": served,
            **hashes,
        },
    )


def recheck(ctx: Context, log: LogState, n: int) -> list[tuple[int, Entry]]:
    """Everything of an old bundle once more: entries, tiles, documents.

    Returns the public entries whose document is right.
    """
    bundle = reread(ctx, log, n)
    ctx.counts["again"] += len(bundle.entries)
    compare_tile(ctx, log, 0, n, log.size, b"".join(bundle.leaves), log.note)
    if n % TILE == 0 or bundle.first + len(bundle.entries) == log.size:
        _upper_tiles(ctx, log, n)
    right: list[tuple[int, Entry]] = []
    for offset, data in enumerate(bundle.entries):
        try:
            parsed = parse_entry(data)
        except FormatError:
            continue
        if isinstance(parsed, Entry):
            right.append((bundle.first + offset, parsed))
    return right


def _upper_tiles(ctx: Context, log: LogState, n: int) -> None:
    level = 1
    while log.size >> (8 * level):
        at = n >> (8 * level)
        width = width_of(level, at, log.size)
        if width:
            mine = ctx.store.nodes(log, level, at * TILE, at * TILE + width)
            compare_tile(ctx, log, level, at, log.size, mine, log.note)
        level += 1


def exhibit(ctx: Context, log: LogState, size: int = 0) -> dict[str, bytes | str | None]:
    """The hashes that lead to the verified head, and to its root at an earlier `size`.

    The files are those of `evidence_proofs`. What cannot be read again is left out: the finding
    must be told all the same.
    """
    made: dict[str, bytes | str | None] = {
        "hashes.bin": ctx.store.nodes(log, 1, 0, log.size // TILE)
    }
    for name, at in (("last.bin", log.size), ("edge.bin", size)):
        if at % TILE:
            made[name] = _row(ctx, log, at // TILE)
    return made
