"""The register is sealed once by two officers; from then on every change of it is sealed."""

from datetime import date

import pytest
from sqlalchemy import Connection, select

from tests.trust.people import scenario as w
from trust.formats import b64, canon, commitments, merkle
from trust.formats.canon import Json
from trust.formats.entries import Entry, parse_entry
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as t
from trust.people.errors import (
    AlreadyThereError,
    BulkAdmissionError,
    FutureDateError,
    MembershipEndedError,
    NotAllowedError,
    RegisterEmptyError,
    RegisterMovedError,
    RegisterSealedError,
    RequestClosedError,
    SameOfficerError,
)
from trust.people.model import Voter, Waiting

SLUG = "tvm-101"
TODAY = date(2026, 6, 1)
OLD = date(1990, 1, 1)
MEETING = "s0.test.example/meeting/tvm-101-2026-1"


def sealed(
    conn: Connection, rt: Runtime, kind: str
) -> list[tuple[dict[str, Json], dict[str, Json]]]:
    """Record and detail of every entry of a private kind, opened."""
    origin, out = people.book_origin(conn, SLUG, rt.clock()), []
    for stored in log_queries.entries(conn, origin, 0, log_queries.info(conn, origin).next_index):
        if stored.kind != kind:
            continue
        parsed, opening = parse_entry(stored.entry), log_queries.opening(conn, origin, stored.index)
        assert isinstance(parsed, Entry) and opening is not None and opening.record is not None
        assert opening.detail is not None
        record = commitments.open_commitment(
            kind, parsed.commitment, commitments.Opening(opening.record, opening.salt)
        )
        second = commitments.Opening(opening.detail, opening.detail_salt)
        out.append((record, commitments.open_detail(kind, record, second)))
    return out


def voter(conn: Connection, rt: Runtime, number: str) -> Voter:
    found = {v.member.number: v for v in people.voters(conn, SLUG)}
    return found[number]


def draw(conn: Connection, rt: Runtime) -> None:
    logs.open_log(conn, MEETING, now=rt.clock())
    people_service.roll_drawn(conn, SLUG, MEETING)


def new(number: str = "9", joined: date = OLD) -> people_service.NewMember:
    return people_service.NewMember(number, f"Member {number}", "o", joined, joined)


