"""Failing on purpose shuts nobody else out: not the Registrar, not a member, not a whole hall."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from trust.formats import b64
from trust.log.runtime import Runtime
from web import guesses
from web.app import create_app

Waits = list[float]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """How long each attempt would have waited; nobody does."""
    found: Waits = []

    async def noted(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr("web.guesses.asyncio.sleep", noted)
    return found


@pytest.fixture
def at(app: Starlette, scenario: VotingScenario) -> Callable[[str], TestClient]:
    """A browser at an address."""

    def made(address: str) -> TestClient:
        return TestClient(app, client=(address, 50_000), follow_redirects=False)

    return made


def guess(client: TestClient, login: str = "registrar", password: str = "no") -> int:
    answer = client.post("/api/v1/login", json={"login": login, "password": password})
    return answer.status_code


def test_a_stranger_cannot_shut_the_registrar_out(at: Any, waits: Waits) -> None:
    stranger = at("192.0.2.66")
    codes = [guess(stranger) for _ in range(40)]
    assert 429 in codes, "the stranger is slowed"
    assert guess(at("198.51.100.7"), password=w.PASSWORD) == 200
    assert waits[-1] > 0, "from a new device it takes a moment"


def test_a_botnet_cannot_shut_a_known_device_out(
    at: Any, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many fail, from wherever: who signed in from a device before gets in from it."""
    fewer = dataclasses.replace(guesses.NAME_HOUR, amount=100)
    monkeypatch.setattr(guesses, "NAME_HOUR", fewer)
    registrar = at("198.51.100.7")
    assert guess(registrar, password=w.PASSWORD) == 200
    for number in range(guesses.NAME_HOUR.amount + 5):
        guess(at(f"10.{number // 250}.{number % 250}.1"))
    waits.clear()
    registrar.cookies.delete("sakshi")
    assert guess(registrar, password=w.PASSWORD) == 200
    assert waits == [], "and it does not wait"


def test_a_botnet_shuts_no_new_device_out_either(
    at: Any, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new device at an address that took no part waits and gets in; the botnet's sites end."""
    fewer = dataclasses.replace(guesses.NAME_HOUR, amount=20)
    monkeypatch.setattr(guesses, "NAME_HOUR", fewer)
    sites = [f"10.0.0.{number}" for number in range(10)]
    codes = [guess(at(site)) for _ in range(9) for site in sites]
    left = guesses.NAME_HOUR.amount + guesses.SPARE_DAY.amount * len(sites)
    assert codes.count(422) == left and codes[left:] == [429] * (len(codes) - left)
    assert guess(at("203.0.113.9"), password=w.PASSWORD) == 200
    assert waits[-1] > 0
    assert guess(at(sites[0]), "secretary", w.PASSWORD) == 200, "another name is not concerned"


def test_a_known_device_at_the_stranger_s_own_address_gets_in(at: Any, waits: Waits) -> None:
    """One router for an office, or a whole mobile network behind one address."""
    registrar = at("192.0.2.66")
    assert guess(registrar, password=w.PASSWORD) == 200
    assert 429 in [guess(at("192.0.2.66")) for _ in range(40)]
    assert guess(registrar, password=w.PASSWORD) == 200


def test_blanks_around_a_name_do_not_buy_more_guesses(at: Any, waits: Waits) -> None:
    """Each guess comes from another address, as a botnet's would."""
    for number in range(30):
        name = " " * number + ("SECRETARY" if number % 2 else "secretary")
        assert guess(at(f"10.0.0.{number}"), name) == 422
    assert waits == sorted(waits) and waits[0] == 0
    assert waits[-1] == guesses.MOST_SECONDS


def test_a_device_cookie_counts_for_its_own_name_alone(at: Any, waits: Waits) -> None:
    """An officer's own device buys no faster guesses at a colleague's password."""
    insider = at("198.51.100.7")
    assert guess(insider, "clerk", w.PASSWORD) == 200
    codes = [guess(insider, "secretary") for _ in range(30)]
    assert 429 in codes and max(waits) > 0
    insider.cookies.set("sakshi-device", insider.cookies["sakshi-device"][:-2] + "AA")
    waits.clear()
    guess(at("198.51.100.8"), "clerk", "no")
    assert waits, "a forged cookie is no device"


def test_the_cookie_names_nobody(at: Any, waits: Waits) -> None:
    clerk = at("198.51.100.7")
    assert guess(clerk, "clerk", w.PASSWORD) == 200
    import base64

    payload = clerk.cookies["sakshi-device"].split(".")[0]
    said = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert b"clerk" not in said and b"198.51" not in said


def test_a_card_cannot_be_shut_out_by_whoever_knows_its_key(at: Any, person: Any) -> None:
    """Public keys stand in meeting packages; asking for challenges harms nobody."""
    stranger = at("192.0.2.66")
    key = b64.encode(w.public_of("member 1"))
    for _ in range(60):
        stranger.post("/api/v1/login/challenge", json={"key": key})
    person().sign_in_with_card("member 1").get("/member")


def test_a_copy_of_an_ended_session_uses_up_nobodys_allowance(app: Starlette, person: Any) -> None:
    officer, thief = person().sign_in("secretary"), person()
    thief.client.cookies.set("sakshi", officer.client.cookies["sakshi"])
    officer.post("/secretary", "/logout")
    officer.sign_in("secretary")
    copied = thief.client.cookies["sakshi"]
    other = TestClient(app, client=("192.0.2.66", 50_000), cookies={"sakshi": copied})
    codes = [other.post("/api/v1/nothing-here").status_code for _ in range(245)]
    assert codes[-1] == 429
    assert officer.client.post("/api/v1/nothing-here").status_code != 429


def test_a_hall_behind_one_address_gets_in(rt: Runtime, scenario: VotingScenario) -> None:
    """150 cards in a minute from one router: two requests each."""
    client = TestClient(create_app(rt))
    key = b64.encode(w.public_of("member 1"))
    codes = {
        client.post("/api/v1/login/challenge", json={"key": key}).status_code for _ in range(300)
    }
    assert codes == {200}


def test_a_device_that_guesses_is_soon_as_any_other(
    at: Any, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague at the office's computer, or the thief of its cookie, who takes all night."""
    monkeypatch.setattr(guesses, "DEVICE", dataclasses.replace(guesses.DEVICE, amount=10_000))
    shared = at("198.51.100.7")
    assert guess(shared, "secretary", w.PASSWORD) == 200
    shared.cookies.delete("sakshi")
    waits.clear()
    codes = [guess(shared, "secretary") for _ in range(guesses.DEVICE_HOUR.amount + 40)]
    assert codes[: guesses.DEVICE_HOUR.amount] == [422] * guesses.DEVICE_HOUR.amount
    assert 429 in codes and max(waits) > 0, "its attempts are counted by address and name then"
