"""Work of the log room: publish what a committed transaction appended."""

from trust import jobs
from trust.log.runtime import Runtime


@jobs.work("log")
def publish_log(rt: Runtime, origin: str) -> None:
    """Publish one log through this process's publisher; raises so that the outbox tries again."""
    if not rt.publisher.flush(origin):
        raise TimeoutError(f"{origin} was not published in time; the outbox will ask again.")
