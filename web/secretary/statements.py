"""Balance sheets: draft, signatures of both officers, filing, and the reason for later entries."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.books import queries as books
from trust.books import service as books_service
from trust.books.drafting import rule_of
from trust.books.errors import BooksError, OrderError, StatementRefusedError
from trust.books.model import Filed, StatementDraft
from trust.books.pure import years
from trust.books.pure.findingwords import GROUNDS
from trust.formats import b64, receipts
from trust.formats.canon import Json
from trust.formats.errors import SakshiError
from trust.log import queries as log_queries
from trust.people import queries as people
from trust.people.model import OfficerKey, Role
from web import dates, figures, staff
from web.errors import FieldError, OtherYearError
from web.negotiate import JsonAnswer
from web.public import filings as shelf
from web.render import page
from web.secretary.drafts import draft_sheet

SIGNERS: Final[tuple[Role, ...]] = ("secretary", "president")
"""Offices that may send a signed sheet or a reason; who must sign stands in the rule file."""


@dataclass(frozen=True, slots=True)
class Place:
    """One office that signs: whether it has, and whether it has a key to sign with."""

    role: str
    signed: bool
    bound: bool


def statements(request: Request) -> Response:
    """Book years with books, which of them are filed, and what to do next."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn)
        filings = shelf.read(conn, profile.slug)
        filed = {item.book_year: filings.told[item.sha256] for item in filings.in_force}
        found = sorted({*books.book_years(conn, profile.slug), *filed}, reverse=True)
        waiting = books.waiting_years(conn, profile.slug)
    today = figures.today(rt.clock())
    running = [year for year in found if rule_of(year).last_day(year) > today]
    return page(
        request,
        "secretary/statements.html",
        society=profile,
        years=found,
        filed=filed,
        waiting=waiting,
        running=running,
    )


def draft(request: Request) -> Response:
    """The figures, every fault found, and the record to sign: the draft that waits for a signature
    if there is one and it still holds, else a new one."""
    rt, book_year = staff.runtime(request), _year(request)
    asked = request.query_params
    fault: SakshiError | None = None
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn)
        kept = None if asked.get("new") else books.kept(conn, profile.slug, book_year)
        try:
            if kept is not None:
                kept, fault = _holds(conn, profile.slug, kept, rt.clock())
            if kept is not None:
                found = books_service.view_statement(conn, profile.slug, kept, now=rt.clock())
            else:
                found, unfit = _drawn(conn, request, profile.slug, book_year)
                fault = unfit or fault
        except BooksError as refused:
            return page(
                request,
                "secretary/no_draft.html",
                status=422,
                society=profile,
                book_year=book_year,
                fault=staff.sentence(request, refused),
            )
        filings = shelf.read(conn, profile.slug)
        bound = people.officer_keys(conn, profile.slug)
    record = cast(Mapping[str, Any], found.record)
    places = _places(record, bound)
    open_to = {
        b64.encode(key.public_key): key.role
        for key in bound
        if any(place.role == key.role and not place.signed for place in places)
    }
    rule = rule_of(book_year)
    return page(
        request, "secretary/draft.html", society=profile, book_year=book_year, draft=found,
        sheet=draft_sheet(record, filings), record=json.dumps(record, ensure_ascii=False),
        keys=json.dumps(open_to), places=places, waiting=kept is not None,
        standing=filings.standing(book_year),
        fault=None if fault is None else staff.sentence(request, fault),
        last=rule.last_day(book_year), grounds=list(GROUNDS), asked=asked, rule=rule,
        fileable=record["as_of"] == rule.last_day(book_year) or record["reason"] is not None,
    )  # fmt: skip


def _holds(
    conn: Connection, society: str, kept: dict[str, Json], now: int
) -> tuple[dict[str, Json] | None, SakshiError | None]:
    """A draft that waits, if it could still be filed; else why not."""
    try:
        books_service.check_statement(conn, society, kept, now=now)
    except SakshiError as error:
        return None, error
    return kept, None


def _drawn(
    conn: Connection, request: Request, society: str, book_year: str
) -> tuple[StatementDraft, SakshiError | None]:
    """A draft of the day that was asked for; of the regular day, with the refusal, if none is."""
    now = staff.runtime(request).clock()
    try:
        day = day_asked(request.query_params)
        found = books_service.draft_statement(conn, society, book_year, now=now, day=day)
        if day is not None:
            books_service.check_day(found.record, now=now)
        return found, None
    except (StatementRefusedError, FieldError) as error:
        return books_service.draft_statement(conn, society, book_year, now=now), error


