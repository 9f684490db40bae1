"""Verbs about accounts of the staff and their appointments."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from trust.formats.canon import Json
from trust.people.model import Account, Actor, Grant, Waiting
from trust.people.offices import queries as offices
from trust.people.offices import service as offices_service
from trust.people.offices.model import REASONS, ROLES, Appointment
from web.verbs.model import Argument, Values, Verb

DESK = ("administrator", "registrar")
LOGIN = Argument("login", "login", limit=80)
SOCIETY = Argument("society", "society", required=False, limit=60)


@dataclass(frozen=True, slots=True)
class Person:
    """An account and what it may do now."""

    account: int
    login: str
    name: str
    society: str | None
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Appointed:
    """The number of an appointment."""

    appointment: int


@dataclass(frozen=True, slots=True)
class Appointments:
    """Appointments, newest first."""

    appointments: list[Appointment]


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that waits for a second person; `asked_at` is UTC seconds."""

    request: int
    what: str
    login: str | None
    role: str
    scope_kind: str
    scope: str
    begins: str | None
    ends: str | None
    reason: str | None
    asked_by: str
    asked_at: int


@dataclass(frozen=True, slots=True)
class Requests:
    """What waits for a second person, oldest first."""

    requests: list[Asked]


def me(_conn: Connection, actor: Actor, _values: Values, _now: int) -> Person:
    """The account that asks, and its rights of now."""
    return _person(actor.account, actor.grants)


def add(conn: Connection, actor: Actor, values: Values, now: int) -> Person:
    """An account without rights and without a password."""
    made = offices_service.add_account(
        conn, actor, values["login"], values["name"], values["society"], now=now
    )
    return _person(made, ())


def _person(it: Account, grants: tuple[Grant, ...]) -> Person:
    return Person(it.id, it.login, it.display_name, it.society, grants)


def appoint(conn: Connection, actor: Actor, values: Values, now: int) -> Waiting | Appointed:
    """Asked for, or done if the second administrator is appointed."""
    done = offices_service.appoint(
        conn,
        actor,
        values["login"],
        values["role"],
        office=values["office"],
        society=values["society"],
        begins=values["begins"],
        ends=values["ends"],
        now=now,
    )
    return done if isinstance(done, Waiting) else Appointed(done)


def end(conn: Connection, actor: Actor, values: Values, now: int) -> Waiting | Appointed:
    """Ended, or asked for if another administrator's."""
    number, reason = values["appointment"], values["reason"]
    done = offices_service.end(conn, actor, number, reason, now=now, last_day=values["last_day"])
    return done if isinstance(done, Waiting) else Appointed(done)


def confirm(conn: Connection, actor: Actor, values: Values, now: int) -> Appointed:
    """What another asked for is done."""
    return Appointed(offices_service.confirm(conn, actor, values["request"], now=now))


def withdraw(conn: Connection, actor: Actor, values: Values, now: int) -> None:
    """What was asked for is not to be."""
    offices_service.withdraw(conn, actor, values["request"], now=now)


def listed(conn: Connection, actor: Actor, values: Values, now: int) -> Appointments:
    """The appointments that the actor may see: those he could decide about, and his own."""
    found = offices_service.seen_appointments(
        conn, actor, now=now, over=values["over"], society=values["society"]
    )
    return Appointments(found)


def waiting(conn: Connection, actor: Actor, _values: Values, now: int) -> Requests:
    """The requests that the actor may see."""
    found = offices_service.seen_requests(conn, actor, now=now)
    names = offices.logins(conn, [one.asked_by for one in found])
    return Requests(
        [
            _asked(conn, one.id, one.what, one.body, names[one.asked_by], one.asked_at)
            for one in found
        ]
    )


def _asked(
    conn: Connection, number: int, what: str, body: Mapping[str, Json], by: str, at: int
) -> Asked:
    def said(name: str) -> str | None:
        value = body.get(name)
        return None if value is None else str(value)

    if what == "end":
        one = offices.appointment(conn, int(str(body["appointment"])))
        return Asked(
            number, what, one.login, one.role, one.scope_kind, one.scope,
            None, said("last_day"), said("reason"), by, at,
        )  # fmt: skip
    return Asked(
        number, what, said("login"), str(body["role"]), str(body["scope_kind"]),
        str(body["scope"]), said("begins"), said("ends"), None, by, at,
    )  # fmt: skip


verbs = [
    Verb("people", "me", "Show your own account and its rights.", (), (), Person, me, reads=True),
    Verb(
        "people",
        "add",
        "Make an account for somebody of an office's or a society's staff.",
        DESK,
        (LOGIN, Argument("name", limit=200), SOCIETY),
        Person,
        add,
        status=201,
    ),
    Verb(
        "people",
        "appoint",
        "Ask for somebody to hold a role; a second person confirms it.",
        DESK,
        (
            LOGIN,
            Argument("role", "choice", choices=ROLES, words="role"),
            Argument("office", required=False, limit=64),
            SOCIETY,
            Argument("begins", "day", required=False),
            Argument("ends", "day", required=False),
        ),
        Appointed,
        appoint,
        waits=True,
        status=201,
    ),
    Verb(
        "people",
        "confirm",
        "Confirm as second person what another asked for.",
        DESK,
        (Argument("request", "number"),),
        Appointed,
        confirm,
        status=201,
    ),
    Verb(
        "people",
        "withdraw",
        "Take back what waits for a second person.",
        DESK,
        (Argument("request", "number"),),
        type(None),
        withdraw,
    ),
    Verb(
        "people",
        "end",
        "End an appointment at once or after a last day; an administrator's takes two.",
        (),
        (
            Argument("appointment", "number"),
            Argument("reason", "choice", choices=REASONS, words="end_reason"),
            Argument("last_day", "day", required=False),
        ),
        Appointed,
        end,
        waits=True,
    ),
    Verb(
        "people",
        "list",
        "List appointments that you could decide about, and your own, the newest 500.",
        (),
        (SOCIETY, Argument("over", "yes", required=False)),
        Appointments,
        listed,
        reads=True,
    ),
    Verb(
        "people",
        "requests",
        "List what waits for a second person.",
        DESK,
        (),
        Requests,
        waiting,
        reads=True,
    ),
]
