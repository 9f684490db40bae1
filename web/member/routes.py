"""The member's desk. A ballot is signed in her browser; here it is only checked and sealed."""

import io
import json
from typing import Any

import segno
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trust.formats import b64
from trust.formats.proofs import format_proof
from trust.log import proofs
from trust.people import queries as people
from trust.people import service as people_service
from voting import queries as voting
from voting.facts import facts
from web import casting, security, staff
from web.errors import NoReceiptYetError
from web.member import count, views
from web.public import filings
from web.render import page


def start(request: Request, status: int = 200, **context: Any) -> Response:
    """My society: its seal, my votes, what is due, my receipts."""
    rt, person = staff.runtime(request), staff.actor(request)
    now = rt.clock()
    with rt.db.read() as conn:
        slug, member_id = views.member_of(person)
        meetings = views.my_meetings(conn, person, now)
        return page(
            request,
            "member/start.html",
            status=status,
            society=people.need_society(conn, slug),
            member=people.member(conn, member_id),
            key=people.member_key(conn, member_id),
            meetings=meetings,
            receipts=views.my_receipts(conn, meetings),
            filings=filings.read(conn, slug),
            seal=staff.book_seal(conn, slug, now),
            **context,
        )


def meeting(request: Request) -> Response:
    """The agenda with what I have cast, and the results once they are sealed."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        mine = views.my_meeting(
            conn, staff.actor(request), request.path_params["meeting"], rt.clock()
        )
        return page(
            request,
            "member/meeting.html",
            mine=mine,
            facts=facts(conn, mine.meeting, rt.clock()),
            results=voting.results(conn, mine.meeting.id),
            seal=staff.log_seal(conn, mine.meeting.origin),
        )


def ballot_paper(request: Request) -> Response:
    """The ballot paper and nothing else; why not, if I cannot vote on it."""
    rt = staff.runtime(request)
    number: int = request.path_params["number"]
    with rt.db.read() as conn:
        mine = views.my_meeting(
            conn, staff.actor(request), request.path_params["meeting"], rt.clock()
        )
        vote = next((v for v in mine.votes if v.resolution.number == number), None)
        if vote is None:
            raise HTTPException(404)
        if mine.line is None or not mine.offer.may_vote:
            return page(request, "member/cannot.html", status=409, mine=mine, vote=vote)
        draft = voting.ballot_to_sign(conn, mine.meeting.id, number, mine.line.roll_number, "yes")
    return page(
        request,
        "member/ballot.html",
        mine=mine,
        vote=vote,
        draft=json.dumps(draft, ensure_ascii=False),
        key=b64.encode(mine.line.key or b""),
    )


async def cast(request: Request, ballot: dict[str, Any]) -> Response:
    """Seal a ballot that I signed."""
    meeting_id = request.path_params["meeting"]
    slug, _member_id = views.member_of(staff.actor(request))
    return await casting.cast(request, meeting_id, ballot, slug, f"/member/receipts/{meeting_id}")


def receipt(request: Request) -> Response:
    """The receipt, or 202: the ballot is sealed but no published head covers it yet."""
    found = _receipt(request)
    if not found.published:
        return page(
            request, "member/pending.html", status=202, headers={"Retry-After": "2"}, receipt=found
        )
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        mine = views.my_meeting(conn, staff.actor(request), found.meeting.id, rt.clock())
    return page(
        request,
        "member/receipt.html",
        receipt=found,
        link=_link(request, found),
        next_vote=mine.next_vote,
    )


def receipt_file(request: Request) -> Response:
    """The Sakshi proof of my ballot, with what opens it: for me, so it is no public file."""
    found = _receipt(request)
    with staff.runtime(request).db.read() as conn:
        proof = proofs.sakshi_proof(conn, found.meeting.origin, found.ballot.index)
    name = f"{found.code}.sakshi-proof"
    return Response(
        format_proof(proof),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def receipt_qr(request: Request) -> Response:
    """The receipt's link with the leaf hash behind `#`, as a QR drawing."""
    found = _receipt(request)
    if not found.published:
        raise NoReceiptYetError
    link = f"{_link(request, found)}#{found.entry.leaf.hex()}"
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="svg", scale=4, border=4)
    return Response(out.getvalue(), media_type="image/svg+xml")


@staff.shown_again(start)
def revoke(request: Request, fields: FormData) -> Response:
    """Stop my own key at once (lost phone, lost card); whoever is signed in with it is put out."""
    rt, person = staff.runtime(request), staff.actor(request)
    _slug, member_id = views.member_of(person)
    with rt.db.write() as conn:
        key = people.key(conn, request.path_params["key"])
        if key.member_id != member_id:
            raise HTTPException(404)
        reason = staff.text(fields, "reason", 400)
        people_service.revoke_key(conn, person, key.id, reason, now=rt.clock())
    return RedirectResponse("/login?stopped=1", status_code=303)


def _receipt(request: Request) -> views.Receipt:
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        return views.my_receipt(
            conn,
            staff.actor(request),
            request.path_params["meeting"],
            request.path_params["index"],
            rt.clock(),
        )


def _link(request: Request, found: views.Receipt) -> str:
    base = staff.runtime(request).settings.public_url or str(request.base_url).rstrip("/")
    return f"{base}/r/{found.code}"


_member = security.require("member", society="")
routes = [
    Route("/member", _member(start)),
    Route("/member/meetings/{meeting}", _member(meeting)),
    Route("/member/meetings/{meeting}/{number:int}", _member(ballot_paper)),
    Route(
        "/member/meetings/{meeting}/ballots", _member(security.json_form(cast)), methods=["POST"]
    ),
    Route("/member/receipts/{meeting}/{index:int}", _member(receipt)),
    Route("/member/receipts/{meeting}/{index:int}.sakshi-proof", _member(receipt_file)),
    Route("/member/receipts/{meeting}/{index:int}.svg", _member(receipt_qr)),
    Route("/member/keys/{key:int}/revoke", _member(security.form(revoke)), methods=["POST"]),
    *count.routes,
]
