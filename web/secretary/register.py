"""What is sealed of the register: the opening, changes, ends; each perhaps by two officers."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.people import service as people_service
from trust.people.model import Waiting
from web import dates, staff
from web.secretary.members import WAITING_PAGE, day_or_none, member, members, own_member


@staff.shown_again(members)
def seal(request: Request, _fields: FormData) -> Response:
    """First officer: the register is right as it stands."""
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        profile = staff.own_society(request, conn)
        people_service.begin_register_opening(
            conn, staff.actor(request), profile.slug, now=rt.clock()
        )
    return RedirectResponse(WAITING_PAGE, status_code=303)


@staff.shown_again(member, sent="change")
def change(request: Request, fields: FormData) -> Response:
    """Change what the register says of a member."""
    rt = staff.runtime(request)
    wanted = change_of(fields)
    with rt.db.write() as conn:
        found = own_member(request, conn)
        done = people_service.change_member(
            conn, staff.actor(request), found.id, wanted, now=rt.clock()
        )
    return _after(done, found.id)


@staff.shown_again(member, sent="end")
def end(request: Request, fields: FormData) -> Response:
    """Note that a member left."""
    rt = staff.runtime(request)
    left, reason = dates.day(fields, "left_on"), staff.text(fields, "reason", 400)
    with rt.db.write() as conn:
        found = own_member(request, conn)
        done = people_service.member_left(
            conn, staff.actor(request), found.id, left, now=rt.clock(), reason=reason
        )
    return _after(done, found.id)


def change_of(fields: Any) -> people_service.Change:
    """What a form or a JSON object asks the register to say of a member."""
    return people_service.Change(
        staff.text(fields, "name", 200),
        staff.text(fields, "class", 20),
        dates.day(fields, "joined"),
        day_or_none(fields, "share_paid_on"),
        staff.text(fields, "reason", 400),
    )


def _after(done: Waiting | None, member_id: int) -> Response:
    place = f"/secretary/members/{member_id}" if done is None else WAITING_PAGE
    return RedirectResponse(place, status_code=303)
