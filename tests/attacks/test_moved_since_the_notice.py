"""After the notice an officer makes opponents nominal and full again, two bind first cards, and one
ends his own key, so that nobody can be helped to vote.

Whose class was new is off the roll although the register reads as before; whoever bound a first
card may have kept its seed. No result of version 2 counts either, so the pages, the certificate and
the verifier say it beside.
"""

from typing import Any

import pytest

from tests.audit.helpers import said
from tests.trust.people import scenario as w
from tests.voting.outside import verified
from tests.voting.scenario import DAY, VotingScenario, call
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from voting import service as voting_service


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    """Notice, what the officers do then, the roll, and the opening."""
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=4, with_key=3)
        w.seal_register(conn, people_setting, rt.clock())
        president = w.bind_officer(conn, people_setting, "president", "president", rt.clock())
        meeting = call(conn, rt, people_setting)
        clerk, now = people_setting.actor(conn, "clerk"), rt.clock()
        for class_ in ("nominal", "full"):
            found = people.member(conn, people_setting.members["1"])
            change = people_service.Change(found.name, class_, found.joined, found.share_paid_on)
            people_service.change_member(conn, clerk, found.id, change, now=now)
        w.enrol(conn, people_setting, "4", now, "card of 4")
        people_service.revoke_officer_key(
            conn, people_setting.actor(conn, "president"), president, now=now
        )
        secretary = people_setting.actor(conn, "secretary")
        drawn = voting_service.draw_roll(conn, secretary, meeting, now=now + DAY)
        assert drawn.roll_count == 3
    rt.clock.advance(20 * DAY)  # type: ignore[attr-defined]
    return VotingScenario(rt, people_setting, meeting)


def _close(scenario: VotingScenario) -> None:
    scenario.rt.clock.advance(DAY)  # type: ignore[attr-defined]
    with scenario.rt.db.write() as conn:
        secretary = scenario.people_setting.actor(conn, "secretary")
        voting_service.close_meeting(conn, secretary, scenario.id, now=scenario.rt.clock())


def test_the_pages_and_the_certificate_count_it(person: Any, scenario: VotingScenario) -> None:
    address = f"/s/tvm-101/meetings/{scenario.id}"
    for closed in (False, True):
        if closed:
            _close(scenario)
        found = person().client.get(address + ".json").json()
        assert found["besides"] == {"changes": 2, "bindings": 1, "officer_keys": 1}
    page = person().get(address)
    assert "Changes of the register: class, days</dt><dd>2<" in page
    assert "First cards or keys given to members</dt><dd>1<" in page
    desk = person().sign_in("secretary").get(f"/secretary/meetings/{scenario.id}")
    assert desk.count("First cards or keys given to members") == 3, "since, and two certificates"


def test_the_verifier_says_it_beside(scenario: VotingScenario) -> None:
    _close(scenario)
    report = verified(scenario)
    note = said(report, "note")["since"]
    assert report.exit_code == 0
    assert "changes of the register (class, days): 2" in note
    assert "first keys bound to members: 1" in note
    assert "officers' keys bound, ended or given up: 1" in note
