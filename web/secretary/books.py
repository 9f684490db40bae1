"""Bringing books in: files, and what became of them."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.books import queries as books
from trust.books import service as books_service
from trust.books import uploads
from trust.books.model import Answers, ImportReport
from trust.books.readers.files import KINDS
from web import staff
from web.errors import FileTooLargeError
from web.render import page
from web.secretary.blanks import HEADS

ANSWER: Final = "answer."
"""What the names of fields begin with that answer questions about a file."""
MAX_FILE: Final = 64_000_000
"""Bytes of the largest file taken through the page; larger ones go through `sakshi import`."""


def imports(request: Request, status: int = 200, **context: Any) -> Response:
    """What was imported so far, and the form for the next file."""
    with staff.runtime(request).db.read() as conn:
        profile = staff.own_society(request, conn)
        found = books.imports(conn, profile.slug)
        registers = books.register_findings(conn, profile.slug)
        now = staff.runtime(request).clock()
        seal = staff.book_seal(conn, profile.slug, now)
        waiting = uploads.waiting(conn, profile.slug, now=now)
    shown: dict[str, Any] = {"report": None}
    return page(
        request,
        "secretary/imports.html",
        status=status,
        society=profile,
        imports=found,
        registers=registers,
        waiting=waiting,
        me=staff.actor(request).account.id,
        kinds=KINDS,
        blanks=tuple(HEADS),
        seal=seal,
        **shown | context,
    )


def answers_of(fields: FormData) -> dict[str, str]:
    """Answers of a form, by the code of their question; the book year is one."""
    said = {
        name.removeprefix(ANSWER): staff.text(fields, name, 200)
        for name in fields
        if name.startswith(ANSWER)
    }
    said = {code: text for code, text in said.items() if text}
    year = staff.text(fields, "book_year", 7)
    return said | ({"year": year} if year else {})


def too_large() -> FileTooLargeError:
    """The refusal of a file that is larger than `MAX_FILE`."""
    return FileTooLargeError(megabytes=MAX_FILE // 1_000_000)


def take(
    request: Request,
    filename: str,
    data: bytes,
    kind: str,
    answers: Answers,
    *,
    dry_run: bool = False,
) -> ImportReport:
    """Import a file for the officer's own society, as the page and the API do."""
    with staff.runtime(request).db.read() as conn:
        profile = staff.own_society(request, conn)
    return books_service.import_file(
        staff.runtime(request),
        profile.slug,
        filename,
        data,
        actor=staff.actor(request).account.login,
        kind=kind,
        answers=answers,
        dry_run=dry_run,
    )


def import_report(request: Request) -> Response:
    """The report of one import of this society."""
    with staff.runtime(request).db.read() as conn:
        profile = staff.own_society(request, conn)
        row = books.import_row(conn, request.path_params["import_id"])
        left = {one.id: one for one in books.open_imports(conn)}
    if row is None or row.society != profile.slug:
        raise HTTPException(404)
    return page(
        request,
        "secretary/import.html",
        society=profile,
        row=row,
        report=row.report,
        left=left.get(row.id),
    )
