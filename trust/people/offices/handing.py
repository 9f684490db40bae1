"""What a transfer hands over: the one who follows in a role takes what the one before left open.

Only from an appointment that has ended, and whose holder has no such role any more: otherwise two
officers could make one request look like that of two.
"""

from sqlalchemy import Connection, select, update

from trust.formats.canon import Json
from trust.people import tables as t
from trust.people.model import REQUEST_SECONDS as SOCIETY_SECONDS
from trust.people.model import Actor, Grant
from trust.people.offices import queries as offices
from trust.people.offices import requests, sealing
from trust.people.offices.errors import NothingToTakeError
from trust.people.offices.model import OF_SOCIETY, REQUEST_SECONDS, Appointment


def after_of(conn: Connection, actor: Actor, before: Appointment, *, now: int) -> Appointment:
    """The actor's own appointment by which he takes over; raises NothingToTakeError."""
    over = before.ends_at is not None and before.ends_at <= now
    if not over or before.account_id in (None, actor.account.id):
        raise NothingToTakeError
    same = [
        one
        for one in offices.appointments(conn, now, scope=(before.scope_kind, before.scope))
        if one.role == before.role and one.in_force(now)
    ]
    if any(one.account_id == before.account_id for one in same):
        raise NothingToTakeError
    mine = next((one for one in same if one.account_id == actor.account.id), None)
    if mine is None:
        raise NothingToTakeError
    return mine


def take_requests(conn: Connection, before: Appointment, after: Appointment, *, now: int) -> int:
    """Requests of the one before that wait for a second person become the follower's; how many."""
    r = t.office_request
    fresh = r.c.ended_at.is_(None) & (r.c.asked_at >= now - REQUEST_SECONDS)
    if before.role not in OF_SOCIETY:
        mine = update(r).where(r.c.asked_by == before.account_id, fresh)
        return conn.execute(mine.values(asked_by=after.account_id)).rowcount
    s = t.officer_request
    waits = s.c.ended_at.is_(None) & (s.c.started_at >= now - SOCIETY_SECONDS)
    mine = update(s).where(
        s.c.first_officer == before.account_id, s.c.society == before.scope, waits
    )
    return conn.execute(mine.values(first_officer=after.account_id)).rowcount


def seal_hand_over(
    conn: Connection, before: Appointment, after: Appointment, alerts: int, taken: int, *, now: int
) -> None:
    """Append that it was handed over, with how much."""
    record: dict[str, Json] = {
        "kind": "hand-over",
        "v": 1,
        **sealing.told(Grant(before.role, before.scope_kind, before.scope)),
        "before": {"origin": before.origin, "index": before.index},
        "after": {"origin": after.origin, "index": after.index},
        "alerts": alerts,
        "requests": taken,
    }
    login = conn.execute(select(t.account.c.login).where(t.account.c.id == after.account_id))
    name = f"hand-over {before.id} {after.id} {requests.fresh_key()}"
    sealing.seal(conn, record, name, (str(login.scalar_one()),), now=now)
