"""The register: societies with their log, accounts, members, reads by staff."""

import dataclasses
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.trust.people import scenario as w
from tests.trust.people.scenario import LATER
from trust.formats import canon
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.people import finding
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.errors import (
    AlreadyThereError,
    BadDetailsError,
    NotAllowedError,
    UnknownPersonError,
)
from trust.people.model import AccountKind, Grant


def test_a_society_begins_its_log_with_its_registration(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    origin = people.book_origin(conn, "tvm-101", rt.clock())
    assert origin == f"{rt.host}/coop/tvm-101/2026-27"
    first = log_queries.entry(conn, origin, 0)
    assert first.kind == "society"
    digest = first.entry.decode().split(" ")[-1]
    documents = dict(log_queries.documents(conn, origin))
    record = canon.parse(next(iter(documents.values())))
    assert digest
    assert record["registration_number"] == "TVM/101"
    assert record["class"] == "Class I"
    assert record["name_ml"] == canon.normalise_text(w.PROFILE.name_ml)


def test_a_society_is_registered_once_and_under_its_own_slug(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    with pytest.raises(AlreadyThereError):
        people_service.register_society(
            conn, dataclasses.replace(w.PROFILE, registration_number="TVM.101"), now=rt.clock()
        )
    with pytest.raises(BadDetailsError, match="ekm-9, not ekm9"):
        people_service.register_society(
            conn,
            dataclasses.replace(w.PROFILE, registration_number="EKM 9", slug="ekm9"),
            now=rt.clock(),
        )


def test_societies_are_found_by_name_in_either_script(
    conn: Connection, scenario: w.PeopleScenario
) -> None:
    def found(text: str = "", district: str | None = None) -> list[str]:
        page = finding.search(conn, text, district=district or "")
        return [society.slug for society in page.societies]

    assert found() == ["tvm-101", "tsr-7"] == [one.slug for one in people.societies(conn)]
    assert found("MILK") == ["tsr-7"]
    assert found("സർവീസ്") == ["tvm-101"]
    assert found("സര്‍വീസ്") == ["tvm-101"], "the older spelling of the chillu finds it too"
    assert found("nedumangad") == ["tvm-101"]
    assert found("tsr.7") == ["tsr-7"]
    assert found("%") == []
    assert found(district="thrissur") == ["tsr-7"]
    assert found("Example", "thrissur") == []


def test_only_officers_admit_members_and_numbers_are_unique(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    new = people_service.NewMember("9", "Member 9", "o", date(2020, 1, 1))
    for who in ("stranger", "registrar"):
        with pytest.raises(NotAllowedError):
            people_service.admit_member(
                conn, scenario.actor(conn, who), "tvm-101", new, now=rt.clock()
            )
    people_service.admit_member(
        conn, scenario.actor(conn, "secretary"), "tvm-101", new, now=rt.clock()
    )
    with pytest.raises(AlreadyThereError):
        people_service.admit_member(
            conn, scenario.actor(conn, "clerk"), "tvm-101", new, now=rt.clock()
        )
    found = people.member_by_number(conn, "tvm-101", " 9 ")
    assert found is not None and found.gender == "o"
    assert people.member_by_number(conn, "tsr-7", "9") is None
    assert [m.number for m in people.members(conn, "tvm-101")] == ["1", "2", "3", "9"]
    assert people.member_count(conn, "tvm-101") == 4
    ten = people_service.NewMember("10", "Member 10", "o", date(2020, 1, 1))
    people_service.admit_member(
        conn, scenario.actor(conn, "secretary"), "tvm-101", ten, now=rt.clock()
    )
    assert [m.number for m in people.members(conn, "tvm-101", after="2")] == ["3", "9", "10"]
    assert [m.number for m in people.members(conn, "tvm-101", after="9")] == ["10"]
    assert people.members(conn, "tvm-101", after="10") == []


@pytest.mark.parametrize("changes", [{"gender": "x"}, {"name": " "}, {"number": ""}])
def test_unusable_details_of_a_member_are_refused(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, changes: dict[str, str]
) -> None:
    with pytest.raises(BadDetailsError):
        w.admit(conn, scenario, "9", rt.clock(), changes)


def test_accounts_are_checked(rt: Runtime, conn: Connection, scenario: w.PeopleScenario) -> None:
    def make(login: str, kind: AccountKind = "staff", **more: Any) -> None:
        people_service.create_account(
            conn, login, "X", kind, now=rt.clock(), memory_kib=w.CHEAP, **more
        )

    with pytest.raises(AlreadyThereError):
        make("Secretary ")
    for login in ("", "two words", "x" * 81):
        with pytest.raises(BadDetailsError):
            make(login)
    with pytest.raises(BadDetailsError, match="at least"):
        make("short", password="1234567")
    with pytest.raises(BadDetailsError):
        make("member-without-row", "member", society="tvm-101")
    make("m-1", "member", society="tvm-101", member_id=scenario.members["1"])
    mine = people.account_of_member(conn, scenario.members["1"])
    assert mine is not None and mine.login == "m-1"
    assert people.actor(conn, mine.id, LATER).is_member_of("tvm-101")
    assert not people.actor(conn, mine.id, LATER).is_member_of("tsr-7")
    assert [a.login for a in people.staff(conn, "tvm-101")] == ["clerk", "president", "secretary"]


def test_a_members_account_is_made_once_and_its_name_fits(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    first = people_service.member_account(conn, scenario.members["1"], now=rt.clock())
    assert first.login == "tvm-101-1"
    assert people_service.member_account(conn, scenario.members["1"], now=rt.clock()) == first
    slug = "k" * 60
    profile = dataclasses.replace(w.OTHER, slug=slug, registration_number=slug)
    people_service.register_society(conn, profile, now=rt.clock())
    new = people_service.NewMember("9" * 40, "Member", "f", date(2020, 1, 1))
    (member,) = people_service.admit_members(conn, slug, [new], now=rt.clock())
    assert people_service.member_account(conn, member, now=rt.clock()).login == f"m-{member}"


def test_a_closed_account_acts_no_more(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    people_service.close_account(conn, scenario.accounts["clerk"])
    with pytest.raises(UnknownPersonError):
        scenario.actor(conn, "clerk")
    assert people.account(conn, "clerk") is None


def test_a_grant_given_twice_stands_once(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    given = Grant("auditor", "district", "thrissur")
    for _ in range(2):
        people_service.grant(conn, scenario.accounts["clerk"], given, now=rt.clock())
    assert scenario.actor(conn, "clerk").grants.count(given) == 1


def test_reads_of_members_by_staff_are_on_record(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    people_service.record_access(
        conn,
        scenario.actor(conn, "clerk"),
        "tvm-101",
        "member",
        "re-issue of a card",
        now=rt.clock(),
        member_id=scenario.members["2"],
    )
    (record,) = people.access_records(conn, "tvm-101")
    assert (record.account_id, record.member_id) == (
        scenario.accounts["clerk"],
        scenario.members["2"],
    )
    assert people.access_records(conn, "tsr-7") == []
    assert list(people.account_names(conn, {record.account_id})) == [record.account_id]
    assert people.account_names(conn, ()) == {}


def test_a_member_who_left_is_not_counted(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    secretary = scenario.actor(conn, "secretary")
    people_service.member_left(
        conn, secretary, scenario.members["1"], date(2026, 5, 1), now=rt.clock()
    )
    assert people.member_count(conn, "tvm-101") == 2
    assert people.member(conn, scenario.members["1"]).left_on == date(2026, 5, 1)
