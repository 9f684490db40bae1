"""A member checks the count of her meeting in her own browser."""

import pytest
from sqlalchemy import Connection

from tests.browser.desks.conftest import Room
from tests.voting.scenario import VotingScenario
from trust.log.runtime import Runtime
from voting import queries as voting
from voting import service as voting_service


@pytest.fixture
def closed(rt: Runtime, scenario: VotingScenario) -> VotingScenario:
    """Two have voted themselves, for one two officers; the meeting is closed."""
    for member, choice in (("1", "yes"), ("2", "no")):
        with rt.db.write() as conn:
            voting_service.cast(
                conn, scenario.id, scenario.ballot(conn, member, choice), now=rt.clock()
            )
    with rt.db.write() as conn:
        ballot = scenario.assisted(conn, "3", "yes", "secretary", "president")
        voting_service.cast(conn, scenario.id, ballot, now=rt.clock())
        closes = scenario.meeting(conn).closes
    rt.clock.advance(closes - rt.clock())  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        actor = scenario.people_setting.actor(conn, "secretary")
        voting_service.close_meeting(conn, actor, scenario.id, now=rt.clock())
        origin = scenario.meeting(conn).origin
    rt.publish([origin])
    return scenario


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_the_count_is_right_and_my_vote_is_in_it(
    room: Room, closed: VotingScenario, lang: str
) -> None:
    desk = room.desk(lang=lang)
    desk.sign_in_with_card("member 1")
    desk.go(f"/member/meetings/{closed.id}/count")
    desk.page.wait_for_selector('#verdict[data-state="right"]')
    assert desk.page.locator('.step[data-state="right"]').count() == 9
    mine = desk.page.locator('#mine [data-number="1"] [data-choice]:visible')
    assert mine.all_text_contents() == ["For" if lang == "en" else "അനുകൂലം"]
    assert desk.page.locator('#mine [data-number="2"] [data-choice="none"]').is_visible()
    assert desk.page.locator("#assisted").is_visible(), "officers' keys are not checked here"
    assert not desk.errors


def test_a_package_with_another_roll_is_wrong(
    room: Room, closed: VotingScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server hands out a roll in which a key was exchanged; the manifest is right."""
    honest = voting.roll_documents

    def forged(conn: Connection, meeting: str) -> list[bytes]:
        lines = honest(conn, meeting)
        (keyed, *_) = (line for line in lines if b'"key":"' in line)  # the lot gives the order
        other = keyed.replace(b'"key":"', b'"key":"A', 1)
        return [other if line == keyed else line for line in lines]

    desk = room.desk()
    desk.sign_in_with_card("member 1")
    monkeypatch.setattr(voting, "roll_documents", forged)
    desk.go(f"/member/meetings/{closed.id}/count")
    desk.page.wait_for_selector('#verdict[data-state="wrong"]')
    assert desk.page.locator('.step[data-step="roll"]').get_attribute("data-state") == "wrong"
    assert desk.page.locator("#mine").is_hidden()
