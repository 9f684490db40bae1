"""What one officer asks for and a second, different one confirms: a row a request.

Enrolments of keys always take two. Admissions, changes, ends and stops take two while a roll is
drawn (`trust/people/rolls.py`). Each request lives a week; an officer may take it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from trust.formats import canon
from trust.formats.canon import Json, normalised
from trust.people import queries, rolls
from trust.people import tables as t
from trust.people.errors import (
    NoSuchRequestError,
    OfficerGoneError,
    PeopleError,
    RequestClosedError,
    SameOfficerError,
)
from trust.people.model import OFFICERS, REQUEST_SECONDS, Actor, Asked, Request
from trust.people.rolls import Book


@dataclass(frozen=True, slots=True)
class Taken:
    """A request in the hands of the second officer, with the book log locked."""

    request: Request
    book: Book
    first: Actor
    second: Actor

    @property
    def logins(self) -> list[str]:
        """The accounts of both, for a private record."""
        return [self.first.account.login, self.second.account.login]

    def offices(self, conn: Connection) -> list[Json]:
        """The offices in which both act, for a public record."""
        society = queries.need_society(conn, self.request.society)
        return [
            next(role for role in OFFICERS if actor.may(role, society))
            for actor in (self.first, self.second)
        ]


def ask(
    conn: Connection,
    actor: Actor,
    society: str,
    what: Asked,
    body: Mapping[str, Json],
    *,
    now: int,
    member_id: int | None = None,
    key_id: int | None = None,
) -> int:
    """First officer: put down what is asked for; returns the request's id.

    An earlier open request of the same kind about the same member or key is dropped.
    """
    r = t.officer_request
    if what != "admission":
        same = (r.c.society == society, r.c.member_id.is_not_distinct_from(member_id))
        about = (*same, r.c.key_id.is_not_distinct_from(key_id), r.c.what == what)
        conn.execute(update(r).where(*about, r.c.ended_at.is_(None)).values(**over(now)))
    added = conn.execute(
        insert(r)
        .returning(r.c.id)
        .values(
            society=society,
            what=what,
            member_id=member_id,
            key_id=key_id,
            body=canon.canonical(normalised(dict(body))).decode(),
            first_officer=actor.account.id,
            started_at=now,
        )
    )
    return int(added.scalar_one())


def take(conn: Connection, actor: Actor, request_id: int, *kinds: Asked, now: int) -> Taken:
    """Second officer: the request, if it is open and somebody else's; locks the book log.

    Raises UnknownPersonError, NotAllowedError, RequestClosedError, SameOfficerError.
    """
    society = queries.need_society(conn, find(conn, request_id).society)
    actor.require(OFFICERS, society)
    book = rolls.lock_book(conn, society.slug, now=now)
    found, is_open = _find(conn, request_id)
    if found.what not in kinds:
        raise NoSuchRequestError
    if not is_open or book.at - found.started_at > REQUEST_SECONDS:
        raise RequestClosedError
    if found.first_officer == actor.account.id:
        raise SameOfficerError
    try:
        first = queries.actor(conn, found.first_officer, now)
        first.require(OFFICERS, society)
    except PeopleError:
        raise OfficerGoneError from None
    return Taken(found, book, first, actor)


def finish(conn: Connection, taken: Taken, *, now: int) -> None:
    """Note that a request was confirmed, and by whom."""
    r = t.officer_request
    values = over(now) | {"second_officer": taken.second.account.id}
    conn.execute(update(r).where(r.c.id == taken.request.id).values(**values))


def withdraw(conn: Connection, actor: Actor, request_id: int, *, now: int) -> Request:
    """Any officer of the society: what was asked for is not to be; a card is usable again.

    Raises UnknownPersonError, NotAllowedError, RequestClosedError.
    """
    society = queries.need_society(conn, find(conn, request_id).society)
    actor.require(OFFICERS, society)
    rolls.lock_book(conn, society.slug, now=now)
    found, is_open = _find(conn, request_id)
    if not is_open:
        raise RequestClosedError
    r = t.officer_request
    conn.execute(update(r).where(r.c.id == request_id).values(**over(now)))
    return found


def over(now: int) -> dict[str, object]:
    """The columns of a request that ended: what was asked for is forgotten, keys and names too."""
    return {"ended_at": now, "body": "{}"}


def find(conn: Connection, request_id: int) -> Request:
    """The request of that id, open or not; raises UnknownPersonError."""
    return _find(conn, request_id)[0]


def _find(conn: Connection, request_id: int) -> tuple[Request, bool]:
    """The request, and whether it is still open."""
    r = t.officer_request
    row = conn.execute(select(r).where(r.c.id == request_id)).first()
    if row is None:
        raise NoSuchRequestError
    return queries.request_of(row), row.ended_at is None
