"""A member stops her card; whoever is signed in with it, in another browser, is put out."""

import pytest

from tests.browser.desks.conftest import Room


@pytest.mark.parametrize(
    ("lang", "width", "word"), [("en", 360, "is stopped"), ("ml", 1280, "നിർത്തി")]
)
def test_a_stopped_card_puts_out_both_browsers(
    room: Room, lang: str, width: int, word: str
) -> None:
    member, other = room.desk(lang=lang, width=width), room.desk(lang=lang, width=width)
    for desk in (member, other):
        desk.sign_in_with_card("member 1")
    form = member.page.locator("form[action^='/member/keys/']")
    for summary in member.page.locator(
        "details:has(form[action^='/member/keys/']) > summary"
    ).all():
        summary.click()
    form.locator("[name=reason]").fill("lost it")
    form.locator("button[type=submit]").click()
    member.page.wait_for_url("**/login?stopped=1")
    assert word in member.page.inner_text("main")
    wide = member.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "nothing sticks out"
    other.go("/member")
    assert "/login" in other.page.url
