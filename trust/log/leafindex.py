"""Which entry has this receipt code: the leaf hashes of all logs, kept so that writing stays cheap.

Leaf hashes are spread evenly, so an ordinary index over them is hit at another page by every
entry, and costs more the more there are. Here the hashes of one integration are written together
as one row (`log_leaf_run`) and only ever moved in bulk. A row belongs to a *bucket*: all hashes
that begin with the same bits. Bucket 1 is the tail, where everything comes in; small rows of the
tail are joined as they come. When the tail holds `_UNIT` records they are dealt out to the 256
buckets of their first eight bits, and a bucket of many rows to the 16 of the next four bits. So a
record is rewritten a few times in its life, and a search reads the tail and two buckets.

A record is the first eight bytes of the leaf hash, the log's id and the index. The hash may be
shared by chance or on purpose (the last head of a shard is an entry of two logs): whoever asks
gets every place, and compares the entry itself.

Written in the transaction that integrates the entries, so a crash leaves both or neither. Entries
not yet integrated are not here; `trust.log.tree_queries.find_leaf` looks at those one by one.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, bindparam, delete, func, or_, select, text

from trust.bulk import insert_many
from trust.formats import merkle
from trust.log.tables import log, log_entry, log_leaf_run

CODE = 8
"""Bytes of a leaf hash that the index holds."""
_PLACE = 10
RECORD = CODE + _PLACE
_INDEX_BITS = 48
_TAIL = 1
"""Buckets are numbered by their bits with a 1 before them: the tail has none."""
_ROW = 200
"""Records of a row that was dealt out: 3,600 bytes, which fit on a page of SQLite."""
_UNIT = 256 * _ROW
_FAN = 16
_SPLITS = 32
"""Buckets split after one unit was dealt out; 16 come due on average, so none waits for long."""
_LOCK = 0x5A4D

_LIST = select(log_leaf_run.c.id, log_leaf_run.c.records).where(
    log_leaf_run.c.bucket == bindparam("bucket")
)
_DATA = select(log_leaf_run.c.data).where(log_leaf_run.c.id.in_(bindparam("ids", expanding=True)))
_DROP = delete(log_leaf_run).where(log_leaf_run.c.id.in_(bindparam("ids", expanding=True)))
_COLUMNS = ("bucket", "records", "data")

Item = tuple[int, int, bytes]
"""Log id, index, leaf hash."""


def add(conn: Connection, items: Sequence[Item]) -> None:
    """Record what was integrated in this transaction: log id, index and leaf hash of each entry."""
    if not items:
        return
    fresh = pack(items)
    if not _may_move(conn):
        _insert(conn, [(_TAIL, fresh)])
        return
    tail = [(row.id, row.records) for row in conn.execute(_LIST, {"bucket": _TAIL})]
    if len(items) + sum(records for _, records in tail) >= _UNIT:
        _deal_out(conn, _take(conn, [row for row, _ in tail]) + fresh)
    else:
        _insert(conn, [(_TAIL, _take(conn, _to_join(tail, len(items))) + fresh)])


def find(conn: Connection, prefix: bytes) -> list[tuple[int, int]]:
    """Log id and index of every integrated entry whose leaf hash may begin with these bytes.

    Only the first `CODE` bytes are compared; the caller compares the rest.
    """
    code = prefix[:CODE]
    low = int.from_bytes(prefix[:2].ljust(2, b"\x00"), "big")
    high = int.from_bytes(prefix[:2].ljust(2, b"\xff"), "big")
    bucket = log_leaf_run.c.bucket
    rows = conn.execute(
        select(log_leaf_run.c.data).where(
            or_(
                bucket == _TAIL,
                bucket.between(0x100 | low >> 8, 0x100 | high >> 8),
                bucket.between(0x1000 | low >> 4, 0x1000 | high >> 4),
            )
        )
    )
    return sorted(place(found) for row in rows for found in _beginning(bytes(row.data), code))


def rebuild(conn: Connection) -> None:
    """Rebuild the index from the entries, for a state that has none yet or a damaged one.

    Others may integrate meanwhile: they wait to add what they integrated until this is committed.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("LOCK TABLE log_leaf_run IN EXCLUSIVE MODE"))
    conn.execute(delete(log_leaf_run))
    pile: list[Item] = []
    for log_id, size in conn.execute(select(log.c.id, log.c.size).order_by(log.c.id)).all():
        for item in _integrated(conn, log_id, size):
            pile.append(item)
            if len(pile) == _UNIT:
                add(conn, pile)
                pile = []
    add(conn, pile)


def _integrated(conn: Connection, log_id: int, size: int) -> Iterator[Item]:
    for start in range(0, size, _UNIT):
        rows = conn.execute(
            select(log_entry.c.idx, log_entry.c.entry)
            .where(log_entry.c.log_id == log_id, log_entry.c.idx >= start)
            .where(log_entry.c.idx < min(start + _UNIT, size))
            .order_by(log_entry.c.idx)
        )
        for row in rows:
            yield log_id, row.idx, merkle.leaf_hash(bytes(row.entry))


