"""What somebody of an office may see of appointments and requests: what he could decide about."""

from collections.abc import Mapping

from sqlalchemy import Connection

from trust.people import queries
from trust.people.model import Actor, Grant, SocietyProfile
from trust.people.offices import queries as offices
from trust.people.offices import rights
from trust.people.offices.errors import NotYourOfficeError
from trust.people.offices.model import Appointment, OfficeRequest


def seen_appointments(
    conn: Connection, actor: Actor, *, now: int, over: bool = False
) -> list[Appointment]:
    """Appointments that the actor could end, his own included, newest first."""
    found = offices.appointments(conn, now, over=over)
    societies = _societies(conn, found)
    return [
        one
        for one in found
        if one.account_id == actor.account.id
        or may_decide(actor, Grant(one.role, one.scope_kind, one.scope), societies)
    ]


def seen_requests(conn: Connection, actor: Actor, *, now: int) -> list[OfficeRequest]:
    """Requests that the actor asked for or might confirm, oldest first."""
    found = []
    for one in offices.requests(conn, now, "appointment", "end"):
        over = about(conn, one)
        slug = over.scope if over.scope_kind == "society" else None
        known = {} if slug is None else {slug: queries.need_society(conn, slug)}
        if one.asked_by == actor.account.id or may_decide(actor, over, known):
            found.append(one)
    return found


def about(conn: Connection, asked: OfficeRequest) -> Grant:
    """The role and jurisdiction that a request is about."""
    body = asked.body
    if asked.what == "end":
        found = offices.appointment(conn, int(str(body["appointment"])))
        return Grant(found.role, found.scope_kind, found.scope)
    return Grant(body["role"], body["scope_kind"], body["scope"])  # type: ignore[arg-type]


def may_decide(actor: Actor, over: Grant, societies: Mapping[str, SocietyProfile]) -> bool:
    """Whether the actor could decide who holds that."""
    try:
        rights.capacity(actor, over, societies.get(over.scope))
    except NotYourOfficeError:
        return False
    return True


def _societies(conn: Connection, found: list[Appointment]) -> dict[str, SocietyProfile]:
    slugs = {one.scope for one in found if one.scope_kind == "society"}
    return {one.slug: one for one in queries.profiles(conn, slugs)}
