"""Every page of every desk fits a narrow phone and a wide screen, in both languages."""

import dataclasses
import os
from pathlib import Path

import pytest

from oversight import failing
from tests.browser.desks.conftest import Desk, Room
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from tests.web.desks.conftest import SLUG
from tests.web.desks.test_every_page import PAGES
from trust.books import service as books_service
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import SocietyProfile

SHOTS = os.environ.get("SAKSHI_TEST_SHOTS", "")
WIDER = """() => [...document.querySelectorAll("body *")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1
    && getComputedStyle(e).position !== "absolute" && !e.closest(".visually-hidden, .skip, thead"))
  .slice(0, 5).map((e) => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 40)}`)"""
SMALL = """() => [...document.querySelectorAll(
    "main button, main .button, main input:not([type=hidden]), main select, main summary")]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44
    && !["radio", "checkbox"].includes(e.type))
  .map((e) => e.outerHTML.slice(0, 80))"""
UNNAMED = """() => {
  const found = [];
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!e.labels?.length && !e.getAttribute("aria-label")) found.push("no label " + e.outerHTML);
  for (const e of document.querySelectorAll("img:not([alt])")) found.push("no alt " + e.src);
  for (const e of document.querySelectorAll("button, a[href]"))
    if (!e.textContent.trim()) found.push("no name " + e.outerHTML);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  found.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => "twice #" + id));
  for (const e of document.querySelectorAll("[aria-labelledby]"))
    for (const id of e.getAttribute("aria-labelledby").split(" "))
      if (!document.getElementById(id)) found.push("points nowhere " + id);
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  let before = 1;
  for (const e of document.querySelectorAll("main h1, main h2, main h3, main h4")) {
    const level = Number(e.tagName[1]);
    if (level > before + 1) found.push("heading skips " + e.textContent);
    before = level;
  }
  return found;
}"""


def silent(number: int) -> SocietyProfile:
    """A society of the officer's district with a long name."""
    profile = w.PROFILE
    return dataclasses.replace(
        profile,
        slug=f"long-{number}",
        registration_number=f"LONG {number}",
        name_en=f"{number} " + profile.name_en * 3,
        name_ml=f"{number} " + profile.name_ml * 3,
    )


def _enter(desk: Desk, who: str) -> None:
    if who == "member":
        desk.sign_in_with_card("member 1")
    else:
        desk.sign_in(who)


@pytest.mark.parametrize("who", list(PAGES))
def test_pages_fit(room: Room, scenario: VotingScenario, alert: str, rt: Runtime, who: str) -> None:
    brought = books_service.import_file(
        rt, SLUG, "tb.csv", trial_balance("2024-25"), actor="secretary", book_year="2024-25"
    )
    new = "Trial Balance 2025-26\nHead of account,Debit,Credit\n"
    new += "Gold loan A/c,7000,\nKunjamma of the second ward,20,\nസേവിംഗ്സ് ബാങ്ക് നിക്ഷേപം,,7020\n"
    books_service.import_file(rt, SLUG, "new.csv", new.encode(), actor="secretary")
    with rt.db.write() as conn:
        wanted = {"Ward loans of members": "20506", "സ്വർണപ്പണയ വായ്പ": "20505"}
        books_service.map_ledgers(conn, SLUG, wanted, officer="k-12.secretary", now=rt.clock())
    with rt.db.read() as conn:
        rt.publisher.flush(people.book_origin(conn, SLUG, rt.clock()))
    with rt.db.write() as conn:
        failing.record(conn, SLUG, ValueError(), now=rt.clock())
        for number in range(1, 8):  # societies that never brought a file
            people_service.register_society(conn, silent(number), now=rt.clock())
    more = {
        "secretary": (
            "/secretary/statements/2024-25",
            f"/secretary/imports/{brought.import_id}",
            f"/secretary/imports/{brought.import_id}/void",
        ),
        "member": ("/login?out=1", "/login/device"),
    }
    paths = [
        path.format(meeting=scenario.id, member=scenario.people_setting.members["1"], alert=alert)
        for path in PAGES[who] + more.get(who, ())
    ]
    for lang in ("ml", "en"):
        desk = room.desk(lang=lang)
        _enter(desk, who)
        for path in paths:
            for width in (360, 1280):
                desk.page.set_viewport_size({"width": width, "height": 800})
                desk.go(path)
                desk.page.wait_for_load_state("load")
                assert desk.page.evaluate(WIDER) == [], (path, lang, width)
                assert desk.page.evaluate(SMALL) == [], (path, lang, width)
                assert desk.page.evaluate(UNNAMED) == [], (path, lang)
                if SHOTS:
                    name = (
                        path.strip("/").replace("/", "_").replace("?", "_") + f"-{lang}-{width}.png"
                    )
                    desk.page.screenshot(path=Path(SHOTS) / name, full_page=True)
        assert desk.errors == []
