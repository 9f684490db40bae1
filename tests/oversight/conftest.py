"""A state with one society, a policy and two officers of the Registrar."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from sqlalchemy import Connection

from oversight import adoption, judged, judging
from oversight.model import AlertChange
from oversight.pure.facts import FactBook
from tests.oversight.rows import book
from tests.trust.people.scenario import LATER
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Actor, Grant, ScopeKind, SocietyProfile


def profile(number: int, district: str = "thrissur", sector: str = "credit") -> SocietyProfile:
    """A fictitious society."""
    return SocietyProfile(
        slug=f"test-{number}",
        registration_number=f"TEST {number}",
        name_en=f"Test Society {number}",
        name_ml=f"പരീക്ഷണ സംഘം {number}",
        district=district,
        taluk="mukundapuram",
        sector=sector,
        class_="class-1",
        registered_on=date(1960, 1, 1),
    )


@dataclass(slots=True)
class Desk:
    """The runtime, what the test says the books hold, and the officers."""

    rt: Runtime
    facts: FactBook = field(default_factory=book)
    slug: str = "test-1"

    def judge(self, facts: FactBook | None = None) -> list[AlertChange]:
        """Sets the facts, if given, and judges the society by them, though its books did not
        change."""
        if facts is not None:
            self.facts = facts
        with self.rt.db.write() as conn:
            judged.ask_again(conn, self.slug)
        return judging.judge_society(self.rt, self.slug, self._read)

    def _read(self, conn: Connection, profile: SocietyProfile, today: date) -> FactBook:
        return self.facts

    def officer(self, login: str, kind: ScopeKind = "district", scope: str = "thrissur") -> Actor:
        """An officer of the Registrar with that jurisdiction; made at the first call."""
        with self.rt.db.write() as conn:
            account = people.account(conn, login)
            if account is None:
                now = self.rt.clock()
                account = people_service.create_account(conn, login, login, "staff", now=now)
                people_service.grant(conn, account.id, Grant("registrar", kind, scope), now=now)
            return people.actor(conn, account.id, LATER)


@pytest.fixture
def desk(rt: Runtime) -> Desk:
    """A state with one society in Thrissur and the proposed policy adopted."""
    with rt.db.write() as conn:
        people_service.register_society(conn, profile(1), now=rt.clock())
        adoption.adopt_proposed(conn, now=rt.clock())
    return Desk(rt)
