"""After the notice an officer makes opponents nominal and full again, two bind first cards, and one
ends his own key, so that nobody can be helped to vote.

Whose class was new is off the roll although the register reads as before; whoever bound a first
card may have kept its seed. No result of version 2 counts either, so the pages, the certificate and
the verifier say it beside.
"""

from typing import Any

import pytest

from tests.audit.helpers import said
from tests.trust.people import world as w
from tests.voting.hall import DAY, Hall, call
from tests.voting.outside import verified
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service
from voting import service as voting


@pytest.fixture
def hall(rt: Runtime) -> Hall:
    """Notice, what the officers do then, the roll, and the opening."""
    with rt.db.write() as conn:
        world = w.build(conn, rt.clock(), members=4, with_key=3)
        w.seal_register(conn, world, rt.clock())
        president = w.bind_officer(conn, world, "president", "president", rt.clock())
        meeting = call(conn, rt, world)
        clerk, now = world.actor(conn, "clerk"), rt.clock()
        for class_ in ("nominal", "full"):
            found = people.member(conn, world.members["1"])
            change = service.Change(found.name, class_, found.joined, found.share_paid_on)
            service.change_member(conn, clerk, found.id, change, now=now)
        w.enrol(conn, world, "4", now, "card of 4")
        service.revoke_officer_key(conn, world.actor(conn, "president"), president, now=now)
        secretary = world.actor(conn, "secretary")
        drawn = voting.draw_roll(conn, secretary, meeting, now=now + DAY)
        assert drawn.roll_count == 3
    rt.clock.advance(20 * DAY)  # type: ignore[attr-defined]
    return Hall(rt, world, meeting)


def _close(hall: Hall) -> None:
    hall.rt.clock.advance(DAY)  # type: ignore[attr-defined]
    with hall.rt.db.write() as conn:
        secretary = hall.world.actor(conn, "secretary")
        voting.close_meeting(conn, secretary, hall.id, now=hall.rt.clock())


def test_the_pages_and_the_certificate_count_it(person: Any, hall: Hall) -> None:
    address = f"/s/tvm-101/meetings/{hall.id}"
    for closed in (False, True):
        if closed:
            _close(hall)
        found = person().client.get(address + ".json").json()
        assert found["besides"] == {"changes": 2, "bindings": 1, "officer_keys": 1}
    page = person().get(address)
    assert "Changes of the register: class, days</dt><dd>2<" in page
    assert "First cards or keys given to members</dt><dd>1<" in page
    desk = person().sign_in("secretary").get(f"/secretary/meetings/{hall.id}")
    assert desk.count("First cards or keys given to members") == 3, "since, and two certificates"


def test_the_verifier_says_it_beside(hall: Hall) -> None:
    _close(hall)
    report = verified(hall)
    note = said(report, "note")["since"]
    assert report.exit_code == 0
    assert "changes of the register (class, days): 2" in note
    assert "first keys bound to members: 1" in note
    assert "officers' keys bound, ended or given up: 1" in note
