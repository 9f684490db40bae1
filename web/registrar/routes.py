"""The Registrar's desk. Every page works by reloading; with JavaScript the board is live."""

from collections.abc import Callable
from typing import Any, Final, cast

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboards import queries as dashboards
from oversight import service as oversight_service
from oversight.model import AlertChange
from oversight.words import Lang
from trust.books import queries as books
from trust.formats import receipts
from trust.formats.errors import SakshiError, Several, Word
from trust.log.witnesses import witnessfaults
from trust.outbox import LiveEvent
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.errors import BadKeyError, NotOnStaffError
from trust.people.model import OfficerRole
from trust.people.offices import registration
from web import choices, htmx, i18n, security, staff
from web.errors import ChoiceError
from web.public import filings
from web.registrar import applications, live, upkeep
from web.registrar import concerns as concerned
from web.render import environment, page
from web.searching import searched

STEPS: Final[dict[str, Callable[..., AlertChange]]] = {
    "acknowledge": oversight_service.acknowledge,
    "comment": oversight_service.comment,
    "close": oversight_service.close,
    "reopen": oversight_service.reopen,
}


def language(request: Request) -> Lang:
    """The reader's language, for the words of the dashboards."""
    return cast(Lang, i18n.language(request))


def board(request: Request) -> Response:
    """Societies with open alerts: worst first, then oldest; only those of the officer's area."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        district = choices.own_district(request, conn)
        found = dashboards.registrar_board(
            conn, staff.actor(request), language(request), now=rt.clock(), district=district
        )
        concerns = concerned.of_area(request, conn, district)
        complaints = witnessfaults.listed(conn)
    return page(
        request,
        "registrar/board.html",
        board=found,
        fresh=frozenset(),
        at=rt.clock(),
        concerns=concerns,
        chosen=found.chosen,
        complaints=complaints,
        whole=upkeep.may_see(staff.actor(request)),
    )


async def board_live(request: Request) -> Response:
    """The board again as HTML whenever an alert of the officer's area changes."""
    rt, person, lang = staff.runtime(request), staff.actor(request), language(request)

    def start() -> tuple[int, str | None]:
        with rt.db.read() as conn:
            return live.begin(conn, request), choices.own_district(request, conn)

    after, district = await run_in_threadpool(start)

    def tell(events: list[LiveEvent]) -> bytes:
        changed = {str(event.payload.get("society")) for event in events}
        with rt.db.read() as conn:
            actor = people.actor(conn, person.account.id, rt.clock())
            fresh = dashboards.may_see(conn, actor, changed)
            if not fresh:
                return b""
            found = dashboards.live_board(conn, actor, lang, now=rt.clock(), district=district)
        lines = environment().get_template("registrar/lines.html")
        names: dict[str, Any] = {
            "board": found,
            "fresh": fresh,
            "t": i18n.translator(lang),
            "lang": lang,
        }
        text = lines.render(names | {"at": rt.clock()})
        return live.message(text, number=events[-1].id)

    return live.answer(request, after, tell)


def alert(request: Request, status: int = 200, **context: Any) -> Response:
    """Everything about one alert: evidence, formula with its numbers, history, steps."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        found = dashboards.alert_page(
            conn,
            staff.actor(request),
            request.path_params["alert"],
            language(request),
            now=rt.clock(),
        )
    shown: dict[str, Any] = {"done": None}
    return page(
        request,
        "registrar/alert.html",
        status=status,
        block="alert",
        alert=found,
        **shown | context,
    )


@staff.shown_again(alert)
def step(request: Request, fields: FormData) -> Response:
    """Acknowledge, comment, close or reopen: sealed at once; who comes second is told so."""
    rt = staff.runtime(request)
    action, alert_id = request.path_params["step"], request.path_params["alert"]
    if action not in STEPS:
        raise HTTPException(404)
    written, seen = staff.text(fields, "reason", 2000), staff.number(fields, "version")
    with rt.db.write() as conn:
        STEPS[action](conn, staff.actor(request), alert_id, written, now=rt.clock(), seen=seen)
    if htmx.wants_part(request):
        return alert(request, done=action)
    return RedirectResponse(f"/registrar/alerts/{alert_id}", status_code=303)


def societies(request: Request) -> Response:
    """Societies of the officer's area, to open the page of one."""
    rt, person = staff.runtime(request), staff.actor(request)
    with rt.db.read() as conn:
        pending = registration.waiting(conn, person, now=rt.clock())
    names: dict[str, Any] = {"pending": pending, "me": person.account.login}
    return searched(request, "registrar/societies.html", "registrar", **names)


