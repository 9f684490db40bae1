"""Societies of somebody's area, found by name, place or number, page by page."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trust.people import finding
from trust.people.model import Role
from web import choices, staff
from web.render import page


def searched(
    request: Request, template: str, role: Role, *, sealed: bool = False, **more: Any
) -> Response:
    """A page of the societies over which the signed-in person has a role and that fit `q`.

    Args:
        sealed: whether the page shows the seal line of each.
        more: what it shows besides.
    """
    rt, person = staff.runtime(request), staff.actor(request)
    wanted = staff.text(request.query_params, "q", 100)
    number = choices.page_number(request.query_params)
    with rt.db.read() as conn:
        found = finding.search(
            conn,
            wanted,
            kept=lambda one: person.may(role, one),
            limit=staff.MOST_LISTED,
            offset=(number - 1) * staff.MOST_LISTED,
        )
        listed = found.societies if sealed else ()
        seals = {one.slug: staff.book_seal(conn, one.slug, rt.clock()) for one in listed}
    names: dict[str, Any] = {
        "societies": found.societies,
        "seals": seals,
        "count": found.count,
        "number": number,
        "last": -(-found.count // staff.MOST_LISTED),
    }
    return page(request, template, q=wanted, **names | more)
