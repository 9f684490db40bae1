"""A society's public pages: profile, balance sheets, meetings, and the check in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.books import queries as books
from trust.books.model import FiledStatement
from trust.formats.errors import SakshiError
from trust.log import lineage, proofs
from trust.log import queries as logs
from trust.log.keys import holders
from trust.log.witnesses import standing
from trust.people import queries as people
from trust.people.model import SocietyProfile
from voting import queries as voting
from web import figures, i18n
from web.negotiate import Json, JsonAnswer, csv_answer
from web.public import sheet as sheets
from web.render import page


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after it was sealed, as counts."""

    imports: int
    corrections: int
    superseded: int
    erased: int

    @property
    def any(self) -> bool:
        """Whether anything changed at all."""
        return bool(self.corrections or self.superseded or self.erased)


def _profile(conn: Connection, slug: str) -> SocietyProfile:
    found = people.society(conn, slug)
    if found is None:
        raise HTTPException(404)
    return found


def _changes(conn: Connection, society: str) -> Changes:
    filed = books.statements(conn, society)
    return Changes(
        imports=sum(row.state == "posted" for row in books.imports(conn, society)),
        corrections=books.corrections(conn, society),
        superseded=sum(not statement.in_force for statement in filed),
        erased=sum(
            logs.count_kind(conn, shard.origin, "erasure")
            for shard in lineage.shards(conn, "coop", society)
        ),
    )


def society(request: Request) -> Response:
    """Profile, seal line, filed statements, meetings, and what changed after sealing."""
    rt, lang = request.app.state.rt, i18n.language(request)
    now = rt.clock()
    with rt.db.read() as conn:
        profile = _profile(conn, request.path_params["slug"])
        origin = people.book_origin(conn, profile.slug, now)
        opened = logs.exists(conn, origin)
        head = standing.published(conn, origin) if opened else None
        in_force = [s for s in books.statements(conn, profile.slug) if s.in_force]
        context: dict[str, Any] = {
            "society": profile,
            "sheets": [sheets.load(conn, filed, lang) for filed in in_force],
            "meetings": voting.meetings(conn, profile.slug),
            "members": people.member_count(conn, profile.slug),
            "changes": _changes(conn, profile.slug),
            "origin": origin if opened else None,
            "unsigned": holders.unsigned(conn, origin) if opened else None,
            "entries": head.size if head else 0,
            "seal": sheets.seal_of(
                head, None, figures.today(now), standing.seen_outside(conn, head)
            ),
            "now": now,
        }
    return page(request, "public/society.html", **context)


def society_json(request: Request) -> Response:
    """The same facts for programs."""
    rt = request.app.state.rt
    with rt.db.read() as conn:
        profile = _profile(conn, request.path_params["slug"])
        return JsonAnswer(describe(conn, profile, rt.clock()))


def describe(conn: Connection, profile: SocietyProfile, now: int) -> dict[str, Json]:
    """A society as JSON: profile, book log, statements in force, meetings."""
    origin = people.book_origin(conn, profile.slug, now)
    return brief(profile) | {
        "book": origin if logs.exists(conn, origin) else None,
        "members": people.member_count(conn, profile.slug),
        "statements": [_filed(s) for s in books.statements(conn, profile.slug) if s.in_force],
        "meetings": [
            {
                "id": meeting.id,
                "origin": meeting.origin,
                "title_en": meeting.title_en,
                "title_ml": meeting.title_ml,
                "held_on": meeting.held_on.isoformat(),
                "state": meeting.state(now),
            }
            for meeting in voting.meetings(conn, profile.slug)
        ],
    }


def brief(profile: SocietyProfile) -> dict[str, Json]:
    """A society's profile as JSON."""
    return {
        "slug": profile.slug,
        "registration_number": profile.registration_number,
        "name_en": profile.name_en,
        "name_ml": profile.name_ml,
        "district": profile.district,
        "taluk": profile.taluk,
        "sector": profile.sector,
        "class": profile.class_,
        "registered_on": profile.registered_on.isoformat(),
    }


def _filed(filed: FiledStatement) -> dict[str, Json]:
    return {
        "book_year": filed.book_year,
        "sha256": filed.sha256,
        "origin": filed.at.origin,
        "index": filed.at.index,
        "sealed_at": filed.at.time,
    }


