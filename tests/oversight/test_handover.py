"""An officer is transferred: what was left open is listed and passes to the one who follows."""

from typing import Any

import pytest

from oversight import handover
from oversight import queries as oversight
from oversight import service as oversight_service
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import alert, scenario, state_open
from trust.log.replay.check import check
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.offices import queries as offices
from trust.people.offices import service as s
from trust.people.offices.errors import NothingToTakeError

__all__ = ["alert", "scenario", "state_open"]


def held(rt: Runtime, setting: Any, who: str) -> int:
    with rt.db.read() as conn:
        return offices.appointments(conn, rt.clock(), account=setting.accounts[who])[0].id


def test_alerts_and_requests_pass_to_the_one_who_follows(
    rt: Runtime, scenario: VotingScenario, alert: str
) -> None:
    setting, now = scenario.people_setting, rt.clock()
    before = held(rt, setting, "registrar")
    with rt.db.write() as conn:
        oversight_service.acknowledge(conn, setting.actor(conn, "registrar"), alert, "", now=now)
        made = people_service.create_account(conn, "new", "New", "staff", now=now)
        registrar = setting.actor(conn, "registrar")
        s.appoint(
            conn, registrar, "new", "auditor", office=None, society=w.PROFILE.slug, begins=None,
            ends=None, now=now,
        )  # fmt: skip
    with pytest.raises(NothingToTakeError), rt.db.write() as conn:
        handover.hand_over(conn, setting.actor(conn, "deputy"), before, now=now)
    with rt.db.write() as conn:
        s.end(conn, setting.actor(conn, "deputy"), before, "transfer", now=now)
        left = handover.left_open(conn, offices.appointment(conn, before))
        assert [one.id for one in left] == [alert]
    for stranger in ("elsewhere", "secretary", "registrar"):
        with pytest.raises(NothingToTakeError), rt.db.write() as conn:
            handover.hand_over(conn, setting.actor(conn, stranger), before, now=now)
    with rt.db.write() as conn:
        done = handover.hand_over(conn, setting.actor(conn, "deputy"), before, now=now)
    assert (done.alerts, done.requests) == ([alert], 1)
    with rt.db.read() as conn:
        found = oversight.alert(conn, alert)
        assert (found.state, found.owner) == ("acknowledged", setting.accounts["deputy"])
        assert [one.action for one in oversight.timeline(conn, alert)][-1] == "take-over"
        (asked,) = offices.requests(conn, now)
        assert asked.asked_by == setting.accounts["deputy"] and made.login in str(asked.body)
        assert people.actor(conn, setting.accounts["registrar"], now).grants == ()
    assert list(check(rt.db, Tally())) == []
