"""Papers on the desks of the invented society and its office."""

from datetime import timedelta

from sqlalchemy import Connection

from oversight.applications import registering, service
from oversight.applications.model import Applied
from oversight.applications.registering import NewBylaws
from oversight.pure.filing import india_day
from tests.trust.people import scenario as w
from trust.people.model import Actor

TEXT = "1. The society is called as registered.\n2. A share is of ₹100."


def amendment(now: int) -> Applied:
    """An amendment of the society's bye-laws, received today."""
    profile, today = w.PROFILE, india_day(now)
    return Applied(
        "bye-laws", profile.slug, profile.name_en, profile.name_ml, profile.district,
        profile.taluk, profile.sector, today, "Nobody Real", "by post",
        today - timedelta(days=3), TEXT,
    )  # fmt: skip


def in_force(conn: Connection, registrar: Actor, now: int) -> None:
    """Bye-laws that the office enters."""
    new = NewBylaws(w.PROFILE.slug, None, None, india_day(now), "B-0", "7", TEXT)
    registering.enter(conn, registrar, new, now=now)


def pending(conn: Connection, secretary: Actor, now: int) -> str:
    """An amendment that waits; returns its number."""
    return service.receive(conn, secretary, amendment(now), now=now)
