"""Who may stop a member's card, and from when it counts."""

import pytest
from sqlalchemy import Connection

from tests.trust.people import scenario as w
from tests.trust.people.test_login import signed
from tests.trust.people.test_rolls import drawn, told
from trust.formats.canon import Json
from trust.log.model import Sequenced
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.accounterrors import LoginRefusedError
from trust.people.errors import KeyRevokedError, KeySuspendedError
from trust.people.model import REQUEST_SECONDS, Waiting


@pytest.fixture
def key_id(rt: Runtime, conn: Connection, scenario: w.PeopleScenario) -> int:
    made = w.enrol(conn, scenario, "1", rt.clock(), "card of 1")
    drawn(conn, rt)
    return made


def sign_in(conn: Connection, now: int, card: str = "card of 1") -> str:
    name = people_service.key_name(w.public_of(card))
    record: dict[str, Json] = people_service.login_challenge(conn, name, now=now)
    return people_service.login_with_signature(conn, signed(conn, record, card), now=now).login


def test_one_officer_stops_signing_in_and_not_the_vote(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key_id: int
) -> None:
    sign_in(conn, rt.clock())
    clerk = scenario.actor(conn, "clerk")
    asked = people_service.revoke_key(conn, clerk, key_id, "lost", now=rt.clock())
    assert isinstance(asked, Waiting) and told(conn) == []
    assert people.standing_keys(conn, [key_id]) == {key_id}
    with pytest.raises(KeySuspendedError, match="asked to stop this card or key on 1 Jun 2026"):
        sign_in(conn, rt.clock())
    account = people.account_of_member(conn, scenario.members["1"])
    assert account is not None and account.signed_out_at == rt.clock()
    assert people_service.revoke_key(conn, clerk, key_id, "lost", now=rt.clock()) != asked
    assert told(conn) == [] and len(people.requests(conn, "tvm-101", rt.clock())) == 1


def test_a_stranger_is_not_told_that_a_card_waits_to_be_stopped(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key_id: int
) -> None:
    people_service.revoke_key(conn, scenario.actor(conn, "clerk"), key_id, "lost", now=rt.clock())
    account = people.account_of_member(conn, scenario.members["1"])
    assert account is not None
    record = people_service.login_challenge(conn, account.login, now=rt.clock())
    with pytest.raises(LoginRefusedError):
        people_service.login_with_signature(conn, signed(conn, record, "another"), now=rt.clock())


@pytest.mark.parametrize("how", ["confirms", "asks for the same"])
def test_the_second_officer_stops_the_vote(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key_id: int, how: str
) -> None:
    asked = people_service.revoke_key(
        conn, scenario.actor(conn, "clerk"), key_id, "lost", now=rt.clock()
    )
    assert isinstance(asked, Waiting)
    president = scenario.actor(conn, "president")
    if how == "confirms":
        people_service.confirm_request(conn, president, asked.request, now=rt.clock())
    else:
        done = people_service.revoke_key(conn, president, key_id, "lost", now=rt.clock())
        assert isinstance(done, Sequenced)
    assert people.standing_keys(conn, [key_id]) == set()
    assert [record["action"] for record in told(conn)] == ["stop"]
    assert people.requests(conn, "tvm-101", rt.clock()) == []
    with pytest.raises(LoginRefusedError):
        sign_in(conn, rt.clock())
    with pytest.raises(KeyRevokedError):
        people_service.revoke_key(conn, president, key_id, "again", now=rt.clock())


def test_a_stop_that_nobody_confirms_lapses(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key_id: int
) -> None:
    people_service.revoke_key(conn, scenario.actor(conn, "clerk"), key_id, "lost", now=rt.clock())
    later = rt.clock() + REQUEST_SECONDS + 1
    assert sign_in(conn, later) == "tvm-101-1" and people.requests(conn, "tvm-101", later) == []


def test_a_stop_taken_back_lets_the_card_sign_in_again(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key_id: int
) -> None:
    asked = people_service.revoke_key(
        conn, scenario.actor(conn, "clerk"), key_id, "lost", now=rt.clock()
    )
    assert isinstance(asked, Waiting)
    people_service.withdraw(conn, scenario.actor(conn, "president"), asked.request, now=rt.clock())
    assert sign_in(conn, rt.clock()) == "tvm-101-1"


def test_the_member_herself_stops_it_at_once(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key_id: int
) -> None:
    me = w.member_of(conn, scenario, "1")
    people_service.revoke_key(conn, scenario.actor(conn, "clerk"), key_id, "lost", now=rt.clock())
    assert isinstance(
        people_service.revoke_key(conn, me, key_id, "lost", now=rt.clock()), Sequenced
    )
    assert [record["action"] for record in told(conn)] == ["stop"]
    assert people.requests(conn, "tvm-101", rt.clock()) == [], "nothing is left to confirm"


def test_a_lost_card_is_replaced_by_the_same_two_officers(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key_id: int
) -> None:
    clerk, president = scenario.actor(conn, "clerk"), scenario.actor(conn, "president")
    request = people_service.reissue(
        conn, clerk, scenario.members["1"], w.public_of("new"), "card", "lost", now=rt.clock()
    )
    assert told(conn) == [], "the old card counts until a second officer agrees"
    people_service.confirm_enrolment(conn, president, request, now=rt.clock())
    assert [record["action"] for record in told(conn)] == ["stop", "reissue"]
    bound = people.member_key(conn, scenario.members["1"])
    assert bound is not None and bound.public_key == w.public_of("new")
    assert sign_in(conn, rt.clock(), "new") == "tvm-101-1"


def test_a_clock_that_went_back_revives_no_card(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    key_id = w.enrol(conn, scenario, "1", rt.clock(), "card of 1")
    people_service.revoke_key(
        conn, scenario.actor(conn, "clerk"), key_id, "lost", now=rt.clock() + 600
    )
    assert people.member_key(conn, scenario.members["1"]) is None
    assert people.standing_keys(conn, [key_id]) == set()
    with pytest.raises(LoginRefusedError):
        sign_in(conn, rt.clock())
