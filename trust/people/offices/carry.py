"""What an upgrade seals again: the rights that earlier versions kept in the rows of
`account_grant`, each as an appointment with the basis `carried`.

Done once: as soon as any appointment is sealed, a row of `account_grant` is nobody's right, so
that whoever writes one into the database gets nothing by it. What the rows say at that first start
is believed, and stands in the public log from then on.
"""

from sqlalchemy import Connection, delete, select

from trust.formats.canon import Json
from trust.log.context import Context
from trust.people import tables as t
from trust.people.model import Grant
from trust.people.offices import queries as offices
from trust.people.offices import sealing
from trust.people.registerrules import today


def carry_grants(ctx: Context) -> int:
    """Seal the grants of earlier versions in one transaction; returns how many."""
    with ctx.db.read() as conn:
        if offices.any_appointment(conn) or not _rows(conn):
            return 0
    with ctx.db.write() as conn:
        if offices.any_appointment(conn):
            return 0
        rows = _rows(conn)
        for row in rows:
            given = Grant(row.role, row.scope_kind, row.scope)
            record: dict[str, Json] = {
                "kind": "appointment",
                "v": 1,
                **sealing.told(given),
                "office": None,
                "begins": today(row.granted_at).isoformat(),
                "ends": None,
                "basis": "carried",
                "by": [],
            }
            name = f"appointment carried {row.id}"
            sealing.seal(conn, record, name, (), now=ctx.clock(), account=row.login)
        conn.execute(delete(t.account_grant))
        return len(rows)


def _rows(conn: Connection) -> list:  # type: ignore[type-arg]
    g, a = t.account_grant.c, t.account.c
    query = select(t.account_grant, a.login).join(t.account, a.id == g.account_id)
    return list(conn.execute(query.order_by(g.id)))
