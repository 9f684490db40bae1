"""While a roll is drawn, every change of a key stands in the meeting's log, in the same order."""

import pytest
from sqlalchemy import Connection

from tests.trust.people import scenario as w
from trust.formats import b64, commitments, merkle
from trust.formats.canon import Json
from trust.formats.entries import Entry, parse_entry
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import NotLinkedError
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service

MEETING = "s0.test.example/meeting/tvm-101-2026-1"
OTHER = "s0.test.example/meeting/tvm-101-2026-2"


def drawn(conn: Connection, rt: Runtime, origin: str = MEETING, slug: str = "tvm-101") -> None:
    logs.open_log(conn, origin, now=rt.clock())
    people_service.roll_drawn(conn, slug, origin)


def told(conn: Connection, origin: str = MEETING) -> list[dict[str, Json]]:
    """Records of the roll changes in a meeting's log, in order."""
    found = []
    for stored in log_queries.entries(conn, origin, 0, log_queries.info(conn, origin).next_index):
        parsed, opening = parse_entry(stored.entry), log_queries.opening(conn, origin, stored.index)
        assert isinstance(parsed, Entry) and opening is not None and opening.record is not None
        found.append(
            commitments.open_commitment(
                "roll-change", parsed.commitment, commitments.Opening(opening.record, opening.salt)
            )
        )
    return found


def test_binding_reissue_and_stop_are_told_in_the_meetings_log(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    w.enrol(conn, scenario, "2", rt.clock())
    drawn(conn, rt)
    drawn(conn, rt)
    first = w.enrol(conn, scenario, "1", rt.clock(), "a")
    people_service.revoke_key(conn, w.member_of(conn, scenario, "1"), first, "lost", now=rt.clock())
    w.enrol(conn, scenario, "1", rt.clock(), "b")
    officer = w.bind_officer(conn, scenario, "secretary", "secretary", rt.clock())
    people_service.revoke_officer_key(
        conn, scenario.actor(conn, "secretary"), officer, now=rt.clock()
    )
    keys = {b64.encode(w.public_of(name)): name for name in ("a", "b", "secretary")}
    assert [(keys[str(r["key"])], r["holder"], r["action"]) for r in told(conn)] == [
        ("a", "member", "bind"),
        ("a", "member", "stop"),
        ("b", "member", "reissue"),
        ("secretary", "secretary", "bind"),
        ("secretary", "secretary", "stop"),
    ]
    assert all(set(r) == {"kind", "v", "meeting", "key", "holder", "action"} for r in told(conn))


def test_each_drawn_roll_is_told_and_no_other(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    drawn(conn, rt)
    drawn(conn, rt, OTHER)
    assert people.drawn_rolls(conn, "tvm-101") == [MEETING, OTHER]
    assert people.drawn_rolls(conn, "tsr-7") == []
    w.enrol(conn, scenario, "1", rt.clock())
    people_service.roll_closed(conn, OTHER)
    w.enrol(conn, scenario, "2", rt.clock())
    assert (len(told(conn)), len(told(conn, OTHER))) == (2, 1)
    assert people.drawn_rolls(conn, "tvm-101") == [MEETING]


def test_a_change_in_one_society_is_told_in_no_others_meeting(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario
) -> None:
    drawn(conn, rt, slug="tsr-7")
    w.enrol(conn, scenario, "1", rt.clock())
    assert told(conn) == []


def test_a_meeting_given_up_stops_no_enrolment(
    rt: Runtime, conn: Connection, scenario: w.PeopleScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(conn, rt)
    drawn(conn, rt, OTHER)
    state = next(info.origin for info in log_queries.logs(conn, "state"))
    record: dict[str, Json] = {
        "kind": "abandonment",
        "v": 1,
        "origin": MEETING,
        "size": 0,
        "root": b64.encode(merkle.EMPTY_ROOT),
        "kept": 0,
        "successor": None,
        "reason": "lost",
    }
    item = NewEntry("abandonment", record, f"abandon {MEETING}")
    logs.append(conn, state, [item], now=rt.clock())
    assert people.drawn_rolls(conn, "tvm-101") == [OTHER]
    w.enrol(conn, scenario, "1", rt.clock())
    assert len(told(conn, OTHER)) == 1


def test_the_position_of_the_book_counts_what_no_head_covers_yet(rt: Runtime) -> None:
    with rt.db.write() as conn:
        scenario = w.build(conn, rt.clock(), members=3, with_key=2)
        origin = people.book_origin(conn, "tvm-101", rt.clock())
    rt.publish([origin])
    with rt.db.write() as conn:
        w.enrol(conn, scenario, "3", rt.clock())
        at = people_service.book_position(conn, "tvm-101", now=rt.clock())
        info = log_queries.info(conn, origin)
        leaves = [e.leaf for e in log_queries.entries(conn, origin, 0, info.next_index)]
    assert at.origin == origin and at.size == info.next_index == info.size + 1
    assert at.root == merkle.root_of(leaves)


def test_a_new_years_log_stands_where_the_old_one_ended_until_it_is_linked(rt: Runtime) -> None:
    turned = rt.clock() + 366 * 86_400
    with rt.db.write() as conn:
        scenario = w.build(conn, rt.clock(), members=1, with_key=0)
        old = people.book_origin(conn, "tvm-101", rt.clock())
        at = people_service.book_position(conn, "tvm-101", now=turned)
        assert (at.origin, at.size) == (old, log_queries.info(conn, old).next_index)
        assert people.book_origin(conn, "tvm-101", turned) != old
        w.enrol(conn, scenario, "1", turned)
        with pytest.raises(NotLinkedError, match="waits for the last head"):
            people_service.book_position(conn, "tvm-101", now=turned)
        new = people.book_origin(conn, "tvm-101", turned)
    rt.publish([old])
    rt.publish([new])
    with rt.db.write() as conn:
        at = people_service.book_position(conn, "tvm-101", now=turned)
        assert (at.origin, at.size) == (new, 2)
        entries = log_queries.entries(conn, new, 0, 2)
        assert at.root == merkle.root_of([e.leaf for e in entries])
