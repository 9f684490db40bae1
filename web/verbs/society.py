"""Verbs about societies: registration by two officers of the Registrar."""

from dataclasses import dataclass
from types import NoneType

from sqlalchemy import Connection

from trust.people import places
from trust.people.model import Actor, SocietyProfile, Waiting
from trust.people.offices import registration
from trust.people.offices.registration import Pending
from web import choices
from web.verbs.model import Argument, Values, Verb

REGISTRAR = ("registrar",)


@dataclass(frozen=True, slots=True)
class Registrations:
    """Registrations that wait for a second officer, oldest first."""

    registrations: list[Pending]


def register(conn: Connection, actor: Actor, values: Values, now: int) -> Waiting | SocietyProfile:
    """Asked for; another officer confirms it."""
    profile = SocietyProfile(
        slug="",
        registration_number=values["registration_number"],
        name_en=values["name_en"],
        name_ml=values["name_ml"],
        district=values["district"],
        taluk=values["taluk"],
        sector=values["sector"],
        class_=values["society_class"],
        registered_on=values["registered_on"],
    )
    return registration.ask(conn, actor, profile, now=now)


def confirm(conn: Connection, actor: Actor, values: Values, now: int) -> SocietyProfile:
    """It is registered, and its book log is open."""
    return registration.confirm(conn, actor, values["request"], now=now)


def withdraw(conn: Connection, actor: Actor, values: Values, now: int) -> None:
    """It is not to be."""
    registration.withdraw(conn, actor, values["request"], now=now)


def waiting(conn: Connection, actor: Actor, _values: Values, now: int) -> Registrations:
    """What waits in the officer's area."""
    return Registrations(registration.waiting(conn, actor, now=now))


verbs = [
    Verb(
        "society",
        "register",
        "Ask for the registration of a society; a second officer confirms it.",
        REGISTRAR,
        (
            Argument("registration_number", limit=60),
            Argument("name_en", limit=200),
            Argument("name_ml", limit=200),
            Argument("district", "choice", choices=places.words(), words="district"),
            Argument("taluk", limit=80),
            Argument("sector", "choice", choices=tuple(choices.sectors()), words="sector"),
            Argument("society_class", limit=40),
            Argument("registered_on", "day"),
        ),
        SocietyProfile,
        register,
        waits=True,
        status=201,
    ),
    Verb(
        "society",
        "confirm",
        "Confirm a registration as second officer.",
        REGISTRAR,
        (Argument("request", "number"),),
        SocietyProfile,
        confirm,
        status=201,
    ),
    Verb(
        "society",
        "withdraw",
        "Take a registration back that waits.",
        REGISTRAR,
        (Argument("request", "number"),),
        NoneType,
        withdraw,
    ),
    Verb(
        "society",
        "requests",
        "List registrations that wait for a second officer.",
        REGISTRAR,
        (),
        Registrations,
        waiting,
        reads=True,
    ),
]
