"""Seeding: the demo's plan carried out through the platform's own verbs, on a clock of its own.

The clock starts some weeks ago and only goes forward, so that notices were given in time and
alerts have ages; it ends at the present.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import cast

from sqlalchemy import Connection

from oversight import queries as oversight
from oversight import service as oversight_service
from trust.books import service as books_service
from trust.books.pure import findinglist
from trust.formats.canon import Json
from trust.formats.times import IST
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Actor, Grant, OfficerRole, Role
from trust.people.service import NewMember
from web import wiring
from web.demo.applications import Applications
from web.demo.clients import Keyring
from web.demo.meetings import Meetings
from web.demo.model import BEGIN, REGISTERS, DemoFile, DemoSociety

DAY = 86_400
ACKNOWLEDGED = -26
"""Day on which a Registrar's officer takes the first alert over."""

Say = Callable[[str], None]
OFFICERS: tuple[OfficerRole, ...] = ("secretary", "president")
REGISTRAR = "registrar"


class DemoClock:
    """UTC seconds, moved by hand, never back."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def go_to(self, moment: int) -> None:
        """Move on to a moment; one that is past changes nothing."""
        self.now = max(self.now, moment)


@dataclass
class Seeding:
    """One seeding: the runtime it writes to, its clock, and everybody's secrets."""

    rt: Runtime
    clock: DemoClock
    present: int
    societies: tuple[DemoSociety, ...]
    say: Say
    keys: Keyring = field(default_factory=Keyring)

    def day(self, number: int) -> int:
        """The moment of a day of the demo."""
        return self.present + number * DAY

    def run(self) -> None:
        """All of it."""
        started = time.monotonic()
        steps: list[tuple[str, Callable[[], None]]] = [
            ("societies, officers, members and their cards", self._people),
            ("books of two filed years, signed balance sheets", self._books),
            ("meetings called", self._call_meetings),
            ("registers and the first alerts", self._registers),
            ("a meeting voted on and closed, another one open", self._vote),
            ("books of the running year, the other alerts", self._present),
        ]
        for at, (what, step) in enumerate(steps, 1):
            self.say(f"[{at}/{len(steps)}] {what} … ")
            step()
            self.say(f"{time.monotonic() - started:.1f} s\n")

    # ---- day BEGIN

    def _people(self) -> None:
        self.clock.go_to(self.day(BEGIN))
        with self.rt.db.write() as conn:
            self._staff(conn, REGISTRAR, "Registrar's officer", "registrar")
            self._staff(
                conn,
                "registrar.thrissur",
                "Assistant Registrar, Thrissur",
                "registrar",
                Grant("registrar", "district", "thrissur"),
            )
            self._staff(conn, "auditor", "Departmental auditor", "auditor")
            policy = oversight_service.proposed()
            oversight_service.adopt_policy(
                conn, self._actor(conn, REGISTRAR), policy, now=self.clock()
            )
        for item in self.societies:
            with self.rt.db.write() as conn:
                self._society(conn, item)
        self.applications = Applications(
            self.rt, self.societies[0], self._actor, REGISTRAR, "registrar.thrissur"
        )
        self.applications.first_bylaws(self.clock())
        self._publish()

    def _staff(
        self,
        conn: Connection,
        login: str,
        name: str,
        role: Role,
        given: Grant | None = None,
        society: str = "",
        *,
        card: bool = False,
    ) -> None:
        person = self.keys.add(login, name, role, society, password=True, card=card)
        made = people_service.create_account(
            conn,
            login,
            name,
            "staff",
            now=self.clock(),
            password=person.password,
            society=society or None,
            memory_kib=self.rt.settings.argon2_memory_kib,
        )
        people_service.grant(conn, made.id, given or Grant(role, "state", ""), now=self.clock())

    def _actor(self, conn: Connection, login: str) -> Actor:
        account = people.account(conn, login)
        assert account is not None, login
        return people.actor(conn, account.id, self.clock())

    def _society(self, conn: Connection, item: DemoSociety) -> None:
        slug, now = item.profile.slug, self.clock()
        people_service.register_society(conn, item.profile, now=now)
        for role in OFFICERS:
            login = f"{slug}.{role}"
            name = f"{role.title()}, {item.profile.registration_number}"
            self._staff(conn, login, name, role, Grant(role, "society", slug), slug, card=True)
            registrar = self._actor(conn, REGISTRAR)
            account = self._actor(conn, login).account.id
            key = self.keys.public_key(login)
            people_service.bind_officer_key(conn, registrar, account, key, role, now=now)
        self._members(conn, item)

    def _members(self, conn: Connection, item: DemoSociety) -> None:
        slug, now = item.profile.slug, self.clock()
        listed = [NewMember(m.number, m.name, m.gender, m.joined, m.joined) for m in item.members]
        ids = people_service.admit_members(conn, slug, listed, now=now)
        first = self._actor(conn, f"{slug}.secretary")
        second = self._actor(conn, f"{slug}.president")
        for member, member_id in zip(item.members, ids, strict=True):
            if not member.card:
                continue
            login = f"{slug}.m{member.number}"
            self.keys.add(login, member.name, "member", slug, password=False, card=True)
            people_service.create_account(
                conn, login, member.name, "member", now=now, society=slug, member_id=member_id
            )
            key = self.keys.public_key(login)
            asked = people_service.begin_enrolment(conn, first, member_id, key, "card", now=now)
            people_service.confirm_enrolment(conn, second, asked, now=now)
        sealed = people_service.begin_register_opening(conn, first, slug, now=now)
        people_service.confirm_register_opening(conn, second, sealed, now=now)

    def _books(self) -> None:
        for item in self.societies:
            self._import(item, item.first)
        self._publish()
        for item in self.societies:
            self._file(item, item.years[0])
            self._import(item, item.second)
        self._publish()
        for item in self.societies:
            self._file(item, item.years[1])
            self._import(item, (file for file in item.later if file.day == BEGIN))
        self._publish()

    def _import(self, item: DemoSociety, files: Iterable[DemoFile]) -> None:
        for file in files:
            report = books_service.import_file(
                self.rt,
                item.profile.slug,
                file.name,
                file.data,
                actor=f"{item.profile.slug}.secretary",
                book_year=file.book_year,
            )
            if report.state != "posted" or report.refused or report.unmapped:
                raise AssertionError(f"{file.name}: {report}")

    def _file(self, item: DemoSociety, book_year: str) -> None:
        """Draft, sign with both officers' own keys as their browsers would, file."""
        slug = item.profile.slug
        with self.rt.db.read() as conn:
            draft = books_service.draft_statement(conn, slug, book_year, now=self.clock())
            record = cast(dict[str, Json], dict(draft.record))
            if item.trouble == "comparative" and book_year == item.years[1]:
                record["lines"] = retouched(record["lines"])
                seen = books_service.view_statement(conn, slug, record, now=self.clock())
                record["open_checks"] = findinglist.to_state(seen.checks)
        for role in OFFICERS:
            login = f"{slug}.{role}"
            record = self.keys.sign(login, role, "statement", str(record["origin"]), record)
        books_service.file_statement(self.rt, slug, record)

    def _publish(self) -> None:
        """Everything under released heads, every waiting evaluation done."""
        with self.rt.db.read() as conn:
            waiting = [
                info.origin for info in log_queries.logs(conn) if info.next_index != info.size
            ]
        self.rt.publish(waiting)
        wiring.drain(self.rt)

    # ---- later days

    def _call_meetings(self) -> None:
        self.meetings = Meetings(self.rt, self.keys, self.societies[0], self.day)
        self.meetings.call(self.clock())
        self._publish()

    def _registers(self) -> None:
        self.clock.go_to(self.day(REGISTERS))
        for item in self.societies:
            self._import(item, (file for file in item.later if file.day == REGISTERS))
        self._publish()
        self.applications.apply(self.clock())
        self.clock.go_to(self.day(ACKNOWLEDGED))
        with self.rt.db.write() as conn:
            officer = self._actor(conn, REGISTRAR)
            for alert_id in _alerts_of(conn, officer, "loan-concentration", self.societies):
                said = "Sanction papers called for; visit fixed with the committee."
                oversight_service.acknowledge(conn, officer, alert_id, said, now=self.clock())

    def _vote(self) -> None:
        for day, act in self.meetings.days():
            self.clock.go_to(self.day(day))
            act(self.clock())
            self._publish()

    def _present(self) -> None:
        self.clock.go_to(self.present)
        self.applications.decide(self.clock())
        for item in self.societies:
            self._import(item, (file for file in item.later if file.day == 0))
        self._publish()


def _alerts_of(
    conn: Connection, officer: Actor, trouble: str, societies: tuple[DemoSociety, ...]
) -> list[str]:
    slugs = [item.profile.slug for item in societies if item.trouble == trouble]
    return [row.id for slug in slugs for row in oversight.alerts(conn, society=slug)][:1]


def retouched(lines: object) -> list[Json]:
    """The sheet that does not foot: in last year's column 12,50,000 rupees have moved from the bank
    balance to the buildings, and 2,00,000 from the reserve fund to the share capital, so that it
    still casts and is not what was filed."""
    moved = {"A2": -125_000_000, "A7i": 125_000_000, "L2i": -20_000_000, "L1a": 20_000_000}
    listed = cast(list[dict[str, Json]], lines)
    return [
        {**line, "prior": cast(int, line["prior"]) + moved.get(str(line["id"]), 0)}
        for line in listed
    ]


def today_in_india(moment: int) -> date:
    """The day in India of a moment in UTC seconds."""
    return datetime.fromtimestamp(moment, UTC).astimezone(IST).date()
