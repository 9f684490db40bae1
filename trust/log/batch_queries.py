"""One question about many logs: publication asks each thing once a round, not once a log.

Every read takes the logs of a round together. Asked one by one, the questions themselves cost more
than hashing and signing a small log. Statements are built once; lists are bound as one parameter.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy import BindParameter, Connection, bindparam, func, select, text

from trust.bulk import plain_rows
from trust.formats import merkle, tiles
from trust.formats.tiles import TileReader, TileRef
from trust.log.errors import LogError, UnknownLogError
from trust.log.model import Head, LogInfo, WitnessStatus
from trust.log.tables import log, log_admission, log_entry, log_head, log_publication

Place = tuple[int, int, int]
"""A tile: log id, level, position."""

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_INFOS = select(log).where(log.c.origin.in_(bindparam("origins", expanding=True)))
# The outer loop must be the few logs, not the many entries: SQLite keeps the order of CROSS JOIN.
_LEAVES = text(
    "SELECT e.log_id, e.idx, e.entry FROM log AS l CROSS JOIN log_entry AS e"
    " WHERE l.id IN :ids AND e.log_id = l.id AND e.idx >= l.size"
    " ORDER BY l.id, e.idx LIMIT :most"
).bindparams(_IDS)
_LAST_KINDS = select(log.c.id, log_entry.c.kind).where(
    log.c.id.in_(_IDS), log_entry.c.log_id == log.c.id, log_entry.c.idx == log.c.next_index - 1
)
_any_head = log_head.alias()
_newest = select(func.max(_any_head.c.size)).where(_any_head.c.log_id == log.c.id).scalar_subquery()
_LATEST_SIZES = select(log.c.id, _newest.label("size")).where(log.c.id.in_(_IDS))
_LATEST_HEADS = select(log_head).where(
    log.c.id.in_(_IDS), log_head.c.log_id == log.c.id, log_head.c.size == _newest
)
_admitted = (
    select(func.max(log_admission.c.size))
    .where(log_admission.c.log_id == log.c.id)
    .scalar_subquery()
)
_ADMITTED = select(log.c.id, _admitted.label("size")).where(log.c.id.in_(_IDS))
_TILES_SQLITE = text(
    "SELECT t.log_id, t.level, t.n, t.data FROM json_each(:wanted) AS w CROSS JOIN log_tile AS t"
    " WHERE t.log_id = json_extract(w.value, '$[0]') AND t.level = json_extract(w.value, '$[1]')"
    " AND t.n = json_extract(w.value, '$[2]')"
)
_TILES = text(
    "SELECT t.log_id, t.level, t.n, t.data FROM unnest(CAST(:ids AS bigint[]),"
    " CAST(:levels AS bigint[]), CAST(:places AS bigint[])) AS w(log_id, level, n)"
    " JOIN log_tile AS t ON t.log_id = w.log_id AND t.level = w.level AND t.n = w.n"
)


def infos(conn: Connection, origins: Collection[str]) -> dict[str, LogInfo]:
    """The rows of these logs, in the order asked for; raises UnknownLogError."""
    found = {
        row.origin: LogInfo(
            row.id,
            row.origin,
            row.kind,
            row.subject,
            row.vkey,
            row.opened_at,
            row.next_index,
            row.size,
            bytes(row.root),
        )
        for row in conn.execute(_INFOS, {"origins": list(origins)})
    }
    missing = next((origin for origin in origins if origin not in found), None)
    if missing is not None:
        raise UnknownLogError(origin=missing)
    return {origin: found[origin] for origin in origins}


def new_leaves(
    conn: Connection, ids: Sequence[int], most: int
) -> dict[int, list[tuple[int, bytes]]]:
    """Index and leaf hash of what is sequenced and not yet in the tree, `most` in all."""
    rows = plain_rows(conn, _LEAVES, {"ids": list(ids), "most": most})
    return {
        log_id: [(index, merkle.leaf_hash(entry)) for _, index, entry in group]
        for log_id, group in groupby(rows, key=itemgetter(0))
    }


def last_kinds(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Kind of the last entry sequenced in each log; absent for a log without any."""
    return {row.id: row.kind for row in conn.execute(_LAST_KINDS, {"ids": list(ids)})}


