"""Two officers enter votes for members who are not there, and open no ballot paper for it.

A roll's numbers run from 1, so they need not look any up: nothing is sealed as opened. Each member
who looks must learn that a vote stands in her name which she did not cast.
"""

from typing import Any

from tests.voting.scenario import VotingScenario
from voting import service as voting_service

ENTERED = "two officers entered this vote for you"


def _entered(scenario: VotingScenario, member: str) -> int:
    """The officers enter a vote, and open no paper."""
    with scenario.rt.db.write() as conn:
        record = scenario.assisted(conn, member, "yes", "secretary", "president")
        cast = voting_service.cast(conn, scenario.id, record, now=scenario.rt.clock())
    scenario.rt.publisher.flush(cast.origin)
    return cast.index


def test_her_own_pages_do_not_say_that_she_voted(person: Any, scenario: VotingScenario) -> None:
    """Her start page said that nothing was waiting, her meeting that she had voted."""
    index = _entered(scenario, "1")
    member = person().sign_in_with_card("member 1")
    assert "Votes that two officers entered for you: 1" in member.get("/member")
    page = member.get(f"/member/meetings/{scenario.id}")
    assert "You have voted" not in page
    assert ENTERED in page and "your own vote takes its place" in page
    assert ENTERED in member.get(f"/member/receipts/{scenario.id}/{index}")
