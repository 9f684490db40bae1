"""The desks' verbs as JSON: the same services, the same rights, the same refusals as on the pages.

Sign in with `POST /login` (or a signed challenge), keep the cookie, and send the form token of the
answer as `X-CSRF-Token` with everything that changes something.
"""

import json
from typing import Any, Final, cast

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboards import queries as dashboards
from dashboards.model import AlertPage, Board
from oversight.model import AlertChange
from trust.books import service as books_service
from trust.books.model import StatementDraft
from trust.books.pure import years
from trust.books.pure.findingwords import GROUNDS
from trust.formats.errors import Several
from trust.outbox import LiveEvent
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Medium
from voting import queries as voting
from voting import service as voting_service
from voting.model import Meeting, Opening, Result
from voting.pure.roll import RollLine
from web import choices, staff
from web.api.schemas import NUMBER, OBJECT, TEXT, besides, choice, items, nullable, of, schema
from web.api.shape import acting, reading
from web.errors import ChoiceError
from web.member import routes as member_desk
from web.member import views
from web.negotiate import Json, JsonAnswer, plain
from web.registrar import live
from web.registrar.routes import STEPS, language, public_key
from web.secretary import meetings as meeting_desk
from web.secretary import statements as sheet_desk
from web.secretary.members import salt_of

OFFICERS: Final = ("secretary", "president", "clerk")
Body = dict[str, Any]


# --- members -------------------------------------------------------------------------------------


def my_meetings(request: Request) -> Response:
    """Meetings of my society as I stand to them."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        found = views.my_meetings(conn, staff.actor(request), rt.clock())
    return JsonAnswer({"items": [_as_i_stand(mine) for mine in found]})


def _as_i_stand(mine: views.MyMeeting) -> dict[str, Json]:
    """`refusal` is the code of what my own ballot would meet now; null if it is taken."""
    fault = mine.offer.fault
    return {
        "meeting": plain(mine.meeting),
        "state": mine.state,
        "line": plain(mine.line),
        "refusal": None if fault is None else fault.code,
        "votes": plain(mine.votes),
        "assisted_ballots_opened": plain(mine.openings),
    }


def my_ballot(request: Request) -> Response:
    """The ballot record to sign (its choice still `yes`) and the origin to sign it for."""
    rt = staff.runtime(request)
    number: int = request.path_params["number"]
    with rt.db.read() as conn:
        mine = views.my_meeting(
            conn, staff.actor(request), request.path_params["meeting"], rt.clock()
        )
        if mine.offer.fault is not None:
            raise mine.offer.fault
        assert mine.line is not None
        draft = voting.ballot_to_sign(conn, mine.meeting.id, number, mine.line.roll_number, "yes")
    return JsonAnswer({"record": draft, "origin": mine.meeting.origin})


# --- books ---------------------------------------------------------------------------------------


def draft(request: Request) -> Response:
    """Figures, checks and the record to sign."""
    rt, year = staff.runtime(request), request.path_params["book_year"]
    if years.parse_book_year(year) is None:
        raise HTTPException(404)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn)
        day = sheet_desk.day_asked(request.query_params)
        found = books_service.draft_statement(conn, profile.slug, year, now=rt.clock(), day=day)
    return JsonAnswer(plain(found))


def explain(request: Request, body: Body) -> Response:
    """Seal the society's reason for entries that came into a filed year."""
    rt, year = staff.runtime(request), request.path_params["book_year"]
    with rt.db.write() as conn:
        profile = staff.own_society(request, conn)
        reason = staff.text(body, "reason", 4000)
        sealed = books_service.explain_late(
            conn, staff.actor(request), profile.slug, year, reason, now=rt.clock()
        )
    return JsonAnswer({"origin": sealed.origin, "index": sealed.index}, status_code=201)


# --- members' keys, meetings ---------------------------------------------------------------------


def enrol(request: Request, body: Body) -> Response:
    """First officer: propose a key for a member of the own society."""
    rt, member_id = staff.runtime(request), request.path_params["member"]
    with rt.db.write() as conn:
        profile = staff.own_society(request, conn)
        if people.member(conn, member_id).society != profile.slug:
            raise HTTPException(404)
        made = people_service.reissue(
            conn,
            staff.actor(request),
            member_id,
            public_key(staff.text(body, "key", 120)),
            cast(Medium, staff.text(body, "medium", 10)),
            staff.text(body, "reason", 400),
            now=rt.clock(),
            salt=salt_of(body),
        )
    return JsonAnswer({"request": made}, status_code=201)


def confirm(request: Request, _body: Body) -> Response:
    """Second officer: bind the key."""
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        made = people_service.confirm_enrolment(
            conn, staff.actor(request), request.path_params["request"], now=rt.clock()
        )
    return JsonAnswer({"key": made}, status_code=201)


def meeting_act(request: Request, _body: Body) -> Response:
    """Draw the roll (`roll`) or close and count (`close`)."""
    rt, verb = staff.runtime(request), request.path_params["verb"]
    with rt.db.write() as conn:
        found = voting.meeting(conn, request.path_params["meeting"])
        if found.society != staff.own_society(request, conn, meeting_desk.STAFF).slug:
            raise HTTPException(404)
        if verb == "roll":
            drawn = voting_service.draw_roll(conn, staff.actor(request), found.id, now=rt.clock())
            return JsonAnswer(plain(drawn))
        if verb == "close":
            counted = voting_service.close_meeting(
                conn, staff.actor(request), found.id, now=rt.clock()
            )
            return JsonAnswer({"results": plain(counted)})
    raise HTTPException(404)


# --- oversight -----------------------------------------------------------------------------------


