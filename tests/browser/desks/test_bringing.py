"""A file on its way in, at a phone and at a wide screen: look, answer, look again, seal, report."""

import os
from pathlib import Path

import pytest

from tests.browser.desks.conftest import Desk, Room
from tests.browser.desks.test_widths import SMALL, UNNAMED, WIDER
from tests.trust.books.cases.taking import content
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG
from tests.web.desks.test_preview import day_book
from trust.books import queries as books
from trust.log.runtime import Runtime

SHOTS = os.environ.get("SAKSHI_TEST_SHOTS", "")


def choose(desk: Desk, name: str, data: bytes) -> None:
    """Choose a file on the page of imports and send it."""
    desk.go("/secretary/imports")
    desk.page.set_input_files(
        "#f-file", {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )
    desk.page.click("form[action='/secretary/imports'] button[type=submit]")
    desk.page.wait_for_url("**/uploads/**")


def fits(desk: Desk, name: str) -> None:
    """Assert that the page fits both widths and can be used; keep a picture if asked for."""
    for width in (360, 1280):
        desk.page.set_viewport_size({"width": width, "height": 800})
        for rule in (WIDER, SMALL, UNNAMED):
            assert desk.page.evaluate(rule) == [], (name, width)
        if SHOTS:
            desk.page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)


def test_a_trial_balance_without_a_year_is_asked_about_and_sealed(
    room: Room, scenario: VotingScenario, rt: Runtime
) -> None:
    desk = room.desk()
    desk.sign_in("secretary")
    choose(desk, "trial-balance.csv", content("05"))
    desk.page.fill("[name='answer.year']", "2023-24")
    desk.page.click("button[value=look]")
    desk.page.wait_for_selector("text=Your answers")
    for name in desk.page.query_selector_all("fieldset input[type=radio][value=yes]"):
        name.check()
    if desk.page.query_selector("button[value=seal]") is None:
        desk.page.click("button[value=look]")
    desk.page.click("button[value=seal]")
    desk.page.wait_for_selector("text=Read and sealed in the society")
    with rt.db.read() as conn:
        (made,) = books.imports(conn, SLUG)
    assert (made.book_year, made.actor) == ("2023-24", "secretary")
    assert desk.errors == []


@pytest.mark.parametrize("lang", ["ml", "en"])
def test_every_page_of_a_file_fits_and_needs_no_script(
    room: Room, scenario: VotingScenario, rt: Runtime, lang: str
) -> None:
    desk = room.desk(lang=lang, script=True)
    desk.sign_in("secretary")
    choose(desk, "daybook-may.xml", day_book(wrong=True))
    fits(desk, f"asked-{lang}")
    desk.page.check("input[name='answer.incomplete']")
    desk.page.click("button[value=look]")
    desk.page.wait_for_selector("button[value=seal]")
    fits(desk, f"preview-{lang}")
    place = desk.page.url
    desk.go("/secretary/imports")
    fits(desk, f"imports-{lang}")
    plain = room.desk(lang=lang, script=False)
    plain.sign_in("secretary")
    plain.page.goto(place)
    plain.page.click("button[value=seal]")
    plain.page.wait_for_url(lambda url: "/uploads/" not in url)
    desk.page.goto(plain.page.url)
    fits(desk, f"sealed-{lang}")
    assert desk.errors == []
