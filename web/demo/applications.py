"""Applications of the demo: bye-laws in force, one amendment, and what waits at the office.

The first society amends bye-law 12, as its meeting decided. In its district one application is
undecided for too long, one is refused; elsewhere one waits for an answer. Nobody named exists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection

from oversight.applications import registering, service
from oversight.applications.model import Applied
from oversight.applications.registering import NewBylaws
from oversight.pure.filing import india_day
from trust.log.runtime import Runtime
from trust.people.model import Actor
from web.demo.model import DemoSociety

_ONE_CENTRE: Final = "12. The society collects milk at one centre."
_TWO_CENTRES: Final = "12. The society collects milk at two centres."
TEXT: Final = "\n".join(
    (
        "1. The society is called by its registered name.",
        "2. Its area of operation is the panchayat in which its office is.",
        "3. A share is of ₹100. Whoever holds one and lives in the area may be admitted.",
        "4. The general body meets once a year, within six months after 31 March.",
        _ONE_CENTRE,
        "13. The profit is appropriated as the Act says; what remains is a price difference.",
    )
)
AMENDED: Final = TEXT.replace(_ONE_CENTRE, _TWO_CENTRES)


@dataclass(slots=True)
class Applications:
    """What is applied for in the demo, and by whom it is decided."""

    rt: Runtime
    item: DemoSociety
    actor: Callable[[Connection, str], Actor]
    registrar: str
    officer: str
    amendment: str = ""
    refused: str = ""

    def first_bylaws(self, now: int) -> None:
        """The office enters the bye-laws in force."""
        profile = self.item.profile
        new = NewBylaws(profile.slug, None, None, profile.registered_on, "B-18/1987", "7", TEXT)
        with self.rt.db.write() as conn:
            registering.enter(conn, self.actor(conn, self.registrar), new, now=now)

    def apply(self, now: int) -> None:
        """The society hands in its amendment; others reach the office on paper."""
        today = india_day(now)
        with self.rt.db.write() as conn:
            office = self.actor(conn, self.officer)
            self.amendment = service.receive(
                conn, self.actor(conn, f"{self.item.profile.slug}.secretary"),
                self._amendment(today), now=now,
            )  # fmt: skip
            self.refused = service.receive(
                conn, office, _new("Example Weavers", "ഉദാഹരണ നെയ്ത്ത്", today, 41), now=now
            )
            service.receive(conn, office, _new("Sample Growers", "മാതൃകാ കർഷക", today, 118), now=now)

    def decide(self, now: int) -> None:
        """The amendment is registered after a query, a registration is refused, one is queried."""
        with self.rt.db.write() as conn:
            registrar = self.actor(conn, self.registrar)
            secretary = self.actor(conn, f"{self.item.profile.slug}.secretary")
            asked = "Is the resolution signed by the chairperson of the meeting?"
            service.query(conn, registrar, self.amendment, "12", asked, now=now)
            service.answer(
                conn, secretary, self.amendment, "It is; the minutes are enclosed.", now=now
            )
            service.decide(
                conn, registrar, self.amendment, "register", "12(5)",
                "The amendment is lawful and was adopted as the Act asks.", "B-412", now=now,
            )  # fmt: skip
            service.decide(
                conn, registrar, self.refused, "refuse", "7(1)(c)",
                "Its area of operation overlaps that of a society of the same kind.", "", now=now,
            )  # fmt: skip

    def _amendment(self, today: date) -> Applied:
        profile = self.item.profile
        return Applied(
            "bye-laws", profile.slug, profile.name_en, profile.name_ml, profile.district,
            profile.taluk, profile.sector, today, "The secretary", "Post box 12", None, AMENDED,
        )  # fmt: skip


def _new(name_en: str, name_ml: str, today: date, days: int) -> Applied:
    """A registration that the office received so many days ago."""
    return Applied(
        "registration", None, f"{name_en}' Co-operative Society", f"{name_ml} സഹകരണ സംഘം",
        "thrissur", "Mukundapuram", "consumer", today - timedelta(days=days),
        "The chief promoter", "Post box 7", None, TEXT,
    )  # fmt: skip
