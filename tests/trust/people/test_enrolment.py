"""Binding, stopping and re-issuing keys: two officers, sealed, one person a key."""

from datetime import date

import pytest
from sqlalchemy import Connection

from tests.trust.people import scenario as w
from tests.trust.people.scenario import LATER
from trust.formats import b64, canon, commitments
from trust.formats.entries import Entry, parse_entry
from trust.log import queries as log_queries
from trust.log.model import StoredEntry
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.errors import (
    AlreadyThereError,
    BadDetailsError,
    BadKeyError,
    KeyInUseError,
    KeyRevokedError,
    KeyStillBoundError,
    NotAllowedError,
    PeopleError,
    RequestClosedError,
    SameOfficerError,
    UnknownPersonError,
)
from trust.people.model import REQUEST_SECONDS, Waiting

LOW_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
]
"""Keys of small order: for some of them any signature verifies."""


def begin(
    conn: Connection, scenario: w.PeopleScenario, rt: Runtime, who: str = "clerk", key: str = "a"
) -> int:
    return people_service.begin_enrolment(
        conn,
        scenario.actor(conn, who),
        scenario.members["1"],
        w.public_of(key),
        "device",
        now=rt.clock(),
    )


def sealed(conn: Connection, rt: Runtime, kind: str) -> list[StoredEntry]:
    origin = people.book_origin(conn, "tvm-101", rt.clock())
    size = log_queries.info(conn, origin).next_index
    return [e for e in log_queries.entries(conn, origin, 0, size) if e.kind == kind]


