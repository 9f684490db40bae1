"""The officers' own keys: made here, bound by the Registrar's office, given up when one is lost."""

from typing import Any

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.people import queries as people
from trust.people import service as people_service
from trust.people.errors import NoSuchKeyError
from web import dates, staff
from web.render import page
from web.secretary.members import WAITING_PAGE


def keys(request: Request, status: int = 200, **context: Any) -> Response:
    """Keys in force, a new one to make, and the way for a lost one."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn)
        waiting = people.requests(conn, profile.slug, rt.clock())
        names: dict[str, Any] = {
            "society": profile,
            "keys": people.officer_keys(conn, profile.slug),
            "staff": people.staff(conn, profile.slug),
            "me": staff.actor(request).account,
            "waiting": [item for item in waiting if item.what == "key-loss"],
        }
    shown = {"sent": ""}
    return page(request, "secretary/keys.html", status=status, **names | shown | context)


@staff.shown_again(keys)
def revoke_officer(request: Request, _fields: FormData) -> Response:
    """End one's own key by a public entry."""
    rt = staff.runtime(request)
    with rt.db.write() as conn:
        key = own_key(request, conn)
        people_service.revoke_officer_key(conn, staff.actor(request), key, now=rt.clock())
    return RedirectResponse("/secretary/keys", status_code=303)


@staff.shown_again(keys, sent="loss{key}")
def lose(request: Request, fields: FormData) -> Response:
    """First officer: the committee decided that a key is lost."""
    rt = staff.runtime(request)
    decided, reference = dates.day(fields, "decided_on"), staff.text(fields, "reference", 200)
    with rt.db.write() as conn:
        key = own_key(request, conn)
        people_service.begin_officer_key_loss(
            conn, staff.actor(request), key, decided, reference, now=rt.clock()
        )
    return RedirectResponse(WAITING_PAGE, status_code=303)


def own_key(request: Request, conn: Connection) -> int:
    """A key in force of the own society; 404 for any other."""
    profile = staff.own_society(request, conn)
    known = {key.id for key in people.officer_keys(conn, profile.slug)}
    if request.path_params["key"] not in known:
        raise NoSuchKeyError
    return int(request.path_params["key"])
