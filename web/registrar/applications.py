"""Applications at the Registrar's office: entered, queried, decided; bye-laws in force entered."""

from typing import Any, Final, cast

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from oversight.applications import queries as applications
from oversight.applications import registering, service
from oversight.applications.errors import NoSocietyThereError
from oversight.applications.model import Application, Applied
from oversight.applications.registering import NewBylaws
from oversight.pure import applications as rules
from oversight.pure.applications import ENDED, SUBJECTS, Action, Subject
from oversight.pure.filing import india_day
from trust.people import queries as people
from web import choices, dates, staff
from web.errors import ChoiceError
from web.render import page

ACTIONS: Final[tuple[Action, ...]] = ("query", "answer", "register", "refuse", "withdraw")
MOST_TEXT: Final = 200_000


def listed(request: Request, status: int = 200, **context: Any) -> Response:
    """Applications of the officer's area: the undecided first, and the form for a new one."""
    rt, person = staff.runtime(request), staff.actor(request)
    with rt.db.read() as conn:
        found = [
            one
            for one in applications.applications(conn)
            if service.over_place(person, one.said.district, one.said.taluk)
        ]
    names: dict[str, Any] = {
        "found": sorted(found, key=lambda one: one.state in ENDED)[: staff.MOST_LISTED],
        "more": max(0, len(found) - staff.MOST_LISTED),
        "subjects": SUBJECTS,
        "districts": choices.DISTRICTS,
        "sectors": choices.sectors(),
        **_words(request),
    }
    return page(request, "registrar/applications.html", status=status, **names | context)


@staff.shown_again(listed)
def enter(request: Request, fields: FormData) -> Response:
    """Enter an application that reached the office."""
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        said = applied(conn, fields)
        number = service.receive(conn, staff.actor(request), said, now=rt.clock())
    return RedirectResponse(f"/registrar/applications/{number}", status_code=303)


def one(request: Request, status: int = 200, **context: Any) -> Response:
    """One application with the text, the applicant, and the step that may follow."""
    rt, person = staff.runtime(request), staff.actor(request)
    with rt.db.read() as conn:
        found = _mine(request, conn)
    allowed = rules.steps_from(found.state)
    if found.entered_by == person.account.id:
        allowed = [action for action in allowed if action not in service.DECISIONS]
    names: dict[str, Any] = {
        "application": found,
        "actions": allowed,
        "own": found.entered_by == person.account.id,
        **_words(request),
    }
    return page(request, "registrar/application.html", status=status, **names | context)


@staff.shown_again(one)
def step(request: Request, fields: FormData) -> Response:
    """Query, answer for what came on paper, register, refuse, or note that it was taken back."""
    with staff.runtime(request).db.read() as conn:
        number = _mine(request, conn).id
    take_step(request, number, fields)
    return RedirectResponse(f"/registrar/applications/{number}", status_code=303)


def take_step(request: Request, number: str, fields: Any) -> None:
    """Take the step that `action` names, as the signed-in person."""
    rt, person = staff.runtime(request), staff.actor(request)
    section, reason = staff.text(fields, "section", 80), staff.text(fields, "reason", 4_000)
    order, now = staff.text(fields, "order", 80), rt.clock()
    action = cast(Action, chosen(fields, "action", ACTIONS))
    with rt.db.write() as conn:
        match action:
            case "query":
                service.query(conn, person, number, section, reason, now=now)
            case "answer":
                service.answer(conn, person, number, reason, now=now)
            case "withdraw":
                service.withdraw(conn, person, number, reason, now=now)
            case _:
                service.decide(conn, person, number, action, section, reason, order, now=now)


def bylaws(request: Request, status: int = 200, **context: Any) -> Response:
    """The form to enter the bye-laws in force of a society."""
    with staff.runtime(request).db.read() as conn:
        profile = staff.in_jurisdiction(request, conn, request.path_params["slug"], ("registrar",))
        versions = applications.versions(conn, profile.slug)
    names: dict[str, Any] = {"society": profile, "versions": versions}
    return page(request, "registrar/bylaws.html", status=status, **names | context)


@staff.shown_again(bylaws)
def enter_bylaws(request: Request, fields: FormData) -> Response:
    """Enter them: sealed in the society's log as its next version."""
    rt, slug = staff.runtime(request), request.path_params["slug"]
    new = new_bylaws(slug, fields)
    with rt.db.write() as conn:
        staff.in_jurisdiction(request, conn, slug, ("registrar",))
        version = registering.enter(conn, staff.actor(request), new, now=rt.clock())
    return RedirectResponse(f"/s/{slug}/bye-laws/{version}", status_code=303)


def new_bylaws(slug: str, fields: Any) -> NewBylaws:
    """The bye-laws in force that a form enters."""
    return NewBylaws(
        slug,
        staff.text(fields, "application", 80) or None,
        dates.day(fields, "adopted_on") if staff.text(fields, "adopted_on", 40) else None,
        dates.day(fields, "registered_on"),
        staff.text(fields, "order", 80),
        staff.text(fields, "section", 80),
        staff.text(fields, "text", MOST_TEXT),
    )


def chosen(fields: Any, name: str, allowed: tuple[str, ...]) -> str:
    """One of a few words; raises ChoiceError."""
    found = choices.chosen({name: staff.text(fields, name, 40)}, name, allowed)
    if not found:
        raise ChoiceError(name, choices=", ".join(allowed))
    return found


def amendment(conn: Connection, fields: Any, slug: str) -> Applied:
    """The amendment that a form applies for, with the society's name and place."""
    profile = people.society(conn, slug)
    if profile is None:
        raise NoSocietyThereError(slug=slug)
    adopted = staff.text(fields, "adopted_on", 40)
    return Applied(
        "bye-laws", profile.slug, profile.name_en, profile.name_ml, profile.district,
        profile.taluk, profile.sector, dates.day(fields, "received_on"),
        staff.text(fields, "applicant", 200), staff.text(fields, "contact", 400),
        dates.day(fields, "adopted_on") if adopted else None,
        staff.text(fields, "text", MOST_TEXT),
    )  # fmt: skip


def applied(conn: Connection, fields: Any) -> Applied:
    """What a form or a program applies for."""
    subject = cast(Subject, chosen(fields, "subject", SUBJECTS))
    if subject == "bye-laws":
        return amendment(conn, fields, staff.text(fields, "society", 64))
    adopted = staff.text(fields, "adopted_on", 40)
    return Applied(
        subject, None, staff.text(fields, "name_en", 200), staff.text(fields, "name_ml", 200),
        chosen(fields, "district", choices.DISTRICTS), staff.text(fields, "taluk", 80),
        chosen(fields, "sector", tuple(choices.sectors())), dates.day(fields, "received_on"),
        staff.text(fields, "applicant", 200), staff.text(fields, "contact", 400),
        dates.day(fields, "adopted_on") if adopted else None,
        staff.text(fields, "text", MOST_TEXT),
    )  # fmt: skip


def _mine(request: Request, conn: Connection) -> Application:
    """The application of the path, if it is of the officer's area; 404 otherwise."""
    found = applications.application(conn, request.path_params["application"])
    if not service.over_place(staff.actor(request), found.said.district, found.said.taluk):
        raise HTTPException(404)
    return found


def _words(request: Request) -> dict[str, Any]:
    return {"rules": rules, "today": india_day(staff.runtime(request).clock())}
