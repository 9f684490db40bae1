"""The desks as people use them: keys stay in the browser, pages change by themselves."""

import time

import pytest

from tests.browser.desks.conftest import Desk, Room
from tests.simulator.served import Server
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from tests.web.desks.conftest import SLUG, loan_register
from trust.books import service as books_service
from trust.formats import receipts, signing
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from voting import queries as voting
from voting import service as voting_service

KEYS_KEPT = """async () => {
  const open = indexedDB.open("sakshi", 1);
  const db = await new Promise((done) => { open.onsuccess = () => done(open.result); });
  if (!db.objectStoreNames.contains("keys")) return [];
  const all = db.transaction("keys").objectStore("keys").getAll();
  await new Promise((done) => { all.onsuccess = done; });
  return all.result.map((item) => [item.medium, item.privateKey.extractable]);
}"""


def _vote(room: Room, scenario: VotingScenario, name: str, lang: str) -> None:
    desk = room.desk(lang=lang)
    desk.sign_in_with_card(name)
    assert desk.page.evaluate(KEYS_KEPT) == [["card", False]]
    desk.page.click("a[href^='/member/meetings/'].button")
    desk.page.click("a[href$='/1']")
    desk.page.wait_for_selector("[data-ballot][data-ready]")
    desk.page.click("[data-review]")
    assert desk.page.is_visible("[data-fault-text]"), "nothing chosen must be said"
    sizes = desk.page.eval_on_selector_all(
        ".ballot label", "all => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert len(sizes) == 3 and min(sizes) >= 48
    desk.page.check("input[value=no]")
    desk.page.click("[data-review]")
    assert desk.page.is_visible("[data-cast]")
    desk.page.click("[data-cast]")
    desk.page.wait_for_url("**/member/receipts/**")
    assert desk.page.is_visible(".receipt .code")
    assert desk.page.evaluate("document.querySelector('.receipt img').naturalWidth") > 0
    desk.page.click("form[action='/logout'] button")
    desk.page.wait_for_selector("[data-login][data-ready]")
    assert desk.page.evaluate(KEYS_KEPT) == []
    desk.never_sent(w.seed_of(name))
    assert desk.errors == []


def test_a_member_votes_and_the_seed_never_leaves(room: Room, scenario: VotingScenario) -> None:
    _vote(room, scenario, "member 1", "ml")
    _vote(room, scenario, "member 2", "en")


def test_officers_who_are_a_moment_earlier_do_not_shut_a_member_out(
    room: Room, scenario: VotingScenario, rt: Runtime
) -> None:
    """Her paper says sequence 1; while it is open two officers enter a ballot in her name."""
    desk = room.desk()
    desk.sign_in_with_card("member 4")
    desk.go(f"/member/meetings/{scenario.id}/1")
    desk.page.wait_for_selector("[data-ballot][data-ready]")
    with rt.db.write() as conn:
        entered = scenario.assisted(conn, "4", "no", "secretary", "president")
        voting_service.cast(conn, scenario.id, entered, now=rt.clock())
    desk.page.check("input[value=yes]")
    desk.page.click("[data-review]")
    desk.page.click("[data-cast]")
    desk.page.wait_for_url("**/member/receipts/**")
    with rt.db.read() as conn:
        line = voting.roll_line(conn, scenario.id, scenario.people_setting.members["4"])
        assert line is not None
        cast = voting.ballots_of(conn, scenario.id, line.roll_number)
    assert [(one.sequence, one.choice, one.assisted) for one in cast] == [
        (1, "no", True),
        (2, "yes", False),
    ]


def test_at_an_unencrypted_address_the_card_is_asked_for_again(
    room: Room, scenario: VotingScenario
) -> None:
    desk = room.desk(plain=True)
    desk.sign_in_with_card("member 3")
    assert desk.page.evaluate("isSecureContext") is False
    desk.go(f"/member/meetings/{scenario.id}/2")
    desk.page.wait_for_selector("[data-ballot][data-ready]")
    desk.page.check("input[value=yes]")
    desk.page.click("[data-review]")
    desk.page.click("[data-cast]")
    desk.page.wait_for_selector("#card-ballot")
    desk.page.fill("#card-ballot", signing.card_text(w.seed_of("member 4")))
    desk.page.click("[data-cast]")
    desk.page.wait_for_function(
        "() => document.querySelector('[data-fault-text]').textContent.includes('another card')"
    )
    desk.page.fill("#card-ballot", signing.card_text(w.seed_of("member 3")))
    desk.page.click("[data-cast]")
    desk.page.wait_for_url("**/member/receipts/**")
    desk.never_sent(w.seed_of("member 3"))
    desk.never_sent(w.seed_of("member 4"))
    desk.go("/login/device")
    desk.page.wait_for_selector("[data-device-page]")


def test_a_text_that_is_not_the_sealed_one_is_not_signed(
    room: Room, scenario: VotingScenario
) -> None:
    """Somebody changes one word of the resolution on its way to the page."""
    desk = room.desk()
    desk.sign_in_with_card("member 3")
    desk.go(f"/member/meetings/{scenario.id}/1")
    desk.page.wait_for_selector("[data-ballot][data-ready]")
    before = len(desk.bodies)
    desk.page.evaluate("document.querySelector('[data-text=en]').textContent += ' Not.'")
    desk.page.check("input[value=yes]")
    desk.page.click("[data-review]")
    assert "not the one that is sealed" in desk.page.inner_text("[data-fault-text]")
    assert not desk.page.is_visible("[data-cast]") and len(desk.bodies) == before
    desk.page.evaluate(
        "() => { const p = document.querySelector('[data-text=en]');"
        " p.textContent = p.textContent.replace(' Not.', ''); }"
    )
    desk.page.click("[data-review]")
    desk.page.click("[data-cast]")
    desk.page.wait_for_url("**/member/receipts/**")
    sent = [body[body.index(b"{") :] for body in desk.bodies if b'"choice"' in body]
    assert [len(body) for body in sent] == [2048], "the length tells nothing"


def test_a_wrong_card_is_told_and_nothing_is_sent(room: Room, scenario: VotingScenario) -> None:
    desk = room.desk()
    desk.go("/login")
    desk.page.wait_for_selector("[data-login][data-ready]")
    good = signing.card_text(w.seed_of("member 1"))
    for text, says in (
        ("", "Type the characters"),
        (good[:-4], "52 characters"),
        ("U" + good[1:], "does not occur"),
    ):
        desk.page.fill("#card-login", text)
        desk.page.click("[data-sign-in]")
        desk.page.wait_for_function(
            "says => document.querySelector('[data-fault-text]').textContent.includes(says)",
            arg=says,
        )
    assert not any(b"/login/challenge" in body for body in desk.bodies)
    desk.page.fill("#card-login", signing.card_text(w.seed_of("nobody at all")))
    desk.page.click("[data-sign-in]")
    desk.page.wait_for_function(
        "() => document.querySelector('[data-fault-text]').textContent.includes('fit')"
    )


def test_a_key_of_this_device(room: Room, scenario: VotingScenario, rt: Runtime) -> None:
    desk = room.desk()
    desk.go("/login/device")
    desk.page.wait_for_selector("[data-device-page][data-ready]")
    desk.page.click("[data-make]")
    desk.page.wait_for_selector("[data-made]:not([hidden])")
    public = receipts.decode32(desk.page.inner_text("[data-public]"), 32)
    assert desk.page.evaluate(KEYS_KEPT) == [["device", False]]
    with rt.db.write() as conn:
        clerk, secretary = (
            scenario.people_setting.actor(conn, who) for who in ("clerk", "secretary")
        )
        member = scenario.people_setting.members["6"]
        request = people_service.begin_enrolment(
            conn, clerk, member, public, "device", now=rt.clock()
        )
        people_service.confirm_enrolment(conn, secretary, request, now=rt.clock())
    desk.go("/login")
    desk.page.click("[data-sign-in-device]")
    desk.page.wait_for_url("**/member")
    desk.page.click("form[action='/logout'] button")
    desk.page.wait_for_selector("[data-login][data-ready]")
    assert desk.page.evaluate(KEYS_KEPT) == [["device", False]], "a device's own key stays"
    assert desk.errors == []


def test_a_card_is_made_and_printed_in_the_browser(room: Room, scenario: VotingScenario) -> None:
    member = scenario.people_setting.members["6"]
    secretary, clerk = room.desk(width=1280), room.desk()
    secretary.sign_in("secretary")
    secretary.go(f"/secretary/members/{member}")
    secretary.page.wait_for_selector("[data-key-maker][data-ready]")
    assert secretary.page.is_disabled("[data-submit]")
    secretary.page.click("[data-make-card]")
    card = secretary.page.inner_text("[data-seed]")
    seed = signing.parse_card(card)
    check = secretary.page.inner_text("[data-slip] [data-check]")
    secretary.page.click("[data-submit]")
    secretary.page.wait_for_selector("a[href='/secretary/enrolments']")
    secretary.never_sent(seed)
    clerk.sign_in("clerk")
    clerk.go("/secretary/enrolments")
    assert check and check in clerk.page.inner_text("main"), "the same characters as on the card"
    clerk.page.click("form[action^='/secretary/enrolments/'] button")
    clerk.page.wait_for_url("**/secretary/members/**")
    voter = room.desk()
    voter.go("/login")
    voter.page.wait_for_selector("[data-login][data-ready]")
    voter.page.fill("#card-login", card.lower())
    voter.page.press("#card-login", "Enter")
    voter.page.wait_for_url("**/member")
    assert [desk.errors for desk in room.desks] == [[], [], []]


def test_two_officers_sign_a_sheet_at_one_screen_each_with_their_own_card(
    room: Room, scenario: VotingScenario, rt: Runtime
) -> None:
    books_service.import_file(
        rt, SLUG, "tb.csv", trial_balance("2024-25"), actor="secretary", book_year="2024-25"
    )
    with rt.db.read() as conn:
        rt.publisher.flush(people.book_origin(conn, SLUG, rt.clock()))
    desk = room.desk()
    desk.sign_in("secretary")
    desk.go("/secretary/statements/2024-25")
    desk.page.wait_for_selector("[data-statement][data-ready]")
    desk.page.click("[data-file]")
    desk.page.fill("#card-officer", signing.card_text(w.seed_of("member 1")))
    desk.page.click("[data-file]")
    desk.page.wait_for_function(
        "() => document.querySelector('[data-fault-text]').textContent.includes('another card')"
    )
    desk.page.fill("#card-officer", signing.card_text(w.seed_of("secretary")))
    desk.page.click("[data-file]")
    desk.page.wait_for_selector("text=waits for the other signature")
    desk.page.wait_for_selector("[data-statement][data-ready]")
    desk.page.click("[data-file]")
    desk.page.fill("#card-officer", signing.card_text(w.seed_of("secretary")))
    desk.page.click("[data-file]")
    desk.page.wait_for_function(
        "() => document.querySelector('[data-fault-text]').textContent.includes('another card')"
    )
    desk.page.fill("#card-officer", signing.card_text(w.seed_of("president")))
    desk.page.click("[data-file]")
    desk.page.wait_for_url("**/filed")
    assert desk.page.is_visible(".receipt .code")
    for who in ("secretary", "president"):
        desk.never_sent(w.seed_of(who))
    assert desk.errors == []


def test_two_officers_sign_an_assisted_ballot(room: Room, scenario: VotingScenario) -> None:
    desk = room.desk()
    desk.sign_in("clerk")
    desk.go(f"/secretary/meetings/{scenario.id}")
    desk.page.fill("#f-number", "6")
    desk.page.click("form[action$='/assist'] button")
    desk.page.wait_for_selector("[data-assisted][data-ready]")
    desk.page.check("input[value=yes]")
    first = signing.card_text(w.seed_of("secretary"))
    desk.page.fill("#card-first", first)
    desk.page.fill("#card-second", first)
    desk.page.click("[data-cast]")
    desk.page.wait_for_selector("[data-fault]:not([hidden])")
    desk.page.fill("#card-second", signing.card_text(w.seed_of("president")))
    desk.page.click("[data-cast]")
    desk.page.wait_for_url("**/assisted/**")
    assert desk.page.is_visible(".receipt .code")
    for who in ("secretary", "president"):
        desk.never_sent(w.seed_of(who))
    assert desk.errors == []


def test_an_alert_appears_on_the_open_board_within_two_seconds(
    room: Room, server: Server, scenario: VotingScenario, rt: Runtime
) -> None:
    desk = room.desk(width=1280)
    desk.sign_in("registrar")
    desk.page.wait_for_selector("body[data-live=yes]")
    assert desk.page.query_selector(f"[data-society='{SLUG}']") is None
    books_service.import_file(rt, SLUG, "loans.csv", loan_register(20, 46), actor="secretary")
    committed = time.monotonic()
    desk.page.wait_for_selector(f"#board [data-society='{SLUG}']", timeout=5_000)
    took = time.monotonic() - committed
    assert took < 2, f"{took:.2f} s"
    assert desk.errors == []


def test_a_lost_stream_is_said_and_comes_back_with_what_was_missed(
    room: Room, server: Server, scenario: VotingScenario, rt: Runtime
) -> None:
    desk = room.desk()
    desk.sign_in("registrar")
    desk.page.wait_for_selector("body[data-live=yes]")
    server.stop()
    desk.page.wait_for_selector("[data-stale]:not([hidden])")
    since = desk.page.inner_text("[data-stale-since]")
    assert len(since) == 5 and since[2] == ":"
    books_service.import_file(rt, SLUG, "loans.csv", loan_register(20, 46), actor="secretary")
    server.start()
    desk.page.wait_for_selector(f"#board [data-society='{SLUG}']", timeout=30_000)
    desk.page.wait_for_selector("[data-stale]", state="hidden")


def test_steps_of_an_alert_change_the_page_in_place(room: Room, alert: str) -> None:
    desk, other = room.desk(), room.desk(lang="ml")
    for made in (desk, other):
        made.sign_in("registrar" if made is desk else "deputy")
        made.go(f"/registrar/alerts/{alert}")
    desk.page.evaluate("document.body.dataset.same = 'yes'")
    desk.page.click("button[formaction$='/acknowledge']")
    desk.page.wait_for_selector("#alert .note-verified")
    assert desk.page.get_attribute("body", "data-same") == "yes", "the page was not loaded again"
    other.page.fill("#f-reason", "ഞാൻ നോക്കാം")
    other.page.click("button[formaction$='/acknowledge']")
    other.page.wait_for_selector("#alert .note-act")
    assert other.page.input_value("#f-reason") == "ഞാൻ നോക്കാം"
    desk.page.fill("#f-reason", "Seen on the spot.")
    desk.page.click("button[formaction$='/close']")
    desk.page.wait_for_function(
        "() => document.querySelector('#alert .timeline').innerText.includes('on the spot')"
    )


def test_without_javascript_everything_but_signing_works(
    room: Room, scenario: VotingScenario, alert: str
) -> None:
    desk = room.desk(script=False)
    desk.go("/login")
    assert "needs JavaScript" in desk.page.inner_text("main")
    assert not desk.page.is_visible("[data-sign-in]")
    desk.sign_in("registrar")
    assert "does not change by itself" in desk.page.inner_text("main")
    desk.page.click(f"a[href='/registrar/alerts/{alert}']")
    desk.page.click("button[formaction$='/acknowledge']")
    desk.page.wait_for_url(f"**/registrar/alerts/{alert}")
    assert "Registrar" in desk.page.inner_text(".timeline")


def test_the_search_for_a_sent_seed_finds_one() -> None:
    seed = w.seed_of("anybody")
    for body in (signing.card_text(seed), signing.card_text(seed).replace("-", ""), seed.hex()):
        desk = Desk(None, "", bodies=[b'{"card":"' + body.encode() + b'"}'])  # type: ignore[arg-type]
        with pytest.raises(AssertionError):
            desk.never_sent(seed)
