"""A society's own applications: amendments of its bye-laws, handed in, answered, taken back."""

from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from oversight.applications import queries as applications
from oversight.applications import service
from oversight.applications.service import ANSWERING
from oversight.pure import applications as rules
from oversight.pure.filing import india_day
from web import staff
from web.registrar.applications import amendment, chosen
from web.render import page


def listed(request: Request, status: int = 200, **context: Any) -> Response:
    """The society's applications, and the form to amend the bye-laws."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn, ANSWERING)
        found = applications.applications(conn, society=profile.slug)
        versions = applications.versions(conn, profile.slug)
    names: dict[str, Any] = {
        "society": profile,
        "found": found,
        "current": versions[0] if versions else None,
        "rules": rules,
        "today": india_day(rt.clock()),
    }
    return page(request, "secretary/applications.html", status=status, **names | context)


@staff.shown_again(listed)
def hand_in(request: Request, fields: FormData) -> Response:
    """Hand in an amendment; it is received on the day it is sealed."""
    rt = staff.runtime(request)
    today = india_day(rt.clock()).isoformat()
    with rt.db.write() as conn:
        profile = staff.own_society(request, conn, ANSWERING)
        said = amendment(conn, {**dict(fields), "received_on": today}, profile.slug)
        number = service.receive(conn, staff.actor(request), said, now=rt.clock())
    return RedirectResponse(f"/secretary/applications/{number}", status_code=303)


def one(request: Request, status: int = 200, **context: Any) -> Response:
    """One application, and what the society may do about it."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn, ANSWERING)
        found = applications.application(conn, request.path_params["application"])
    if found.said.society != profile.slug:
        raise HTTPException(404)
    allowed = rules.steps_from(found.state)
    names: dict[str, Any] = {
        "application": found,
        "actions": [action for action in ("answer", "withdraw") if action in allowed],
        "rules": rules,
        "today": india_day(rt.clock()),
    }
    return page(request, "secretary/application.html", status=status, **names | context)


@staff.shown_again(one)
def step(request: Request, fields: FormData) -> Response:
    """Answer what the office asked, or take the application back."""
    rt, number = staff.runtime(request), request.path_params["application"]
    reason = staff.text(fields, "reason", 4_000)
    action = chosen(fields, "action", ("answer", "withdraw"))
    verb = service.answer if action == "answer" else service.withdraw
    with rt.db.write() as conn:
        staff.own_society(request, conn, ANSWERING)
        verb(conn, staff.actor(request), number, reason, now=rt.clock())
    return RedirectResponse(f"/secretary/applications/{number}", status_code=303)
