"""What waits for a second officer: cards, and whatever takes two while a roll is drawn."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.people import queries as people
from trust.people import service as people_service
from web import staff
from web.render import page
from web.secretary.members import WAITING_PAGE, note_access


def enrolments(request: Request, status: int = 200, **context: Any) -> Response:
    """Every request of a colleague, with what it would do."""
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        profile = staff.own_society(request, conn)
        waiting = [
            (item, None if item.member_id is None else people.member(conn, item.member_id))
            for item in people.requests(conn, profile.slug, rt.clock())
        ]
        note_access(request, conn, profile.slug, "enrolments")
        names: dict[str, Any] = {
            "society": profile,
            "waiting": waiting,
            "staff": {item.id: item for item in people.staff(conn, profile.slug)},
            "officer_keys": {key.id: key for key in people.officer_keys(conn, profile.slug)},
            "me": staff.actor(request).account.id,
        }
    return page(request, "secretary/enrolments.html", status=status, **names | context)


@staff.shown_again(enrolments)
def confirm(request: Request, _fields: FormData) -> Response:
    """Second officer: what was asked for is done and sealed."""
    rt, request_id = staff.runtime(request), request.path_params["request_id"]
    with rt.db.write() as conn:
        staff.own_society(request, conn)
        member_id = people_service.confirm_request(
            conn, staff.actor(request), request_id, now=rt.clock()
        )
    place = WAITING_PAGE if member_id is None else f"/secretary/members/{member_id}"
    return RedirectResponse(place, status_code=303)


@staff.shown_again(enrolments)
def withdraw(request: Request, _fields: FormData) -> Response:
    """Any officer: what was asked for is not to be."""
    rt, request_id = staff.runtime(request), request.path_params["request_id"]
    with rt.db.write() as conn:
        staff.own_society(request, conn)
        people_service.withdraw(conn, staff.actor(request), request_id, now=rt.clock())
    return RedirectResponse(WAITING_PAGE, status_code=303)