def _may_move(conn: Connection) -> bool:
    """Whether rows may be joined and dealt out here: one transaction at a time does that.

    On PostgreSQL another may be at it; then this one only adds its own row.
    """
    if conn.dialect.name != "postgresql":
        return True
    query = text("SELECT pg_try_advisory_xact_lock(:kind, 0)")
    return bool(conn.execute(query, {"kind": _LOCK}).scalar_one())


def _to_join(tail: Iterable[tuple[int, int]], records: int) -> list[int]:
    """The rows of the tail that a new row of so many records is joined with.

    Rows are of one tier if they differ by less than the factor `_FAN`. A tier that would have
    `_FAN` rows becomes one row of the next, so a record is rewritten once a tier and the tail has
    at most `_FAN - 1` rows a tier.
    """
    left = list(tail)
    joined: list[int] = []
    while True:
        tier = _tier(records)
        same = [row for row in left if _tier(row[1]) <= tier]
        if len(same) + 1 < _FAN:
            return joined
        joined += [row for row, _ in same]
        records += sum(size for _, size in same)
        left = [row for row in left if _tier(row[1]) > tier]


def _tier(records: int) -> int:
    return (records.bit_length() - 1) // (_FAN.bit_length() - 1)


def _deal_out(conn: Connection, data: bytes) -> None:
    """Put whole units of records into the buckets of their first byte; the rest is the new tail."""
    whole = len(data) // (_UNIT * RECORD) * _UNIT * RECORD
    rows: list[tuple[int, bytes]] = []
    for at in range(0, whole, _UNIT * RECORD):
        piles: list[list[bytes]] = [[] for _ in range(256)]
        for found in each(data[at : at + _UNIT * RECORD]):
            piles[found[0]].append(found)
        rows += [(0x100 | byte, b"".join(pile)) for byte, pile in enumerate(piles)]
    _insert(conn, [*rows, (_TAIL, data[whole:])])
    for bucket in _crowded(conn):
        _split(conn, bucket)


def _crowded(conn: Connection) -> list[int]:
    """Buckets of the first byte with the most rows, of those that have enough to be split."""
    bucket, rows = log_leaf_run.c.bucket, func.count()
    query = select(bucket).where(bucket.between(0x100, 0x1FF)).group_by(bucket)
    query = query.having(rows >= _FAN).order_by(rows.desc(), bucket).limit(_SPLITS)
    return list(conn.execute(query).scalars())


def _split(conn: Connection, bucket: int) -> None:
    """Deal a bucket's records out by their next four bits."""
    ids = [row.id for row in conn.execute(_LIST, {"bucket": bucket})]
    piles: list[list[bytes]] = [[] for _ in range(_FAN)]
    for found in each(_take(conn, ids)):
        piles[found[1] >> 4].append(found)
    _insert(conn, [(bucket << 4 | bits, b"".join(pile)) for bits, pile in enumerate(piles)])


def _take(conn: Connection, ids: Sequence[int]) -> bytes:
    """The records of these rows, which go."""
    if not ids:
        return b""
    data = b"".join([bytes(row.data) for row in conn.execute(_DATA, {"ids": ids})])
    conn.execute(_DROP, {"ids": ids})
    return data


def _insert(conn: Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    insert_many(
        conn,
        log_leaf_run,
        _COLUMNS,
        [(bucket, len(data) // RECORD, data) for bucket, data in rows if data],
    )


def pack(items: Iterable[Item]) -> bytes:
    """The records of these entries."""
    return b"".join(
        [
            leaf[:CODE] + (log_id << _INDEX_BITS | index).to_bytes(_PLACE, "big")
            for log_id, index, leaf in items
        ]
    )


def place(found: bytes) -> tuple[int, int]:
    """Log id and index of a record."""
    where = int.from_bytes(found[CODE:], "big")
    return where >> _INDEX_BITS, where & (1 << _INDEX_BITS) - 1


def each(data: bytes) -> Iterator[bytes]:
    """The records of a row."""
    return (data[at : at + RECORD] for at in range(0, len(data), RECORD))


def belongs(bucket: int, found: bytes) -> bool:
    """Whether a record stands in the bucket of its hash, where a search will look."""
    bits = bucket.bit_length() - 1
    inside = (0x10000 | int.from_bytes(found[:2], "big")) >> 16 - bits == bucket
    return bits in (0, 8, 12) and inside


def _beginning(data: bytes, code: bytes) -> Iterator[bytes]:
    """The records of a row that begin with these bytes."""
    at = data.find(code)
    while at >= 0:
        if at % RECORD == 0:
            yield data[at : at + RECORD]
        at = data.find(code, at + 1)
