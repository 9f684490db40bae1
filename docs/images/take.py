"""Takes the README's screenshots from a running demo: `python docs/images/take.py URL HOME`.

Needs playwright and Chromium (SAKSHI_CHROMIUM names another browser's path).
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from web.demo.logins import person, read_logins

FOLDER = Path(__file__).parent
SIZE = {"width": 1180, "height": 760}


def shot(page: Page, name: str) -> None:
    """What is seen without scrolling, as a PNG."""
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


def main(url: str, home: str) -> None:
    """A balance sheet, its check in the browser, the Registrar's board; in English."""
    logins = read_logins(Path(home))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=os.environ.get("SAKSHI_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox"],
        )
        context = browser.new_context(viewport=SIZE)
        context.add_cookies([{"name": "lang", "value": "en", "url": url}])
        page = context.new_page()
        page.goto(f"{url}/s/{logins['society']}")
        page.locator("main a[href*='/check']").first.click()
        page.wait_for_load_state("networkidle")
        shot(page, "check")
        page.goto(page.url.removesuffix("/check"))
        shot(page, "sheet")
        page.goto(f"{url}/login")
        page.fill("input[name=login]", "registrar")
        page.fill("input[name=password]", person(logins, "registrar")["password"])
        page.locator("form:has(input[name=password]) button[type=submit]").click()
        page.goto(f"{url}/registrar")
        page.wait_for_timeout(800)
        shot(page, "board")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
