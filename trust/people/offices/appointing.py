"""Appointments: one person of an office asks, another confirms, neither is the one appointed.

While there is one administrator he appoints the second alone, and may do nothing else here. What
the installation does without a person (the first administrator, the demo) has the basis
`installation`, which everybody can read in the oversight log.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from trust.formats import times
from trust.formats.canon import Json
from trust.people import queries
from trust.people.model import Account, Actor, Grant, Role, SocietyProfile, Waiting
from trust.people.offices import queries as offices
from trust.people.offices import requests, rights, sealing
from trust.people.offices.days import first_moment, moment_after
from trust.people.offices.errors import (
    AppointedError,
    JurisdictionNeededError,
    LastDayError,
    NoSuchLoginError,
    NotStaffError,
    OnlySecondError,
    OwnAppointmentError,
)
from trust.people.offices.model import OF_SOCIETY, Basis
from trust.people.register import belongs_to
from trust.people.registerrules import today


@dataclass(frozen=True, slots=True)
class Term:
    """From which day to which, both included, in Indian time; without a last day for good."""

    begins: date
    ends: date | None

    def check(self, now: int) -> "Term":
        """Itself; raises LastDayError if nobody would ever hold the role."""
        if self.ends is not None and (self.ends < self.begins or moment_after(self.ends) <= now):
            raise LastDayError
        return self


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who shall hold what, for how long."""

    account: Account
    given: Grant
    office: str | None
    term: Term
    society: SocietyProfile | None


def appoint(
    conn: Connection,
    actor: Actor,
    login: str,
    role: Role,
    *,
    office: str | None,
    society: str | None,
    begins: date | None,
    ends: date | None,
    now: int,
) -> Waiting | int:
    """Ask for an appointment; returns its number at once for the second administrator alone.

    Raises NoSuchLoginError, NotStaffError, NoSuchOfficeError, NoSuchSocietyError,
    JurisdictionNeededError, LastDayError, OwnAppointmentError, NotYourOfficeError,
    OnlySecondError, AppointedError.
    """
    term = Term(begins or today(now), ends).check(now)
    account = queries.account(conn, login)
    if account is None:
        raise NoSuchLoginError(login=login)
    given = _jurisdiction(conn, role, office, society)
    wanted = Wanted(account, given, office, term, _society(conn, given))
    by = _may_ask(conn, actor, wanted, now)
    _fits(conn, wanted, now)
    if by.role == "administrator" and is_alone(conn, now):
        return _seal(conn, wanted, "second", (by,), (actor.account.login,), now)
    return Waiting(requests.ask(conn, actor, "appointment", _body(wanted), now=now))


def confirm(conn: Connection, actor: Actor, taken: requests.Taken, *, now: int) -> int:
    """Second person: seal the appointment that was asked for; returns its number."""
    wanted = _wanted(conn, taken.request.body)
    wanted.term.check(now)
    asker = taken.asker(conn, now)
    by = (_may_ask(conn, asker, wanted, now), _may_ask(conn, actor, wanted, now))
    _fits(conn, wanted, now)
    return _seal(conn, wanted, "two", by, (asker.account.login, actor.account.login), now)


def grant(conn: Connection, account_id: int, given: Grant, *, now: int) -> int:
    """Appoint without a person, for the installation: its first administrator, the demo, tests.

    The public entry says so. A second time changes nothing; returns the appointment's number.
    """
    scope = (given.scope_kind, given.scope)
    for one in offices.appointments(conn, now, scope=scope, account=account_id):
        if one.role == given.role:
            return one.id
    account = queries.actor(conn, account_id, now).account
    office = given.scope if given.scope_kind == "federation" else None
    wanted = Wanted(account, given, office, Term(today(now), None), None)
    return _seal(conn, wanted, "installation", (), (), now)


def is_alone(conn: Connection, now: int) -> bool:
    """Whether there is one administrator, and no other is appointed for a later day."""
    return len(offices.holders(conn, "administrator", now, coming=True)) == 1


