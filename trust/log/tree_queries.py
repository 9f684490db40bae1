"""Reads of a log's tree: tiles, bundles, the nodes of a proof, and an entry by its leaf hash."""

from collections.abc import Sequence
from itertools import chain

from sqlalchemy import Connection, bindparam, select, text

from trust.formats import merkle, tiles
from trust.formats.tiles import BundleRef, TileReader, TileRef
from trust.log import leafindex
from trust.log.errors import LogError
from trust.log.model import LogInfo, StoredEntry
from trust.log.queries import entries, info, stored
from trust.log.tables import log, log_entry, log_tile

_TILE = select(log_tile.c.data).where(
    log_tile.c.log_id == bindparam("log_id"),
    log_tile.c.level == bindparam("level"),
    log_tile.c.n == bindparam("n"),
)
_PLACED = (
    select(log_entry, log.c.origin)
    .join(log, log.c.id == log_entry.c.log_id)
    .where(log_entry.c.log_id == bindparam("log_id"), log_entry.c.idx == bindparam("idx"))
)
# What is sequenced and not in the tree: the outer loop must be the few logs that have such.
_WAITING = text(
    "SELECT e.*, l.origin FROM log AS l CROSS JOIN log_entry AS e"
    " WHERE l.next_index > l.size AND e.log_id = l.id AND e.idx >= l.size"
).execution_options(yield_per=1_000)


def read_tile(conn: Connection, origin: str, ref: TileRef) -> bytes | None:
    """A tile at exactly that width, or None if the integrated tree is not that large."""
    return _tile(conn, info(conn, origin), ref)


def _tile(conn: Connection, found: LogInfo, ref: TileRef) -> bytes | None:
    if ref.width > tiles.width_of(ref.level, ref.n, found.size):
        return None
    wanted = {"log_id": found.id, "level": ref.level, "n": ref.n}
    row = conn.execute(_TILE, wanted).first()
    return None if row is None else bytes(row.data)[: ref.width * tiles.HASH]


def read_bundle(conn: Connection, origin: str, ref: BundleRef) -> bytes | None:
    """An entry bundle at exactly that width, or None if the log is not that long."""
    found = info(conn, origin)
    start = ref.n * tiles.TILE
    if start + ref.width > found.size:
        return None
    rows = entries(conn, origin, start, start + ref.width)
    return tiles.encode_bundle([row.entry for row in rows])


def reader(conn: Connection, origin: str, size: int) -> TileReader:
    """A reader of tree nodes at a past or present size, over stored tiles.

    The log must not grow in this transaction while the reader is used.
    """
    found = info(conn, origin)

    def fetch(ref: TileRef) -> bytes:
        data = _tile(conn, found, ref)
        if data is None:
            raise LogError(f"{origin} has no tile {tiles.tile_path(ref.level, ref.n, ref.width)}.")
        return data

    return TileReader(size, fetch)


def inclusion(conn: Connection, origin: str, index: int, size: int) -> list[bytes]:
    """RFC 6962 inclusion path of an entry in the tree of that size."""
    if not 0 <= index < size:
        raise LogError(f"Entry {index} of {origin} is not under a head of size {size} yet.")
    return merkle.build_inclusion(index, size, reader(conn, origin, size).node)


def consistency(conn: Connection, origin: str, old: int, new: int) -> list[bytes]:
    """RFC 6962 consistency proof between two sizes."""
    if not 0 < old <= new <= info(conn, origin).size:
        raise LogError(f"{origin} cannot prove consistency from {old} to {new}.")
    return merkle.build_consistency(old, new, reader(conn, origin, new).node)


def find_leaf(conn: Connection, prefix: bytes, limit: int = 5) -> Sequence[StoredEntry]:
    """Entries whose leaf hash begins with these bytes (a receipt code), integrated or not yet."""
    found: list[StoredEntry] = []
    places = [{"log_id": log_id, "idx": index} for log_id, index in leafindex.find(conn, prefix)]
    placed = chain.from_iterable(conn.execute(_PLACED, place) for place in places)
    for row in chain(placed, conn.execute(_WAITING)):
        if merkle.leaf_hash(bytes(row.entry)).startswith(prefix):
            found.append(stored(row.origin, row))
        if len(found) == limit:
            break
    return found
