"""After a recovery: societies registered since the backup, and officers' keys that were revoked.

An officer's key that was bound since cannot be made again: whose account it is stands in no log.
Nor can an opening register: its lines and salts stood beside the log, so two officers seal it anew.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, insert, select, update

from trust.formats import b64
from trust.log.checks.sealedrows import Sealed
from trust.log.upkeep import remaking
from trust.log.upkeep.remaking import Remade, remade
from trust.people import rows
from trust.people import tables as t


def remake(conn: Connection) -> Iterator[Remade]:
    """Make societies again, and stop officers' keys that a recovered entry stops."""
    kinds = ("society", "officer-key", "officer-key-loss", "register-opening")
    for found in remaking.recovered(conn, remaking.logs(conn, "coop"), kinds):
        for item in found:
            if item.recovered and item.kind == "society":
                _society(conn, item)
                yield remade(item)
            elif item.recovered and item.kind == "register-opening":
                yield remade(item, _opening(conn, item))
            elif item.recovered:
                yield remade(item, _officer_key(conn, item))


def _society(conn: Connection, item: Sealed) -> None:
    assert item.record is not None
    row = rows.society_row(item.record)
    held = select(t.society.c.slug).where(t.society.c.slug == row["slug"])
    if conn.execute(held).first() is None:
        conn.execute(insert(t.society).values(**row, added_at=item.time))


def _officer_key(conn: Connection, item: Sealed) -> str | None:
    assert item.record is not None
    k, key = t.officer_key, b64.decode(str(item.record["key"]))
    mine = (k.c.society == item.record["society"]) & (k.c.public_key == key)
    row = conn.execute(select(k).where(mine)).first()
    if item.kind == "officer-key-loss" or item.record["action"] == "revoke":
        if row is not None and row.revoked_at is None:
            conn.execute(update(k).where(mine).values(revoked_at=item.time))
        return None
    if row is not None:
        return None
    return f"whose key it is: bind a key of the {item.record['role']} again"


def _opening(conn: Connection, item: Sealed) -> str | None:
    """None where the register was sealed anew since."""
    assert item.record is not None
    o = t.register_opening
    row = conn.execute(select(o).where(o.c.society == item.record["society"])).first()
    return None if row is not None else "the lines of the register: two officers seal it again"
