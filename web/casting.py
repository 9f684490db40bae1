"""A signed ballot on its way into the log: one path for a member's own and for an assisted one."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from voting.casting import Caster, Outcome
from web.negotiate import JsonAnswer


class Arrivals:
    """Outcomes that come from other threads, handed to the event loop many at a time.

    Waking the loop costs more than what a ballot then still needs, and a published head is the
    outcome of many ballots at once.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._come: deque[Callable[[], None]] = deque()
        self._woken = False

    async def wait(self, outcome: "Future[Outcome]") -> Outcome:
        """The outcome; raises what it raises."""
        answer: asyncio.Future[Outcome] = self._loop.create_future()

        def hand_over() -> None:
            if answer.cancelled():
                return  # whoever asked has left; the ballot is cast all the same
            error = outcome.exception()
            if error is None:
                answer.set_result(outcome.result())
            else:
                answer.set_exception(error)

        outcome.add_done_callback(lambda _: self._arrived(hand_over))
        return await answer

    def _arrived(self, hand_over: Callable[[], None]) -> None:
        self._come.append(hand_over)
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._woken = False  # first: what comes from now on wakes the loop again
        while self._come:
            self._come.popleft()()


def _arrivals(request: Request) -> Arrivals:
    """The arrivals of this event loop."""
    state = request.app.state
    loop, found = getattr(state, "arrivals", (None, None))
    if loop is not asyncio.get_running_loop():
        found = Arrivals()
        state.arrivals = asyncio.get_running_loop(), found
    assert isinstance(found, Arrivals)
    return found


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

    Raises what `voting.ballots.cast` raises.
    """
    caster: Caster = request.app.state.caster
    sealed, head = await _arrivals(request).wait(caster.cast(meeting, ballot, society))
    url = f"{receipts}/{sealed.index}"
    headers = {"Location": url}
    if head is None:
        pending = {"status": "pending, not a receipt", "url": url}
        return JsonAnswer(pending, status_code=202, headers=headers | {"Retry-After": "2"})
    return JsonAnswer({"status": "published", "url": url}, status_code=201, headers=headers)
