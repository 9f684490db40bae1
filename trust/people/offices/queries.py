"""Reads of offices, appointments and what waits for a second person."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from trust.formats import canon
from trust.log.tables import log
from trust.people import tables as t
from trust.people.model import Role
from trust.people.offices.errors import (
    NoSuchAppointmentError,
    NoSuchOfficeError,
    NoSuchOfficeRequestError,
)
from trust.people.offices.model import REQUEST_SECONDS, Appointment, Office, OfficeRequest, Wanted

_a = t.appointment.c


def offices(conn: Connection, *, closed: bool = False) -> list[Office]:
    """Offices by level and name; those that were closed too, if asked for."""
    o = t.office
    query = select(o).order_by(o.c.scope, o.c.slug)
    if not closed:
        query = query.where(o.c.closed_at.is_(None))
    return [_office(row) for row in conn.execute(query)]


def need_office(conn: Connection, slug: str) -> Office:
    """The open office of that slug; raises NoSuchOfficeError."""
    o = t.office
    query = select(o).where(o.c.slug == slug, o.c.closed_at.is_(None))
    row = conn.execute(query).first()
    if row is None:
        raise NoSuchOfficeError(slug=slug)
    return _office(row)


def appointment(conn: Connection, number: int) -> Appointment:
    """One appointment; raises NoSuchAppointmentError."""
    row = conn.execute(_listed().where(_a.id == number)).first()
    if row is None:
        raise NoSuchAppointmentError
    return _appointment(row)


def at(conn: Connection, origin: str, index: int) -> int:
    """The number of the appointment that was sealed at a place."""
    query = select(_a.id).join(log, log.c.id == _a.log_id)
    return int(conn.execute(query.where(log.c.origin == origin, _a.idx == index)).scalar_one())


def appointments(
    conn: Connection,
    now: int,
    *,
    over: bool = False,
    limit: int = 500,
    scope: tuple[str, str] | None = None,
    account: int | None = None,
    role: Role | None = None,
    among: ColumnElement[bool] | None = None,
) -> list[Appointment]:
    """Appointments in force or to come at `now`; those that are over too, if asked for.

    Args:
        scope: kind and word of the one jurisdiction to list.
        account: the one account to list.
        role: the one role to list.
        among: what else must hold of a row (`seeing.py`).
    """
    query = _listed().order_by(_a.id.desc()).limit(limit)
    if not over:
        query = query.where(_not_over(now))
    if scope is not None:
        query = query.where(_a.scope_kind == scope[0], _a.scope == scope[1])
    if account is not None:
        query = query.where(_a.account_id == account)
    if role is not None:
        query = query.where(_a.role == role)
    if among is not None:
        query = query.where(among)
    return [_appointment(row) for row in conn.execute(query)]


def holders(conn: Connection, role: Role, now: int, *, coming: bool = False) -> set[int]:
    """Active accounts that hold a role anywhere at `now`; with `coming` also those that will."""
    query = (
        select(_a.account_id)
        .join(t.account, t.account.c.id == _a.account_id)
        .where(_a.role == role, t.account.c.active, _not_over(now))
    )
    if not coming:
        query = query.where(_a.begins_at <= now)
    return {int(number) for number in conn.execute(query).scalars()}


def any_appointment(conn: Connection) -> bool:
    """Whether any was ever sealed here."""
    return conn.execute(select(_a.id).limit(1)).first() is not None


def request(conn: Connection, number: int) -> tuple[OfficeRequest, bool]:
    """What was asked for, and whether it was not ended; raises NoSuchOfficeRequestError."""
    r = t.office_request
    row = conn.execute(select(r).where(r.c.id == number)).first()
    if row is None:
        raise NoSuchOfficeRequestError
    return _request(row), row.ended_at is None


def requests(conn: Connection, now: int, *kinds: Wanted) -> list[OfficeRequest]:
    """What waits for a second person, oldest first; of these kinds, if any are named."""
    r = t.office_request
    fresh = r.c.ended_at.is_(None) & (r.c.asked_at >= now - REQUEST_SECONDS)
    if kinds:
        fresh &= r.c.what.in_(kinds)
    return [_request(row) for row in conn.execute(select(r).where(fresh).order_by(r.c.id))]


def logins(conn: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Log-in names of accounts."""
    query = select(t.account.c.id, t.account.c.login).where(t.account.c.id.in_(set(ids)))
    return {row.id: row.login for row in conn.execute(query)}


def let(conn: Connection, society: str | None = None, office: str | None = None) -> list[Any]:
    """Who lets which federation now: rows with `society`, `office`, `let_at`."""
    table = t.federation_access
    query = select(table).where(table.c.ended_at.is_(None))
    if society is not None:
        query = query.where(table.c.society == society)
    if office is not None:
        query = query.where(table.c.office == office)
    return list(conn.execute(query.order_by(table.c.society, table.c.office)))


def held(conn: Connection, office: str, now: int) -> int:
    """Appointments to an office that are not over."""
    query = select(func.count()).where(_a.office == office, _not_over(now))
    return int(conn.execute(query).scalar_one())


def _not_over(now: int) -> ColumnElement[bool]:
    return or_(_a.ends_at.is_(None), _a.ends_at > now)


def _listed() -> Select[Any]:
    account = t.account.c
    return (
        select(t.appointment, log.c.origin, account.login, account.display_name)
        .join(log, log.c.id == _a.log_id)
        .outerjoin(t.account, account.id == _a.account_id)
    )


def _office(row: Row[Any]) -> Office:
    return Office(
        row.slug,
        row.level,
        row.parent,
        row.scope,
        row.name_en,
        row.name_ml,
        row.opened_at,
        row.closed_at,
    )


def _appointment(row: Row[Any]) -> Appointment:
    return Appointment(
        row.id,
        row.account_id,
        row.login,
        row.display_name,
        row.role,
        row.scope_kind,
        row.scope,
        row.office,
        row.begins_at,
        row.ends_at,
        row.basis,
        row.origin,
        row.idx,
    )


def _request(row: Row[Any]) -> OfficeRequest:
    body = canon.parse(row.body.encode())
    return OfficeRequest(row.id, row.what, body, row.asked_by, row.asked_at)
