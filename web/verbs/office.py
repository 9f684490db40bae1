"""Verbs about the tree of offices, and federations that societies let see them."""

from dataclasses import dataclass
from types import NoneType

from sqlalchemy import Connection

from oversight.handover import HandOver, hand_over
from trust.people.model import Actor
from trust.people.offices import queries as offices
from trust.people.offices import service as offices_service
from trust.people.offices.model import LEVELS, Office
from web.verbs.model import Argument, Values, Verb

OFFICE = Argument("office", limit=60)
SOCIETY = Argument("society", "society", limit=60)


@dataclass(frozen=True, slots=True)
class Offices:
    """The open offices, those of wide jurisdiction first."""

    offices: list[Office]


def add(conn: Connection, actor: Actor, values: Values, now: int) -> Office:
    """An office of the tree."""
    return offices_service.open_office(
        conn,
        actor,
        values["office"],
        values["level"],
        (values["name_en"], values["name_ml"]),
        scope=values["scope"] or "",
        parent=values["parent"],
        now=now,
    )


def close(conn: Connection, actor: Actor, values: Values, now: int) -> None:
    """The office is closed."""
    offices_service.close_office(conn, actor, values["office"], now=now)


def listed(conn: Connection, _actor: Actor, _values: Values, _now: int) -> Offices:
    """The open offices; they are public in the oversight log."""
    return Offices(offices.offices(conn))


def let(conn: Connection, actor: Actor, values: Values, now: int) -> None:
    """A federation sees the society's indicators and due dates from now on."""
    offices_service.let(conn, actor, values["society"], values["office"], now=now)


def end_access(conn: Connection, actor: Actor, values: Values, now: int) -> None:
    """It sees them no more."""
    offices_service.end_access(conn, actor, values["society"], values["office"], now=now)


def take_over(conn: Connection, actor: Actor, values: Values, now: int) -> HandOver:
    """What the holder of an ended appointment left open is the actor's."""
    return hand_over(conn, actor, values["appointment"], now=now)


verbs = [
    Verb(
        "office",
        "add",
        "Open an office of the department, or a federation.",
        ("administrator",),
        (
            OFFICE,
            Argument("level", "choice", choices=LEVELS, words="office_level"),
            Argument("name_en", limit=200),
            Argument("name_ml", limit=200),
            Argument("scope", required=False, limit=160, hint="offices.scope_hint"),
            Argument("parent", required=False, limit=60),
        ),
        Office,
        add,
        status=201,
    ),
    Verb(
        "office",
        "close",
        "Close an office to which nobody is appointed.",
        ("administrator",),
        (OFFICE,),
        NoneType,
        close,
    ),
    Verb("office", "list", "List the open offices.", (), (), Offices, listed, reads=True),
    Verb(
        "office",
        "let",
        "Let a federation see the indicators and due dates of your society.",
        ("secretary", "president"),
        (SOCIETY, OFFICE),
        NoneType,
        let,
    ),
    Verb(
        "office",
        "end-access",
        "Let a federation see your society no more.",
        ("secretary", "president"),
        (SOCIETY, OFFICE),
        NoneType,
        end_access,
    ),
    Verb(
        "office",
        "take-over",
        "Take over what the holder of an ended appointment like yours left open.",
        (),
        (Argument("appointment", "number"),),
        HandOver,
        take_over,
        shown=True,
    ),
]
