"""The auditor's desk: what is handed out here is checked elsewhere, with `sakshi-audit`.

Openings are member-level data: who took which, and when, is recorded (`access_record`).
"""

import json
from collections import Counter
from typing import Final

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trust.books import package as book_packages
from trust.books import queries as books
from trust.formats import receipts, records
from trust.formats.errors import SakshiError
from trust.formats.origins import parse_origin
from trust.formats.proofs import format_proof
from trust.log import package, proofs
from trust.log import queries as log_queries
from trust.log.errors import WithheldError
from trust.log.model import LogInfo, StoredOpening
from trust.log.witnesses import witness_status
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Role, SocietyProfile
from voting import package as meeting_packages
from voting import queries as voting
from web import security, staff
from web.public import filings
from web.render import page
from web.searching import searched

ROLES: Final[tuple[Role, ...]] = ("auditor",)
PAGE_SIZE: Final = 50


def start(request: Request) -> Response:
    """Societies of the auditor's area."""
    return searched(request, "auditor/start.html", "auditor", sealed=True)


def society(request: Request) -> Response:
    """One society: its books to take away, its meetings, its sheets, how to check them."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        profile = _society(request, conn)
        accesses = people.access_records(conn, profile.slug, limit=20)
        return page(
            request,
            "auditor/society.html",
            society=profile,
            seal=staff.book_seal(conn, profile.slug, rt.clock()),
            books=_books(conn, profile.slug),
            meetings=voting.meetings(conn, profile.slug),
            filings=filings.read(conn, profile.slug),
            registers=books.register_findings(conn, profile.slug),
            accesses=accesses,
            readers=people.account_names(conn, {item.account_id for item in accesses}),
        )


def society_package(request: Request) -> Response:
    """The society's audit package with every opening that is shown; taking it is recorded."""
    year = request.path_params["year"]
    with staff.runtime(request).db.read() as conn:
        profile = _society(request, conn)
        data = book_packages.society_package(conn, profile.slug, package.everything, year=year)
    _note(request, profile.slug, f"package {year}")
    return _zip(data, f"{profile.slug}-{year}.zip")


def meeting_package(request: Request) -> Response:
    """A meeting's package; roll and ballots are in it only once the meeting is closed."""
    with staff.runtime(request).db.read() as conn:
        profile = _society(request, conn)
        meeting = voting.meeting(conn, request.path_params["meeting"])
        if meeting.society != profile.slug:
            raise HTTPException(404)
        data = meeting_packages.meeting_package(conn, meeting.id, package.everything)
    _note(request, profile.slug, f"package of meeting {meeting.id}"[:80])
    return _zip(data, f"{meeting.id}.zip")


def entries(request: Request) -> Response:
    """The book entry by entry, the newest first."""
    with staff.runtime(request).db.read() as conn:
        profile = _society(request, conn)
        origin = _log(conn, profile.slug, request.path_params["year"])
        size = log_queries.info(conn, origin).next_index
        before = request.query_params.get("before", "")
        wanted = int(before) if before.isdecimal() and len(before) < 16 else 0
        stop = min(wanted or size, size)
        found = list(reversed(log_queries.entries(conn, origin, max(0, stop - PAGE_SIZE), stop)))
        head = witness_status.published(conn, origin)
    return page(
        request,
        "auditor/entries.html",
        society=profile,
        year=request.path_params["year"],
        origin=origin,
        entries=found,
        size=size,
        stop=stop,
        page_size=PAGE_SIZE,
        published=0 if head is None else head.size,
    )


def entry(request: Request) -> Response:
    """One entry opened: what it says, and the salt that shows it. Reading it is recorded."""
    year, index = request.path_params["year"], request.path_params["index"]
    with staff.runtime(request).db.read() as conn:
        profile = _society(request, conn)
        origin = _log(conn, profile.slug, year)
        stored = log_queries.entry(conn, origin, index)
        opened = log_queries.opening(conn, origin, index)
        most = _shown(stored.kind, opened)
        public = records.is_public(stored.kind)
        document = _document(conn, origin, stored.entry) if public else None
    if opened is not None and most != "nothing":
        _note(request, profile.slug, f"entry {index} of {year}")
    return page(
        request,
        "auditor/entry.html",
        society=profile,
        year=year,
        origin=origin,
        entry=stored,
        code=receipts.code(stored.leaf),
        document=_readable(document),
        record=_readable(opened.record if opened and most != "nothing" else None),
        salt=opened.salt.hex() if opened and opened.salt and most != "nothing" else None,
        detail=_readable(opened.detail if opened and most == "all" else None),
        withheld=most,
        erased=bool(opened and opened.erased),
    )


def entry_proof(request: Request) -> Response:
    """The Sakshi proof of an entry, with what opens it."""
    year, index = request.path_params["year"], request.path_params["index"]
    with staff.runtime(request).db.read() as conn:
        profile = _society(request, conn)
        origin = _log(conn, profile.slug, year)
        stored = log_queries.entry(conn, origin, index)
        opened = log_queries.opening(conn, origin, index)
        if _shown(stored.kind, opened) == "nothing":
            raise WithheldError(index=index)
        proof = proofs.sakshi_proof(conn, origin, index)
    _note(request, profile.slug, f"proof {index} of {year}")
    name = f"{receipts.code(stored.leaf)}.sakshi-proof"
    return Response(
        format_proof(proof),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _society(request: Request, conn: Connection) -> SocietyProfile:
    return staff.in_jurisdiction(request, conn, request.path_params["slug"], ROLES)


def _books(conn: Connection, slug: str) -> list[tuple[str, LogInfo]]:
    """The society's book logs by log year, the newest first; `2026-27.1` if a year has several."""
    infos = [info for info in log_queries.logs(conn, "coop") if info.subject == slug]
    found = [(parse_origin(info.origin), info) for info in infos]
    found.sort(key=lambda pair: (pair[0].year, pair[0].shard), reverse=True)
    several = Counter(place.year for place, _ in found)
    return [
        (f"{place.year}.{place.shard}" if several[place.year] > 1 else str(place.year), info)
        for place, info in found
    ]


def _log(conn: Connection, slug: str, year: str) -> str:
    return book_packages.book_log(conn, slug, year)


def _document(conn: Connection, origin: str, raw: bytes) -> bytes | None:
    try:
        return proofs.public_document(conn, origin, raw)
    except SakshiError:
        return None


def _shown(kind: str, opened: StoredOpening | None) -> str:
    """The most that is shown of an entry; of public ones, and erased ones, nothing is held back."""
    return package.shown(kind, opened.record) if opened and opened.record else "all"


def _readable(data: bytes | None) -> str | None:
    return None if data is None else json.dumps(json.loads(data), ensure_ascii=False, indent=1)


def _note(request: Request, slug: str, what: str) -> None:
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        people_service.record_access(
            conn, staff.actor(request), slug, what, "audit", now=rt.clock()
        )


def _zip(data: bytes, name: str) -> Response:
    return Response(
        data,
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


_auditor = security.require("auditor", society="")
_S = "/auditor/societies/{slug}"
routes = [
    Route("/auditor", _auditor(start)),
    Route(_S, _auditor(society)),
    Route(_S + "/books/{year}/package.zip", _auditor(society_package)),
    Route(_S + "/books/{year}/entries", _auditor(entries)),
    Route(_S + "/books/{year}/entries/{index:int}", _auditor(entry)),
    Route(_S + "/books/{year}/entries/{index:int}.sakshi-proof", _auditor(entry_proof)),
    Route(_S + "/meetings/{meeting}/package.zip", _auditor(meeting_package)),
]
