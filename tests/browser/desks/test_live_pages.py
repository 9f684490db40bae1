"""Pages that change by themselves, as they really are: live, not live since a time, or signed out.

Only a message counts as life; what a proxy or a log-in page answers is never put into a page.
"""

import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from oversight import service as oversight_service
from tests.browser.desks.conftest import Desk, Room
from tests.browser.desks.proxy import Proxy
from tests.browser.desks.test_bringing import choose
from tests.simulator.served import Server
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG, loan_register
from tests.web.desks.test_preview import day_book
from trust.books import posting
from trust.books import queries as books
from trust.books import service as books_service
from trust.log.runtime import Runtime
from web.secretary import uploads

LIVE, STALE, ENDED = (
    "body[data-live=yes]",
    "[data-stale]:not([hidden])",
    "[data-ended]:not([hidden])",
)
ROW = f"#board [data-society='{SLUG}']"


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    made = Proxy(server.port)
    yield made
    made.close()


def _desk(room: Room, url: str, *, lang: str = "en", login: str = "registrar") -> Desk:
    desk = room.desk(lang=lang)
    desk.page.context.add_cookies([{"name": "lang", "value": lang, "url": url}])
    desk.url = url
    desk.sign_in(login)
    return desk


def _import(rt: Runtime, count: int = 46) -> None:
    report = books_service.import_file(
        rt, SLUG, "loans.csv", loan_register(20, count), actor="secretary"
    )
    assert report.ok


def _sign_out_elsewhere(desk: Desk) -> None:
    """The same session is signed out in another tab; the page that is open is told nothing."""
    other = desk.page.context.new_page()
    other.goto(desk.url + "/registrar/societies")
    other.click("form[action='/logout'] button")
    other.wait_for_url(lambda url: "/registrar" not in url)
    other.close()


def test_a_first_502_is_never_put_into_the_board_and_is_tried_again(
    room: Room, proxy: Proxy, scenario: VotingScenario, rt: Runtime
) -> None:
    proxy.refuse = 502
    desk = _desk(room, proxy.url)
    desk.page.wait_for_selector(STALE)
    assert "Bad Gateway" not in desk.page.inner_text("body")
    assert desk.page.get_attribute("body", "data-live") == "no"
    _import(rt)
    proxy.refuse = None
    desk.page.wait_for_selector(ROW, timeout=20_000)
    desk.page.wait_for_selector(LIVE)
    assert desk.page.is_hidden("[data-stale]")


def test_a_connection_without_messages_is_no_life(
    room: Room, proxy: Proxy, scenario: VotingScenario, rt: Runtime
) -> None:
    proxy.mute = True
    desk = _desk(room, proxy.url)
    desk.page.wait_for_timeout(3_000)
    assert desk.page.get_attribute("body", "data-live") is None, "nothing was heard yet"
    desk.page.wait_for_selector(STALE, timeout=15_000)
    _import(rt)
    proxy.mute = False
    desk.page.wait_for_selector(ROW, timeout=40_000)
    desk.page.wait_for_selector(LIVE)


def test_a_page_with_status_200_is_no_stream(
    room: Room, proxy: Proxy, scenario: VotingScenario, rt: Runtime
) -> None:
    proxy.refuse = 200
    desk = _desk(room, proxy.url)
    desk.page.wait_for_selector(STALE)
    assert desk.page.get_attribute("body", "data-live") == "no"
    assert "Bad Gateway" not in desk.page.inner_text("body")
    proxy.refuse = None
    desk.page.wait_for_selector(LIVE, timeout=20_000)


def test_refusals_are_met_with_pauses_that_grow(
    room: Room, proxy: Proxy, scenario: VotingScenario
) -> None:
    proxy.refuse = 503
    desk = _desk(room, proxy.url)
    desk.page.wait_for_timeout(7_000)
    assert 2 <= len(proxy.asked) <= 8, "a stream and a question each time"


def test_the_log_in_page_is_not_taken_for_a_stream(
    room: Room, proxy: Proxy, scenario: VotingScenario
) -> None:
    desk = _desk(room, proxy.url)
    desk.page.wait_for_selector(LIVE)
    _sign_out_elsewhere(desk)
    desk.page.wait_for_selector(ENDED, timeout=20_000)
    assert desk.page.get_attribute("body", "data-live") == "ended"
    assert desk.page.is_hidden("[data-stale]")
    assert desk.page.get_attribute(f"{ENDED} a", "href") == "/login?next=/registrar"
    asked = len(proxy.asked)
    desk.page.wait_for_timeout(5_000)
    assert len(proxy.asked) == asked, "a page that is signed out asks no more"


