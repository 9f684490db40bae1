"""Work of the log: publish what a committed transaction appended."""

from trust import jobs, outbox
from trust.log.publish.publisher import AT_ONCE
from trust.log.runtime import Runtime


@jobs.work("log")
def publish_log(rt: Runtime, origin: str) -> None:
    """Publish one log through this process's publisher; raises so that the outbox tries again.

    The other logs in the outbox come along in the same round: when fifteen thousand turn the year,
    one round serves many of these tasks.
    """
    with rt.db.read() as conn:
        along = outbox.keys(conn, "log", AT_ONCE)
    if not rt.publisher.flush(origin, along):
        raise TimeoutError(f"{origin} was not published in time; the outbox will ask again.")
