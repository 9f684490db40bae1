"""Work of oversight: judge a society when its facts change, and as time passes."""

import logging

from oversight import service
from oversight.errors import NoPolicyError
from trust import jobs
from trust.log.runtime import Runtime

_log = logging.getLogger("sakshi.oversight")


@jobs.work("society")
def evaluate_society(rt: Runtime, slug: str) -> None:
    """Judges one society; idempotent. Without a policy there is nothing to judge by, and adopting
    one asks for every society again."""
    try:
        service.evaluate(rt, slug)
    except NoPolicyError as error:
        _log.warning("%s", error)
