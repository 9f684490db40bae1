"""A hand-over: the officer who follows takes the alerts and requests that the one before left open.

Each alert is a step of its own, so that its page shows who has it; one public entry says how many.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from oversight import queries, triage
from oversight.model import Alert
from trust.people import queries as people
from trust.people.model import Actor, Grant
from trust.people.offices import queries as offices
from trust.people.offices import service as offices_service
from trust.people.offices.model import Appointment


@dataclass(frozen=True, slots=True)
class HandOver:
    """What was taken over: ids of alerts, and how many requests."""

    alerts: list[str]
    requests: int


def left_open(conn: Connection, before: Appointment) -> list[Alert]:
    """Acknowledged alerts of an appointment's holder within its jurisdiction."""
    mine = [
        one
        for one in queries.alerts(conn, open_only=True)
        if one.owner == before.account_id and one.state == "acknowledged"
    ]
    given = Grant(before.role, before.scope_kind, before.scope)
    slugs = {one.society for one in mine}
    covered = {one.slug for one in people.profiles(conn, slugs) if given.covers(one)}
    return [one for one in mine if one.society in covered]


def hand_over(conn: Connection, actor: Actor, number: int, *, now: int) -> HandOver:
    """Take over what the holder of an ended appointment left open.

    Raises NoSuchAppointmentError, NothingToTakeError.
    """
    before = offices.appointment(conn, number)
    after = offices_service.after_of(conn, actor, before, now=now)
    alerts = [one.id for one in left_open(conn, before)] if before.role == "registrar" else []
    for alert in alerts:
        triage.take_over(conn, actor, alert, now=now)
    taken = offices_service.take_requests(conn, before, after, now=now)
    offices_service.seal_hand_over(conn, before, after, len(alerts), taken, now=now)
    return HandOver(alerts, taken)
