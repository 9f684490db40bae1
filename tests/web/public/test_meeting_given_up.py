"""A meeting whose log was given up after a disaster: its page says so, and it is called again."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from tests.voting.scenario import DAY, RESOLUTIONS, VotingScenario, opened
from trust.formats import b64
from trust.formats.canon import Json
from trust.formats.times import IST
from trust.log import lineage
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import LogError
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from voting import queries as voting
from voting import service as voting_service
from voting.errors import MeetingTermsError
from web.app import create_app


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    """A meeting of which the state log says that it was given up."""
    made = opened(rt)
    with rt.db.read() as conn:
        origin = made.meeting(conn).origin
    head = rt.publish([origin])[origin]
    record: dict[str, Json] = {
        "kind": "abandonment",
        "v": 1,
        "origin": origin,
        "size": head.size + 3,
        "root": b64.encode(b"\1" * 32),
        "kept": head.size,
        "successor": f"{origin}-r2",
        "reason": "the <disk> burnt",
    }
    with rt.db.write() as conn:
        state = lineage.current_state(conn, rt.host, rt.clock())
        entry = NewEntry("abandonment", record, f"abandon {origin}")
        logs.append(conn, state, [entry], now=rt.clock())
    return made


def call(scenario: VotingScenario, again: str | None) -> str:
    """Call a meeting, in place of another if one is named."""
    rt = scenario.rt
    opens = rt.clock() + 30 * DAY
    with rt.db.write() as conn:
        return voting_service.call_meeting(
            conn,
            scenario.people_setting.actor(conn, "secretary"),
            "tvm-101",
            "Again",
            "വീണ്ടും",
            "annual-general-body",
            datetime.fromtimestamp(opens, UTC).astimezone(IST).date(),
            opens,
            opens + DAY,
            RESOLUTIONS,
            now=rt.clock(),
            again=again,
        )


def test_nothing_is_cast_in_it_and_it_is_called_again_under_the_name_stated(
    scenario: VotingScenario,
) -> None:
    rt = scenario.rt
    with rt.db.write() as conn, pytest.raises(LogError, match="given up"):
        voting_service.cast(conn, scenario.id, scenario.ballot(conn, "1", "yes"), now=rt.clock())
    with rt.db.read() as conn:
        assert voting.to_call_again(conn, "tvm-101") == [scenario.id]
        assert voting.to_call_again(conn, "tsr-7") == []
    for wrong in ("none", f"{scenario.id}-r2"):
        with pytest.raises(MeetingTermsError, match="waits to be called"):
            call(scenario, wrong)
    assert call(scenario, scenario.id) == f"{scenario.id}-r2"
    with rt.db.read() as conn:
        lost = voting.given_up(conn, scenario.id)
        assert lost is not None and lost.called and lost.again == f"{scenario.id}-r2"
        assert voting.to_call_again(conn, "tvm-101") == []
        assert voting.given_up(conn, lost.again) is None
        assert log_queries.info(conn, f"{rt.host}/meeting/{lost.again}").next_index == 3
    with pytest.raises(MeetingTermsError):
        call(scenario, scenario.id)


def test_its_page_says_what_happened_and_links_on(scenario: VotingScenario) -> None:
    path = f"/s/tvm-101/meetings/{scenario.id}"
    with TestClient(create_app(scenario.rt)) as client:
        said = client.get(f"{path}?lang=en").text
        assert "given up" in said and "the &lt;disk&gt; burnt" in said
        assert "has not been called again" in said
        again = call(scenario, scenario.id)
        said = client.get(f"{path}?lang=en").text
        assert f'href="/s/tvm-101/meetings/{again}"' in said
        assert "ഉപേക്ഷിച്ചു" in client.get(f"{path}?lang=ml").text
        assert (
            "The log of this meeting was given up"
            not in client.get(f"/s/tvm-101/meetings/{again}?lang=en").text
        )


def test_its_json_says_the_same(scenario: VotingScenario) -> None:
    path = f"/s/tvm-101/meetings/{scenario.id}.json"
    with TestClient(create_app(scenario.rt)) as client:
        said = client.get(path).json()
        assert said["state"] == "given-up"
        lost = said["given_up"]
        assert (lost["reason"], lost["size"] - lost["kept"]) == ("the <disk> burnt", 3)
        assert lost["called_again"] is None
        again = call(scenario, scenario.id)
        assert client.get(path).json()["given_up"]["called_again"] == again
        assert client.get(f"/s/tvm-101/meetings/{again}.json").json()["given_up"] is None
