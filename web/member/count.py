"""The count of a meeting in a member's own hands: its package, and a page that counts it again.

The package holds the roll without names and every ballot under its roll number, so each member of
the society may have it after the close; nothing in it, and no page of ours, says whose number is
whose. The page works in her browser on the very file that she could take to anybody.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trust.log import package, sealed
from voting import package as packages
from web import security, staff
from web.member import views
from web.render import page

COUNTED = 2
"""The version of meetings whose rules the page knows."""


def count(request: Request) -> Response:
    """The check of the count; the numbers are worked out by the browser."""
    mine = _closed(request)
    with staff.runtime(request).db.read() as conn:
        notice = sealed.record(conn, mine.meeting.origin, 0, "meeting")
        return page(
            request,
            "member/count.html",
            mine=mine,
            counted_here=notice["v"] == COUNTED,
            seal=staff.log_seal(conn, mine.meeting.origin),
        )


def meeting_package(request: Request) -> Response:
    """The audit package of a closed meeting of my society."""
    mine = _closed(request)
    with staff.runtime(request).db.read() as conn:
        data = packages.meeting_package(conn, mine.meeting.id, package.everything)
    return Response(
        data,
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{mine.meeting.id}.zip"'},
    )


def _closed(request: Request) -> views.MyMeeting:
    """A meeting of my society; 404 before it is closed, because nothing is open until then."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        mine = views.my_meeting(
            conn, staff.actor(request), request.path_params["meeting"], rt.clock()
        )
    if mine.meeting.closed_at is None:
        raise HTTPException(404)
    return mine


_member = security.require("member", society="")
routes = [
    Route("/member/meetings/{meeting}/count", _member(count)),
    Route("/member/meetings/{meeting}/package.zip", _member(meeting_package)),
]