def test_a_session_over_during_a_restart_is_said_too(
    room: Room, server: Server, proxy: Proxy, scenario: VotingScenario, rt: Runtime
) -> None:
    desk = _desk(room, proxy.url, lang="ml")
    desk.page.wait_for_selector(LIVE)
    server.stop()
    desk.page.wait_for_selector(STALE)
    desk.page.context.clear_cookies(name="sakshi")
    server.start()
    desk.page.wait_for_selector(ENDED, timeout=30_000)
    assert "പുറത്തുകടന്നു" in desk.page.inner_text(ENDED)


def test_a_server_killed_and_started_again_is_followed_from_the_last_event(
    room: Room, server: Server, proxy: Proxy, scenario: VotingScenario, rt: Runtime
) -> None:
    desk = _desk(room, proxy.url)
    desk.page.wait_for_selector(LIVE)
    _import(rt)
    desk.page.wait_for_selector(ROW)
    server.stop()
    desk.page.wait_for_selector(STALE)
    assert len(desk.page.inner_text("[data-stale-since]")) == 5
    server.start()
    desk.page.wait_for_selector(LIVE, timeout=40_000)
    desk.page.wait_for_selector("[data-stale]", state="hidden")
    assert any(last and last.isdigit() for last in proxy.asked), proxy.asked
    assert desk.page.locator(ROW).count() == 1


def test_a_new_row_is_marked_and_the_title_counts_it_in_every_tab(
    room: Room, server: Server, scenario: VotingScenario, rt: Runtime
) -> None:
    first, second = _desk(room, server.url), _desk(room, server.url, lang="ml")
    tabs = [first.page, first.page.context.new_page(), second.page]
    tabs[1].goto(server.url + "/registrar")
    for page in tabs:
        page.wait_for_selector(LIVE)
        assert page.locator(ROW).count() == 0 and not page.title().startswith("(")
    _import(rt)
    for page in tabs:
        page.wait_for_selector(f"{ROW}.is-new [data-mark=new]")
        assert page.title().startswith("(1) ")
    assert first.page.inner_text("[data-mark=new]").startswith("New ")
    assert second.page.inner_text("[data-mark=new]").startswith("പുതിയത് ")
    first.page.reload()
    first.page.wait_for_selector(LIVE)
    assert first.page.locator("[data-mark]").count() == 0 and first.page.title()[0] != "("


SHOWN = """async (societies) => {
  const src = document.querySelector("script[src*='live.js']").src.replace("live.js", "board.js");
  const { show } = await import(src);
  const made = document.createElement("template");
  made.innerHTML = document.querySelector("#board").innerHTML;
  const list = made.content.querySelector("ol");
  const pattern = list.firstElementChild;
  for (const name of ["data-mark", "class"]) pattern.removeAttribute(name);
  pattern.querySelector("[data-mark]")?.nextSibling.remove();
  pattern.querySelector("[data-mark]")?.remove();
  list.replaceChildren(...Object.entries(societies).map(([society, words]) => {
    const row = pattern.cloneNode(true);
    row.dataset.society = society;
    row.querySelector("strong").textContent = words.name;
    row.querySelector("[data-age]").textContent = words.age;
    return row;
  }));
  const text = document.createElement("div");
  text.append(made.content);
  show(text.innerHTML);
  return [...document.querySelectorAll("#board li")].map((row) => [row.dataset.society,
    row.querySelector("[data-mark]")?.dataset.mark ?? "", row.querySelector("strong").textContent]);
}"""


def test_rows_keep_their_place_and_new_ones_stand_above(
    room: Room, server: Server, alert: str
) -> None:
    desk = _desk(room, server.url)
    desk.page.wait_for_selector(LIVE)
    desk.page.evaluate(
        "document.querySelector('#board ol').replaceChildren(document.querySelector('#board li'))"
    )

    def shown(**rows: str) -> list[list[str]]:
        said = {
            k.replace("_", "-"): dict(zip(("name", "age"), v.split("|"), strict=True))
            for k, v in rows.items()
        }
        found: list[list[str]] = desk.page.evaluate(SHOWN, said)
        return found

    first = shown(a="A|today", b="B|today")
    assert [row[:2] for row in first] == [["a", "new"], ["b", "new"]]
    assert desk.page.title().startswith("(2) ")
    assert shown(c="C|today", a="A|today", b="B2|today") == [
        ["c", "new", "C"], ["a", "new", "A"], ["b", "new", "B2"]]  # fmt: skip
    assert desk.page.title().startswith("(3) ")
    assert [row[0] for row in shown(a="A|1 day", c="C|1 day")] == ["c", "a"], "places are kept"
    assert desk.page.title().startswith("(2) ")