def test_two_officers_bind_a_key_and_the_log_holds_it_without_a_name(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    request = begin(conn, scenario, rt)
    assert [r.id for r in people.requests(conn, "tvm-101", rt.clock())] == [request]
    assert people.member_key(conn, scenario.members["1"]) is None, "not yet bound"
    assert sealed(conn, rt, "enrolment") == []
    key_id = people_service.confirm_enrolment(
        conn, scenario.actor(conn, "president"), request, now=rt.clock()
    )
    assert people.requests(conn, "tvm-101", rt.clock()) == []
    key = people.member_key(conn, scenario.members["1"])
    assert key is not None and key.id == key_id and key.public_key == w.public_of("a")
    (entry,) = sealed(conn, rt, "enrolment")
    assert (entry.origin, entry.index) == (key.origin, key.index)
    stored = log_queries.opening(conn, entry.origin, entry.index)
    parsed = parse_entry(entry.entry)
    assert stored is not None and stored.record is not None and isinstance(parsed, Entry)
    record = commitments.open_commitment(
        "enrolment", parsed.commitment, commitments.Opening(stored.record, stored.salt)
    )
    assert record["officers"] == ["clerk", "president"]
    assert (record["v"], record["action"]) == (2, "bind")
    assert record["key"] == b64.encode(w.public_of("a"))
    assert "member" not in record, "whose key it is stands in the detail alone"
    assert stored.detail is not None and b"Member 1" not in stored.record + stored.detail
    detail = commitments.open_detail(
        "enrolment", record, commitments.Opening(stored.detail, stored.detail_salt)
    )
    assert (detail["member"], detail["reason"]) == ("1", "")


def test_the_same_officer_twice_is_refused_and_nothing_is_bound(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    request = begin(conn, scenario, rt)
    with pytest.raises(SameOfficerError, match="Another officer"):
        people_service.confirm_enrolment(
            conn, scenario.actor(conn, "clerk"), request, now=rt.clock()
        )
    assert people.keys_of(conn, scenario.members["1"]) == []
    assert sealed(conn, rt, "enrolment") == []


@pytest.mark.parametrize("who", ["stranger", "registrar"])
def test_officers_of_other_houses_enrol_nobody(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, who: str
) -> None:
    with pytest.raises(NotAllowedError):
        begin(conn, scenario, rt, who)
    request = begin(conn, scenario, rt)
    with pytest.raises(NotAllowedError):
        people_service.confirm_enrolment(conn, scenario.actor(conn, who), request, now=rt.clock())


def test_a_request_is_confirmed_once_in_time_and_a_later_one_replaces_it(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    second = scenario.actor(conn, "secretary")
    replaced, request = begin(conn, scenario, rt), begin(conn, scenario, rt, key="b")
    with pytest.raises(RequestClosedError):
        people_service.confirm_enrolment(conn, second, replaced, now=rt.clock())
    with pytest.raises(RequestClosedError):
        people_service.confirm_enrolment(
            conn, second, request, now=rt.clock() + REQUEST_SECONDS + 1
        )
    people_service.confirm_enrolment(conn, second, request, now=rt.clock())
    with pytest.raises(RequestClosedError):
        people_service.confirm_enrolment(conn, second, request, now=rt.clock())
    with pytest.raises(UnknownPersonError):
        people_service.confirm_enrolment(conn, second, 999, now=rt.clock())


def test_a_key_serves_one_person_once(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    key_id = w.enrol(conn, scenario, "1", rt.clock(), "a")
    with pytest.raises(KeyInUseError):
        people_service.begin_enrolment(
            conn,
            scenario.actor(conn, "clerk"),
            scenario.members["2"],
            w.public_of("a"),
            "card",
            now=rt.clock(),
        )
    people_service.revoke_key(conn, scenario.actor(conn, "clerk"), key_id, "lost", now=rt.clock())
    with pytest.raises(KeyInUseError):
        begin(conn, scenario, rt, key="a")


def test_one_key_asked_for_two_members_binds_to_the_first_confirmed(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    requests = [
        people_service.begin_enrolment(
            conn,
            scenario.actor(conn, "clerk"),
            scenario.members[number],
            w.public_of("shared"),
            "card",
            now=rt.clock(),
        )
        for number in ("1", "2")
    ]
    second = scenario.actor(conn, "secretary")
    people_service.confirm_enrolment(conn, second, requests[0], now=rt.clock())
    with pytest.raises(KeyInUseError):
        people_service.confirm_enrolment(conn, second, requests[1], now=rt.clock())


@pytest.mark.parametrize("key", [*LOW_ORDER, b"short", b"\xff" * 32])
def test_keys_that_are_no_safe_points_are_refused(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, key: bytes
) -> None:
    with pytest.raises(BadKeyError):
        people_service.begin_enrolment(
            conn, scenario.actor(conn, "clerk"), scenario.members["1"], key, "card", now=rt.clock()
        )


def test_a_lost_card_is_stopped_at_once_and_a_new_one_enrolled(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    member = scenario.members["1"]
    old = w.enrol(conn, scenario, "1", rt.clock(), "old")
    before = rt.clock()
    with pytest.raises(KeyStillBoundError):
        begin(conn, scenario, rt, key="new")
    later = before + 3600
    request = people_service.reissue(
        conn, scenario.actor(conn, "clerk"), member, w.public_of("new"), "card", "lost", now=later
    )
    assert people.member_key(conn, member) is None, "stopped before the new one is bound"
    people_service.confirm_enrolment(
        conn, scenario.actor(conn, "president"), request, now=later + 60
    )
    now_bound = people.member_key(conn, member)
    assert now_bound is not None and now_bound.public_key == w.public_of("new")
    assert people.key(conn, old).in_force(before), "the past stays as it was"
    assert [key.revoked_at for key in people.keys_of(conn, member)] == [None, later]
    assert len(sealed(conn, rt, "enrolment")) == 3
    with pytest.raises(KeyRevokedError):
        people_service.revoke_key(conn, scenario.actor(conn, "clerk"), old, "again", now=later)


def test_a_member_stops_their_own_key_and_nobody_elses(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    keys = [w.enrol(conn, scenario, number, rt.clock(), f"k{number}") for number in ("1", "2")]
    account = people_service.member_account(conn, scenario.members["1"], now=rt.clock())
    assert account.login == "tvm-101-1", "made when the key was bound"
    with pytest.raises(AlreadyThereError):
        people_service.create_account(
            conn, "m", "M", "member", now=rt.clock(), society="tvm-101", member_id=account.member_id
        )
    me = people.actor(conn, account.id, LATER)
    with pytest.raises(NotAllowedError):
        people_service.revoke_key(conn, me, keys[1], "spite", now=rt.clock())
    sealed_at = people_service.revoke_key(conn, me, keys[0], "phone stolen", now=rt.clock())
    assert not isinstance(sealed_at, Waiting)
    stored = log_queries.opening(conn, sealed_at.origin, sealed_at.index)
    assert stored is not None and stored.record is not None
    assert canon.parse(stored.record)["officers"] == [], "her log-in name would say whose key it is"
    assert not people.key(conn, keys[0]).in_force(sealed_at.time)


def test_nobody_is_enrolled_after_leaving_or_on_an_unknown_medium(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    clerk = scenario.actor(conn, "clerk")
    with pytest.raises(BadDetailsError):
        people_service.begin_enrolment(
            conn,
            clerk,
            scenario.members["1"],
            w.public_of("a"),
            "paper",  # type: ignore[arg-type]
            now=rt.clock(),
        )
    people_service.member_left(conn, clerk, scenario.members["1"], date(2026, 5, 1), now=rt.clock())
    with pytest.raises(BadDetailsError, match="left"):
        begin(conn, scenario, rt)


def test_officers_keys_are_public_entries_bound_by_somebody_else(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    key_id = w.bind_officer(conn, scenario, "secretary", "secretary", rt.clock())
    (entry,) = sealed(conn, rt, "officer-key")
    parsed = parse_entry(entry.entry)
    assert isinstance(parsed, Entry)
    document = log_queries.document(conn, parsed.commitment.hex(), entry.origin)
    assert document is not None
    record = canon.parse(document)
    assert (record["role"], record["action"]) == ("secretary", "bind")
    assert "secretary" not in str(record.get("account", "")), "no account, no name"
    (bound,) = people.officer_keys(conn, "tvm-101")
    assert bound.id == key_id and bound.public_key == w.public_of("secretary")
    people_service.revoke_officer_key(
        conn, scenario.actor(conn, "secretary"), key_id, now=rt.clock() + 9
    )
    assert people.officer_keys(conn, "tvm-101") == []
    assert len(people.officer_keys(conn, "tvm-101", rt.clock() + 8)) == 1
    assert len(sealed(conn, rt, "officer-key")) == 2


@pytest.mark.parametrize(
    "who, account, role, fault",
    [
        ("secretary", "secretary", "secretary", NotAllowedError),
        ("clerk", "secretary", "secretary", NotAllowedError),
        ("stranger", "secretary", "secretary", NotAllowedError),
        ("registrar", "clerk", "secretary", NotAllowedError),
        ("registrar", "stranger", "secretary", NotAllowedError),
        ("registrar", "registrar", "secretary", NotAllowedError),
    ],
)
def test_who_may_not_bind_an_officers_key(
    rt: Runtime,
    conn: Connection,
    scenario: w.PeopleScenario,
    who: str,
    account: str,
    role: str,
    fault: type[PeopleError],
) -> None:
    with pytest.raises(fault):
        people_service.bind_officer_key(
            conn,
            scenario.actor(conn, who),
            scenario.accounts[account],
            w.public_of("x"),
            role,  # type: ignore[arg-type]
            now=rt.clock(),
        )


def test_an_officer_has_one_key_and_a_key_one_officer(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.bind_officer(conn, scenario, "secretary", "secretary", rt.clock())
    with pytest.raises(KeyStillBoundError):
        w.bind_officer(conn, scenario, "secretary", "secretary", rt.clock())
    with pytest.raises(KeyInUseError):
        people_service.bind_officer_key(
            conn,
            scenario.actor(conn, "registrar"),
            scenario.accounts["president"],
            w.public_of("secretary"),
            "president",
            now=rt.clock(),
        )
