"""Meetings: notice, roll, assisted ballots signed by two officers, close, certificate."""

import json
from typing import Any, Final

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.formats import b64, receipts
from trust.log import queries as log_queries
from trust.log.witnesses import witness_status
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Role
from voting import queries as voting
from voting import rulebook
from voting import service as voting_service
from voting.errors import NotOnThisRollError
from voting.facts import facts
from voting.model import Meeting, NewResolution
from web import casting, dates, staff
from web.errors import NotAssistedError
from web.render import page

MAX_RESOLUTIONS: Final = 8
STAFF: Final[tuple[Role, ...]] = voting_service.ASSISTANTS


def meetings(request: Request, status: int = 200, **context: Any) -> Response:
    """Meetings called so far, and the form for the next."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn, STAFF)
        found = voting.meetings(conn, profile.slug)
        again = voting.to_call_again(conn, profile.slug)
    rules = _rules()
    return page(
        request,
        "secretary/meetings.html",
        status=status,
        society=profile,
        meetings=found,
        now=rt.clock(),
        rules=rules,
        again=again,
        rows=range(1, MAX_RESOLUTIONS + 1),
        **context,
    )


def _rules() -> list[Any]:
    return list(rulebook.standard().sets)


@staff.shown_again(meetings)
def call(request: Request, fields: FormData) -> Response:
    """Give notice now; every figure of the rules comes from the rule file."""
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        profile = staff.own_society(request, conn, voting_service.CONVENERS)
        meeting_id = voting_service.call_meeting(
            conn,
            staff.actor(request),
            profile.slug,
            staff.text(fields, "title_en", 300),
            staff.text(fields, "title_ml", 300),
            staff.text(fields, "kind", 60),
            dates.day(fields, "held_on"),
            dates.moment(fields, "opens"),
            dates.moment(fields, "closes"),
            _resolutions(fields),
            now=rt.clock(),
            again=staff.text(fields, "again", 80) or None,
        )
    return RedirectResponse(f"/secretary/meetings/{meeting_id}", status_code=303)


def _resolutions(fields: FormData) -> list[NewResolution]:
    found = []
    for row in range(1, MAX_RESOLUTIONS + 1):
        en, ml = staff.text(fields, f"text_en_{row}"), staff.text(fields, f"text_ml_{row}")
        if en or ml:
            majority = staff.text(fields, f"majority_{row}", 60) or "ordinary"
            found.append(NewResolution(en, ml, majority))
    return found


def meeting(request: Request, status: int = 200, **context: Any) -> Response:
    """Where a meeting stands and what to do next; at the end its certificate."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        found = _own_meeting(request, conn)
        names: dict[str, Any] = {
            "society": people.need_society(conn, found.society),
            "meeting": found,
            "state": found.state(rt.clock()),
            "facts": facts(conn, found, rt.clock()),
            "results": voting.results(conn, found.id),
            "seal": staff.log_seal(conn, found.origin),
            "unconfirmed": rulebook.standard().pinned(found.rules).unconfirmed(),
        }
    return page(request, "secretary/meeting.html", status=status, **names | context)


@staff.shown_again(meeting)
def act(request: Request, _fields: FormData) -> Response:
    """Draw the roll, or close and count."""
    rt, verb = staff.runtime(request), request.path_params["verb"]
    with rt.db.write() as conn:
        found = _own_meeting(request, conn)
        if verb == "roll":
            voting_service.draw_roll(conn, staff.actor(request), found.id, now=rt.clock())
        elif verb == "close":
            voting_service.close_meeting(conn, staff.actor(request), found.id, now=rt.clock())
        else:
            raise HTTPException(404)
    return RedirectResponse(f"/secretary/meetings/{found.id}", status_code=303)


@staff.shown_again(meeting)
def assist(request: Request, fields: FormData) -> Response:
    """The ballot paper of a member who is in the room, for two officers to sign."""
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        found = _own_meeting(request, conn)
        number = staff.number(fields, "resolution")
        member = people.member_by_number(conn, found.society, staff.text(fields, "number", 40))
        if member is None:
            raise NotOnThisRollError
        paper = voting_service.open_assisted(
            conn, staff.actor(request), found.id, member.id, number, now=rt.clock()
        )
        people_service.record_access(
            conn,
            staff.actor(request),
            found.society,
            "assisted ballot",
            "meeting",
            now=rt.clock(),
            member_id=member.id,
        )
        officers = people.officer_keys(conn, found.society)
    keys = {b64.encode(k.public_key): {"role": k.role, "who": k.account_id} for k in officers}
    return page(
        request,
        "secretary/assist.html",
        meeting=found,
        member=member,
        resolution=next(r for r in found.resolutions if r.number == number),
        stands=None if paper.fault is None else staff.sentence(request, paper.fault),
        draft=json.dumps(paper.draft, ensure_ascii=False),
        keys=json.dumps(keys),
        enough=len({key.account_id for key in officers}) > 1,
    )


async def cast_assisted(request: Request, ballot: dict[str, Any]) -> Response:
    """Seal a ballot that two officers signed."""
    if ballot.get("assisted") is not True:
        raise NotAssistedError
    found = await run_in_threadpool(_checked_meeting, request)
    place = f"/secretary/meetings/{found.id}/assisted"
    return await casting.cast(request, found.id, ballot, found.society, place)


def _checked_meeting(request: Request) -> Meeting:
    with staff.runtime(request).db.read() as conn:
        return _own_meeting(request, conn)


def assisted(request: Request) -> Response:
    """The receipt to hand to the member: the code, without the vote."""
    index: int = request.path_params["index"]
    with staff.runtime(request).db.read() as conn:
        found = _own_meeting(request, conn)
        known = {item.index for item in voting.ballots(conn, found.id) if item.assisted}
        if index not in known:
            raise HTTPException(404)
        published = witness_status.published(conn, found.origin, index) is not None
        entry = log_queries.entry(conn, found.origin, index)
    return page(
        request,
        "secretary/assisted.html",
        status=200 if published else 202,
        meeting=found,
        published=published,
        at=entry.time,
        code=receipts.code(entry.leaf),
    )


def _own_meeting(request: Request, conn: Connection) -> Meeting:
    profile = staff.own_society(request, conn, STAFF)
    found = voting.meeting(conn, request.path_params["meeting"])
    if found.society != profile.slug:
        raise HTTPException(404)
    return found
