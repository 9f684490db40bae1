"""The register at the desk: sealed and changed by two officers, and no member's key on a page."""

import re
from datetime import date
from typing import Any

import pytest

from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG, Person
from trust.formats import b64, receipts
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.keypoints import check_code

WAITING = "/secretary/enrolments"
SALT = bytes(range(16))


@pytest.fixture
def officer(person: Any, scenario: VotingScenario) -> Person:
    """The secretary, signed in."""
    made: Person = person().sign_in("secretary")
    return made


def request_of(rt: Runtime, what: str) -> int:
    with rt.db.read() as conn:
        (found,) = [item for item in people.requests(conn, SLUG, rt.clock()) if item.what == what]
    return found.id


def test_two_officers_seal_the_register_at_the_desk(person: Any, rt: Runtime) -> None:
    stranger, other = person(), person()
    with rt.db.write() as conn:
        people_setting = w.PeopleScenario()
        w.officer(conn, people_setting, "helper", "clerk", w.OTHER.slug, rt.clock())
        people_service.admit_members(
            conn,
            w.OTHER.slug,
            [people_service.NewMember("1", "Member", "f", date(2015, 1, 1))],
            now=rt.clock(),
        )
    first = stranger.sign_in("stranger")
    assert "look at the register of members and seal it" in first.get("/secretary")
    assert "have not sealed the register yet" in first.get("/secretary/members")
    answer = first.post("/secretary/members", "/secretary/register")
    assert answer.headers["location"] == WAITING
    assert "a second one must confirm" in first.get("/secretary/members")
    second = other.sign_in("helper")
    with rt.db.read() as conn:
        (asked,) = people.requests(conn, w.OTHER.slug, rt.clock())
    second.post(WAITING, f"{WAITING}/{asked.id}")
    text = second.get("/secretary/members")
    assert "Sealed on 21/06/2026 with 1 members" in text
    assert "/secretary/register" not in text, "it is sealed once"
    assert "look at the register of members and seal it" not in second.get("/secretary")


def test_an_admission_waits_for_the_second_officer_while_a_roll_is_drawn(
    officer: Person, person: Any, rt: Runtime
) -> None:
    page = "/secretary/members"
    assert "until it is closed" in officer.get(page)
    answer = officer.post(
        page,
        page,
        number="70",
        name="Late Member",
        gender="f",
        joined="1990-01-01",
        share_paid_on="1990-01-01",
    )
    assert answer.headers["location"] == WAITING
    text = officer.get(WAITING)
    assert "Late Member" in text and "counts from today" in text
    clerk = person().sign_in("clerk")
    assert "Confirm" in clerk.get(WAITING)
    place = f"{WAITING}/{request_of(rt, 'admission')}"
    assert officer.post(WAITING, place).status_code == 409
    made = clerk.post(WAITING, place)
    assert made.status_code == 303 and made.headers["location"].startswith("/secretary/members/")
    with rt.db.read() as conn:
        assert people.member_by_number(conn, SLUG, "70") is not None


