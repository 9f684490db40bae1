"""A card is stopped or replaced while the roll stands: no page hands out a paper for the old key.

The ballot that such a paper leads to would be refused; the member would learn it after choosing.
The page says beforehand what can be done: two officers enter the vote with the member present.
"""

from typing import Any

from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from trust.people import queries as people
from trust.people import service as people_service


def _replaced(scenario: VotingScenario, name: str = "") -> None:
    """Member 1 stops her card; with a name she gets a new one."""
    now = scenario.rt.clock()
    with scenario.rt.db.write() as conn:
        key = people.member_key(conn, scenario.people_setting.members["1"])
        assert key is not None
        people_service.revoke_key(
            conn, w.member_of(conn, scenario.people_setting, "1"), key.id, "lost", now=now
        )
        if name:
            w.enrol(conn, scenario.people_setting, "1", now, name)
    # Whoever signed in in the second of the stop, or before, is signed out.
    scenario.rt.clock.advance(1)  # type: ignore[attr-defined]


def test_a_new_card_gets_no_paper_with_the_old_key(person: Any, scenario: VotingScenario) -> None:
    _replaced(scenario, "new card")
    member = person().sign_in_with_card("new card")
    refused = member.get(f"/member/meetings/{scenario.id}/1", 409)
    assert "data-ballot" not in refused and "data-key" not in refused
    assert "two officers can enter your vote" in refused and "Your new card signs" in refused
    overview = member.get(f"/member/meetings/{scenario.id}")
    assert f'href="/member/meetings/{scenario.id}/1"' not in overview
    assert "two officers can enter your vote" in overview
    start = member.get("/member")
    assert "You can vote now" not in start and "cannot sign at this meeting" in start


def test_the_interface_gives_no_draft_either(person: Any, scenario: VotingScenario) -> None:
    _replaced(scenario, "new card")
    member = person().sign_in_with_card("new card")
    answer = member.client.get(f"/api/v1/me/meetings/{scenario.id}/ballots/1")
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/ballot-revoked-key"
    (listed,) = member.client.get("/api/v1/me/meetings").json()["items"]
    assert listed["refusal"] == "ballot-revoked-key"


def test_one_card_on_the_roll_still_votes_and_the_next_resolution_is_one_tap_away(
    person: Any, scenario: VotingScenario
) -> None:
    member = person().sign_in_with_card("member 2")
    page = f"/member/meetings/{scenario.id}/1"
    assert "data-ballot" in member.get(page)
    with scenario.rt.db.read() as conn:
        ballot = scenario.ballot(conn, "2", "yes")
    answer = member.send(page, f"/member/meetings/{scenario.id}/ballots", ballot)
    assert f'href="/member/meetings/{scenario.id}/2"' in member.get(answer.json()["url"])
