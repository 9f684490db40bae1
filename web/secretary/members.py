"""Members and their keys: the register, one member, cards.

A card's seed is made and printed in the browser; only the public key comes here, and no page shows
it again. Binding takes two officers, each from an own log-in.
"""

import secrets
from datetime import date
from typing import Any, Final, cast

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.formats import b64
from trust.formats.errors import FormatError
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.errors import BadKeyError, MediumError
from trust.people.keypoints import SALT
from trust.people.model import OFFICERS, Gender, Medium, Member, Waiting
from web import dates, staff
from web.registrar.routes import public_key
from web.render import page

PAGE_SIZE: Final = 200
WAITING_PAGE: Final = "/secretary/enrolments"


def members(request: Request, status: int = 200, **context: Any) -> Response:
    """The register by number, what was sealed of it, and the form to admit somebody."""
    after = staff.text(request.query_params, "after", 40)
    with staff.runtime(request).db.write() as conn:
        profile = staff.own_society(request, conn)
        found = people.members(conn, profile.slug, limit=PAGE_SIZE + 1, after=after)
        note_access(request, conn, profile.slug, "register")
        accesses = people.access_records(conn, profile.slug, limit=20)
        names: dict[str, Any] = {
            "society": profile,
            "members": found[:PAGE_SIZE],
            "more": len(found) > PAGE_SIZE,
            "total": people.member_count(conn, profile.slug),
            "waiting": people.requests(conn, profile.slug, staff.runtime(request).clock()),
            "opening": people.register_opening(conn, profile.slug),
            "drawn": people.drawn_rolls(conn, profile.slug),
            "accesses": accesses,
            "readers": people.account_names(conn, {item.account_id for item in accesses}),
        }
    return page(request, "secretary/members.html", status=status, **names | context)


@staff.shown_again(members)
def admit(request: Request, fields: FormData) -> Response:
    """Enter a new member in the register, or ask a second officer to."""
    rt = staff.runtime(request)
    new = people_service.NewMember(
        number=staff.text(fields, "number", 40),
        name=staff.text(fields, "name", 200),
        gender=cast(Gender, staff.text(fields, "gender", 1)),
        joined=dates.day(fields, "joined"),
        share_paid_on=day_or_none(fields, "share_paid_on"),
    )
    with rt.db.write() as conn:
        profile = staff.own_society(request, conn)
        made = people_service.admit_member(
            conn, staff.actor(request), profile.slug, new, now=rt.clock()
        )
    place = WAITING_PAGE if isinstance(made, Waiting) else f"/secretary/members/{made}"
    return RedirectResponse(place, status_code=303)


def member(request: Request, status: int = 200, **context: Any) -> Response:
    """One member: keys past and present, enrolment, revocation, change, end."""
    with staff.runtime(request).db.write() as conn:
        found = own_member(request, conn)
        note_access(request, conn, found.society, "member", found.id)
        names: dict[str, Any] = {
            "society": people.need_society(conn, found.society),
            "member": found,
            "keys": people.keys_of(conn, found.id),
            "key": people.member_key(conn, found.id),
            "account": people.account_of_member(conn, found.id),
            "waiting": people.requests(
                conn, found.society, staff.runtime(request).clock(), found.id
            ),
            "drawn": people.drawn_rolls(conn, found.society),
            "salt": b64.encode(secrets.token_bytes(SALT)),
        }
    shown = {"sent": ""}
    return page(request, "secretary/member.html", status=status, **names | shown | context)


@staff.shown_again(member, sent="card")
def enrol(request: Request, fields: FormData) -> Response:
    """First officer: propose a key whose public part the browser sent; a lost one is stopped."""
    rt, person = staff.runtime(request), staff.actor(request)
    medium, reason = staff.text(fields, "medium", 10), staff.text(fields, "reason", 400)
    key, salt = public_key(staff.text(fields, "key", 120)), salt_of(fields)
    if medium not in ("card", "device"):
        raise MediumError
    with rt.db.write() as conn:
        found = own_member(request, conn)
        people_service.reissue(
            conn, person, found.id, key, cast(Medium, medium), reason, now=rt.clock(), salt=salt
        )
    return RedirectResponse(f"/secretary/members/{found.id}", status_code=303)


@staff.shown_again(member, sent="revoke")
def revoke(request: Request, fields: FormData) -> Response:
    """Stop a member's key; while a roll is drawn it only signs in no more until two agree."""
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        found = own_member(request, conn)
        key = people.key(conn, staff.number(fields, "key"))
        if key.member_id != found.id:
            raise HTTPException(404)
        reason = staff.text(fields, "reason", 400)
        people_service.revoke_key(conn, staff.actor(request), key.id, reason, now=rt.clock())
    return RedirectResponse(f"/secretary/members/{found.id}", status_code=303)


def own_member(request: Request, conn: Connection) -> Member:
    """A member of the officer's own society; 404 for any other."""
    profile = staff.own_society(request, conn)
    found = people.member(conn, request.path_params["member"])
    if found.society != profile.slug:
        raise HTTPException(404)
    staff.actor(request).require(OFFICERS, profile)
    return found


def note_access(
    request: Request, conn: Connection, slug: str, what: str, member_id: int | None = None
) -> None:
    """Keep that an officer looked at members' data."""
    now = staff.runtime(request).clock()
    people_service.record_access(
        conn, staff.actor(request), slug, what, "desk", now=now, member_id=member_id
    )


def day_or_none(fields: Any, name: str) -> date | None:
    """A day that may be missing; raises DayError."""
    return dates.day(fields, name) if staff.text(fields, name, 40) else None


def salt_of(fields: Any) -> bytes:
    """The salt under which a card bears its check; empty if it bears none."""
    text = staff.text(fields, "salt", 40)
    try:
        return b64.decode(text) if text else b""
    except FormatError:
        raise BadKeyError from None
