"""The check in the reader's browser, and a server that lies to it in every way it could."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.public.conftest import Lie, Site
from tests.trust.books.scenario import BooksScenario
from trust.formats import notes
from trust.formats.cosignatures import cosign, cosign_mldsa44, cosigner_key, mldsa_cosigner_key
from trust.log.keys import mldsa_signatures

SHEET = "/s/tvm-101/2025-26"
STATE = "s0.test.example/state/2026-27"
COOP = "s0.test.example/coop/tvm-101/2026-27"


def check(tab: Page, site: Site) -> str:
    """Open the check page and wait for its verdict."""
    tab.goto(f"{site.url}{SHEET}/check?lang=en")
    ends = ("right", "wrong", "told", "found")
    tab.wait_for_selector(", ".join(f"#verdict[data-state={end}]" for end in ends))
    return tab.get_attribute("#verdict", "data-state") or ""


def step(tab: Page) -> str | None:
    """The step that is wrong."""
    found = tab.query_selector(".step[data-state=wrong]")
    return found.get_attribute("data-step") if found else None


def test_an_honest_server_is_right_and_every_step_is_shown(site: Site, tab: Page) -> None:
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    assert check(tab, site) == "right"
    states = [one.get_attribute("data-state") for one in tab.query_selector_all(".step")]
    assert states == ["right"] * 10
    assert "Kept just now, for the first time" in tab.inner_text("#pin")
    tab.click("#again")
    tab.wait_for_selector("#again:not([hidden])")
    assert tab.get_attribute("#verdict", "data-state") == "right"
    assert "Kept in this browser since" in tab.inner_text("#pin")
    assert said == []


def _flip(where: str, at: int = 40) -> Lie:
    """Alter one byte of the files whose path contains ``where``."""

    def lie(path: str, data: bytes) -> bytes:
        if where not in path:
            return data
        place = at % len(data)
        return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]

    return lie


def _replace(where: str, old: str, new: str) -> Lie:
    def lie(path: str, data: bytes) -> bytes:
        return data.replace(old.encode(), new.encode()) if where in path else data

    return lie


def _whole_tile(path: str, data: bytes) -> bytes:
    return bytes(byte ^ 1 for byte in data) if f"{COOP}/tile/0/" in path else data


def _other_key(path: str, data: bytes) -> bytes:
    if path != "/policy":
        return data
    other = notes.verifier_key(STATE, b"\x08" * 32).format()
    return f"log {other}\nquorum none\n".encode()


def _resigned(path: str, data: bytes) -> bytes:
    """A state head with another root, signed by somebody else's key of the same name."""
    if path != f"/l/{STATE}/checkpoint":
        return data
    origin, size, _, *_ = data.decode().split("\n")
    text = f"{origin}\n{size}\n{'A' * 43}=\n"
    return notes.format_note(
        notes.SignedNote(text, (notes.sign_ed25519(text, STATE, b"\x08" * 32),))
    ).encode()


LIES: dict[str, tuple[Lie, str]] = {
    "the document": (_flip(f"{COOP}/doc/", 60), "document"),
    "the State's head": (_flip(f"{STATE}/checkpoint", 45), "state"),
    "a head signed by another": (_resigned, "state"),
    "the policy": (_other_key, "state"),
    "the State's tiles": (_flip(f"{STATE}/tile/0/", 0), "head"),
    "the society's key": (_flip(f"{STATE}/doc/", 80), "key"),
    "the society's tiles": (_whole_tile, "entry"),
    "the society's entries": (_flip(f"{COOP}/tile/entries/", -20), "entry"),
    "a figure on the page": (
        _replace("/check", 'data-paise="125000000"', 'data-paise="125000001"'),
        "figures",
    ),
    "a printed figure": (_replace("/check", ">12,50,000.00<", ">12,50,001.00<"), "figures"),
    "a hint": (_replace("/check", 'data-head="', 'data-head="1'), "head"),
}


@pytest.mark.parametrize("what", LIES)
def test_a_lie_turns_the_page_red(site: Site, tab: Page, what: str) -> None:
    site.liar.lie, failing = LIES[what]
    assert check(tab, site) == "wrong"
    assert site.liar.told, "the server did lie"
    assert step(tab) == failing
    assert tab.get_attribute("body", "data-verdict") == "wrong"
    assert "Do not rely on this page" in tab.inner_text("#verdict")
    assert tab.inner_text(f'[data-step="{failing}"] dl') != ""


