"""The end of a log: rows of `log_entry` come in here, each idempotency key once.

The caller holds the log's counter row (`trust.log.service.lock`), so nobody else appends.
"""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, text

from trust.bulk import insert_many
from trust.formats import merkle
from trust.log.model import Sequenced
from trust.log.tables import log_entry

_COLUMNS = ("log_id", "idx", "entry", "kind", "key", "time")
_KEY = ("log_id", "key")

Built = tuple[bytes, str, str]
"""An entry that has its final bytes: bytes, kind, idempotency key."""
Row = tuple[int, int, bytes, str, str, int]
"""A row of `log_entry`: log id, index, entry, kind, key, time."""

# Built once, and written so that each key is looked up in the unique index: given a list of keys,
# SQLite would rather read the whole log, which is fast only as long as it is short.
_HELD_SQLITE = text(
    "SELECT e.key, e.idx, e.entry, e.time FROM json_each(:keys) AS k"
    " CROSS JOIN log_entry AS e WHERE e.log_id = :log_id AND e.key = k.value"
)
_HELD = text(
    "SELECT key, idx, entry, time FROM log_entry WHERE log_id = :log_id AND key = ANY(:keys)"
)
_UNDO = delete(log_entry).where(
    log_entry.c.log_id == bindparam("which"), log_entry.c.idx >= bindparam("first")
)


def insert_rows(conn: Connection, rows: Sequence[Row]) -> None:
    """Insert rows as they are, at indices and with keys that are known to be free."""
    insert_many(conn, log_entry, _COLUMNS, rows)


def insert_new(conn: Connection, log_id: int, first: int, built: Sequence[Built], at: int) -> bool:
    """Entries from index `first` on, all at the time `at`.

    False, and nothing is inserted, if the log holds one of the keys or a key comes twice:
    `settle` then sorts out which. SQLite is asked by inserting, which costs nothing more;
    PostgreSQL copies without asking, so the keys are looked up before.
    """
    rows: list[Row] = [
        (log_id, index, entry, kind, key, at)
        for index, (entry, kind, key) in enumerate(built, first)
    ]
    if conn.dialect.name == "sqlite":
        if insert_many(conn, log_entry, _COLUMNS, rows, unless=_KEY) < len(rows):
            conn.execute(_UNDO, {"which": log_id, "first": first})
            return False
    else:
        keys = [key for _, _, key in built]
        if len(set(keys)) < len(keys) or held(conn, log_id, "", keys):
            return False
        insert_rows(conn, rows)
    return True


def settle(
    conn: Connection, origin: str, log_id: int, first: int, built: Sequence[Built], at: int
) -> list[Sequenced]:
    """`insert_new` for keys that repeat: what the log holds comes back as stored, `repeated`."""
    known = held(conn, log_id, origin, [key for _, _, key in built])
    out: list[Sequenced] = []
    rows: list[Row] = []
    for entry, kind, key in built:
        if key not in known:
            index, leaf = first + len(rows), merkle.leaf_hash(entry)
            rows.append((log_id, index, entry, kind, key, at))
            out.append(Sequenced(origin, index, entry, leaf, at, False))
            known[key] = Sequenced(origin, index, entry, leaf, at, True)
        else:
            out.append(known[key])
    insert_rows(conn, rows)
    return out


def held(conn: Connection, log_id: int, origin: str, keys: Sequence[str]) -> dict[str, Sequenced]:
    """What a log holds under these keys."""
    if conn.dialect.name == "sqlite":
        rows = conn.execute(_HELD_SQLITE, {"log_id": log_id, "keys": json.dumps(keys)})
    else:
        rows = conn.execute(_HELD, {"log_id": log_id, "keys": list(keys)})
    found = {}
    for key, index, entry, time in rows:
        data = bytes(entry)
        found[key] = Sequenced(origin, index, data, merkle.leaf_hash(data), time, True)
    return found
