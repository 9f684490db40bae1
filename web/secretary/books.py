"""Bringing books in: files, and what became of them."""

from typing import Any, Final

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.books import queries as books
from trust.books import service as books_service
from trust.books.model import Answers, ImportReport
from trust.books.readers.files import KINDS
from web import staff
from web.errors import NoFileError
from web.render import page

ANSWER: Final = "answer."
"""What the names of fields begin with that answer questions about a file."""
MAX_FILE: Final = 64_000_000
"""Bytes of the largest file taken through the page; larger ones go through `sakshi import`."""


def imports(request: Request, status: int = 200, **context: Any) -> Response:
    """What was imported so far, and the form for the next file."""
    with staff.runtime(request).db.read() as conn:
        profile = staff.own_society(request, conn)
        found = books.imports(conn, profile.slug)
        seal = staff.book_seal(conn, profile.slug, staff.runtime(request).clock())
    shown: dict[str, Any] = {"report": None}
    return page(
        request,
        "secretary/imports.html",
        status=status,
        society=profile,
        imports=found,
        kinds=("auto", *KINDS),
        seal=seal,
        **shown | context,
    )


@staff.shown_again(imports)
def upload(request: Request, fields: FormData) -> Response:
    """Read a file, seal what is new in it, and tell what became of everything."""
    file = fields.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise NoFileError("file")
    report = take(
        request,
        file.filename,
        file.file.read(),
        staff.text(fields, "kind", 40) or "auto",
        staff.text(fields, "book_year", 7) or None,
        {
            name.removeprefix(ANSWER): text
            for name, text in fields.items()
            if name.startswith(ANSWER) and isinstance(text, str) and text
        },
    )
    told = {} if report.ok else {"form": staff.typed(fields)}
    return imports(request, 200 if report.ok else 422, report=report, **told)


def take(
    request: Request,
    filename: str,
    data: bytes,
    kind: str,
    book_year: str | None,
    answers: Answers | None = None,
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
        book_year=book_year,
        answers=answers,
    )


def import_report(request: Request) -> Response:
    """The report of one import of this society."""
    with staff.runtime(request).db.read() as conn:
        profile = staff.own_society(request, conn)
        row = books.import_row(conn, request.path_params["import_id"])
    if row is None or row.society != profile.slug:
        raise HTTPException(404)
    return page(request, "secretary/import.html", society=profile, row=row, report=row.report)
