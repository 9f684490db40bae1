"""Every answer of a trial says that it is one: pages in a band, everything in a header."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trust.log import trial

HEADER: Final = b"sakshi-trial"
TRIAL: Final = "sakshi.trial"
"""In the scope of a request to a trial; `render.py` looks for it."""


class TrialMark:
    """Adds the header ``Sakshi-Trial`` to each answer, also to refusals and files."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and mark the answer."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (HEADER, trial.TRIAL.encode())]
            await send(message)

        scope[TRIAL] = True
        await self.app(scope, receive, marked)
