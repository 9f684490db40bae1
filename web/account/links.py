"""The page of a one-time link: its person chooses a password. Looking at it uses nothing up."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trust.people.offices import links
from trust.people.offices.errors import PasswordsDifferError
from web import security, staff
from web.render import page

MAX_PASSWORD = 1000


def link_page(request: Request, status: int = 200, **context: Any) -> Response:
    """Whose link it is, and the form."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        found = links.look(conn, request.path_params["token"], now=rt.clock())
    headers = {"Cache-Control": "no-store"}
    return page(request, "account/link.html", status=status, headers=headers, link=found, **context)


@staff.shown_again(link_page)
def choose(request: Request, fields: FormData) -> Response:
    """The password is set, and the link is over."""
    rt = staff.runtime(request)
    password, again = (str(fields.get(name) or "") for name in ("password", "password_again"))
    if password != again:
        raise PasswordsDifferError
    with rt.db.write() as conn:
        links.use(
            conn,
            request.path_params["token"],
            password[:MAX_PASSWORD],
            now=rt.clock(),
            memory_kib=rt.settings.argon2_memory_kib,
        )
    return RedirectResponse("/login", status_code=303)


async def shown(request: Request) -> Response:
    """The page, in a thread."""
    return await run_in_threadpool(link_page, request)


routes = [
    Route("/link/{token}", shown),
    Route("/link/{token}", security.form(choose), methods=["POST"]),
]
