"""What is lost stands on the pages at every width, in both languages, and no receipt is wrong."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.desks.test_widths import WIDER
from tests.browser.public.conftest import serving
from tests.voting.scenario import VotingScenario
from tests.web.public.test_meeting_given_up import scenario
from trust.formats import receipts
from web.app import create_app

__all__ = ["scenario"]

SHOTS = os.environ.get("SAKSHI_TEST_SHOTS", "")
WORDS = {"en": "Your receipt is not wrong", "ml": "നിങ്ങളുടെ രസീത് തെറ്റല്ല"}


@pytest.mark.parametrize("lang", ["en", "ml"])
@pytest.mark.parametrize("width", [360, 1280])
def test_lost_places_are_read(
    scenario: VotingScenario, browser: Browser, lang: str, width: int
) -> None:
    with scenario.rt.db.read() as conn:
        held = scenario.meeting(conn).origin
    code = receipts.code(b"\7" * 32)
    pages = {
        "receipt": f"/r/{code}",
        "meeting": f"/s/tvm-101/meetings/{scenario.id}",
        "society": "/s/tvm-101",
    }
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    with serving(create_app(scenario.rt)) as site:
        for name, path in pages.items():
            page.goto(f"{site.url}{path}?lang={lang}")
            text = page.inner_text("main")
            assert "the <disk> burnt" in text and held in text, name
            assert page.evaluate(WIDER) == [], name
            if name == "receipt":
                assert WORDS[lang] in text
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}-{lang}-{width}.png", full_page=True)
    context.close()