def society(request: Request, status: int = 200, **context: Any) -> Response:
    """What the rules say of a society now, and its officers' keys."""
    rt = staff.runtime(request)
    slug = request.path_params["slug"]
    with rt.db.read() as conn:
        profile = staff.in_jurisdiction(request, conn, slug, ("registrar",))
        names: dict[str, Any] = {
            "society": profile,
            "standing": dashboards.standing(conn, slug, language(request), now=rt.clock()),
            **concerned.of_society(request, conn, slug),
            "keys": people.officer_keys(conn, slug),
            "staff": people.staff(conn, slug),
            "seal": staff.book_seal(conn, slug, rt.clock()),
            "filings": filings.read(conn, slug),
            "registers": books.register_findings(conn, slug),
        }
    return page(request, "registrar/society.html", status=status, **names | context)


@staff.shown_again(society)
def bind_key(request: Request, fields: FormData) -> Response:
    """Bind the key that an officer of the society read out from their own screen."""
    rt, slug = staff.runtime(request), request.path_params["slug"]
    with rt.db.write() as conn:
        staff.in_jurisdiction(request, conn, slug, ("registrar",))
        bind(request, conn, slug, fields)
    return RedirectResponse(f"/registrar/societies/{slug}", status_code=303)


def bind(request: Request, conn: Connection, slug: str, fields: FormData) -> int:
    """Bind an officer's key from the fields account, role and key (52 characters)."""
    account_id, role = staff.number(fields, "account"), staff.text(fields, "role", 20)
    if account_id not in {item.id for item in people.staff(conn, slug)}:
        raise NotOnStaffError
    if role not in ("secretary", "president"):
        choices = Several(Word("role", name) for name in ("secretary", "president"))
        raise ChoiceError("role", choices=choices)
    return people_service.bind_officer_key(
        conn,
        staff.actor(request),
        account_id,
        public_key(staff.text(fields, "key", 120)),
        cast(OfficerRole, role),
        now=staff.runtime(request).clock(),
    )


def public_key(text: str) -> bytes:
    """A public key as read out from another screen; raises BadKeyError."""
    try:
        return receipts.decode32(text, 32)
    except SakshiError:
        raise BadKeyError from None


_registrar = security.require("registrar", society="")
routes = [
    Route("/registrar", _registrar(board)),
    Route("/registrar/live", security.require("registrar", society="", use=False)(board_live)),
    Route("/registrar/watch", security.require("registrar", society="", use=False)(concerned.part)),
    Route("/registrar/alerts/{alert}", _registrar(alert)),
    Route("/registrar/alerts/{alert}/{step}", _registrar(security.form(step)), methods=["POST"]),
    Route("/registrar/applications", _registrar(applications.listed)),
    Route(
        "/registrar/applications", _registrar(security.form(applications.enter)), methods=["POST"]
    ),
    Route("/registrar/applications/{application}", _registrar(applications.one)),
    Route(
        "/registrar/applications/{application}",
        _registrar(security.form(applications.step)),
        methods=["POST"],
    ),
    Route("/registrar/upkeep", security.require("registrar", "administrator")(upkeep.shown)),
    Route("/registrar/societies", _registrar(societies)),
    Route("/registrar/societies/{slug}/bye-laws", _registrar(applications.bylaws)),
    Route(
        "/registrar/societies/{slug}/bye-laws",
        _registrar(security.form(applications.enter_bylaws)),
        methods=["POST"],
    ),
    Route("/registrar/societies/{slug}", _registrar(society)),
    Route(
        "/registrar/societies/{slug}/keys", _registrar(security.form(bind_key)), methods=["POST"]
    ),
]
