"""A lost officer's key: the committee decides, two officers say so, the log holds it."""

from datetime import date

import pytest
from sqlalchemy import Connection

from tests.trust.people import scenario as w
from tests.trust.people.test_rolls import drawn, told
from trust.formats import b64
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.log.sealed import record
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.errors import (
    FutureDateError,
    KeyRevokedError,
    KeyStillBoundError,
    NoSuchKeyError,
    NotAllowedError,
    ReferenceMissingError,
    SameOfficerError,
    TextTooLongError,
)

TODAY = date(2026, 6, 1)


@pytest.fixture
def lost(rt: Runtime, conn: Connection, scenario: w.PeopleScenario) -> int:
    return w.bind_officer(conn, scenario, "president", "president", rt.clock())


def begin(
    conn: Connection, rt: Runtime, scenario: w.PeopleScenario, key: int, who: str = "clerk"
) -> int:
    return people_service.begin_officer_key_loss(
        conn, scenario.actor(conn, who), key, TODAY, " 14 of 2026 ", now=rt.clock()
    )


def test_two_officers_give_up_a_lost_key_and_the_registrar_binds_a_new_one(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, lost: int
) -> None:
    drawn(conn, rt)
    asked = begin(conn, rt, scenario, lost)
    assert len(people.officer_keys(conn, "tvm-101")) == 1, "one officer alone ends nothing"
    done = people_service.confirm_request(
        conn, scenario.actor(conn, "president"), asked, now=rt.clock()
    )
    assert done is None and people.officer_keys(conn, "tvm-101") == []
    origin = people.book_origin(conn, "tvm-101", rt.clock())
    last = log_queries.info(conn, origin).next_index - 1
    assert record(conn, origin, last, "officer-key-loss") == {
        "kind": "officer-key-loss",
        "v": 1,
        "society": "tvm-101",
        "role": "president",
        "key": b64.encode(w.public_of("president")),
        "decided_on": "2026-06-01",
        "reference": "14 of 2026",
        "officers": ["clerk", "president"],
    }
    (change,) = told(conn)
    assert (change["holder"], change["action"]) == ("president", "stop")
    new = people_service.bind_officer_key(
        conn,
        scenario.actor(conn, "registrar"),
        scenario.accounts["president"],
        w.public_of("president's second"),
        "president",
        now=rt.clock(),
    )
    assert [key.id for key in people.officer_keys(conn, "tvm-101")] == [new]


def test_who_may_not_give_up_a_key(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, lost: int
) -> None:
    for who in ("stranger", "registrar"):
        with pytest.raises(NotAllowedError):
            begin(conn, rt, scenario, lost, who)
    asked = begin(conn, rt, scenario, lost)
    with pytest.raises(SameOfficerError):
        people_service.confirm_officer_key_loss(
            conn, scenario.actor(conn, "clerk"), asked, now=rt.clock()
        )
    with pytest.raises(NotAllowedError):
        people_service.confirm_officer_key_loss(
            conn, scenario.actor(conn, "registrar"), asked, now=rt.clock()
        )
    with pytest.raises(NotAllowedError):
        people_service.revoke_officer_key(
            conn, scenario.actor(conn, "secretary"), lost, now=rt.clock()
        )
    with pytest.raises(KeyStillBoundError):
        w.bind_officer(conn, scenario, "president", "president", rt.clock())


def test_what_must_be_said_of_the_decision(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, lost: int
) -> None:
    clerk, now = scenario.actor(conn, "clerk"), rt.clock()
    with pytest.raises(FutureDateError):
        people_service.begin_officer_key_loss(conn, clerk, lost, date(2026, 6, 2), "1", now=now)
    with pytest.raises(ReferenceMissingError):
        people_service.begin_officer_key_loss(conn, clerk, lost, TODAY, " ", now=now)
    with pytest.raises(TextTooLongError):
        people_service.begin_officer_key_loss(conn, clerk, lost, TODAY, "x" * 201, now=now)
    with pytest.raises(NoSuchKeyError):
        people_service.begin_officer_key_loss(conn, clerk, 999, TODAY, "1", now=now)


def test_a_key_is_given_up_once(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, lost: int
) -> None:
    asked = begin(conn, rt, scenario, lost)
    people_service.revoke_officer_key(conn, scenario.actor(conn, "president"), lost, now=rt.clock())
    with pytest.raises(KeyRevokedError):
        people_service.confirm_officer_key_loss(
            conn, scenario.actor(conn, "president"), asked, now=rt.clock()
        )
    with pytest.raises(KeyRevokedError):
        begin(conn, rt, scenario, lost)
