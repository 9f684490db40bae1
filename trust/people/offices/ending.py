"""The end of an appointment: one person is enough, except for another administrator's.

An end at once ends the holder's sessions and, for an officer of a society, the keys for that role.
Nobody ends the last administrator. If one administrator could end another alone, he would be the
only one, and would choose the next alone.
"""

from datetime import date

from sqlalchemy import Connection

from trust.formats import times
from trust.formats.canon import Json
from trust.people import queries
from trust.people.model import Actor, Grant, SocietyProfile, Waiting
from trust.people.officers import end_officer_keys
from trust.people.offices import queries as offices
from trust.people.offices import requests, rights, sealing
from trust.people.offices.days import moment_after
from trust.people.offices.errors import AppointmentOverError, LastAdministratorError
from trust.people.offices.model import OF_SOCIETY, Appointment, Reason
from trust.people.register import put_out


def end(
    conn: Connection,
    actor: Actor,
    number: int,
    reason: Reason,
    *,
    now: int,
    last_day: date | None = None,
) -> Waiting | int:
    """End an appointment at once, or after its last day; returns its number.

    Anybody ends his own. Another administrator's takes two: it returns a `Waiting`.
    Raises NoSuchAppointmentError, AppointmentOverError, NotYourOfficeError, LastAdministratorError.
    """
    found = offices.appointment(conn, number)
    _check(conn, found, last_day, now)
    by = _by(conn, actor, found)
    if found.role == "administrator" and actor.account.id != found.account_id:
        day = None if last_day is None else last_day.isoformat()
        body: dict[str, Json] = {"appointment": number, "reason": reason, "last_day": day}
        return Waiting(requests.ask(conn, actor, "end", body, now=now))
    return _seal(conn, found, reason, last_day, (by,), (actor.account.login,), now)


def confirm(conn: Connection, actor: Actor, taken: requests.Taken, *, now: int) -> int:
    """Second person: the end that was asked for."""
    body = taken.request.body
    found = offices.appointment(conn, int(str(body["appointment"])))
    day = None if body["last_day"] is None else times.parse_date(str(body["last_day"]))
    _check(conn, found, day, now)
    asker = taken.asker(conn, now)
    by = (_by(conn, asker, found), _by(conn, actor, found))
    officers = (asker.account.login, actor.account.login)
    return _seal(conn, found, str(body["reason"]), day, by, officers, now)


def _check(conn: Connection, found: Appointment, last_day: date | None, now: int) -> None:
    ends = now if last_day is None else moment_after(last_day)
    if ends < now or (found.ends_at is not None and found.ends_at <= ends):
        raise AppointmentOverError
    if found.role == "administrator":
        others = [
            one
            for one in offices.appointments(conn, now, role="administrator")
            if one.account_id not in (found.account_id, None)
            and one.in_force(now) and one.in_force(ends)
        ]  # fmt: skip
        if not others:
            raise LastAdministratorError


def _by(conn: Connection, actor: Actor, found: Appointment) -> Grant:
    """By which right: the holder's own, or that of who decides who holds it."""
    given = Grant(found.role, found.scope_kind, found.scope)
    if actor.account.id == found.account_id:
        return given
    return rights.capacity(actor, given, _society(conn, found))


def _society(conn: Connection, found: Appointment) -> SocietyProfile | None:
    return queries.need_society(conn, found.scope) if found.scope_kind == "society" else None


def _seal(
    conn: Connection,
    found: Appointment,
    reason: str,
    last_day: date | None,
    by: tuple[Grant, ...],
    officers: tuple[str, ...],
    now: int,
) -> int:
    at_once = last_day is None and found.account_id is not None
    if at_once and found.account_id is not None and found.role in OF_SOCIETY:
        end_officer_keys(conn, found.scope, found.account_id, found.role, now=now)
    record: dict[str, Json] = {
        "kind": "appointment-end",
        "v": 1,
        "origin": found.origin,
        "index": found.index,
        **sealing.told(Grant(found.role, found.scope_kind, found.scope)),
        "last_day": None if last_day is None else last_day.isoformat(),
        "reason": reason,
        "by": [sealing.told(one) for one in by],
    }
    name = f"appointment-end {found.id} {requests.fresh_key()}"
    sealing.seal(conn, record, name, officers, now=now)
    if at_once and found.account_id is not None:
        put_out(conn, found.account_id, now=now)
    return found.id