def _jurisdiction(conn: Connection, role: Role, office: str | None, society: str | None) -> Grant:
    """What the role is held over: a society, or what an office has."""
    if society is not None:
        if office is not None or role not in (*OF_SOCIETY, "auditor"):
            raise JurisdictionNeededError
        return Grant(role, "society", queries.need_society(conn, society).slug)
    if role in OF_SOCIETY:
        raise JurisdictionNeededError
    if office is None:
        if role != "administrator":
            raise JurisdictionNeededError
        return Grant(role, "state", "")
    found = offices.need_office(conn, office)
    wrong = (found.level == "federation") != (role == "federation")
    if wrong or (role == "administrator" and found.level != "state"):
        raise JurisdictionNeededError
    return Grant(role, found.level, found.scope)


def _society(conn: Connection, given: Grant) -> SocietyProfile | None:
    return queries.need_society(conn, given.scope) if given.scope_kind == "society" else None


def _may_ask(conn: Connection, actor: Actor, wanted: Wanted, now: int) -> Grant:
    """By which right the actor asks or confirms."""
    if actor.account.id == wanted.account.id:
        raise OwnAppointmentError
    by = rights.capacity(actor, wanted.given, wanted.society)
    few = len(offices.holders(conn, "administrator", now)) < 2
    if by.role == "administrator" and few and wanted.given.role != "administrator":
        raise OnlySecondError
    return by


def _fits(conn: Connection, wanted: Wanted, now: int) -> None:
    """Whether this account can hold it, and does not yet."""
    account, given = wanted.account, wanted.given
    home = given.scope if given.role in OF_SOCIETY else None
    if account.kind != "staff" or (account.society is not None and account.society != home):
        raise NotStaffError
    scope = (given.scope_kind, given.scope)
    held = offices.appointments(conn, now, scope=scope, account=account.id)
    begins = first_moment(wanted.term.begins)
    if any(one.role == given.role and _overlap(one.ends_at, begins) for one in held):
        raise AppointedError


def _overlap(ends_at: int | None, begins_at: int) -> bool:
    return ends_at is None or ends_at > begins_at


def _seal(
    conn: Connection,
    wanted: Wanted,
    basis: Basis,
    by: tuple[Grant, ...],
    officers: tuple[str, ...],
    now: int,
) -> int:
    record: dict[str, Json] = {
        "kind": "appointment",
        "v": 1,
        **sealing.told(wanted.given),
        "office": wanted.office,
        "begins": wanted.term.begins.isoformat(),
        "ends": None if wanted.term.ends is None else wanted.term.ends.isoformat(),
        "basis": basis,
        "by": [sealing.told(one) for one in by],
    }
    name = f"appointment {wanted.account.id} {requests.fresh_key()}"
    done = sealing.seal(conn, record, name, officers, now=now, account=wanted.account.login)
    if wanted.given.role in OF_SOCIETY:
        belongs_to(conn, wanted.account.id, wanted.given.scope)
    return offices.at(conn, done.origin, done.index)


def _body(wanted: Wanted) -> dict[str, Json]:
    ends = wanted.term.ends
    return {
        "login": wanted.account.login,
        **sealing.told(wanted.given),
        "office": wanted.office,
        "begins": wanted.term.begins.isoformat(),
        "ends": None if ends is None else ends.isoformat(),
    }


def _wanted(conn: Connection, body: requests.Body) -> Wanted:
    account = queries.account(conn, str(body["login"]))
    if account is None:
        raise NoSuchLoginError(login=str(body["login"]))
    office = body["office"]
    if office is not None:
        offices.need_office(conn, str(office))
    given = Grant(body["role"], body["scope_kind"], body["scope"])  # type: ignore[arg-type]
    ends = None if body["ends"] is None else times.parse_date(str(body["ends"]))
    term = Term(times.parse_date(str(body["begins"])), ends)
    return Wanted(account, given, None if office is None else str(office), term,
                  _society(conn, given))  # fmt: skip
