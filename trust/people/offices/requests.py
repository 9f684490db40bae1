"""What one person of an office asks for and a second, different one confirms: a row a request.

A request lives a week; whoever asked, or anybody who might confirm it, may take it back.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, insert, update

from trust.formats import canon
from trust.formats.canon import Json, normalised
from trust.people import queries
from trust.people import tables as t
from trust.people.errors import PeopleError
from trust.people.model import Actor
from trust.people.offices import queries as offices
from trust.people.offices.errors import (
    AppointedError,
    NoSuchOfficeRequestError,
    RequestOverError,
    SamePersonError,
)
from trust.people.offices.model import REQUEST_SECONDS, OfficeRequest, Wanted

Body = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Taken:
    """A request in the hands of a second person."""

    request: OfficeRequest

    def asker(self, conn: Connection, now: int) -> Actor:
        """Whoever asked, with the rights of now; raises RequestOverError if the account is gone."""
        try:
            return queries.actor(conn, self.request.asked_by, now)
        except PeopleError:
            raise RequestOverError from None


def ask(conn: Connection, actor: Actor, what: Wanted, body: Body, *, now: int) -> int:
    """Put down what is asked for; returns the request's number.

    Raises AppointedError if the same waits already.
    """
    if any(one.what == what and one.body == body for one in offices.requests(conn, now, what)):
        raise AppointedError
    r = t.office_request
    added = conn.execute(
        insert(r)
        .returning(r.c.id)
        .values(
            what=what,
            body=canon.canonical(normalised(dict(body))).decode(),
            asked_by=actor.account.id,
            asked_at=now,
        )
    )
    return int(added.scalar_one())


def take(conn: Connection, actor: Actor, number: int, *kinds: Wanted, now: int) -> Taken:
    """Take a request of these kinds that is open and somebody else's; note who confirms it.

    Raises NoSuchOfficeRequestError, RequestOverError, SamePersonError.
    """
    found, is_open = offices.request(conn, number)
    if found.what not in kinds:
        raise NoSuchOfficeRequestError
    if not is_open:
        raise RequestOverError
    if found.asked_by == actor.account.id:
        raise SamePersonError
    if now - found.asked_at > REQUEST_SECONDS:
        raise RequestOverError
    _end(conn, number, now, actor.account.id)
    return Taken(found)


def withdraw(conn: Connection, number: int, *, now: int) -> None:
    """What was asked for is not to be. Raises RequestOverError."""
    _end(conn, number, now, None)


def _end(conn: Connection, number: int, now: int, by: int | None) -> None:
    """End an open request, once: of two at the same time one finds it over."""
    r = t.office_request
    open_ = update(r).where(r.c.id == number, r.c.ended_at.is_(None))
    values = {"ended_at": now, "confirmed_by": by, "body": "{}"}
    if conn.execute(open_.values(values)).rowcount != 1:
        raise RequestOverError


def fresh_key() -> str:
    """A name for an entry that is not repeated."""
    return secrets.token_hex(8)