def latest_sizes(conn: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Size of the newest released head of each log, 0 before the first."""
    return {row.id: row.size or 0 for row in conn.execute(_LATEST_SIZES, {"ids": list(ids)})}


def latest_heads(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[int, bytes, bytes]]:
    """Size, root and note of the newest released head of each log; absent before the first."""
    return {
        row.log_id: (row.size, bytes(row.root), bytes(row.note))
        for row in conn.execute(_LATEST_HEADS, {"ids": list(ids)})
    }


def last_admissions(conn: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Size of the last head that the state log took of each log; absent before the first."""
    rows = conn.execute(_ADMITTED, {"ids": list(ids)})
    return {row.id: row.size for row in rows if row.size is not None}


def head_roots(conn: Connection, sizes: Mapping[int, int]) -> dict[int, bytes]:
    """Root of one released head of each log: log id → size."""
    query = select(log_head.c.log_id, log_head.c.size, log_head.c.root).where(
        log_head.c.log_id.in_(list(sizes)), log_head.c.size.in_(set(sizes.values()))
    )
    return {
        row.log_id: bytes(row.root) for row in conn.execute(query) if sizes[row.log_id] == row.size
    }


def read_tiles(conn: Connection, wanted: Iterable[Place]) -> dict[Place, bytes]:
    """Stored tiles, each as long as it is by now; absent where there is none."""
    places = list(wanted)
    if not places:
        return {}
    if conn.dialect.name == "sqlite":
        rows = conn.execute(_TILES_SQLITE, {"wanted": json.dumps(places)})
    else:
        ids, levels, at = (list(column) for column in zip(*places, strict=True))
        rows = conn.execute(_TILES, {"ids": ids, "levels": levels, "places": at})
    return {(row.log_id, row.level, row.n): bytes(row.data) for row in rows}


def consistency(
    conn: Connection, wanted: Sequence[tuple[LogInfo, int, int]]
) -> list[tuple[bytes, ...]]:
    """RFC 6962 consistency proofs: of each log from an older to a newer size.

    Empty from size 0 and between equal sizes. Raises LogError when a tile is missing. The logs
    must not grow in this transaction meanwhile.
    """
    places = {
        (info.id, level, n)
        for info, old, new in wanted
        if 0 < old < new
        for level, n in _tiles_of_proof(old, new)
    }
    stored = read_tiles(conn, places)
    proofs: list[tuple[bytes, ...]] = []
    for info, old, new in wanted:
        if not 0 < old < new:
            proofs.append(())
            continue
        reader = _reader(info, new, stored)
        proofs.append(tuple(merkle.build_consistency(old, new, reader.node)))
    return proofs


def _tiles_of_proof(old: int, new: int) -> set[tuple[int, int]]:
    """Which tiles building the proof will ask for."""
    asked: set[tuple[int, int]] = set()

    def node(level: int, index: int) -> bytes:
        asked.add((level // 8, (index << level % 8) // tiles.TILE))
        return b""

    merkle.build_consistency(old, new, node)
    return asked


def _reader(info: LogInfo, size: int, stored: Mapping[Place, bytes]) -> TileReader:
    def fetch(ref: TileRef) -> bytes:
        data = stored.get((info.id, ref.level, ref.n), b"")[: ref.width * tiles.HASH]
        if len(data) != ref.width * tiles.HASH:
            raise LogError(f"{info.origin} has no whole tile {ref.path}; run `sakshi fsck`.")
        return data

    return TileReader(size, fetch)


_under = (
    select(log_publication.c.size)
    .where(
        log_publication.c.log_id == log_admission.c.state_log_id,
        log_publication.c.size > log_admission.c.state_index,
    )
    .correlate(log_admission)
)
_published, _witnessed = (
    select(log_admission.c.size)
    .where(log_admission.c.log_id == log.c.id, query.exists())
    .order_by(log_admission.c.size.desc())
    .limit(1)
    .correlate(log)
    .scalar_subquery()
    for query in (
        _under,
        _under.where(log_publication.c.standing != WitnessStatus.QUORUM_PENDING.value),
    )
)
_PUBLISHED_SIZES = select(
    log.c.origin,
    log.c.next_index,
    select(log_entry.c.kind)
    .where(log_entry.c.log_id == log.c.id, log_entry.c.idx == log.c.next_index - 1)
    .scalar_subquery()
    .label("kind"),
    _published.label("published"),
    _witnessed.label("witnessed"),
).where(log.c.origin.in_(bindparam("origins", expanding=True)))


def unpublished(conn: Connection, origins: Collection[str], closed: Collection[str]) -> list[str]:
    """Those of these logs whose last entry no published head covers, in the order asked for.

    An entry of a `closed` kind needs a head that has been witnessed as the rule asks. A log
    without an entry counts as unpublished: whoever asks for it is told why not.
    """
    done = set()
    for row in conn.execute(_PUBLISHED_SIZES, {"origins": list(origins)}):
        size = row.witnessed if row.kind in closed else row.published
        if row.next_index and size is not None and size >= row.next_index:
            done.add(row.origin)
    return [origin for origin in origins if origin not in done]


def released(conn: Connection, origins: Collection[str]) -> dict[str, Head]:
    """The newest released head of each log and whether a published state head covers it; absent
    before a log's first."""
    query = (
        select(log_head, log.c.origin, _under.exists().label("covered"))
        .join(log, log.c.id == log_head.c.log_id)
        .join(
            log_admission,
            (log_admission.c.log_id == log_head.c.log_id)
            & (log_admission.c.size == log_head.c.size),
            isouter=True,
        )
        .where(log.c.origin.in_(list(origins)), log_head.c.size == _newest)
    )
    return {
        row.origin: Head(
            row.origin, row.size, bytes(row.root), bytes(row.note), row.signed_at, bool(row.covered)
        )
        for row in conn.execute(query)
    }
