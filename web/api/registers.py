"""The register and what waits for a second officer, as JSON.

A verb that a second officer must confirm first is answered with 202 and the number of the request.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Final, cast

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Actor, Gender, Waiting
from trust.people.model import Asked as AskedFor
from trust.people.model import Request as Asked
from web import dates, staff
from web.api.schemas import (
    BOOLEAN,
    NUMBER,
    OBJECT,
    TEXT,
    besides,
    choice,
    items,
    nullable,
    of,
    schema,
)
from web.api.shape import acting, reading
from web.negotiate import Json, JsonAnswer, plain
from web.secretary.keys import own_key
from web.secretary.members import day_or_none, note_access, own_member
from web.secretary.register import change_of

OFFICERS: Final = ("secretary", "president", "clerk")
Body = dict[str, Any]
Verb = Callable[[Connection, Actor, int], Waiting | int | None]


def register(request: Request) -> Response:
    """Whether and with how many members the register was sealed, and what waits, which is of
    members: that it was read is recorded."""
    with staff.runtime(request).db.write() as conn:
        profile = staff.own_society(request, conn)
        note_access(request, conn, profile.slug, "enrolments")
        opening = people.register_opening(conn, profile.slug)
        drawn = people.drawn_rolls(conn, profile.slug)
        listed = people.requests(conn, profile.slug, staff.runtime(request).clock())
    waiting = [_told(item) for item in listed]
    sealed = None if opening is None else {"as_of": opening.as_of, "count": opening.count}
    return JsonAnswer({"opening": plain(sealed), "two_officers": bool(drawn), "requests": waiting})


def seal(request: Request, _body: Body) -> Response:
    """First officer: the register is right as it stands."""

    def verb(conn: Connection, actor: Actor, now: int) -> Waiting:
        society = staff.own_society(request, conn).slug
        return Waiting(people_service.begin_register_opening(conn, actor, society, now=now))

    return _do(request, verb)


def admit(request: Request, body: Body) -> Response:
    """Admit a member."""
    new = people_service.NewMember(
        staff.text(body, "number", 40),
        staff.text(body, "name", 200),
        cast(Gender, staff.text(body, "gender", 1)),
        dates.day(body, "joined"),
        day_or_none(body, "share_paid_on"),
    )

    def verb(conn: Connection, actor: Actor, now: int) -> Waiting | int:
        society = staff.own_society(request, conn).slug
        return people_service.admit_member(conn, actor, society, new, now=now)

    return _do(request, verb)


def change(request: Request, body: Body) -> Response:
    """Change what the register says of a member."""
    wanted = change_of(body)

    def verb(conn: Connection, actor: Actor, now: int) -> Waiting | int:
        found = own_member(request, conn)
        return people_service.change_member(conn, actor, found.id, wanted, now=now) or found.id

    return _do(request, verb)


def end(request: Request, body: Body) -> Response:
    """Note that a member left."""
    left, reason = dates.day(body, "left_on"), staff.text(body, "reason", 400)

    def verb(conn: Connection, actor: Actor, now: int) -> Waiting | int:
        found = own_member(request, conn)
        done = people_service.member_left(conn, actor, found.id, left, now=now, reason=reason)
        return done or found.id

    return _do(request, verb)


def stop(request: Request, body: Body) -> Response:
    """Stop the key of a member that is in force."""
    reason = staff.text(body, "reason", 400)

    def verb(conn: Connection, actor: Actor, now: int) -> Waiting | int:
        found = own_member(request, conn)
        key = people.member_key(conn, found.id)
        if key is None:
            raise HTTPException(404)
        done = people_service.revoke_key(conn, actor, key.id, reason, now=now)
        return done if isinstance(done, Waiting) else found.id

    return _do(request, verb)


def lose(request: Request, body: Body) -> Response:
    """First officer: the committee decided that an officer's key is lost."""
    decided, reference = dates.day(body, "decided_on"), staff.text(body, "reference", 200)

    def verb(conn: Connection, actor: Actor, now: int) -> Waiting:
        key = own_key(request, conn)
        return Waiting(
            people_service.begin_officer_key_loss(conn, actor, key, decided, reference, now=now)
        )

    return _do(request, verb)