def _group(rule: str, *, second: bool = False) -> Lie:
    """A policy with three outside witnesses in a group, of whom two have signed the State's head:
    w1 with Ed25519, w2 with ML-DSA-44. With ``second`` it pins an ML-DSA-44 key of the log too."""
    keys = [
        cosigner_key("w1.example", b"\x31" * 32),
        mldsa_cosigner_key("w2.example", b"\x32" * 32),
        cosigner_key("w3.example", b"\x33" * 32),
    ]

    def lie(path: str, data: bytes) -> bytes:
        if path == "/policy":
            text = data.decode().replace("quorum none\n", "")
            if second:
                text += f"log {mldsa_cosigner_key(STATE, bytes(32)).format()}\n"
            lines = [f"witness w{n} {key.format()}\n" for n, key in enumerate(keys, 1)]
            return f"{text}{''.join(lines)}group outside {rule} w1 w2 w3\nquorum outside\n".encode()
        if path != f"/l/{STATE}/checkpoint":
            return data
        note = notes.parse_note(data)
        more = [
            cosign(note.text, "w1.example", b"\x31" * 32, 1_800_000_000),
            cosign_mldsa44(note.text, "w2.example", b"\x32" * 32, 1_800_000_000),
        ]
        if second:
            more.append(cosign_mldsa44(note.text, STATE, bytes(32), 1_800_000_000))
        return notes.format_note(notes.SignedNote(note.text, (*note.signatures, *more))).encode()

    return lie


@pytest.mark.parametrize(
    ("rule", "verdict"), [("any", "right"), ("2", "right"), ("3", "wrong"), ("all", "wrong")]
)
def test_a_group_of_witnesses_counts_those_that_have_signed(
    site: Site, tab: Page, rule: str, verdict: str
) -> None:
    site.liar.lie = _group(rule, second=True)
    fetched: list[str] = []
    tab.on("request", lambda request: fetched.append(request.url))
    assert check(tab, site) == verdict
    assert any(url.endswith("/vendor/mldsa.js") for url in fetched)
    if verdict == "right":
        assert tab.inner_text("#witnessed span") == "w1, w2"
        assert "Not checked here" not in (tab.text_content('[data-step="state"] dl') or "")
    else:
        assert step(tab) == "state"


@pytest.mark.parametrize(("rule", "verdict"), [("any", "right"), ("2", "wrong")])
def test_without_its_library_mldsa_is_not_checked_and_counts_for_nothing(
    site: Site, tab: Page, rule: str, verdict: str
) -> None:
    site.liar.lie = _group(rule, second=True)
    tab.route("**/vendor/mldsa.js", lambda route: route.abort())
    assert check(tab, site) == verdict
    if verdict == "right":
        said = tab.text_content('[data-step="state"] dl') or ""
        assert f"Not checked here{STATE} (ML-DSA-44), w2" in said
        assert tab.inner_text("#witnessed span") == "w1"
    else:
        assert step(tab) == "state"


def test_no_library_is_fetched_that_the_policy_does_not_need(site: Site, tab: Page) -> None:
    fetched: list[str] = []
    tab.on("request", lambda request: fetched.append(request.url))
    assert check(tab, site) == "right"
    assert not [url for url in fetched if "mldsa.js" in url and "/vendor/" in url]


def test_a_greased_head_is_right(site: Site, tab: Page) -> None:
    def lie(path: str, data: bytes) -> bytes:
        return mldsa_signatures.grease(data) if path.endswith("/checkpoint") else data

    site.liar.lie = lie
    for _ in range(3):
        assert check(tab, site) == "right"
    assert site.liar.told


def test_a_key_changed_after_the_first_visit_is_noticed(site: Site, tab: Page) -> None:
    assert check(tab, site) == "right"
    site.liar.lie = _other_key
    assert check(tab, site) == "wrong" and step(tab) == "policy"


def test_a_log_rolled_back_after_the_first_visit_is_noticed(
    site: Site, tab: Page, scenario: BooksScenario
) -> None:
    old: dict[str, bytes] = {}

    def record(path: str, data: bytes) -> bytes:
        old[path] = data
        return data

    site.liar.lie = record
    assert check(tab, site) == "right"
    scenario.file("2024-25")
    scenario.publish()
    site.liar.lie = None
    assert check(tab, site) == "right", "the log has grown, and that is shown to be all"
    site.liar.lie = lambda path, data: old.get(path, data) if path.startswith("/l/") else data
    assert check(tab, site) == "wrong" and step(tab) == "memory"


