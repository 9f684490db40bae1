"""The society's desk: its week, and where everything else is."""

from typing import cast

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards import queries as dashboards
from oversight.words import Lang
from trust.books import queries as books
from trust.formats.origins import year_bounds
from trust.people import queries as people
from voting import queries as voting
from web import i18n, security, staff
from web.exchange import BodyLimit
from web.registrar import concerns as concerned
from web.render import page
from web.secretary import (
    applications,
    blanks,
    keys,
    ledgers,
    meetings,
    members,
    register,
    uploads,
    voids,
    waiting,
)
from web.secretary import books as book_desk
from web.secretary import statements as sheet_desk


def start(request: Request) -> Response:
    """This week: what is due, what came in last, what the rules say of us."""
    rt = staff.runtime(request)
    now = rt.clock()
    with rt.db.read() as conn:
        profile = staff.own_society(
            request, conn, ("secretary", "president", "clerk", "returning-officer")
        )
        slug, lang = profile.slug, cast(Lang, i18n.language(request))
        filed = {item.book_year for item in books.statements(conn, slug)}
        return page(
            request,
            "secretary/start.html",
            society=profile,
            seal=staff.book_seal(conn, slug, now),
            standing=[
                line
                for line in dashboards.standing(conn, slug, lang, now=now)
                if line.severity in ("act", "watch")
            ],
            **concerned.of_society(request, conn, slug),
            imports=books.imports(conn, slug)[:5],
            unfiled=[
                year
                for year in books.book_years(conn, slug)
                if year not in filed and year_bounds(year)[1] <= now
            ],
            waiting=people.requests(conn, slug, now),
            sealed=people.register_sealed(conn, slug),
            meetings=[(item, item.state(now)) for item in voting.meetings(conn, slug)][:5],
            bound=sheet_desk.my_keys(request, conn),
            signing=books.waiting_years(conn, slug),
            members=people.member_count(conn, slug),
            dates=books.governance_dates(conn, slug),
        )


_BIG = [Middleware(BodyLimit, book_desk.MAX_FILE, book_desk.too_large)]
_officer = security.require("secretary", "president", "clerk", "returning-officer", society="")
_signer = security.require("secretary", "president", society="")
_form, _json = security.form, security.json_form
_POST = ["POST"]
routes = [
    Route("/secretary", _officer(start)),
    Route("/secretary/imports", _officer(book_desk.imports)),
    Route("/secretary/imports", _officer(_form(uploads.upload)), methods=_POST, middleware=_BIG),
    Route("/secretary/imports/templates/{name}", _officer(blanks.blank)),
    Route("/secretary/imports/uploads/{token}", _officer(uploads.waiting)),
    Route("/secretary/imports/uploads/{token}", _officer(_form(uploads.decide)), methods=_POST),
    Route(
        "/secretary/imports/uploads/{token}/discard",
        _officer(_form(uploads.discard)),
        methods=_POST,
    ),
    Route("/secretary/imports/{import_id}", _officer(book_desk.import_report)),
    Route("/secretary/map", _officer(ledgers.ledgers)),
    Route("/secretary/map", _officer(_form(ledgers.save)), methods=_POST),
    Route("/secretary/imports/{import_id}/void", _officer(voids.confirm)),
    Route("/secretary/imports/{import_id}/void", _officer(_form(voids.declare)), methods=_POST),
    Route("/secretary/statements", _officer(sheet_desk.statements)),
    Route("/secretary/statements/{book_year}", _officer(sheet_desk.draft)),
    Route("/secretary/statements/{book_year}", _officer(_json(sheet_desk.sign)), methods=_POST),
    Route("/secretary/statements/{book_year}/filed", _officer(sheet_desk.filed)),
    Route("/secretary/statements/{book_year}/late", _officer(sheet_desk.late)),
    Route(
        "/secretary/statements/{book_year}/late", _officer(_form(sheet_desk.explain)), methods=_POST
    ),
    Route("/secretary/members", _officer(members.members)),
    Route("/secretary/members", _officer(_form(members.admit)), methods=_POST),
    Route("/secretary/members/{member:int}", _officer(members.member)),
    Route("/secretary/members/{member:int}/enrol", _officer(_form(members.enrol)), methods=_POST),
    Route("/secretary/members/{member:int}/revoke", _officer(_form(members.revoke)), methods=_POST),
    Route(
        "/secretary/members/{member:int}/change", _officer(_form(register.change)), methods=_POST
    ),
    Route("/secretary/members/{member:int}/end", _officer(_form(register.end)), methods=_POST),
    Route("/secretary/register", _officer(_form(register.seal)), methods=_POST),
    Route("/secretary/enrolments", _officer(waiting.enrolments)),
    Route(
        "/secretary/enrolments/{request_id:int}", _officer(_form(waiting.confirm)), methods=_POST
    ),
    Route(
        "/secretary/enrolments/{request_id:int}/withdraw",
        _officer(_form(waiting.withdraw)),
        methods=_POST,
    ),
    Route("/secretary/keys", _officer(keys.keys)),
    Route("/secretary/keys/{key:int}/revoke", _officer(_form(keys.revoke_officer)), methods=_POST),
    Route("/secretary/keys/{key:int}/loss", _officer(_form(keys.lose)), methods=_POST),
    Route("/secretary/applications", _signer(applications.listed)),
    Route("/secretary/applications", _signer(_form(applications.hand_in)), methods=_POST),
    Route("/secretary/applications/{application}", _signer(applications.one)),
    Route(
        "/secretary/applications/{application}", _signer(_form(applications.step)), methods=_POST
    ),
    Route("/secretary/meetings", _officer(meetings.meetings)),
    Route("/secretary/meetings", _officer(_form(meetings.call)), methods=_POST),
    Route("/secretary/meetings/{meeting}", _officer(meetings.meeting)),
    Route("/secretary/meetings/{meeting}/assist", _officer(_form(meetings.assist)), methods=_POST),
    Route(
        "/secretary/meetings/{meeting}/ballots",
        _officer(_json(meetings.cast_assisted)),
        methods=_POST,
    ),
    Route("/secretary/meetings/{meeting}/assisted/{index:int}", _officer(meetings.assisted)),
    Route("/secretary/meetings/{meeting}/{verb}", _officer(_form(meetings.act)), methods=_POST),
]
