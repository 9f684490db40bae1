"""The desks with a meeting that is open, officers with keys, an alert, and people to sign in as."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from oversight import adoption
from oversight import queries as oversight
from oversight import service as oversight_service
from tests.conftest import StateMaker
from tests.oversight.applications import papers
from tests.simulator.states import State
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario, opened
from trust.books import service as books_service
from trust.formats import b64, signing
from trust.log.runtime import Runtime
from trust.people.model import Grant
from web import wiring
from web.app import create_app

SLUG = w.PROFILE.slug
LOANS = (
    "Loan register as on 2026-06-01\n"
    "loan_id,member_ref,sanctioned_on,sanctioned,outstanding,overdue,overdue_days,purpose,"
    "payee_ref,collateral_ref,in_area\n"
)


def loan_register(loans: int, same: int) -> bytes:
    """A register of `loans` loans to as many payees and `same` large ones to one payee."""
    rows = [
        f"L{n},M{n},2026-05-0{n % 9 + 1},500000,500000,0,0,House,PAYEE-{n},DEED-{n},yes\n"
        for n in range(loans)
    ]
    rows += [
        f"K{n},N{n},2026-05-{n % 28 + 1:02d},5000000,5000000,0,0,House,PAYEE-X,LAND-{n},no\n"
        for n in range(same)
    ]
    return (LOANS + "".join(rows)).encode()


@dataclass(slots=True)
class Person:
    """Somebody with a browser without JavaScript; what scripts would do, the test does."""

    client: TestClient
    sent: list[bytes] = field(default_factory=list)

    def get(self, path: str, status: int = 200) -> str:
        """The text of a page."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:3000])
        return answer.text

    def token(self, path: str) -> str:
        """The form token of a page."""
        found = re.search(r'(?:name="csrf" value|data-csrf)="([^"]+)"', self.get(path))
        assert found, f"{path} has no form"
        return found[1]

    def post(self, page: str, path: str, **fields: Any) -> Any:
        """Send a form that stands on `page`."""
        return self.client.post(path, data={"csrf": self.token(page), **fields})

    def send(self, page: str, path: str, body: object) -> Any:
        """Send JSON as the scripts of `page` do."""
        headers = {"X-CSRF-Token": self.token(page), "Accept": "application/json"}
        return self.client.post(path, json=body, headers=headers)

    def sign_in(self, login: str, password: str = w.PASSWORD) -> "Person":
        """Sign in with a password."""
        answer = self.post("/login", "/login", login=login, password=password)
        assert answer.status_code == 303, answer.text[:2000]
        return self

    def sign_in_with_card(self, name: str) -> "Person":
        """Sign in as the login page's script does, with the card of that name."""
        key = b64.encode(w.public_of(name))
        given = self.send("/login", "/login/challenge", {"key": key}).json()
        made = signing.sign(w.seed_of(name), "member", "login", given["origin"], given["record"])
        record = signing.with_signatures(given["record"], [made])
        answer = self.send("/login", "/login/signed", {"record": record})
        assert answer.status_code == 200, answer.text
        return self


def attribute(page: str, name: str) -> str:
    """The value of a data attribute of a page."""
    found = re.search(rf'{name}="([^"]*)"', page)
    assert found, f"the page has no {name}"
    return html.unescape(found[1])


def _with_officers(rt: Runtime) -> VotingScenario:
    made = opened(rt)
    with rt.db.write() as conn:
        now = rt.clock()
        adoption.adopt_proposed(conn, now=now)
        w.add_staff(
            conn,
            made.people_setting,
            "auditor",
            Grant("auditor", "district", w.PROFILE.district),
            None,
            now,
        )
        w.add_staff(
            conn,
            made.people_setting,
            "elsewhere",
            Grant("registrar", "district", "thrissur"),
            None,
            now,
        )
        w.add_staff(
            conn,
            made.people_setting,
            "deputy",
            Grant("registrar", "district", w.PROFILE.district),
            None,
            now,
        )
        setting = made.people_setting
        papers.pending(conn, setting.actor(conn, "secretary"), now)
    return made


@pytest.fixture(scope="session")
def state_open(make_state: StateMaker) -> Iterator[State]:
    """A meeting open for votes; an auditor, two registrars of the district and one elsewhere; an
    amendment of the bye-laws that waits."""
    with make_state(_with_officers) as state:
        yield state


@pytest.fixture
def scenario(state_open: State, rt: Runtime) -> VotingScenario:
    """A copy of it for one test."""
    return cast(VotingScenario, state_open.value(rt=rt))


@pytest.fixture
def alert(rt: Runtime, scenario: VotingScenario) -> str:
    """The id of an alert that a loan register raised."""
    report = books_service.import_file(
        rt, SLUG, "loans.csv", loan_register(20, 46), actor="secretary"
    )
    assert report.state == "posted", report.refused
    oversight_service.evaluate(rt, SLUG)  # a worker of the server may have been first
    wiring.load_packages()
    with rt.db.read() as conn:
        found = oversight.alerts(conn, society=SLUG)
    return next(item.id for item in found if item.rule == "K2")


@pytest.fixture
def app(rt: Runtime, scenario: VotingScenario) -> Starlette:
    """The application over a state with a meeting."""
    return create_app(rt)


@pytest.fixture
def person(app: Starlette) -> Iterator[Any]:
    """Makes people with browsers of their own, reading English unless said otherwise."""
    clients: list[TestClient] = []

    def make(lang: str = "en") -> Person:
        client = TestClient(app, base_url="http://testserver", follow_redirects=False)
        client.__enter__()
        client.cookies.set("lang", lang)
        clients.append(client)
        return Person(client)

    yield make
    for client in clients:
        client.__exit__(None, None, None)
