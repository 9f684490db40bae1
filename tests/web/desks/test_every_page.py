"""Every page of every desk, in both languages, for those it is for and for nobody else."""

from typing import Any

import pytest

from tests.voting.scenario import VotingScenario

PAGES = {
    "member": ("/member", "/member/meetings/{meeting}", "/member/meetings/{meeting}/1"),
    "secretary": (
        "/secretary",
        "/secretary/imports",
        "/secretary/map",
        "/secretary/map?q=gold",
        "/secretary/statements",
        "/secretary/members",
        "/secretary/members/{member}",
        "/secretary/enrolments",
        "/secretary/keys",
        "/secretary/meetings",
        "/secretary/meetings/{meeting}",
    ),
    "auditor": (
        "/auditor",
        "/auditor/societies/tvm-101",
        "/auditor/societies/tvm-101/books/2026-27/entries",
        "/auditor/societies/tvm-101/books/2026-27/entries/0",
        "/auditor/societies/tvm-101/books/2026-27/entries/1",
    ),
    "registrar": (
        "/registrar",
        "/registrar/alerts/{alert}",
        "/registrar/societies",
        "/registrar/societies/tvm-101",
    ),
}


def _all(scenario: VotingScenario, alert: str, who: str) -> list[str]:
    member = scenario.people_setting.members["1"]
    return [path.format(meeting=scenario.id, member=member, alert=alert) for path in PAGES[who]]


def _enter(person: Any, who: str, lang: str) -> Any:
    made = person(lang)
    return made.sign_in_with_card("member 1") if who == "member" else made.sign_in(who)


@pytest.mark.rotated(2)
@pytest.mark.parametrize("lang", ["en", "ml"])
@pytest.mark.parametrize("who", list(PAGES))
def test_pages_show_in_both_languages(
    person: Any, scenario: VotingScenario, alert: str, who: str, lang: str
) -> None:
    made = _enter(person, who, lang)
    for path in _all(scenario, alert, who):
        text = made.get(path)
        assert f'<html lang="{lang}">' in text, path
        assert "<h1" in text, path


@pytest.mark.parametrize("who", list(PAGES))
def test_pages_are_for_their_own_people(
    person: Any, scenario: VotingScenario, alert: str, who: str
) -> None:
    others = [_enter(person, other, "en") for other in PAGES if other != who]
    nobody = person()
    for path in _all(scenario, alert, who):
        for other in others:
            other.get(path, 403)
        answer = nobody.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=/")


def test_each_user_starts_at_an_own_page(person: Any, scenario: VotingScenario) -> None:
    for who in PAGES:
        answer = _enter(person, who, "en").client.get("/start")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/{who}")


def test_every_post_needs_the_form_token(person: Any, scenario: VotingScenario, alert: str) -> None:
    member = scenario.people_setting.members["1"]
    posts = {
        "secretary": (
            "/logout",
            "/secretary/imports",
            "/secretary/members",
            f"/secretary/members/{member}/enrol",
            f"/secretary/members/{member}/revoke",
            "/secretary/enrolments/1",
            "/secretary/keys/1/revoke",
            "/secretary/meetings",
            f"/secretary/meetings/{scenario.id}/roll",
            f"/secretary/meetings/{scenario.id}/assist",
            "/secretary/statements/2025-26",
            f"/secretary/meetings/{scenario.id}/ballots",
        ),
        "registrar": (f"/registrar/alerts/{alert}/close", "/registrar/societies/tvm-101/keys"),
        "member": (f"/member/meetings/{scenario.id}/ballots", "/member/keys/1/revoke"),
    }
    for who, paths in posts.items():
        made = _enter(person, who, "en")
        for path in paths:
            assert made.client.post(path, data={"reason": "x"}).status_code == 403, path
    assert person().client.post("/login", data={"login": "a", "password": "b"}).status_code == 403
