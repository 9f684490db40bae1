"""One question about many logs: publication asks each thing once a round, not once a log.

Every read takes the logs of a round together. Asked one by one, the questions themselves cost more
than hashing and signing a small log. Statements are built once; lists are bound as one parameter.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from sqlalchemy import BindParameter, Connection, bindparam, func, select, text

from trust.bulk import plain_rows
from trust.formats import merkle, tiles
from trust.formats.tiles import TileReader, TileRef
from trust.log import queries
from trust.log.errors import LogError, UnknownLogError
from trust.log.model import Head, LogInfo, WitnessStatus
from trust.log.tables import log, log_admission, log_entry, log_head, log_publication

Place = tuple[int, int, int]
"""A tile: log id, level, position."""

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_STATES = text(
    "SELECT l.id, l.origin, l.kind, l.subject, l.vkey, l.opened_at, l.next_index, l.size, l.root,"
    " e.kind, h.size, h.root, h.note, a.size, p.root, a.state_log_id, o.vkey, k.vkey FROM log AS l"
    " LEFT JOIN log_entry AS e ON e.log_id = l.id AND e.idx = l.next_index - 1"
    " LEFT JOIN log_head AS h ON h.log_id = l.id"
    " AND h.size = (SELECT MAX(size) FROM log_head WHERE log_id = l.id)"
    " LEFT JOIN log_admission AS a ON a.log_id = l.id"
    " AND a.size = (SELECT MAX(size) FROM log_admission WHERE log_id = l.id)"
    " LEFT JOIN log_head AS p ON p.log_id = l.id AND p.size = a.size"
    " LEFT JOIN log_holder AS o ON o.origin = l.origin"
    " LEFT JOIN log_second_key AS k ON k.origin = l.origin WHERE l.origin IN :origins"
).bindparams(bindparam("origins", expanding=True))
# The outer loop must be the few logs, not the many entries: SQLite keeps the order of CROSS JOIN.
_LEAVES = text(
    "SELECT e.log_id, e.idx, e.entry FROM log AS l CROSS JOIN log_entry AS e"
    " WHERE l.id IN :ids AND e.log_id = l.id AND e.idx >= l.size"
    " ORDER BY l.id, e.idx LIMIT :most"
).bindparams(_IDS)
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


@dataclass(frozen=True, slots=True)
class LogState:
    """A log as a round of publication finds it.

    `last_kind` is the kind of its last entry. `signed` is its newest released head: size, root,
    note. `admitted` is the head that a state log took last: size, root, row of the state log; its
    root is None if that head is missing. `holder` is the key of the society that signs the log,
    `pinned` the second key that the policy names.
    """

    info: LogInfo
    last_kind: str | None
    signed: tuple[int, bytes, bytes] | None
    admitted: tuple[int, bytes | None, int] | None
    holder: str | None
    pinned: str | None


def states(conn: Connection, origins: Collection[str]) -> dict[str, LogState]:
    """These logs as they stand, in the order asked for; raises UnknownLogError."""
    rows = plain_rows(conn, _STATES, {"origins": list(origins)}) if origins else ()
    found = {
        row[1]: LogState(
            LogInfo(*row[:9]),
            row[9],
            None if row[10] is None else row[10:13],
            None if row[13] is None else row[13:16],
            row[16],
            row[17],
        )
        for row in rows
    }
    missing = next((origin for origin in origins if origin not in found), None)
    if missing is not None:
        raise UnknownLogError(origin=missing)
    return {origin: found[origin] for origin in origins}


def new_leaves(
    conn: Connection, ids: Sequence[int], most: int
) -> dict[int, list[tuple[int, bytes]]]:
    """Index and leaf hash of what is sequenced and not yet in the tree, `most` in all."""
    found: dict[int, list[tuple[int, bytes]]] = {}
    for log_id, index, entry in plain_rows(conn, _LEAVES, {"ids": list(ids), "most": most}):
        # merkle.leaf_hash spelled out: a call per entry would cost a quarter of the speed.
        found.setdefault(log_id, []).append((index, sha256(b"\x00" + entry).digest()))
    return found


def read_tiles(conn: Connection, wanted: Iterable[Place]) -> dict[Place, bytes]:
    """Stored tiles, each as long as it is by now; absent if missing."""
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
    conn: Connection,
    wanted: Sequence[tuple[LogInfo, int, int]],
    known: Mapping[Place, bytes] = MappingProxyType({}),
) -> list[tuple[bytes, ...]]:
    """RFC 6962 consistency proofs: of each log from an older to a newer size.

    Tiles that are `known` are not read. Empty from size 0 and between equal sizes. Raises LogError
    when a tile is missing. The logs must not grow in this transaction meanwhile.
    """
    places = {
        (info.id, level, n)
        for info, old, new in wanted
        if 0 < old < new
        for level, n in _tiles_of_proof(old, new)
    }
    stored = {**known, **read_tiles(conn, places.difference(known))}
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
_any_head = log_head.alias()
_newest = select(func.max(_any_head.c.size)).where(_any_head.c.log_id == log.c.id).scalar_subquery()
_RELEASED = (
    select(
        *(log.c.origin, log_head.c.size, log_head.c.root, log_head.c.note, log_head.c.signed_at),
        _under.exists(),
    )
    .join(log, log.c.id == log_head.c.log_id)
    .join(
        log_admission,
        (log_admission.c.log_id == log_head.c.log_id) & (log_admission.c.size == log_head.c.size),
        isouter=True,
    )
    .where(log.c.origin.in_(bindparam("origins", expanding=True)), log_head.c.size == _newest)
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
    queries.given_up(log.c.origin).label("given_up"),
).where(log.c.origin.in_(bindparam("origins", expanding=True)))


def unpublished(conn: Connection, origins: Collection[str], closed: Collection[str]) -> list[str]:
    """Those of these logs whose last entry no published head covers, in the order asked for.

    An entry of a `closed` kind needs a head that has been witnessed as the rule asks. A log
    without an entry counts as unpublished: whoever asks for it is told why not. A log that was
    given up is never published again and does not count.
    """
    done = set()
    for row in conn.execute(_PUBLISHED_SIZES, {"origins": list(origins)}):
        size = row.witnessed if row.kind in closed else row.published
        whole = row.next_index and size is not None and size >= row.next_index
        if whole or row.given_up:
            done.add(row.origin)
    return [origin for origin in origins if origin not in done]


def released(conn: Connection, origins: Collection[str]) -> dict[str, Head]:
    """The newest released head of each log and whether a published state head covers it; absent
    before a log's first."""
    rows = plain_rows(conn, _RELEASED, {"origins": list(origins)})
    return {row[0]: Head(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in rows}
