"""`/office`: the tree of offices, who holds which role, what waits for a second person.

Its forms are those of the table of verbs (`web/verbs`); what is refused is shown at `/do/…`.
"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards import queries as dashboards
from trust.people import queries as people
from trust.people.offices import queries as offices
from trust.people.offices import service as offices_service
from trust.people.offices.model import ROLES
from web import staff
from web.registrar.routes import language
from web.render import page
from web.security import require
from web.verbs import people as people_verbs

DESK: Final = ("administrator", "registrar")


def desk(request: Request) -> Response:
    """Everything that an administrator or a Registrar's officer decides about."""
    rt, person = staff.runtime(request), staff.actor(request)
    over = request.query_params.get("over") == "yes"
    with rt.db.read() as conn:
        now = rt.clock()
        waiting = people_verbs.waiting(conn, person, {}, now).requests
        listed = offices_service.seen_appointments(conn, person, now=now, over=over)
        tree = offices.offices(conn)
        names: dict[str, Any] = {
            "person": person.account,
            "is_administrator": person.has("administrator"),
            "alone": person.has("administrator") and offices_service.is_alone(conn, now),
            "offices": tree,
            "office_choices": [(one.slug, _name(request, one)) for one in tree],
            "roles": ROLES,
            "appointments": listed[: staff.MOST_LISTED],
            "more": max(0, len(listed) - staff.MOST_LISTED),
            "waiting": waiting,
            "now": now,
            "over": over,
        }
    return page(request, "office/desk.html", **names)


def federations(request: Request) -> Response:
    """For a society's secretary and president: which federations see it."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn, ("secretary", "president"))
        let = {one.office: one.let_at for one in offices.let(conn, society=profile.slug)}
        known = [one for one in offices.offices(conn) if one.level == "federation"]
    return page(request, "office/federations.html", society=profile, federations=known, let=let)


def federation(request: Request) -> Response:
    """For a federation: indicators and due dates of the societies that let it, and nothing else."""
    rt, person = staff.runtime(request), staff.actor(request)
    with rt.db.read() as conn:
        mine = {
            g.scope for g in person.grants if (g.role, g.scope_kind) == ("federation", "society")
        }
        found = people.profiles(conn, mine)[: staff.MOST_LISTED]
        now, lang = rt.clock(), language(request)
        shown = [(one, dashboards.standing(conn, one.slug, lang, now=now)) for one in found]
    return page(request, "office/federation.html", shown=shown, more=max(0, len(mine) - len(found)))


def _name(request: Request, office: Any) -> str:
    return str(office.name_ml if language(request) == "ml" else office.name_en)


routes = [
    Route("/office", require(*DESK, society="")(desk)),
    Route("/office/federations", require("secretary", "president", society="")(federations)),
    Route("/office/federation", require("federation", society="")(federation)),
]
