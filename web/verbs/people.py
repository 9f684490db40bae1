"""Verbs about accounts of people on the staff."""

from dataclasses import dataclass

from sqlalchemy import Connection

from trust.people.model import Actor, Grant
from trust.people.offices import accounts
from web.verbs.model import Argument, Values, Verb


@dataclass(frozen=True, slots=True)
class Person:
    """An account and what it may do now."""

    account: int
    login: str
    name: str
    society: str | None
    grants: tuple[Grant, ...]


def me(_conn: Connection, actor: Actor, _values: Values, _now: int) -> Person:
    """The account that asks, and its rights of now."""
    return _person(actor)


def add(conn: Connection, actor: Actor, values: Values, now: int) -> Person:
    """An account without rights and without a password."""
    made = accounts.add_account(
        conn, actor, values["login"], values["name"], values["society"], now=now
    )
    return _person(Actor(made, ()))


def _person(actor: Actor) -> Person:
    it = actor.account
    return Person(it.id, it.login, it.display_name, it.society, actor.grants)


verbs = [
    Verb("people", "me", "Show your own account and its rights.", (), (), Person, me, reads=True),
    Verb(
        "people",
        "add",
        "Make an account for somebody of an office's or a society's staff.",
        ("administrator", "registrar"),
        (
            Argument("login", "login", limit=80),
            Argument("name", limit=200),
            Argument("society", "society", required=False, limit=60),
        ),
        Person,
        add,
        status=201,
    ),
]
