"""After a recovery: policies adopted since the backup made again from their public documents.

Alerts and what officers did about them are private; the engine judges anew.
"""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from oversight import tables as t
from trust.formats import times
from trust.log.upkeep import remaking
from trust.log.upkeep.remaking import Remade, remade


def remake(conn: Connection) -> Iterator[Remade]:
    """Make policies again; who adopted one stands in no log."""
    p = t.oversight_policy
    for found in remaking.recovered(conn, remaking.logs(conn, "oversight"), ("policy",)):
        for item in found:
            assert item.record is not None
            digest = sha256(item.document).hexdigest()
            if conn.execute(select(p.c.sha256).where(p.c.sha256 == digest)).first() is None:
                conn.execute(
                    insert(p).values(
                        sha256=digest,
                        version=times.parse_date(str(item.record["version"])),
                        toml=item.record["toml"],
                        adopted_at=item.time,
                        adopted_by=None,
                        origin=item.origin,
                        entry_index=item.index,
                    )
                )
            if item.recovered:
                yield remade(item)