def test_a_policy_from_paper_is_what_counts(site: Site, tab: Page) -> None:
    assert check(tab, site) == "right"
    other = notes.verifier_key(STATE, b"\x08" * 32).format()
    tab.click("#pin summary")
    tab.fill("#pin-own", f"log {other}\nquorum none")
    tab.click("#pin-form button")
    tab.wait_for_selector("#verdict[data-state=wrong]")
    assert step(tab) == "policy"
    tab.fill("#pin-own", "something else")
    tab.click("#pin-form button")
    assert tab.is_visible("#pin-bad")


def test_a_proof_file_is_checked_here_and_sent_nowhere(
    site: Site, tab: Page, tmp_path: Path
) -> None:
    tab.goto(f"{site.url}{SHEET}?lang=en")
    link = tab.get_attribute('a[href$=".sakshi-proof"]', "href") or ""
    good = tab.request.get(site.url + link).body()
    tab.goto(f"{site.url}/verify?lang=en")
    sent: list[str] = []
    tab.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    altered = good.replace(b"0", b"1", 1)
    files = [(good, "right"), (altered, "wrong"), (b"", "wrong"), (good, "right")]
    for number, (content, verdict) in enumerate(files):
        file = tmp_path / f"{number}.sakshi-proof"
        file.write_bytes(content)
        tab.set_input_files("#proof", str(file))
        tab.wait_for_selector(f"#verdict[data-state={verdict}]")
    assert '"book_year": "2025-26"' in tab.inner_text("#content")
    # The browser asks for the page's icon when it has time.
    theirs = ("/policy", "/img/mark.svg")
    assert {line for line in sent if not line.endswith(theirs)} == set()


def test_without_javascript_everything_can_be_read(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto(f"{site.url}/?lang=en")
    page.fill("#q", "ഉദാഹരണ")
    page.press("#q", "Enter")
    page.click("text=Example Service Co-operative Bank")
    page.click("text=Year 2025-26")
    assert "3,46,30,550.00" in page.inner_text("#accounts")
    page.click("text=Check it yourself")
    assert "This check needs JavaScript" in page.inner_text("main")
    context.close()


PAGES = ("/", "/s/tvm-101", SHEET, SHEET + "/check", "/verify", "/styleguide", "/no-such-page")


@pytest.mark.parametrize("lang", ["ml", "en"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_page_scrolls_sideways(site: Site, browser: Browser, width: int, lang: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 780})
    page = context.new_page()
    for path in PAGES:
        page.goto(f"{site.url}{path}?lang={lang}")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, (path, wide)
        small = page.evaluate(_SMALL_TARGETS)
        assert small == [], (path, small)
    context.close()


_SMALL_TARGETS = """() => [...document.querySelectorAll(
  'button, .button, nav a, input, select, summary, .colophon a, .rows a')]
  .filter(one => one.offsetParent && one.getBoundingClientRect().height < 43)
  .filter(one => !one.closest('.alert-row') && one.type !== 'radio')
  .map(one => one.outerHTML.slice(0, 80))"""

_NAMELESS = """() => [
  ...[...document.querySelectorAll('input, select, textarea')]
    .filter(one => one.type !== 'hidden' && !one.labels.length && !one.ariaLabel),
  ...[...document.querySelectorAll('img')].filter(one => one.alt === ''),
  ...[...document.querySelectorAll('table')].filter(one => !one.caption),
  ...[...document.querySelectorAll('th')].filter(one => !one.scope),
  ...[...document.querySelectorAll('svg[role=img]')].filter(one => !one.querySelector('title')),
].map(one => one.outerHTML.slice(0, 120))"""

_HEADINGS = "() => [...document.querySelectorAll('h1,h2,h3,h4')].map(one => Number(one.tagName[1]))"


@pytest.mark.parametrize("path", PAGES)
def test_everything_has_a_name_and_headings_do_not_jump(site: Site, tab: Page, path: str) -> None:
    tab.goto(site.url + path)
    assert tab.evaluate(_NAMELESS) == []
    levels = tab.evaluate(_HEADINGS)
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert tab.get_attribute("html", "lang") == "ml"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"


@pytest.mark.parametrize("path", ["/", "/s/tvm-101", SHEET, SHEET + "/check"])
def test_a_first_visit_transfers_less_than_100_kb(site: Site, tab: Page, path: str) -> None:
    weight: list[float] = []
    session = tab.context.new_cdp_session(tab)
    session.send("Network.enable")
    count: Callable[[dict[str, float]], None] = lambda event: weight.append(  # noqa: E731
        event["encodedDataLength"]
    )
    session.on("Network.loadingFinished", count)
    tab.goto(f"{site.url}{path}?lang=ml", wait_until="networkidle")
    assert len(weight) > 5 and sum(weight) < 100_000, (len(weight), sum(weight))
    assert not re.search("htmx", tab.content())
