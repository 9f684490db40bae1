"""A signed ballot on its way into the log: one path for a member's own and for an assisted one."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trust.formats.errors import SakshiError
from voting.casting import Caster
from web import staff
from web.negotiate import JsonAnswer


async def cast(
    request: Request, meeting: str, ballot: dict[str, Any], society: str, receipts: str
) -> Response:
    """Seal a ballot: 201 with the receipt's address when published, else 202 *pending*.

    Ballots that come together are cast together (`voting/casting.py`); no thread waits with them.
    The length of a request tells nothing: our scripts fill every one up with spaces, which JSON
    does not read.

    Args:
        society: whose meeting it must be.
        receipts: address of a receipt, to which the index of its entry is added.
    """
    caster: Caster = request.app.state.caster
    try:
        sealed, head = await asyncio.wrap_future(caster.cast(meeting, ballot, society))
    except SakshiError as fault:
        return staff.refusal(request, fault)
    url = f"{receipts}/{sealed.index}"
    headers = {"Location": url}
    if head is None:
        pending = {"status": "pending, not a receipt", "url": url}
        return JsonAnswer(pending, status_code=202, headers=headers | {"Retry-After": "2"})
    return JsonAnswer({"status": "published", "url": url}, status_code=201, headers=headers)
