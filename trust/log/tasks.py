"""Celery task of the log room: publish what a committed transaction appended."""

from celery import shared_task

from trust import jobs
from trust.log import publication


@shared_task(name="log.publish", acks_late=True)
def publish_log(origin: str) -> None:
    """Publish one log; idempotent: with nothing new it changes nothing."""
    publication.publish(jobs.runtime(), [origin])