def test_the_words_of_a_row_follow_its_alert_in_place(
    room: Room, server: Server, scenario: VotingScenario, rt: Runtime, alert: str
) -> None:
    desk = _desk(room, server.url)
    desk.page.wait_for_selector(LIVE)
    before = desk.page.inner_text(ROW)
    desk.page.evaluate(f"document.querySelector(\"{ROW}\").dataset.same = 'yes'")
    with rt.db.read() as conn:
        officer = scenario.people_setting.actor(conn, "registrar")
    with rt.db.write() as conn:
        oversight_service.acknowledge(conn, officer, alert, "On it.", now=rt.clock())
    desk.page.wait_for_selector(f"{ROW} [data-mark=changed]")
    row = desk.page.locator(ROW)
    assert row.get_attribute("data-same") == "yes", "it is the same row, in its place"
    assert row.inner_text() != before and "acknowledged" in row.inner_text()
    assert not desk.page.title().startswith("("), "a change is no new row"


def test_a_step_that_a_proxy_refuses_keeps_what_was_typed(
    room: Room, proxy: Proxy, alert: str
) -> None:
    desk = _desk(room, proxy.url)
    desk.go(f"/registrar/alerts/{alert}")
    desk.page.fill("#f-reason", "I have written to them.")
    proxy.refuse = 502
    desk.page.click("button[formaction$='/acknowledge']")
    desk.page.wait_for_selector("[data-failed]:not([hidden])")
    assert desk.page.input_value("#f-reason") == "I have written to them."
    assert "Bad Gateway" not in desk.page.inner_text("body")
    proxy.refuse = None
    desk.page.click("button[formaction$='/acknowledge']")
    desk.page.wait_for_selector("#alert .note-verified")
    assert desk.page.is_hidden("[data-failed]")


def test_a_step_without_a_session_shows_the_way_back_and_keeps_the_text(
    room: Room, server: Server, alert: str
) -> None:
    desk = _desk(room, server.url)
    desk.go(f"/registrar/alerts/{alert}")
    desk.page.fill("#f-reason", "I have written to them.")
    desk.page.context.clear_cookies(name="sakshi")
    desk.page.click("button[formaction$='/acknowledge']")
    desk.page.wait_for_selector(ENDED)
    assert desk.page.input_value("#f-reason") == "I have written to them."
    assert desk.page.locator("input[name=password]").count() == 0


def test_the_bar_of_an_import_is_never_a_page_of_somebody_else(
    room: Room, proxy: Proxy, scenario: VotingScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    reading = books_service.import_file

    def slow(*args: Any, **options: Any) -> Any:
        assert go_on.wait(60)
        return reading(*args, **options)

    monkeypatch.setattr(uploads, "WAIT_SECONDS", 0.0)
    monkeypatch.setattr(books_service, "import_file", slow)
    desk = _desk(room, proxy.url, login="secretary")
    choose(desk, "day.xml", day_book())
    desk.page.wait_for_selector("#progress progress")
    proxy.refuse = 502
    desk.page.wait_for_selector(STALE)
    assert "Bad Gateway" not in desk.page.inner_text("body")
    proxy.refuse = None
    desk.page.wait_for_selector(LIVE, timeout=30_000)
    cookies = desk.page.context.cookies()
    desk.page.context.clear_cookies(name="sakshi")
    desk.page.wait_for_selector(ENDED)
    assert desk.page.is_visible("#progress progress") and not desk.page.is_visible("#f-login")
    desk.page.context.add_cookies(cast(Any, cookies))
    go_on.set()
    desk.page.reload()
    desk.page.wait_for_selector("button[value=seal]", timeout=20_000)


def test_a_page_that_waits_is_not_lost_to_a_page_of_a_proxy(
    room: Room, proxy: Proxy, scenario: VotingScenario, rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = _left_open(rt, monkeypatch)
    desk = _desk(room, proxy.url, login="secretary")
    desk.go(f"/secretary/imports/{left}")
    desk.page.wait_for_selector("progress")
    desk.page.evaluate("document.body.dataset.same = 'yes'")
    proxy.refuse, proxy.everything = 502, True
    desk.page.wait_for_selector(STALE)
    assert desk.page.get_attribute("body", "data-same") == "yes"
    books_service.resume_imports(rt)
    proxy.refuse = None
    desk.page.wait_for_selector("progress", state="detached", timeout=30_000)
    assert desk.page.is_visible("h1")


def _left_open(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of an import that a crash left after its first entry."""
    seal, calls = posting._seal, []

    def once(*args: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return seal(*args)

    with monkeypatch.context() as cut:
        cut.setattr(posting, "CHUNK", 1)
        cut.setattr(posting, "_seal", once)
        with pytest.raises(KeyboardInterrupt):
            books_service.import_file(rt, SLUG, "day.xml", day_book(), actor="secretary")
    with rt.db.read() as conn:
        (left,) = books.open_imports(conn)
    return str(left.id)
