"""Integration: hash what is sequenced into the tree, of many logs in one transaction.

Tiles and the new (size, root) are durable before the signer is asked. A compare-and-set on the
size, and a lease besides, keep two publishers from growing one tree twice.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, bindparam, text, update

from trust.formats import tiles
from trust.log import batch_queries, compact_range, leafindex
from trust.log.batch_queries import Place
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


def integrate(conn: Connection, origins: Collection[str]) -> list[str]:
    """Hash the next entries of these logs into their trees; gives the logs that have more.

    Raises ConcurrentPublishError when another publisher was first, LogError when entries are
    missing in between.
    """
    found = leased(conn, origins)
    by_id = {info.id: info for info in found.values()}
    added = batch_queries.new_leaves(conn, list(by_id), _CHUNK)
    more = sum(map(len, added.values())) >= _CHUNK
    for info in found.values():
        _check_whole(info, [index for index, _ in added.get(info.id, ())], more=more)
    edges = _edges(conn, [by_id[log_id] for log_id in added])
    grown = {
        log_id: tiles.extend(by_id[log_id].size, edges[log_id], [leaf for _, leaf in rows])
        for log_id, rows in added.items()
    }
    _store(conn, by_id, grown)
    leafindex.add(conn, [(i, index, leaf) for i, rows in added.items() for index, leaf in rows])
    return [
        info.origin
        for info in found.values()
        if info.next_index > (grown[info.id].size if info.id in grown else info.size)
    ]


def leased(conn: Connection, origins: Collection[str]) -> dict[str, LogInfo]:
    """The right to publish these logs until the transaction ends, and the logs as they now stand.

    Appending goes on meanwhile: the lease is a lock of its own, not the counter row's. On SQLite
    the write transaction is the lease.
    """
    found = batch_queries.infos(conn, origins)
    if conn.dialect.name == "postgresql":
        # In one order, so that two publishers cannot wait for each other.
        ids = sorted(info.id for info in found.values())
        conn.execute(_LEASE_ALL, {"kind": _LEASE, "ids": ids})
        found = batch_queries.infos(conn, origins)
    return found


def _check_whole(info: LogInfo, indices: Sequence[int], *, more: bool) -> None:
    """No entry is missing in between, nor at the end unless there may be `more` to read."""
    gap = indices and (indices[0], indices[-1]) != (info.size, info.size + len(indices) - 1)
    if gap or (not more and info.size + len(indices) < info.next_index):
        raise LogError(
            f"Entries of {info.origin} from {info.size} on have a hole; run `sakshi fsck`."
        )


def _edges(conn: Connection, infos: Sequence[LogInfo]) -> dict[int, dict[int, bytes]]:
    """The last, partial tile of each level of each log, cut to its width."""
    refs = {info.id: list(compact_range.edge(info.size)) for info in infos}
    stored = batch_queries.read_tiles(
        conn, [(log_id, ref.level, ref.n) for log_id, each in refs.items() for ref in each]
    )
    return {
        log_id: {
            ref.level: stored.get((log_id, ref.level, ref.n), b"")[: ref.width * tiles.HASH]
            for ref in each
        }
        for log_id, each in refs.items()
    }


def _store(
    conn: Connection, by_id: Mapping[int, LogInfo], grown: Mapping[int, tiles.Extension]
) -> None:
    changed: dict[Place, bytes] = {
        (log_id, level, n): data
        for log_id, extension in grown.items()
        for (level, n), data in extension.tiles.items()
    }
    if not changed:
        return
    conn.execute(
        _WRITE_TILE,
        [
            {"log_id": log_id, "level": level, "n": n, "data": data}
            for (log_id, level, n), data in changed.items()
        ],
    )
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
