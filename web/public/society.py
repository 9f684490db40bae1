"""A society's public pages: profile, balance sheets, meetings, and the check in the browser."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.books import queries as books
from trust.books.model import FiledStatement
from trust.log import givenup, lineage
from trust.log import queries as log_queries
from trust.log.givenup import GivenUp
from trust.log.keys import society_keys
from trust.log.witnesses import witness_status
from trust.people import queries as people
from trust.people.model import SocietyProfile
from voting import queries as voting
from voting.model import Meeting
from web import figures, i18n
from web.negotiate import Json, JsonAnswer
from web.public import filings as shelf
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


def profile_of(conn: Connection, slug: str) -> SocietyProfile:
    """The society of a slug; 404 if there is none."""
    found = people.society(conn, slug)
    if found is None:
        raise HTTPException(404)
    return found


def _changes(conn: Connection, society: str, filings: shelf.Filings) -> Changes:
    return Changes(
        imports=sum(row.state == "posted" for row in books.imports(conn, society)),
        corrections=books.corrections(conn, society),
        superseded=len(filings.all) - len(filings.in_force),
        erased=sum(
            log_queries.count_kind(conn, shard.origin, "erasure")
            for shard in lineage.shards(conn, "coop", society)
        ),
    )


def _lost(conn: Connection, slug: str, meetings: list[Meeting]) -> list[GivenUp]:
    """The parts of the society's books and meetings that were released and that nobody holds."""
    found = givenup.of_subject(conn, "coop", slug)
    found += [one for item in meetings if (one := givenup.of(conn, item.origin))]
    return [one for one in found if one.lost]


def society(request: Request) -> Response:
    """Profile, seal line, filed statements, meetings, and what changed after sealing."""
    rt, lang = request.app.state.rt, i18n.language(request)
    now = rt.clock()
    with rt.db.read() as conn:
        profile = profile_of(conn, request.path_params["slug"])
        origin = people.book_origin(conn, profile.slug, now)
        opened = log_queries.exists(conn, origin)
        head = witness_status.published(conn, origin) if opened else None
        filings = shelf.read(conn, profile.slug)
        context: dict[str, Any] = {
            "society": profile,
            "sheets": [sheets.load(conn, filed, filings, lang) for filed in filings.in_force],
            "filings": filings,
            "meetings": (meetings := voting.meetings(conn, profile.slug)),
            "given_up": {item.id for item in meetings if log_queries.abandoned(conn, item.origin)},
            "lost": _lost(conn, profile.slug, meetings),
            "members": people.member_count(conn, profile.slug),
            "changes": _changes(conn, profile.slug, filings),
            "origin": origin if opened else None,
            "unsigned": society_keys.unsigned(conn, origin) if opened else None,
            "entries": head.size if head else 0,
            "seal": sheets.seal_of(
                head, None, figures.today(now), filings.seen_outside(conn, head)
            ),
            "now": now,
        }
    return page(request, "public/society.html", **context)


def society_json(request: Request) -> Response:
    """The same facts for programs."""
    rt = request.app.state.rt
    with rt.db.read() as conn:
        profile = profile_of(conn, request.path_params["slug"])
        return JsonAnswer(describe(conn, profile, rt.clock()))


def describe(conn: Connection, profile: SocietyProfile, now: int) -> dict[str, Json]:
    """A society as JSON: profile, book log, statements in force, meetings."""
    origin = people.book_origin(conn, profile.slug, now)
    filings = shelf.read(conn, profile.slug)
    return brief(profile) | {
        "book": origin if log_queries.exists(conn, origin) else None,
        "members": people.member_count(conn, profile.slug),
        "statements": [
            place_of(item) | shelf.as_json(filings, item) | _pending(conn, filings, item)
            for item in filings.in_force
        ],
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


def _pending(conn: Connection, filings: shelf.Filings, filed: FiledStatement) -> dict[str, Json]:
    """What a sheet that is not published waits for: since when, and the witnesses missing."""
    if filed.sha256 in filings.published:
        return {"pending": None}
    state = witness_status.of_state(conn)
    missing: list[Json] = [*state.missing] if state is not None and state.behind else []
    return {"pending": {"since": filed.at.time, "witnesses_missing": missing}}


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


def place_of(filed: FiledStatement) -> dict[str, Json]:
    """What and where a filing is, as JSON."""
    return {
        "book_year": filed.book_year,
        "sha256": filed.sha256,
        "origin": filed.at.origin,
        "index": filed.at.index,
        "sealed_at": filed.at.time,
    }
