"""A name of 200 letters without a space, in both scripts, fits a narrow phone on every page."""

import os
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from tests.browser.desks.conftest import Desk, Room
from tests.browser.desks.test_widths import WIDER
from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from tests.web.desks.conftest import SLUG
from tests.web.desks.test_every_page import PAGES
from trust.books import service as books_service
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import tables as t
from voting import tables as v

SHOTS = os.environ.get("SAKSHI_TEST_SHOTS", "")
LATIN, MALAYALAM = "W" * 200, "ക്ഷ" * 66 + "കാ"
PUBLIC = ("/", "/?q=W", f"/s/{SLUG}", f"/s/{SLUG}/meetings/{{meeting}}", "/login", "/verify")
MORE = {
    "secretary": (
        "/secretary/statements/2024-25",
        "/secretary/imports/{brought}",
        "/secretary/imports/{brought}/void",
        "/secretary/imports/{named}",
        "/secretary/meetings/{meeting}/assist",
    ),
    "registrar": ("/registrar?district=thiruvananthapuram",),
    "auditor": (),
    "member": (),
}
WIDTH = "() => document.documentElement.scrollWidth"


def _name_everything(conn: Connection) -> None:
    """The rows of pages, after sealing: what is measured is the page, not the record."""
    assert len(LATIN) == len(MALAYALAM) == 200
    conn.execute(update(t.society).values(name_en=LATIN, name_ml=MALAYALAM, taluk=LATIN))
    conn.execute(update(t.account).values(display_name=LATIN))
    conn.execute(update(t.member).values(name=MALAYALAM))
    conn.execute(update(v.meeting).values(title_en=LATIN, title_ml=MALAYALAM))


def _shown(desk: Desk, path: str, width: int) -> list[str]:
    desk.page.set_viewport_size({"width": width, "height": 800})
    desk.go(path)
    desk.page.wait_for_load_state("load")
    if SHOTS:
        name = path.strip("/").replace("/", "_").replace("?", "_") or "first"
        desk.page.screenshot(path=Path(SHOTS) / f"long-{name}-{width}.png", full_page=True)
    wide = desk.page.evaluate(WIDTH)
    found = desk.page.evaluate(WIDER)
    return [f"{path} at {width}: {wide} {found}"] if wide > width or found else []


@pytest.mark.parametrize("who", list(PAGES))
def test_a_name_of_200_letters_wraps_on_every_page(
    room: Room, scenario: VotingScenario, alert: str, rt: Runtime, who: str
) -> None:
    long = f"Trial Balance 2025-26\nHead of account,Debit,Credit\n{LATIN},20,\n{MALAYALAM},,20\n"
    named = books_service.import_file(
        rt, SLUG, f"{LATIN[:190]}.csv", long.encode(), actor="secretary"
    )
    brought = books_service.import_file(
        rt, SLUG, f"{LATIN[:180]}.csv", trial_balance("2024-25"), actor="k", book_year="2024-25"
    )
    with rt.db.write() as conn:
        _name_everything(conn)
    with rt.db.read() as conn:
        rt.publisher.flush(people.book_origin(conn, SLUG, rt.clock()))
    wrong: list[str] = []
    for lang in ("ml", "en"):
        desk = room.desk(lang=lang)
        if who == "member":
            desk.sign_in_with_card("member 1")
        else:
            desk.sign_in(who)
        for path in PAGES[who] + MORE[who] + (PUBLIC if who == "member" else ()):
            place = path.format(
                meeting=scenario.id,
                member=scenario.people_setting.members["1"],
                alert=alert,
                brought=brought.import_id,
                named=named.import_id,
            )
            for width in (360, 1280):
                wrong += [f"{lang} {one}" for one in _shown(desk, place, width)]
    assert wrong == [], "\n".join(wrong)