def test_two_officers_seal_the_register_with_a_root_over_every_member(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    assert people.register_opening(conn, SLUG) is None
    w.admit(conn, scenario, "10", rt.clock())
    people_service.member_left(
        conn, scenario.actor(conn, "clerk"), scenario.members["2"], TODAY, now=rt.clock()
    )
    w.seal_register(conn, scenario, rt.clock())
    found = people.register_opening(conn, SLUG)
    assert found is not None and (found.count, found.as_of) == (3, TODAY)
    assert found.record["officers"] == ["clerk", "president"], "offices, no names"
    lines = conn.execute(select(t.register_line).order_by(t.register_line.c.place)).all()
    records = [canon.parse(bytes(row.line)) for row in lines]
    assert [r["member"] for r in records] == ["1", "3", "10"]
    leaves = [
        merkle.leaf_hash(
            commitments.commit_private("register-line", bytes(row.salt), bytes(row.line))
        )
        for row in lines
    ]
    assert found.record["root"] == b64.encode(merkle.root_of(leaves))
    assert len({bytes(row.salt) for row in lines}) == 3
    document = log_queries.document(conn, found.sha256, found.origin)
    assert document is not None and canon.parse(document) == found.record


def test_one_officer_seals_no_register_and_nobody_seals_it_twice(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    clerk = scenario.actor(conn, "clerk")
    with pytest.raises(NotAllowedError):
        people_service.begin_register_opening(
            conn, scenario.actor(conn, "registrar"), SLUG, now=rt.clock()
        )
    asked = people_service.begin_register_opening(conn, clerk, SLUG, now=rt.clock())
    with pytest.raises(SameOfficerError):
        people_service.confirm_register_opening(conn, clerk, asked, now=rt.clock())
    again = people_service.begin_register_opening(conn, clerk, SLUG, now=rt.clock())
    president = scenario.actor(conn, "president")
    with pytest.raises(RequestClosedError):
        people_service.confirm_register_opening(conn, president, asked, now=rt.clock())
    people_service.confirm_register_opening(conn, president, again, now=rt.clock())
    with pytest.raises(RegisterSealedError):
        people_service.begin_register_opening(conn, clerk, SLUG, now=rt.clock())
    with pytest.raises(RegisterEmptyError):
        people_service.begin_register_opening(
            conn, scenario.actor(conn, "stranger"), "tsr-7", now=rt.clock()
        )


def test_a_register_changed_in_between_is_not_sealed(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    asked = people_service.begin_register_opening(
        conn, scenario.actor(conn, "clerk"), SLUG, now=rt.clock()
    )
    w.admit(conn, scenario, "9", rt.clock())
    with pytest.raises(RegisterMovedError):
        people_service.confirm_register_opening(
            conn, scenario.actor(conn, "president"), asked, now=rt.clock()
        )
    assert people.register_opening(conn, SLUG) is None


def test_members_of_the_opening_keep_their_dates_and_later_ones_count_from_the_sealing(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.seal_register(conn, scenario, rt.clock())
    w.admit(conn, scenario, "9", rt.clock(), {"joined": OLD, "share_paid_on": OLD})
    opened, later = voter(conn, rt, "1"), voter(conn, rt, "9")
    assert (opened.joined, opened.share_paid_on) == (date(2015, 1, 1), date(2015, 1, 1))
    assert opened.from_opening and not later.from_opening
    assert (later.joined, later.share_paid_on) == (TODAY, TODAY)
    assert later.member.joined == OLD, "the register still says what was stated"
    ((record, detail),) = sealed(conn, rt, "admission")
    assert record["officers"] == ["clerk"] and "member" not in record
    assert (detail["member"], detail["joined"]) == ("9", OLD.isoformat())


def test_before_the_opening_nothing_is_sealed_and_nothing_moves(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.admit(conn, scenario, "9", rt.clock(), {"joined": OLD})
    assert voter(conn, rt, "9").joined == OLD and sealed(conn, rt, "admission") == []


def test_the_day_of_the_sealing_is_the_one_in_india(rt: Runtime) -> None:
    """At 20:00 UTC it is the next day there."""
    with rt.db.write() as conn:
        scenario = w.build(conn, rt.clock(), members=1, with_key=0)
        w.seal_register(conn, scenario, rt.clock())
        w.admit(conn, scenario, "9", rt.clock() + 12 * 3600, {"joined": OLD})
        assert voter(conn, rt, "9").joined == date(2026, 6, 2)


def test_a_clock_that_went_back_does_not_let_a_member_count_earlier(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.seal_register(conn, scenario, rt.clock())
    w.admit(conn, scenario, "9", rt.clock() - 40 * 86_400, {"joined": OLD})
    assert voter(conn, rt, "9").joined == TODAY


@pytest.mark.parametrize(
    "changes, joined, share",
    [
        ({}, date(2015, 1, 1), date(2015, 1, 1)),
        ({"joined": OLD, "share_paid_on": OLD}, date(2015, 1, 1), date(2015, 1, 1)),
        ({"joined": date(2020, 1, 1)}, date(2020, 1, 1), date(2015, 1, 1)),
        ({"class_": "nominal"}, TODAY, date(2015, 1, 1)),
        ({"share_paid_on": None}, date(2015, 1, 1), None),
    ],
)
def test_a_change_moves_no_day_in_anybodys_favour(
    rt: Runtime,
    conn: Connection,
    scenario: w.PeopleScenario,
    changes: dict[str, object],
    joined: date,
    share: date | None,
) -> None:
    w.seal_register(conn, scenario, rt.clock())
    stated = {"name": "Member 1", "class_": "full", "joined": date(2015, 1, 1)}
    values = stated | {"share_paid_on": date(2015, 1, 1), "reason": "form 7"} | changes
    change = people_service.Change(**values)  # type: ignore[arg-type]
    done = people_service.change_member(
        conn, scenario.actor(conn, "clerk"), scenario.members["1"], change, now=rt.clock()
    )
    assert done is None
    found = voter(conn, rt, "1")
    assert (found.joined, found.share_paid_on) == (joined, share)
    assert found.from_opening
    ((_, detail),) = sealed(conn, rt, "admission-change")
    assert (detail["member"], detail["reason"]) == ("1", "form 7")


def test_a_share_paid_later_counts_from_the_sealing(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.admit(conn, scenario, "9", rt.clock(), {"share_paid_on": None})
    w.seal_register(conn, scenario, rt.clock())
    change = people_service.Change("Member 9", "full", date(2015, 1, 1), OLD)
    people_service.change_member(
        conn,
        scenario.actor(conn, "clerk"),
        people.members(conn, SLUG)[-1].id,
        change,
        now=rt.clock(),
    )
    assert voter(conn, rt, "9").share_paid_on == TODAY


def test_an_end_is_sealed_and_final(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.seal_register(conn, scenario, rt.clock())
    clerk, member = scenario.actor(conn, "clerk"), scenario.members["1"]
    people_service.member_left(conn, clerk, member, TODAY, now=rt.clock(), reason="resigned")
    ((record, detail),) = sealed(conn, rt, "admission-end")
    assert record["officers"] == ["clerk"]
    assert detail == {
        "kind": "admission-end-detail",
        "v": 1,
        "member": "1",
        "left_on": TODAY.isoformat(),
        "reason": "resigned",
    }
    with pytest.raises(MembershipEndedError):
        people_service.member_left(conn, clerk, member, TODAY, now=rt.clock())
    with pytest.raises(MembershipEndedError):
        change = people_service.Change("Member 1", "full", OLD, None)
        people_service.change_member(conn, clerk, member, change, now=rt.clock())


def test_days_that_have_not_come_are_refused(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    tomorrow, clerk = date(2026, 6, 2), scenario.actor(conn, "clerk")
    for changes in ({"joined": tomorrow}, {"share_paid_on": tomorrow}):
        with pytest.raises(FutureDateError, match="lies in the future"):
            w.admit(conn, scenario, "9", rt.clock(), changes)
    with pytest.raises(FutureDateError):
        people_service.admit_members(conn, SLUG, [new(joined=tomorrow)], now=rt.clock())
    with pytest.raises(FutureDateError):
        people_service.member_left(conn, clerk, scenario.members["1"], tomorrow, now=rt.clock())
    with pytest.raises(FutureDateError):
        change = people_service.Change("Member 1", "full", tomorrow, None)
        people_service.change_member(conn, clerk, scenario.members["1"], change, now=rt.clock())


def test_a_list_of_members_is_sealed_in_one_batch(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.seal_register(conn, scenario, rt.clock())
    listed = [new(str(n)) for n in range(20, 25)]
    people_service.admit_members(
        conn, SLUG, listed, now=rt.clock(), officers=["clerk", "president"]
    )
    found = sealed(conn, rt, "admission")
    assert [detail["member"] for _, detail in found] == ["20", "21", "22", "23", "24"]
    assert all(record["officers"] == ["clerk", "president"] for record, _ in found)
    assert voter(conn, rt, "20").joined == TODAY
    with pytest.raises(AlreadyThereError):
        people_service.admit_members(conn, SLUG, [new("30"), new("30")], now=rt.clock())


def test_while_a_roll_is_drawn_an_admission_takes_two(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.seal_register(conn, scenario, rt.clock())
    draw(conn, rt)
    clerk, president = scenario.actor(conn, "clerk"), scenario.actor(conn, "president")
    asked = people_service.admit_member(conn, clerk, SLUG, new(), now=rt.clock())
    assert isinstance(asked, Waiting) and people.member_by_number(conn, SLUG, "9") is None
    with pytest.raises(SameOfficerError):
        people_service.confirm_request(conn, clerk, asked.request, now=rt.clock())
    member_id = people_service.confirm_request(conn, president, asked.request, now=rt.clock())
    found = people.member_by_number(conn, SLUG, "9")
    assert found is not None and found.id == member_id and found.joined == OLD
    ((record, _),) = sealed(conn, rt, "admission")
    assert record["officers"] == ["clerk", "president"]
    with pytest.raises(BulkAdmissionError):
        people_service.admit_members(conn, SLUG, [new("10")], now=rt.clock())
    with pytest.raises(RequestClosedError):
        people_service.confirm_request(conn, president, asked.request, now=rt.clock())


def test_while_a_roll_is_drawn_a_change_and_an_end_take_two(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.seal_register(conn, scenario, rt.clock())
    draw(conn, rt)
    clerk, president = scenario.actor(conn, "clerk"), scenario.actor(conn, "president")
    one, two = scenario.members["1"], scenario.members["2"]
    change = people_service.Change("Another name", "full", date(2015, 1, 1), None)
    asked = people_service.change_member(conn, clerk, one, change, now=rt.clock())
    left = people_service.member_left(conn, clerk, two, TODAY, now=rt.clock())
    assert isinstance(asked, Waiting) and isinstance(left, Waiting)
    assert people.member(conn, one).name == "Member 1"
    assert people.member(conn, two).left_on is None
    assert sealed(conn, rt, "admission-change") == sealed(conn, rt, "admission-end") == []
    for waiting in (asked, left):
        people_service.confirm_request(conn, president, waiting.request, now=rt.clock())
    assert people.member(conn, one).name == "Another name"
    assert people.member(conn, two).left_on == TODAY
    for kind in ("admission-change", "admission-end"):
        ((record, _),) = sealed(conn, rt, kind)
        assert record["officers"] == ["clerk", "president"]


def test_a_request_of_somebody_who_is_no_officer_any_more_is_void(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.seal_register(conn, scenario, rt.clock())
    draw(conn, rt)
    asked = people_service.admit_member(
        conn, scenario.actor(conn, "clerk"), SLUG, new(), now=rt.clock()
    )
    assert isinstance(asked, Waiting)
    people_service.close_account(conn, scenario.accounts["clerk"])
    with pytest.raises(RequestClosedError, match="no officer"):
        people_service.confirm_request(
            conn, scenario.actor(conn, "president"), asked.request, now=rt.clock()
        )


def test_a_request_taken_back_is_gone(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.seal_register(conn, scenario, rt.clock())
    draw(conn, rt)
    clerk = scenario.actor(conn, "clerk")
    asked = people_service.admit_member(conn, clerk, SLUG, new(), now=rt.clock())
    assert isinstance(asked, Waiting)
    with pytest.raises(NotAllowedError):
        people_service.withdraw(
            conn, scenario.actor(conn, "stranger"), asked.request, now=rt.clock()
        )
    people_service.withdraw(conn, clerk, asked.request, now=rt.clock())
    assert people.requests(conn, SLUG, rt.clock()) == []
    with pytest.raises(RequestClosedError):
        people_service.confirm_request(
            conn, scenario.actor(conn, "president"), asked.request, now=rt.clock()
        )
