"""Declaring an import void: a page that says what will happen, and the deed."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.books import queries as books
from trust.books import service as books_service
from trust.people.model import Role
from web import staff
from web.render import page

ROLES: Final[tuple[Role, ...]] = ("secretary", "president")
"""Who may declare an import void: those who sign the sheets that rest on it."""


def confirm(request: Request, status: int = 200, **context: Any) -> Response:
    """What void means for this import, with the reason still to be given."""
    with staff.runtime(request).db.read() as conn:
        profile = staff.own_society(request, conn, ROLES)
        row = books.import_row(conn, request.path_params["import_id"])
    if row is None or row.society != profile.slug:
        raise HTTPException(404)
    return page(request, "secretary/void.html", status=status, society=profile, row=row, **context)


@staff.shown_again(confirm)
def declare(request: Request, fields: FormData) -> Response:
    """Declare an import void; its page shows it then."""
    rt, import_id = staff.runtime(request), request.path_params["import_id"]
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn, ROLES)
    books_service.void_import(
        rt,
        import_id,
        reason=staff.text(fields, "reason", 2_000),
        actor=staff.actor(request).account.login,
        society=profile.slug,
    )
    return RedirectResponse(f"/secretary/imports/{import_id}", status_code=303)
