"""The index of leaf hashes (`trust.log.leafindex`) compared with the tiles.

Every integrated entry must be in it once, in the bucket of its hash, and nothing else. Both sides
are added up, each record as a number that its hash gives, so the order does not matter and memory
stays the same; only a log whose sums differ is then compared entry by entry.
"""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, func, select

from trust.formats import tiles
from trust.log import leafindex, queries
from trust.log.checks.fsckrows import Finding
from trust.log.model import LogInfo
from trust.log.tables import log_entry, log_leaf_run, log_tile

COLUMN = "log_leaf_run.data"
"""The column that a finding about the index names; `sakshi fsck --rebuild-codes` repairs it."""
_ROWS = 200

_Sum = tuple[int, int]
"""Number of records, and the sum of their hashes as numbers."""


def disagreements(conn: Connection) -> Iterator[Finding]:
    """What the index lacks, and what it holds that it should not."""
    held: dict[int, _Sum] = {}
    lost = 0
    for bucket, records, data in _rows(conn):
        whole = len(data) == records * leafindex.RECORD
        for record in leafindex.each(data):
            if not whole or not leafindex.belongs(bucket, record):
                lost += 1
                continue
            log_id, _ = leafindex.place(record)
            held[log_id] = _added(held.get(log_id, (0, 0)), record)
    for info in queries.logs(conn):
        if not 0 <= info.size <= _stored(conn, info):
            # A size that is wrong was named already; codes cannot be compared with it.
            held.pop(info.id, None)
            continue
        expected: _Sum = (0, 0)
        for index, leaf in _leaves(conn, info):
            expected = _added(expected, leafindex.pack([(info.id, index, leaf)]))
        if held.pop(info.id, (0, 0)) != expected:
            yield from _compared(conn, info)
    if held or lost:
        count = lost + sum(records for records, _ in held.values())
        words = f"{count} records of receipt codes belong to no log or stand in a wrong bucket"
        yield Finding(str(queries.host(conn)), None, COLUMN, words)


def _stored(conn: Connection, info: LogInfo) -> int:
    query = select(func.count()).select_from(log_entry).where(log_entry.c.log_id == info.id)
    return int(conn.execute(query).scalar_one())


def _added(total: _Sum, record: bytes) -> _Sum:
    return total[0] + 1, total[1] + int.from_bytes(sha256(record).digest(), "big")


def _compared(conn: Connection, info: LogInfo) -> Iterator[Finding]:
    """A log whose sums differ, entry by entry; eight bytes of memory an entry."""
    width = leafindex.CODE
    codes, seen = bytearray(width * info.size), bytearray(info.size)
    for bucket, _, data in _rows(conn):
        for record in leafindex.each(data):
            log_id, index = leafindex.place(record)
            if log_id != info.id or not leafindex.belongs(bucket, record):
                continue
            if index >= info.size or seen[index]:
                again = "twice" if index < info.size else "although it is not integrated"
                yield _say(info, index, f"the index of receipt codes holds it {again}")
                continue
            codes[width * index : width * (index + 1)], seen[index] = record[:width], 1
    for index, leaf in _leaves(conn, info):
        if not seen[index]:
            yield _say(info, index, "the index of receipt codes lacks it")
        elif codes[width * index : width * (index + 1)] != leaf[:width]:
            yield _say(info, index, "the index of receipt codes holds another leaf hash for it")


def _say(info: LogInfo, index: int, words: str) -> Finding:
    return Finding(info.origin, index, COLUMN, words)


def _rows(conn: Connection) -> Iterator[tuple[int, int, bytes]]:
    after = 0
    while True:
        query = select(log_leaf_run).where(log_leaf_run.c.id > after)
        rows = conn.execute(query.order_by(log_leaf_run.c.id).limit(_ROWS)).all()
        for row in rows:
            yield row.bucket, row.records, bytes(row.data)
        if len(rows) < _ROWS:
            return
        after = rows[-1].id


def _leaves(conn: Connection, info: LogInfo) -> Iterator[tuple[int, bytes]]:
    """Leaf hashes as the tiles hold them; `fsck` compares the tiles with the entries."""
    for start in range(0, -(-info.size // tiles.TILE), _ROWS):
        query = select(log_tile.c.n, log_tile.c.data).where(
            log_tile.c.log_id == info.id,
            log_tile.c.level == 0,
            log_tile.c.n >= start,
            log_tile.c.n < start + _ROWS,
        )
        for n, data in conn.execute(query.order_by(log_tile.c.n)):
            for at in range(0, len(data), tiles.HASH):
                index = n * tiles.TILE + at // tiles.HASH
                if index < info.size:
                    yield index, bytes(data[at : at + tiles.HASH])