def board(request: Request) -> Response:
    """Societies with open alerts of the officer's area, worst first."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        found = dashboards.registrar_board(
            conn,
            staff.actor(request),
            language(request),
            now=rt.clock(),
            district=choices.own_district(request, conn),
        )
    return JsonAnswer(plain(found))


def alert(request: Request) -> Response:
    """Everything about one alert."""
    rt, alert_id = staff.runtime(request), request.path_params["alert"]
    with rt.db.read() as conn:
        found = dashboards.alert_page(
            conn, staff.actor(request), alert_id, language(request), now=rt.clock()
        )
    return JsonAnswer(plain(found))


def step(request: Request, body: Body) -> Response:
    """Take a step; 409 when somebody else's came first."""
    rt, action = staff.runtime(request), staff.text(body, "action", 20)
    if action not in STEPS:
        raise ChoiceError("action", choices=Several(STEPS))
    with rt.db.write() as conn:
        change = STEPS[action](
            conn,
            staff.actor(request),
            request.path_params["alert"],
            staff.text(body, "reason", 2000),
            now=rt.clock(),
            seen=staff.number(body, "version"),
        )
    return JsonAnswer(plain(change))


async def events(request: Request) -> Response:
    """Alerts of the officer's area as server-sent events, resumed by Last-Event-ID."""
    rt, person = staff.runtime(request), staff.actor(request)

    def tell(found: list[LiveEvent]) -> bytes:
        changed = {str(event.payload.get("society")) for event in found}
        with rt.db.read() as conn:
            mine = dashboards.may_see(
                conn, people.actor(conn, person.account.id, rt.clock()), changed
            )
        return b"".join(
            live.message(json.dumps(event.payload), event=event.topic, number=event.id)
            for event in found
            if event.payload.get("society") in mine
        )

    def start() -> int:
        with rt.db.read() as conn:
            return live.begin(conn, request)

    return live.answer(request, await run_in_threadpool(start), tell)


# --- the table -----------------------------------------------------------------------------------


_KEY: Final = besides(schema(key=TEXT, medium=of(Medium)), reason=TEXT, salt=TEXT)
_STEP: Final = schema(action=choice(*STEPS), reason=TEXT, version=NUMBER)
_DAY: Final = {
    "as_of": "another day than 31 March, with its order: 2026-05-31",
    "ground": ", ".join(GROUNDS),
    "reference": "number of the order",
    "ordered_on": "date of the order",
}
_MEETINGS: Final = schema(
    items=items(
        schema(
            meeting=of(Meeting),
            state=TEXT,
            line=nullable(of(RollLine)),
            refusal=nullable(TEXT),
            votes=items(of(views.Vote)),
            assisted_ballots_opened=items(of(Opening)),
        )
    )
)
_CAST: Final = schema(status=TEXT, url=TEXT)
_FILED: Final = schema(url=TEXT, sha256=TEXT, origin=TEXT, index=NUMBER, status=TEXT)
_HALF: Final = schema(url=TEXT, status=TEXT, signed=items(TEXT), missing=items(TEXT))
_COUNTED: Final = {"anyOf": [dict(of(Meeting)), dict(schema(results=items(of(Result))))]}
_PLACE: Final = schema(origin=TEXT, index=NUMBER)
operations = [
    reading("/me/meetings", my_meetings, ("member",), "Meetings of my society.", _MEETINGS),
    reading("/me/meetings/{meeting}/ballots/{number:int}", my_ballot, ("member",),
            "A ballot to sign.", schema(record=OBJECT, origin=TEXT)),
    acting("/me/meetings/{meeting}/ballots", member_desk.cast, ("member",),
           "Cast a signed ballot; 202 says pending, not a receipt.", _CAST, status=201,
           also={202: _CAST}),
    reading("/statements/{book_year}/draft", draft, OFFICERS, "A balance sheet to sign.",
            of(StatementDraft), query=_DAY),
    acting("/statements/{book_year}", sheet_desk.sign, ("secretary", "president"),
           "Sign a balance sheet; with the last signature it is filed, before that 202.", _FILED,
           status=201, also={202: {"anyOf": [dict(_HALF), dict(_FILED)]}}),
    acting("/statements/{book_year}/late", explain, ("secretary", "president"),
           "Say why entries were sealed into a filed year.", _PLACE, schema(reason=TEXT),
           status=201),
    acting("/members/{member:int}/enrolments", enrol, OFFICERS, "Propose a member's key.",
           schema(request=NUMBER), _KEY, status=201),
    acting("/enrolments/{request:int}/confirm", confirm, OFFICERS, "Confirm as second officer.",
           schema(key=NUMBER), status=201),
    acting("/meetings/{meeting}/assisted-ballots", meeting_desk.cast_assisted, OFFICERS,
           "Cast a ballot signed by two officers.", _CAST, status=201, also={202: _CAST}),
    acting("/meetings/{meeting}/{verb}", meeting_act, (*OFFICERS, "returning-officer"),
           "Draw the roll (roll) or close and count (close).", _COUNTED),
    reading("/board", board, ("registrar",), "Societies with open alerts, worst first.",
            of(Board), query={"district": "a district; all of mine without it"}),
    reading("/alerts/{alert}", alert, ("registrar",), "One alert with its evidence and history.",
            of(AlertPage)),
    acting("/alerts/{alert}/steps", step, ("registrar",), "Acknowledge, comment, close, reopen.",
           of(AlertChange), _STEP),
    reading("/live", events, ("registrar",), "Alerts as server-sent events.", TEXT,
            media="text/event-stream", use=False),
]  # fmt: skip
