"""Applications, the clock they amount to and bye-laws, as JSON: for everybody, society, office."""

from datetime import date
from typing import Any, Final, get_args

from starlette.requests import Request
from starlette.responses import Response

from oversight.applications import queries as applications
from oversight.applications import registering, service
from oversight.applications.model import By, Bylaws
from oversight.pure.applications import SUBJECTS, Action, Figures, State
from oversight.pure.filing import india_day
from web import staff
from web.api.operations import Operation
from web.api.schemas import NUMBER, TEXT, besides, choice, items, nullable, of, schema
from web.api.shape import acting
from web.negotiate import JsonAnswer
from web.public import clock as public
from web.registrar import applications as office

Body = dict[str, Any]
HANDING_IN: Final = ("registrar", "secretary", "president")


def receive(request: Request, body: Body) -> Response:
    """Enter an application. What a society hands in is received on the day it is sealed."""
    rt, person = staff.runtime(request), staff.actor(request)
    if not person.has("registrar"):
        body = body | {"received_on": india_day(rt.clock()).isoformat()}
    with rt.db.write() as conn:
        number = service.receive(conn, person, office.applied(conn, body), now=rt.clock())
    return JsonAnswer({"application": number}, status_code=201)


def step(request: Request, body: Body) -> Response:
    """Query, answer, register, refuse or take back."""
    number = request.path_params["application"]
    office.take_step(request, number, body)
    with staff.runtime(request).db.read() as conn:
        found = applications.application(conn, number)
    return JsonAnswer({"application": number, "state": found.state})


def enter_bylaws(request: Request, body: Body) -> Response:
    """Enter the bye-laws in force of a society."""
    rt, slug = staff.runtime(request), request.path_params["slug"]
    new = office.new_bylaws(slug, body)
    with rt.db.write() as conn:
        version = registering.enter(conn, staff.actor(request), new, now=rt.clock())
    return JsonAnswer({"society": slug, "version": version}, status_code=201)


_STATES: Final = get_args(State)
_ACTIONS: Final = get_args(Action)
_BY: Final = choice(*get_args(By))
_STEP: Final = schema(
    action=choice(*_ACTIONS), by=_BY, section=TEXT, reason=TEXT, order=TEXT, at=NUMBER
)
_APPLICATION: Final = schema(
    application=TEXT,
    subject=choice(*SUBJECTS),
    society=nullable(TEXT),
    name_en=TEXT,
    name_ml=TEXT,
    district=TEXT,
    taluk=TEXT,
    sector=TEXT,
    received_on=of(date),
    channel=_BY,
    text_digest=TEXT,
    state=choice(*_STATES),
    days=NUMBER,
    office_days=NUMBER,
    origin=TEXT,
    index=NUMBER,
    steps=items(_STEP),
)
_NEW: Final = besides(
    schema(subject=choice(*SUBJECTS), applicant=TEXT, text=TEXT),
    society=TEXT, name_en=TEXT, name_ml=TEXT, district=TEXT, taluk=TEXT, sector=TEXT,
    received_on=TEXT, adopted_on=TEXT, contact=TEXT,
)  # fmt: skip
_BODY: Final = besides(schema(action=choice(*_ACTIONS), reason=TEXT), section=TEXT, order=TEXT)
_BYLAWS: Final = besides(
    schema(registered_on=TEXT, order=TEXT, text=TEXT),
    section=TEXT, adopted_on=TEXT, application=TEXT,
)  # fmt: skip
operations: list[Operation] = [
    Operation(
        "GET", "/clock", public.clock_json,
        "How long applications take, by district, and every application without names.",
        schema(state=of(Figures), districts=items(of(Figures)), applications=items(_APPLICATION)),
    ),
    Operation(
        "GET", "/applications/{application}", public.application_json,
        "One application, without names.", _APPLICATION,
    ),
    Operation(
        "GET", "/societies/{slug}/bye-laws", public.bylaws_json,
        "The versions of a society's bye-laws, the newest first.",
        schema(society=TEXT, versions=items(of(Bylaws))),
    ),
    acting("/applications", receive, HANDING_IN, "Enter an application.",
           schema(application=TEXT), _NEW, status=201),
    acting("/applications/{application}/steps", step, HANDING_IN, "Take the next step.",
           schema(application=TEXT, state=choice(*_STATES)), _BODY),
    acting("/societies/{slug}/bye-laws", enter_bylaws, ("registrar",),
           "Enter the bye-laws in force.", schema(society=TEXT, version=NUMBER), _BYLAWS,
           status=201),
]  # fmt: skip
