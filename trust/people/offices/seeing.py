"""What somebody of an office may see of appointments and requests: what he could decide about."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, true

from trust.people import queries
from trust.people import tables as t
from trust.people.model import Actor, Grant, SocietyProfile
from trust.people.offices import queries as offices
from trust.people.offices import rights
from trust.people.offices.errors import NotYourOfficeError
from trust.people.offices.model import Appointment, OfficeRequest

DECIDING = ("administrator", "registrar")


def seen_appointments(
    conn: Connection, actor: Actor, *, now: int, over: bool = False, society: str | None = None
) -> list[Appointment]:
    """Appointments that the actor could end, his own included, the newest 500.

    Args:
        society: the one society whose officers and auditors to list.
    """
    scope = None if society is None else ("society", society)
    mine = [t.appointment.c.account_id == actor.account.id]
    if actor.account.society is None and actor.account.kind == "staff":
        mine += [_within(held) for held in actor.grants if held.role in DECIDING]
    return offices.appointments(conn, now, over=over, scope=scope, among=or_(*mine))


def _within(held: Grant) -> ColumnElement[bool]:
    """Rows of appointments that a grant decides about (`rights.capacity`, as one condition)."""
    if held.role == "administrator":
        return true()
    a, place = t.appointment.c, t.society.c
    others = a.role != "administrator"
    if held.scope_kind == "state":
        return others
    district, _, taluk = held.scope.partition("/")
    there = {
        "district": place.district == held.scope,
        "taluk": and_(place.district == district, place.taluk == taluk),
        "sector": place.sector == held.scope,
    }.get(held.scope_kind, false())
    reached = or_(
        and_(a.scope_kind == held.scope_kind, a.scope == held.scope),
        and_(a.scope_kind == "society", a.scope.in_(select(place.slug).where(there))),
    )
    if held.scope_kind == "district":
        below = a.scope.startswith(f"{held.scope}/", autoescape=True)
        reached = or_(reached, and_(a.scope_kind == "taluk", below))
    return and_(others, reached)


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
