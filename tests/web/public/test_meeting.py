"""The public page of a meeting, from notice to result."""

import re

import pytest
from starlette.testclient import TestClient

from tests.trust.people import scenario as w
from tests.voting import scenario as halls
from tests.voting import version1
from tests.voting.scenario import VotingScenario
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from voting import queries as voting
from voting import service as voting_service


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    """A meeting at the opening of its vote, with six members, five of them with a card."""
    return halls.opened(rt)


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_votes_are_counted_on_the_page_only_after_the_close(
    scenario: VotingScenario, client: TestClient
) -> None:
    rt, path = scenario.rt, f"/s/tvm-101/meetings/{scenario.id}"
    open_page = _text(client.get(path).text)
    assert "Voting is open" in open_page and "Members on the roll 6" in open_page
    with rt.db.write() as conn:
        for member, choice in (("1", "yes"), ("2", "yes"), ("3", "no")):
            ballot = scenario.ballot(conn, member, choice)
            voting_service.cast(conn, scenario.id, ballot, now=rt.clock())
        closes = voting.meeting(conn, scenario.id).closes
    page = _text(client.get(path).text)
    assert "Voted so far 3" in page and "told after the close" in page
    assert "Abstained" not in page and "Against" not in page
    rt.clock.advance(closes - rt.clock() + 1)  # type: ignore[attr-defined]
    assert "Voting is over, not counted yet" in client.get(path).text
    with rt.db.write() as conn:
        actor = scenario.people_setting.actor(conn, "secretary")
        voting_service.close_meeting(conn, actor, scenario.id, now=rt.clock())
        origin = voting.meeting(conn, scenario.id).origin
    rt.publish([origin])
    closed = _text(client.get(path).text)
    assert "Closed and counted" in closed and "For 2 Against 1 Abstained 0" in closed
    assert f"/l/{origin}/doc/" in client.get(path).text
    assert "Closed and counted" in client.get("/s/tvm-101").text


def test_a_meeting_stands_under_its_own_society_only(
    scenario: VotingScenario, client: TestClient
) -> None:
    assert client.get(f"/s/tsr-7/meetings/{scenario.id}").status_code == 404
    missing = client.get("/s/tvm-101/meetings/none")
    assert missing.status_code == 404 and "There is no meeting" in missing.text


def test_help_register_and_what_was_left_out_are_told(
    scenario: VotingScenario, client: TestClient
) -> None:
    rt, path = scenario.rt, f"/s/tvm-101/meetings/{scenario.id}"
    with rt.db.write() as conn:
        actor = scenario.people_setting.actor(conn, "clerk")
        voting_service.open_assisted(
            conn, actor, scenario.id, scenario.people_setting.members["6"], 1, now=rt.clock()
        )
        for ballot in (
            scenario.ballot(conn, "1", "yes"),
            scenario.assisted(conn, "6", "no", "secretary", "president"),
        ):
            voting_service.cast(conn, scenario.id, ballot, now=rt.clock())
        (key,) = people.keys_of(conn, scenario.people_setting.members["2"])
        me = w.member_of(conn, scenario.people_setting, "2")
        people_service.revoke_key(conn, me, key.id, "lost", now=rt.clock())
        bad = {**scenario.ballot(conn, "3", "no"), "choice": "yes"}
        origin = voting.meeting(conn, scenario.id).origin
        logs.append(conn, origin, [NewEntry("ballot", bad, "smuggled")], now=rt.clock())
    page = _text(client.get(path).text)
    for words in (
        "6 of 6 on the roll are from the opening register of 01/06/2026",
        "saw a roll number 1",
        "cards or keys stopped 1",
        "Entered by two officers 1 of 2 votes",
    ):
        assert words in page, words
    found = client.get(path + ".json").json()
    assert found["version"] == 2 and found["roll"]["from_opening"] == 6
    assert found["since_notice"] == {"admissions": 0, "ended": 0, "reissues": 0, "stops": 1}
    assert found["resolutions"][0]["turnout"] == {"voted": 2, "assisted": 1}
    assert found["resolutions"][0]["result"] is None
    rt.clock.advance(2 * 86_400)  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        voting_service.close_meeting(
            conn, scenario.people_setting.actor(conn, "secretary"), scenario.id, now=rt.clock()
        )
    rt.publish([origin])
    closed = _text(client.get(path).text)
    assert "Entered by two officers 1 of 2 votes" in closed
    assert "Ballots that do not count: 1" in closed and "a signature does not verify" in closed
    first = client.get(path + ".json").json()["resolutions"][0]["result"]
    assert (first["for"], first["against"], first["assisted"]) == (1, 1, 1)
    assert [one["reason"] for one in first["left_out"]] == ["ballot-signature"]


def test_a_meeting_of_before_says_what_it_does_not_count(rt: Runtime, client: TestClient) -> None:
    made = version1.opened(rt)
    page = _text(client.get(f"/s/tvm-101/meetings/{made.id}").text)
    assert "called under earlier rules" in page and "Members admitted" not in page
    found = client.get(f"/s/tvm-101/meetings/{made.id}.json").json()
    assert (found["version"], found["since_notice"]) == (1, None)


def test_a_meeting_as_json_stands_under_its_own_society_only(
    scenario: VotingScenario, client: TestClient
) -> None:
    assert client.get(f"/s/tsr-7/meetings/{scenario.id}.json").status_code == 404