def day_asked(asked: Mapping[str, str]) -> books_service.SheetDay | None:
    """Another day than the regular one with its order, as a form or a program asks for it.

    Raises:
        OrderError: a day without a complete order.
        FieldError: what is typed as a day is none, or a text is too long.
    """
    if not staff.text(asked, "as_of", 40):
        return None
    reason: dict[str, Json] = {
        name: staff.text(asked, name, 200) for name in ("ground", "reference")
    }
    if reason["ground"] not in GROUNDS or not reason["reference"]:
        raise OrderError
    as_of, ordered = dates.day(asked, "as_of"), dates.day(asked, "ordered_on")
    return books_service.SheetDay(str(as_of), reason | {"ordered_on": str(ordered)})


def _places(record: Mapping[str, Any], bound: list[OfficerKey]) -> list[Place]:
    signed = {one["role"] for one in record["signatures"]}
    held = {key.role for key in bound}
    roles = rule_of(str(record["book_year"])).roles
    return [Place(role, role in signed, role in held) for role in roles]


def my_keys(request: Request, conn: Connection) -> list[OfficerKey]:
    """The signed-in officer's own keys in force."""
    found = people.officer_keys_of(conn, staff.actor(request).account.id)
    return [key for key in found if key.revoked_at is None]


def sign(request: Request, record: dict[str, Any]) -> Response:
    """Take a signature; with the last one the sheet is filed."""
    rt, book_year = staff.runtime(request), _year(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn, SIGNERS)
    if record.get("book_year") != book_year:
        raise OtherYearError(book_year=book_year)
    found = books_service.sign_statement(rt, profile.slug, record)
    if not isinstance(found, Filed):
        body = {
            "url": f"/secretary/statements/{book_year}",
            "status": "waits for a signature",
            "signed": list(found.signed),
            "missing": list(found.missing),
        }
        return JsonAnswer(cast(Json, body), status_code=202)
    return _sealed(request, found)


def _sealed(request: Request, found: Filed) -> Response:
    rt = staff.runtime(request)
    head = rt.publisher.wait(found.origin, found.index, rt.settings.receipt_timeout)
    url = f"/secretary/statements/{found.book_year}/filed"
    body = {"url": url, "sha256": found.sha256, "origin": found.origin, "index": found.index}
    status = 202 if head is None else 201
    return JsonAnswer(
        {**body, "status": "published" if head else "pending, not a receipt"}, status_code=status
    )


def filed(request: Request) -> Response:
    """The sealed page: what was filed, where it stands, what is found about it since."""
    with staff.runtime(request).db.read() as conn:
        profile = staff.own_society(request, conn)
        filings = shelf.read(conn, profile.slug)
        found = filings.standing(_year(request))
        if found is None:
            return RedirectResponse(f"/secretary/statements/{_year(request)}", status_code=303)
        entry = log_queries.entry(conn, found.at.origin, found.at.index)
    published, told = found.sha256 in filings.published, filings.told[found.sha256]
    return page(
        request,
        "secretary/filed.html",
        status=200 if published else 202,
        society=profile,
        filed=found,
        published=published,
        code=receipts.code(entry.leaf),
        colour=told.colour,
        found=filings.found(found),
        late=books_service.is_late(told.found),
    )


def late(request: Request, status: int = 200, **shown: Any) -> Response:
    """What came into the filed year since, and the form for the society's reason."""
    book_year = _year(request)
    with staff.runtime(request).db.read() as conn:
        profile = staff.own_society(request, conn)
        filings = shelf.read(conn, profile.slug)
    found = filings.standing(book_year)
    if found is None:
        raise HTTPException(404)
    told = filings.told[found.sha256]
    return page(
        request,
        "secretary/late.html",
        status=status,
        society=profile,
        filed=found,
        found=shelf.worst_first(told.found),
        late=books_service.is_late(told.found),
        **shown,
    )


@staff.shown_again(late)
def explain(request: Request, fields: FormData) -> Response:
    """Seal the society's reason; it is public from then on."""
    rt, book_year = staff.runtime(request), _year(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn, SIGNERS)
    reason = staff.text(fields, "reason")
    with rt.db.write() as conn:
        books_service.explain_late(
            conn, staff.actor(request), profile.slug, book_year, reason, now=rt.clock()
        )
    return RedirectResponse(f"/secretary/statements/{book_year}/late", status_code=303)


def _year(request: Request) -> str:
    found = years.parse_book_year(request.path_params["book_year"])
    if found is None or found != request.path_params["book_year"]:
        raise HTTPException(404)
    return found