def test_a_stop_by_one_ends_the_session_and_waits(
    officer: Person, person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    member = person().sign_in_with_card("member 1")
    member.get("/member")
    place = f"/secretary/members/{scenario.people_setting.members['1']}"
    with rt.db.read() as conn:
        key = people.member_key(conn, scenario.people_setting.members["1"])
    assert key is not None
    assert officer.post(place, f"{place}/revoke", key=key.id, reason="lost").status_code == 303
    assert member.client.get("/member").status_code == 303, "signed out at once"
    text = officer.get(place)
    assert "stops counting for votes when a second officer confirms" in text
    with rt.db.read() as conn:
        assert people.standing_keys(conn, [key.id]) == {key.id}
    clerk = person().sign_in("clerk")
    clerk.post(WAITING, f"{WAITING}/{request_of(rt, 'stop')}")
    with rt.db.read() as conn:
        assert people.standing_keys(conn, [key.id]) == set()


def test_a_change_and_an_end_at_the_desk(
    officer: Person, person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    """The roll of the meeting is drawn: both wait; then the register says it."""
    clerk = person().sign_in("clerk")
    place = f"/secretary/members/{scenario.people_setting.members['2']}"
    new = {"name": "New Name", "class": "full", "joined": "2015-01-01", "reason": "gazette"}
    assert officer.post(place, f"{place}/change", **new).headers["location"] == WAITING
    assert "A change in the register waits" in officer.get(place)
    clerk.post(WAITING, f"{WAITING}/{request_of(rt, 'change')}")
    assert "New Name" in officer.get(place)
    end = {"left_on": "2026-06-20", "reason": "resigned"}
    assert officer.post(place, f"{place}/end", **end).headers["location"] == WAITING
    clerk.post(WAITING, f"{WAITING}/{request_of(rt, 'end')}")
    text = officer.get(place)
    assert "ended on 20/06/2026" in text and f"{place}/change" not in text
    again = officer.post(
        f"/secretary/members/{scenario.people_setting.members['1']}", f"{place}/end", **end
    )
    assert again.status_code == 409
    with rt.db.write() as conn:
        people_service.roll_closed(conn, scenario.meeting(conn).origin)
    one = f"/secretary/members/{scenario.people_setting.members['1']}"
    assert officer.post(one, f"{one}/end", **end).headers["location"] == one, "sealed at once"


def test_a_request_is_taken_back(officer: Person, person: Any, rt: Runtime) -> None:
    page = "/secretary/members"
    officer.post(page, page, number="70", name="Late", gender="f", joined="1990-01-01")
    place = f"{WAITING}/{request_of(rt, 'admission')}/withdraw"
    assert person().sign_in("clerk").post(WAITING, place).status_code == 303
    assert "Nothing waits" in officer.get(WAITING)


def test_a_lost_key_is_given_up_at_the_desk(
    officer: Person, person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    with rt.db.read() as conn:
        (key,) = [k for k in people.officer_keys(conn, SLUG) if k.role == "president"]
    page = "/secretary/keys"
    given = {"decided_on": "2026-06-20", "reference": "14/2026"}
    assert officer.post(page, f"{page}/{key.id}/loss", **given).headers["location"] == WAITING
    assert "Decision 14/2026 of the committee, 20/06/2026" in officer.get(page)
    clerk = person().sign_in("clerk")
    clerk.post(WAITING, f"{WAITING}/{request_of(rt, 'key-loss')}")
    with rt.db.read() as conn:
        assert [k.role for k in people.officer_keys(conn, SLUG)] == ["secretary"]


def test_no_page_shows_an_officer_a_members_key(
    officer: Person, person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    """A meeting's package holds keys beside roll numbers: a key on a page would tell the vote."""
    place = f"/secretary/members/{scenario.people_setting.members['6']}"
    public = w.public_of("a new card")
    salt = b64.encode(SALT)
    key = receipts.encode32(public)
    officer.post(place, f"{place}/enrol", key=key, medium="card", salt=salt)
    clerk = person().sign_in("clerk")
    pages = [clerk.get(WAITING), clerk.get(place), clerk.get("/secretary/members")]
    program = clerk.client.get("/api/v1/register").text
    check = check_code(SALT, public)
    assert check in pages[0] and check in program, "to compare with the card"
    clerk.post(WAITING, f"{WAITING}/{request_of(rt, 'enrolment')}")
    pages += [officer.get(place), officer.get(WAITING)]
    for text in [*pages, program]:
        plain = re.sub(r"[-\s]", "", text)
        for spelt in (public.hex(), public.hex()[:12], key, key[:12], b64.encode(public)):
            assert spelt not in plain
    assert check not in officer.get(WAITING)


def test_the_check_says_nothing_without_its_salt() -> None:
    key = w.public_of("a card")
    assert re.fullmatch("[0-9A-Z]{3}-[0-9A-Z]{3}", check_code(SALT, key))
    assert check_code(SALT, key) != check_code(SALT, w.public_of("another"))
    assert check_code(SALT, key) != check_code(bytes(16), key)


def test_the_register_by_program(person: Any, scenario: VotingScenario, rt: Runtime) -> None:
    api = "/api/v1"

    def program(who: str) -> Any:
        made = person().client
        answer = made.post(f"{api}/login", json={"login": who, "password": w.PASSWORD})
        made.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return made

    clerk, president = program("clerk"), program("president")
    new = {"number": "71", "name": "N", "gender": "f", "joined": "2020-01-01", "share_paid_on": ""}
    asked = clerk.post(f"{api}/members", json=new)
    assert asked.status_code == 202, asked.text
    number = asked.json()["request"]
    same = clerk.post(f"{api}/requests/{number}/confirm", json={})
    assert same.status_code == 409 and same.json()["type"] == "/problems/same-officer"
    made = president.post(f"{api}/requests/{number}/confirm", json={}).json()["member"]
    one = f"{api}/members/{made}"
    change = {
        "name": "M",
        "class": "full",
        "joined": "2020-01-01",
        "share_paid_on": "",
        "reason": "x",
    }
    for path, body in (
        (f"{one}/change", change),
        (f"{one}/end", {"left_on": "2026-06-20", "reason": "x"}),
        (f"{api}/members/{scenario.people_setting.members['1']}/stop", {"reason": "lost"}),
    ):
        answer = clerk.post(path, json=body)
        assert answer.status_code == 202, answer.text
        number = answer.json()["request"]
        assert president.post(f"{api}/requests/{number}/confirm", json={}).status_code == 200
    told = clerk.get(f"{api}/register").json()
    assert told["opening"] == {"as_of": "2026-06-01", "count": 6}
    assert told["two_officers"] is True and told["requests"] == []
    with rt.db.read() as conn:
        read = people.access_records(conn, SLUG)
    assert [item.what for item in read] == ["enrolments"], "the society sees that it was read"
    assert clerk.post(f"{api}/members/{made}/stop", json={"reason": ""}).status_code == 404
    sealed = clerk.post(f"{api}/register/opening", json={})
    assert sealed.status_code == 409
    with rt.db.read() as conn:
        key = people.officer_keys(conn, SLUG)[0]
    loss = {"decided_on": "2026-06-20", "reference": "9"}
    asked = clerk.post(f"{api}/officer-keys/{key.id}/loss", json=loss)
    gone = president.post(f"{api}/requests/{asked.json()['request']}/withdraw", json={})
    assert gone.status_code == 200
