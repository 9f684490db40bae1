"""A small fictitious society for tests: officers, members and the keys they alone hold."""

from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from nacl.signing import SigningKey
from sqlalchemy import Connection

from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Actor, Gender, Grant, OfficerRole, Role, SocietyProfile
from trust.people.offices import service as offices

LATER = 4_000_000_000
"""A moment after all tests: what began for good is in force then."""
CHEAP = 64
"""Argon2 memory in KiB for tests."""

PROFILE = SocietyProfile(
    slug="tvm-101",
    registration_number="TVM/101",
    name_en="Example Service Co-operative Bank",
    name_ml="ഉദാഹരണ സർവീസ് സഹകരണ ബാങ്ക്",
    district="thiruvananthapuram",
    taluk="Nedumangad",
    sector="credit",
    class_="Class I",
    registered_on=date(1961, 4, 1),
)
OTHER = SocietyProfile(
    slug="tsr-7",
    registration_number="TSR.7",
    name_en="Sample Milk Producers Society",
    name_ml="മാതൃകാ ക്ഷീരോൽപാദക സംഘം",
    district="thrissur",
    taluk="Chavakkad",
    sector="dairy",
    class_="Class II",
    registered_on=date(1988, 7, 15),
)
PASSWORD = "correct horse 12"


def seed_of(name: str) -> bytes:
    """A person's secret, derived from a name so that tests repeat; held by the client only."""
    return sha256(f"test seed of {name}".encode()).digest()


def public_of(name: str) -> bytes:
    """The public key of that seed."""
    return bytes(SigningKey(seed_of(name)).verify_key)


@dataclass(slots=True)
class PeopleScenario:
    """What `build` made: row ids by role or by member number."""

    accounts: dict[str, int] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)

    def actor(self, conn: Connection, who: str) -> Actor:
        """The actor of that account."""
        return people.actor(conn, self.accounts[who], LATER)


def add_staff(
    conn: Connection,
    scenario: PeopleScenario,
    login: str,
    given: Grant,
    society: str | None,
    now: int,
) -> None:
    """An account with one role."""
    made = people_service.create_account(
        conn,
        login,
        login.title(),
        "staff",
        now=now,
        password=PASSWORD,
        society=society,
        memory_kib=CHEAP,
    )
    people_service.grant(conn, made.id, given, now=now)
    scenario.accounts[login] = made.id


def federated(conn: Connection, scenario: PeopleScenario, society: str, now: int) -> None:
    """Two administrators, the State's office and a federation, which a society lets see it."""
    for login in ("administrator", "administrator 2"):
        name = login.replace(" ", "-")
        add_staff(conn, scenario, name, Grant("administrator", "state", ""), None, now)
    admin = scenario.actor(conn, "administrator")
    names = ("State office", "സംസ്ഥാന ഓഫീസ്")
    offices.open_office(conn, admin, "state", "state", names, scope="", parent=None, now=now)
    names = ("Milk federation", "ക്ഷീര ഫെഡറേഷൻ")
    offices.open_office(
        conn, admin, "milk-fed", "federation", names, scope="", parent="state", now=now
    )
    offices.let(conn, scenario.actor(conn, "secretary"), society, "milk-fed", now=now)


def officer(
    conn: Connection, scenario: PeopleScenario, login: str, role: Role, slug: str, now: int
) -> None:
    """A society's officer."""
    add_staff(conn, scenario, login, Grant(role, "society", slug), slug, now)


def build(conn: Connection, now: int, members: int = 6, with_key: int = 5) -> PeopleScenario:
    """Two societies; the first with three officers and members 1..n, some with cards."""
    scenario = PeopleScenario()
    for profile in (PROFILE, OTHER):
        people_service.register_society(conn, profile, now=now)
    for role in ("secretary", "president", "clerk"):
        officer(conn, scenario, role, role, PROFILE.slug, now)
    officer(conn, scenario, "stranger", "secretary", OTHER.slug, now)
    add_staff(
        conn, scenario, "registrar", Grant("registrar", "district", PROFILE.district), None, now
    )
    for number in range(1, members + 1):
        scenario.members[str(number)] = admit(conn, scenario, str(number), now)
    for number in range(1, with_key + 1):
        enrol(conn, scenario, str(number), now)
    return scenario


def admit(
    conn: Connection,
    scenario: PeopleScenario,
    number: str,
    now: int,
    changes: dict[str, Any] | None = None,
) -> int:
    """A member with full rights unless `changes` says otherwise."""
    gender: Gender = "f" if int(number) % 2 else "m"
    values: dict[str, Any] = {
        "number": number,
        "name": f"Member {number}",
        "gender": gender,
        "joined": date(2015, 1, 1),
        "share_paid_on": date(2015, 1, 1),
    } | (changes or {})
    new = people_service.NewMember(**values)
    made = people_service.admit_member(
        conn, scenario.actor(conn, "clerk"), PROFILE.slug, new, now=now
    )
    assert isinstance(made, int), "no second officer is asked before a roll is drawn"
    return made


def seal_register(conn: Connection, scenario: PeopleScenario, now: int) -> None:
    """Seal the register as it stands, by clerk and president."""
    asked = people_service.begin_register_opening(
        conn, scenario.actor(conn, "clerk"), PROFILE.slug, now=now
    )
    people_service.confirm_register_opening(conn, scenario.actor(conn, "president"), asked, now=now)


def enrol(conn: Connection, scenario: PeopleScenario, number: str, now: int, name: str = "") -> int:
    """Bind the member's card by clerk and secretary; the key is that of `name` or of the number."""
    key = public_of(name or f"member {number}")
    request = people_service.begin_enrolment(
        conn, scenario.actor(conn, "clerk"), scenario.members[number], key, "card", now=now
    )
    return people_service.confirm_enrolment(
        conn, scenario.actor(conn, "secretary"), request, now=now
    )


def member_of(conn: Connection, scenario: PeopleScenario, number: str) -> Actor:
    """The member herself, signed in; she must have been enrolled."""
    account = people.account_of_member(conn, scenario.members[number])
    assert account is not None
    return people.actor(conn, account.id, LATER)


def bind_officer(
    conn: Connection, scenario: PeopleScenario, login: str, role: OfficerRole, now: int
) -> int:
    """Bind an officer's key through the Registrar's office."""
    return people_service.bind_officer_key(
        conn,
        scenario.actor(conn, "registrar"),
        scenario.accounts[login],
        public_of(login),
        role,
        now=now,
    )
