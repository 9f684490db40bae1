"""Signing in: what proves who somebody is, and what does not."""

import pytest
from sqlalchemy import Connection

from tests.trust.people import scenario as w
from trust.formats import b64, signing
from trust.formats.canon import Json
from trust.formats.errors import FormatError
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.accounterrors import LoginExpiredError, LoginRefusedError, LoginUsedError
from trust.people.login import CHALLENGE_SECONDS


@pytest.fixture
def key_id(rt: Runtime, conn: Connection, scenario: w.PeopleScenario) -> int:
    people_service.create_account(
        conn,
        "m-1",
        "M",
        "member",
        now=rt.clock(),
        society="tvm-101",
        member_id=scenario.members["1"],
    )
    return w.enrol(conn, scenario, "1", rt.clock(), "card of 1")


def signed(
    conn: Connection, record: dict[str, Json], who: str = "card of 1", **other: str
) -> dict[str, Json]:
    origin = other.get("origin", people_service.login_origin(conn))
    one = signing.sign(
        w.seed_of(who), other.get("role", "member"), other.get("kind", "login"), origin, record
    )
    return signing.with_signatures(record, [one])


def test_a_member_signs_in_with_their_key_once(rt: Runtime, conn: Connection, key_id: int) -> None:
    record = people_service.login_challenge(conn, " M-1 ", now=rt.clock())
    answer = signed(conn, record)
    assert people_service.login_with_signature(conn, answer, now=rt.clock() + 10).login == "m-1"
    with pytest.raises(LoginUsedError):
        people_service.login_with_signature(conn, answer, now=rt.clock() + 11)


def test_a_challenge_expires(rt: Runtime, conn: Connection, key_id: int) -> None:
    answer = signed(conn, people_service.login_challenge(conn, "m-1", now=rt.clock()))
    with pytest.raises(LoginExpiredError):
        people_service.login_with_signature(conn, answer, now=rt.clock() + CHALLENGE_SECONDS)


@pytest.mark.parametrize(
    "how",
    [
        {"who": "another card"},
        {"kind": "ballot"},
        {"origin": "s0.test.example/meeting/x"},
        {"role": "secretary"},
    ],
)
def test_other_keys_kinds_places_and_roles_prove_nothing(
    rt: Runtime, conn: Connection, key_id: int, how: dict[str, str]
) -> None:
    answer = signed(conn, people_service.login_challenge(conn, "m-1", now=rt.clock()), **how)
    with pytest.raises(LoginRefusedError):
        people_service.login_with_signature(conn, answer, now=rt.clock())


def test_a_challenge_of_ones_own_making_or_changed_is_refused(
    rt: Runtime, conn: Connection, key_id: int
) -> None:
    given = people_service.login_challenge(conn, "m-1", now=rt.clock())
    for change in (
        {"nonce": b64.encode(bytes(32))},
        {"expires": "2099-01-01T00:00:00Z"},
        {"account": "somebody"},
    ):
        with pytest.raises(LoginRefusedError):
            people_service.login_with_signature(
                conn, signed(conn, {**given, **change}), now=rt.clock()
            )


def test_a_challenge_of_one_member_does_not_sign_in_another(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key_id: int
) -> None:
    people_service.create_account(
        conn,
        "m-2",
        "M",
        "member",
        now=rt.clock(),
        society="tvm-101",
        member_id=scenario.members["2"],
    )
    w.enrol(conn, scenario, "2", rt.clock(), "card of 2")
    given = people_service.login_challenge(conn, "m-2", now=rt.clock())
    with pytest.raises(LoginRefusedError):
        people_service.login_with_signature(conn, signed(conn, given, "card of 1"), now=rt.clock())


def test_a_stopped_key_signs_nobody_in(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key_id: int
) -> None:
    answer = signed(conn, people_service.login_challenge(conn, "m-1", now=rt.clock()))
    assert people.account_of_key(conn, w.public_of("card of 1")) is not None
    people_service.revoke_key(conn, scenario.actor(conn, "clerk"), key_id, "lost", now=rt.clock())
    assert people.account_of_key(conn, w.public_of("card of 1")) is None
    with pytest.raises(LoginRefusedError):
        people_service.login_with_signature(conn, answer, now=rt.clock())


def test_unsigned_records_and_other_kinds_are_no_log_in(
    rt: Runtime, conn: Connection, key_id: int
) -> None:
    given = people_service.login_challenge(conn, "m-1", now=rt.clock())
    with pytest.raises(LoginRefusedError):
        people_service.login_with_signature(conn, given, now=rt.clock())
    with pytest.raises(FormatError):
        people_service.login_with_signature(conn, {"kind": "roll-line"}, now=rt.clock())


def test_an_unknown_name_gets_a_challenge_like_any_other(
    rt: Runtime, conn: Connection, key_id: int
) -> None:
    known = people_service.login_challenge(conn, "m-1", now=rt.clock())
    unknown = people_service.login_challenge(conn, "nobody", now=rt.clock())
    assert set(known) == set(unknown)
    with pytest.raises(LoginRefusedError):
        people_service.login_with_signature(conn, signed(conn, unknown), now=rt.clock())


def test_staff_sign_in_by_password(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    assert people_service.login_with_password(conn, "Secretary", w.PASSWORD).login == "secretary"
    for name, password in (
        ("secretary", w.PASSWORD + "x"),
        ("secretary", ""),
        ("nobody", w.PASSWORD),
    ):
        with pytest.raises(LoginRefusedError):
            people_service.login_with_password(conn, name, password)
    people_service.set_password(
        conn, scenario.accounts["secretary"], "another password", now=rt.clock(), memory_kib=w.CHEAP
    )
    with pytest.raises(LoginRefusedError):
        people_service.login_with_password(conn, "secretary", w.PASSWORD)
    people_service.close_account(conn, scenario.accounts["secretary"])
    with pytest.raises(LoginRefusedError):
        people_service.login_with_password(conn, "secretary", "another password")


def test_an_account_without_password_has_none(rt: Runtime, conn: Connection, key_id: int) -> None:
    with pytest.raises(LoginRefusedError):
        people_service.login_with_password(conn, "m-1", "")
