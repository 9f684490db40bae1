"""The column of the browser's check in `docs/faces.md`: what Chromium finds of each trouble."""

import pytest
from playwright.sync_api import Page

from tests.browser.public.conftest import serving
from tests.faces.conftest import Planting, planted
from tests.faces.looking import Cell, Look, english
from tests.faces.test_matrix import table
from tests.faces.troubles import TROUBLES, Trouble
from tests.trust.books.scenario import SLUG

__all__ = ["planted"]

COMPUTED = {
    "late-unnamed": "later-imports",
    "late-moves": "later-imports",
    "erased": "later-erased",
}
"""What the browser can find where the server, which may open the entries, finds more."""


def see(look: Look, tab: Page, url: str) -> Cell:
    """What the check says of the trouble, by what stands on its page in the end."""
    tab.goto(f"{url}/s/{SLUG}/{look.trouble.year}/check?lang=en")
    if english("check.pending") in tab.inner_text("main"):
        return "told" if look.trouble.silent else "silent"
    ends = ("right", "wrong", "told", "found")
    tab.wait_for_selector(", ".join(f"#verdict[data-state={end}]" for end in ends))
    if tab.get_attribute("#verdict", "data-state") == "wrong":
        return "told"
    found = [item.get_attribute("data-code") for item in tab.query_selector_all("#told li")]
    if look.trouble.codes and all(COMPUTED.get(code, code) in found for code in look.trouble.codes):
        return "told"
    text = " ".join(tab.inner_text("main").split())
    says = english("look.not_vouchers") in text and english("check.not_others") in text
    return "says it cannot see it" if says else "silent"


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.name)
def test_the_browser_is_never_silent(trouble: Trouble, planted: Planting, tab: Page) -> None:
    look = planted(trouble)
    with serving(look.app) as site:
        cell = see(look, tab, site.url)
    assert cell != "silent"
    assert cell == table()[trouble.name]["browser's check"]
