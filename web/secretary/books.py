"""Bringing books in and filing a balance sheet signed with the officer's own key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.books import queries, service
from trust.books.errors import BooksError, StatementRefusedError
from trust.books.model import ImportReport
from trust.books.pure import years
from trust.books.readers.files import KINDS
from trust.formats import b64, receipts
from trust.formats.errors import SakshiError
from trust.log import queries as logs
from trust.log.witnesses import standing
from trust.people import queries as people
from trust.people.model import OfficerKey
from web import desk
from web.errors import NoFileError, OtherYearError
from web.negotiate import JsonAnswer
from web.public import filings as shelf
from web.render import page
from web.secretary.drafts import draft_sheet

MAX_FILE: Final = 64_000_000
"""Bytes of the largest file taken through the page; larger ones go through `sakshi import`."""


def imports(request: Request) -> Response:
    """What was imported so far, and the form for the next file."""
    return _imports(request)


def _imports(request: Request, status: int = 200, **context: Any) -> Response:
    with desk.runtime(request).db.read() as conn:
        profile = desk.own_society(request, conn)
        found = queries.imports(conn, profile.slug)
        seal = desk.book_seal(conn, profile.slug, desk.runtime(request).clock())
    shown: dict[str, Any] = {"report": None}
    return page(
        request, "secretary/imports.html", status=status, society=profile, imports=found,
        kinds=("auto", *KINDS), seal=seal, **shown | context,
    )  # fmt: skip


def upload(request: Request, fields: FormData) -> Response:
    """Read a file, seal what is new in it, and tell what became of everything."""
    file = fields.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _imports(request, 422, **desk.refused(request, NoFileError("file"), fields))
    try:
        report = take(
            request, file.filename, file.file.read(), desk.text(fields, "kind", 40) or "auto",
            desk.text(fields, "book_year", 7) or None,
        )  # fmt: skip
    except SakshiError as fault:
        return _imports(request, fault.status, **desk.refused(request, fault, fields))
    told = {} if report.ok else {"form": desk.typed(fields)}
    return _imports(request, 200 if report.ok else 422, report=report, **told)


def take(
    request: Request, filename: str, data: bytes, kind: str, book_year: str | None
) -> ImportReport:
    """Import a file for the officer's own society, as the page and the API do."""
    with desk.runtime(request).db.read() as conn:
        profile = desk.own_society(request, conn)
    return service.import_file(
        desk.runtime(request),
        profile.slug,
        filename,
        data,
        actor=desk.actor(request).account.login,
        kind=kind,
        book_year=book_year,
    )


def import_report(request: Request) -> Response:
    """The report of one import of this society."""
    with desk.runtime(request).db.read() as conn:
        profile = desk.own_society(request, conn)
        row = queries.import_row(conn, request.path_params["import_id"])
    if row is None or row.society != profile.slug:
        raise HTTPException(404)
    return page(request, "secretary/import.html", society=profile, row=row, report=row.report)


def statements(request: Request) -> Response:
    """Book years with books, which of them are filed, and what to do next."""
    with desk.runtime(request).db.read() as conn:
        profile = desk.own_society(request, conn)
        filings = shelf.read(conn, profile.slug)
        filed = {item.book_year: filings.told[item.sha256] for item in filings.in_force}
        found = sorted({*queries.book_years(conn, profile.slug), *filed}, reverse=True)
    return page(request, "secretary/statements.html", society=profile, years=found, filed=filed)


def draft(request: Request) -> Response:
    """The figures at the newest head, every fault found, and the record to sign."""
    rt, book_year = desk.runtime(request), _year(request)
    with rt.db.read() as conn:
        profile = desk.own_society(request, conn)
        keys = my_keys(request, conn)
        try:
            found = service.draft_statement(conn, profile.slug, book_year, now=rt.clock())
        except BooksError as fault:
            return page(
                request, "secretary/no_draft.html", status=422, society=profile,
                book_year=book_year, fault=desk.sentence(request, fault),
            )  # fmt: skip
        standing = queries.statement(conn, profile.slug, book_year)
        filings = shelf.read(conn, profile.slug)
    record: Mapping[str, Any] = found.record
    return page(
        request,
        "secretary/draft.html",
        society=profile,
        book_year=book_year,
        draft=found,
        sheet=draft_sheet(record, filings),
        record=json.dumps(record, ensure_ascii=False),
        keys=json.dumps({b64.encode(key.public_key): key.role for key in keys}),
        bound=keys,
        standing=standing,
    )


def my_keys(request: Request, conn: Connection) -> list[OfficerKey]:
    """The signed-in officer's own keys in force."""
    found = people.officer_keys_of(conn, desk.actor(request).account.id)
    return [key for key in found if key.revoked_at is None]


def file(request: Request, record: dict[str, Any]) -> Response:
    """Check and seal a signed statement."""
    rt, book_year = desk.runtime(request), _year(request)
    with rt.db.read() as conn:
        profile = desk.own_society(request, conn, ("secretary", "president"))
    if record.get("book_year") != book_year:
        return desk.refusal(request, OtherYearError(book_year=book_year))
    try:
        found = service.file_statement(rt, profile.slug, record)
    except StatementRefusedError as refused:
        faults = [{"code": f.code, "message": f.message, "column": f.column}
                  for f in refused.faults]  # fmt: skip
        return desk.refusal(request, refused, faults=faults)
    except SakshiError as fault:
        return desk.refusal(request, fault)
    head = rt.publisher.wait(found.origin, found.index, rt.settings.receipt_timeout)
    url = f"/secretary/statements/{book_year}/filed"
    body = {"url": url, "sha256": found.sha256, "origin": found.origin, "index": found.index}
    status = 202 if head is None else 201
    return JsonAnswer(
        {**body, "status": "published" if head else "pending, not a receipt"}, status_code=status
    )


def filed(request: Request) -> Response:
    """The sealed page: what was filed, where it stands, what still shows as a fault."""
    with desk.runtime(request).db.read() as conn:
        profile = desk.own_society(request, conn)
        found = queries.statement(conn, profile.slug, _year(request))
        if found is None:
            return RedirectResponse(f"/secretary/statements/{_year(request)}", status_code=303)
        published = standing.published(conn, found.at.origin, found.at.index) is not None
        entry = logs.entry(conn, found.at.origin, found.at.index)
        filings = shelf.read(conn, profile.slug)
    return page(
        request,
        "secretary/filed.html",
        status=200 if published else 202,
        society=profile,
        filed=found,
        published=published,
        code=receipts.code(entry.leaf),
        colour=filings.told[found.sha256].colour,
        found=filings.found(found),
    )


def _year(request: Request) -> str:
    found = years.parse_book_year(request.path_params["book_year"])
    if found is None or found != request.path_params["book_year"]:
        raise HTTPException(404)
    return found
