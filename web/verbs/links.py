"""The verb about one-time links of the staff; without a person it is `sakshi people link`."""

from dataclasses import dataclass

from sqlalchemy import Connection

from trust.people.model import Actor
from trust.people.offices import links
from trust.people.offices.accounts import MAKERS
from web.verbs.model import Argument, Values, Verb


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """Path of a page where its person chooses a password, within an hour."""

    path: str


def link(conn: Connection, actor: Actor, values: Values, now: int) -> OneTimeLink:
    """A one-time link for somebody's first password."""
    return OneTimeLink(path_of(links.link_for(conn, actor, values["login"], now=now)))


def path_of(token: str) -> str:
    """The page of a link."""
    return f"/link/{token}"


verbs = [
    Verb(
        "people",
        "link",
        "Make a one-time link with which somebody of the staff chooses a first password.",
        MAKERS,
        (Argument("login", "login", limit=80),),
        OneTimeLink,
        link,
        shown=True,
        status=201,
    )
]