# --- one balance sheet -------------------------------------------------------------------------


def _one(conn: Connection, request: Request) -> tuple[SocietyProfile, FiledStatement]:
    profile = _profile(conn, request.path_params["slug"])
    filed = books.statement(conn, profile.slug, request.path_params["book_year"])
    if filed is None:
        raise HTTPException(404)
    return profile, filed


def balance_sheet(request: Request) -> Response:
    """The statement in force of one book year."""
    with request.app.state.rt.db.read() as conn:
        profile, filed = _one(conn, request)
        sheet = sheets.load(conn, filed, i18n.language(request))
    return page(request, "public/sheet.html", society=profile, sheet=sheet)


def balance_sheet_json(request: Request) -> Response:
    """The sealed document as it is, with where it is sealed."""
    with request.app.state.rt.db.read() as conn:
        _, filed = _one(conn, request)
        head = standing.published(conn, filed.at.origin, filed.at.index)
        seen = standing.seen_outside(conn, head)
    seal = sheets.seal_of(head, filed.at.index, str(filed.record["as_of"]), seen)
    return JsonAnswer(
        _filed(filed)
        | {
            "published": seal.published,
            "root": seal.root,
            "witnesses": list(seal.witnesses),
            "document": dict(filed.record),
        }
    )


def balance_sheet_csv(request: Request) -> Response:
    """The lines as a table; amounts in rupees with two decimals."""
    with request.app.state.rt.db.read() as conn:
        profile, filed = _one(conn, request)
    head = ["side", "line", "label_en", "label_ml", "rupees", "rupees_prior_year"]
    rows = [
        [side.name, row.id, row.label_en, row.label_ml, _rupees(row.paise), _rupees(row.prior)]
        for side in sheets.accounts(filed.record)
        for row in side.rows
        if row.listed
    ]
    return csv_answer(f"{profile.slug}-{filed.book_year}.csv", head, rows)


def _rupees(paise: int | None) -> str | None:
    if paise is None:
        return None
    return f"{'-' if paise < 0 else ''}{abs(paise) // 100}.{abs(paise) % 100:02d}"


def check(request: Request) -> Response:
    """Check it yourself: the page holds only hints, the browser computes everything."""
    with request.app.state.rt.db.read() as conn:
        profile, filed = _one(conn, request)
        sheet = sheets.load(conn, filed, i18n.language(request))
        subject = _subject(conn, filed)
    return page(request, "public/check.html", society=profile, sheet=sheet, subject=subject)


def _subject(conn: Connection, filed: FiledStatement) -> dict[str, object] | None:
    """Where to look for what: positions the browser treats as hints. ``None`` while pending."""
    try:
        proof = proofs.sakshi_proof(conn, filed.at.origin, filed.at.index)
    except SakshiError:
        return None
    return {
        "origin": filed.at.origin,
        "state": proof.head.head().origin,
        "document": filed.sha256,
        "entry": proof.inclusion.index,
        "key": proof.key.index,
        "head": proof.head.index,
    }


# --- one meeting -------------------------------------------------------------------------------


def meeting(request: Request) -> Response:
    """Notice, resolutions, turnout and results; how votes fall only after the close."""
    rt = request.app.state.rt
    now = rt.clock()
    with rt.db.read() as conn:
        profile = _profile(conn, request.path_params["slug"])
        found = voting.meeting(conn, request.path_params["id"])
        if found.society != profile.slug:
            raise HTTPException(404)
        state = found.state(now)
        results = {result.resolution.number: result for result in voting.results(conn, found.id)}
        turnout = voting.turnout(conn, found.id) if found.roll_root is not None else None
        # A meeting that is over is published when its results are, and those need the witnesses.
        last = max((r.index for r in results.values()), default=None)
        head = standing.published(conn, found.origin, last)
        seen = standing.seen_outside(conn, head)
        given_up = voting.given_up(conn, found.id)
    return page(
        request,
        "public/meeting.html",
        given_up=given_up,
        society=profile,
        meeting=found,
        state=state,
        turnout=turnout,
        resolutions=[(item, results.get(item.number)) for item in found.resolutions],
        seal=sheets.seal_of(head, None, figures.today(now), seen),
    )
