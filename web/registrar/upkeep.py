"""What a person has to look after here: backup, mirror, room on the disk, versions."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboards import watch
from trust import upkeep
from trust.people.model import Actor
from web import staff
from web.registrar import concerns
from web.render import page
from web.versions import versions

SHOWN: Final = 14
"""Days of which sizes are shown."""
CODES: Final = (
    "backup-never", "backup-old", "mirror-never", "mirror-old", "disk-short", "disk-filling",
)  # fmt: skip


def may_see(person: Actor) -> bool:
    """Whether the account answers for the whole installation."""
    return any(one.scope_kind == "state" for one in person.grants)


def shown(request: Request) -> Response:
    """The page, for those who answer for the whole installation."""
    rt, person = staff.runtime(request), staff.actor(request)
    if not may_see(person):
        raise HTTPException(403)
    with rt.db.read() as conn:
        known = upkeep.known(conn)
        told = [one for one in watch.platform(conn, now=rt.clock()) if one.code in CODES]
        runs = versions(conn, rt.db)
    return page(
        request,
        "registrar/upkeep.html",
        known=known,
        days=known.days[:SHOWN],
        told=concerns.lines(request, told),
        runs=runs,
        now=rt.clock(),
    )
