"""Work of oversight: judge a society when its facts change, and as time passes."""

import logging

from oversight import failing, service
from oversight.errors import NoPolicyError
from trust import jobs
from trust.log.runtime import Runtime

_log = logging.getLogger("sakshi.oversight")


@jobs.work("society")
def evaluate_society(rt: Runtime, slug: str) -> None:
    """Judges one society; idempotent. A judgement that fails is kept and tried again later, so
    that the others are judged meanwhile. Without a policy there is nothing to judge by, and
    adopting one asks for every society again."""
    try:
        service.evaluate(rt, slug)
    except NoPolicyError as error:
        _log.warning("%s", error)
    except Exception as error:  # Whatever it is, it must be seen and must not stop the others.
        with rt.db.write() as conn:
            failure = failing.record(conn, slug, error, now=rt.clock())
        tried = (slug, failure.error, failing.where(error), failure.tries)
        _log.error("society %s is not judged: %s at %s, try %d", *tried)
    else:
        _clear(rt, slug)


def _clear(rt: Runtime, slug: str) -> None:
    with rt.db.read() as conn:
        if failing.of(conn, slug) is None:
            return
    with rt.db.write() as conn:
        failing.clear(conn, slug)
    _log.info("society %s is judged again", slug)