def confirm(request: Request, _body: Body) -> Response:
    """Second officer: do what was asked for."""

    def verb(conn: Connection, actor: Actor, now: int) -> int | None:
        return people_service.confirm_request(conn, actor, request.path_params["request"], now=now)

    return _do(request, verb)


def withdraw(request: Request, _body: Body) -> Response:
    """Any officer: what was asked for is not to be."""

    def verb(conn: Connection, actor: Actor, now: int) -> int | None:
        asked = people_service.withdraw(conn, actor, request.path_params["request"], now=now)
        return asked.member_id

    return _do(request, verb)


def _do(request: Request, verb: Verb) -> Response:
    """One verb in one transaction: 202 where a second officer must confirm."""
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        done = verb(conn, staff.actor(request), rt.clock())
    if isinstance(done, Waiting):
        return JsonAnswer({"request": done.request}, status_code=202)
    return JsonAnswer({"member": done})


def _told(item: Asked) -> Json:
    """A request without the key: that would tell the member's ballots to an officer."""
    hidden = ("key", "salt", "lines")
    body = {name: value for name, value in item.body.items() if name not in hidden}
    if item.what == "enrolment":
        body["check"] = item.check
    return {
        "id": item.id,
        "what": item.what,
        "member": item.member_id,
        "asked": plain(body),
        "first_officer": item.first_officer,
        "started_at": item.started_at,
    }


_MEMBER: Final = besides(
    schema(number=TEXT, name=TEXT, gender=choice("f", "m", "o"), joined=TEXT), share_paid_on=TEXT
)
_CHANGE: Final = besides(
    schema(**{"name": TEXT, "class": TEXT, "joined": TEXT}), share_paid_on=TEXT, reason=TEXT
)
_DONE: Final = schema(member=nullable(NUMBER))
_WAITS: Final = schema(request=NUMBER)
_EITHER: Final = {202: _WAITS}
_REGISTER: Final = schema(
    opening=nullable(schema(as_of=of(date), count=NUMBER)),
    two_officers=BOOLEAN,
    requests=items(
        schema(
            id=NUMBER,
            what=of(AskedFor),
            member=nullable(NUMBER),
            asked=OBJECT,
            first_officer=NUMBER,
            started_at=NUMBER,
        )
    ),
)
operations = [
    reading("/register", register, OFFICERS, "The sealed register, and what waits.", _REGISTER),
    acting("/register/opening", seal, OFFICERS, "Ask a second officer to seal the register.",
           _WAITS, status=202),
    acting("/members", admit, OFFICERS, "Admit a member.", _DONE, _MEMBER, also=_EITHER),
    acting("/members/{member:int}/change", change, OFFICERS, "Change the register.", _DONE,
           _CHANGE, also=_EITHER),
    acting("/members/{member:int}/end", end, OFFICERS, "Note that a member left.", _DONE,
           besides(schema(left_on=TEXT), reason=TEXT), also=_EITHER),
    acting("/members/{member:int}/stop", stop, OFFICERS, "Stop a member's key.", _DONE,
           schema(reason=TEXT), also=_EITHER),
    acting("/officer-keys/{key:int}/loss", lose, OFFICERS, "Ask to give up a lost key.", _WAITS,
           schema(decided_on=TEXT, reference=TEXT), status=202),
    acting("/requests/{request:int}/confirm", confirm, OFFICERS, "Confirm as second officer.",
           _DONE),
    acting("/requests/{request:int}/withdraw", withdraw, OFFICERS, "Take a request back.", _DONE),
]  # fmt: skip
