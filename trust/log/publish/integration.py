"""Integration: hash what is sequenced into the tree, of many logs in one transaction.

Tiles and the new (size, root) are durable before the signer is asked. A compare-and-set on the
size, and a lease besides, keep two publishers from growing one tree twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, text, update

from trust.formats import tiles
from trust.log import batch_queries, compact_range, leafindex
from trust.log.batch_queries import LogState, Place
from trust.log.errors import ConcurrentPublishError, LogError
from trust.log.model import LogInfo
from trust.log.tables import log

_CHUNK = 65_536
_LEASE = 0x5A4C
_LEASE_ALL = text(
    "SELECT pg_advisory_xact_lock(:kind, id) FROM unnest(CAST(:ids AS int[])) AS w(id)"
)
_GROW = (
    update(log)
    .where(log.c.id == bindparam("which"), log.c.size == bindparam("before"))
    .values(size=bindparam("grown"), root=bindparam("grown_root"))
)
_WRITE_TILE = text(
    "INSERT INTO log_tile (log_id, level, n, data) VALUES (:log_id, :level, :n, :data)"
    " ON CONFLICT (log_id, level, n) DO UPDATE SET data = excluded.data"
)


@dataclass(frozen=True, slots=True)
class Grown:
    """Logs after one transaction of hashing.

    `whole` have every entry in the tree, `left` have more entries to hash, `unlinked` lack the last
    head of the log that they continue. `tiles` are known to be stored as they stand here.
    """

    whole: list[LogState]
    left: list[str]
    unlinked: list[LogInfo]
    tiles: dict[Place, bytes]


def integrate(conn: Connection, origins: Collection[str]) -> Grown:
    """Hash the next entries of these logs into their trees.

    Raises ConcurrentPublishError when another publisher was first, LogError when entries are
    missing in between.
    """
    found = {state.info.id: state for state in leased(conn, origins).values()}
    added, unlinked = _added(conn, {i: state.info for i, state in found.items()})
    infos = {log_id: found[log_id].info for log_id in added}
    known = _edges(conn, infos.values())
    for log_id, extension in _extended(conn, infos, added, known).items():
        info = replace(infos[log_id], size=extension.size, root=extension.root)
        found[log_id] = replace(found[log_id], info=info)
        known |= {(log_id, *place): data for place, data in extension.tiles.items()}
    left = [s.info.origin for s in found.values() if s.info.size < s.info.next_index]
    whole = [state for state in found.values() if state.info.size >= state.info.next_index]
    gone = {info.origin for info in unlinked}
    return Grown(whole, [origin for origin in left if origin not in gone], unlinked, known)


def leased(conn: Connection, origins: Collection[str]) -> dict[str, LogState]:
    """The right to publish these logs until the transaction ends, and the logs as they now stand.

    Appending goes on meanwhile: the lease is a lock of its own, not the counter row's. On SQLite
    the write transaction is the lease.
    """
    found = batch_queries.states(conn, origins)
    if lease(conn, [state.info.id for state in found.values()]):
        found = batch_queries.states(conn, origins)
    return found


def lease(conn: Connection, ids: Collection[int]) -> bool:
    """Lease these rows of `log`; False if there was nothing to wait for."""
    if conn.dialect.name != "postgresql":
        return False
    # In one order, so that two publishers cannot wait for each other.
    conn.execute(_LEASE_ALL, {"kind": _LEASE, "ids": sorted(ids)})
    return True


def _added(
    conn: Connection, infos: Mapping[int, LogInfo]
) -> tuple[dict[int, list[bytes]], list[LogInfo]]:
    """Leaf hashes of the next entries by log, and the logs that lack their entry 0."""
    waiting = [log_id for log_id, info in infos.items() if info.size < info.next_index]
    rows = batch_queries.new_leaves(conn, waiting, _CHUNK) if waiting else {}
    more = sum(map(len, rows.values())) >= _CHUNK
    added, unlinked = {}, []
    for info in (infos[log_id] for log_id in waiting):
        # What was appended after the log was read is for the next round.
        mine = rows.get(info.id, [])[: info.next_index - info.size]
        if info.size == 0 and (mine[0][0] == 1 if mine else not more):
            unlinked.append(info)
            continue
        _check_whole(info, [index for index, _ in mine], more=more)
        if mine:
            added[info.id] = [leaf for _, leaf in mine]
    return added, unlinked


def _check_whole(info: LogInfo, indices: Sequence[int], *, more: bool) -> None:
    """No entry is missing in between, nor at the end unless there may be `more` to read."""
    gap = indices and (indices[0], indices[-1]) != (info.size, info.size + len(indices) - 1)
    if gap or (not more and info.size + len(indices) < info.next_index):
        raise LogError(
            f"Entries of {info.origin} from {info.size} on have a hole; run `sakshi fsck`."
        )


def _edges(conn: Connection, infos: Iterable[LogInfo]) -> dict[Place, bytes]:
    """The last, partial tile of each level of each log, cut to its width."""
    widths = {
        (info.id, ref.level, ref.n): ref.width
        for info in infos
        for ref in compact_range.edge(info.size)
    }
    stored = batch_queries.read_tiles(conn, widths)
    return {at: stored.get(at, b"")[: width * tiles.HASH] for at, width in widths.items()}


def _extended(
    conn: Connection,
    infos: Mapping[int, LogInfo],
    added: Mapping[int, Sequence[bytes]],
    edges: Mapping[Place, bytes],
) -> dict[int, tiles.Extension]:
    """Grow the trees and store them."""
    last: dict[int, dict[int, bytes]] = {log_id: {} for log_id in added}
    for (log_id, level, _), data in edges.items():
        last[log_id][level] = data
    grown = {
        log_id: tiles.extend(infos[log_id].size, last[log_id], leaves)
        for log_id, leaves in added.items()
    }
    if grown:
        _store(conn, infos, grown)
        leafindex.add(
            conn,
            [
                (log_id, index, leaf)
                for log_id, leaves in added.items()
                for index, leaf in enumerate(leaves, infos[log_id].size)
            ],
        )
    return grown


def _store(
    conn: Connection, by_id: Mapping[int, LogInfo], grown: Mapping[int, tiles.Extension]
) -> None:
    changed = [
        {"log_id": log_id, "level": level, "n": n, "data": data}
        for log_id, extension in grown.items()
        for (level, n), data in extension.tiles.items()
    ]
    conn.execute(_WRITE_TILE, changed)
    result = conn.execute(
        _GROW,
        [
            {
                "which": log_id,
                "before": by_id[log_id].size,
                "grown": grown[log_id].size,
                "grown_root": grown[log_id].root,
            }
            for log_id in sorted(grown, key=lambda log_id: _rank(by_id[log_id]))
        ],
    )
    if result.rowcount != len(grown):
        raise ConcurrentPublishError


def _rank(info: LogInfo) -> tuple[bool, str]:
    """The order in which rows of logs are locked: books before meetings, as whoever appends to
    both does (`trust/people/rolls.py`), each by name."""
    return info.kind == "meeting", info.origin
