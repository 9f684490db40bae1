"""Chromium at the desks: the real server, dispatcher and worker in this process."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.simulator.served import Server
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import alert, scenario, state_open
from trust import jobs
from trust.formats import signing
from trust.log.runtime import Runtime
from web import wiring
from web.app import create_app

__all__ = ["alert", "scenario", "state_open"]


@dataclass(slots=True)
class Desk:
    """One person at one browser; remembers every body that was sent and every console error."""

    page: Page
    url: str
    bodies: list[bytes] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.url + path)

    def sign_in(self, login: str) -> None:
        """With a password."""
        self.go("/login")
        self.page.fill("#f-login", login)
        self.page.fill("#f-password", w.PASSWORD)
        self.page.click("form[action='/login'] button[type=submit]")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def sign_in_with_card(self, name: str) -> None:
        """With the voting card of that name."""
        self.go("/login")
        self.page.wait_for_selector("[data-login][data-ready]")
        self.page.fill("#card-login", signing.card_text(w.seed_of(name)))
        self.page.click("[data-sign-in]")
        self.page.wait_for_url("**/member")

    def never_sent(self, seed: bytes) -> None:
        """Assert that no request carried the secret in any usual spelling."""
        card = signing.card_text(seed)
        forms = {
            card,
            card.replace("-", ""),
            card.lower(),
            seed.hex(),
            base64.b64encode(seed).decode(),
            base64.urlsafe_b64encode(seed).decode().rstrip("="),
            ",".join(map(str, seed)),
        }
        assert self.bodies, "nothing was sent at all"
        for body in self.bodies:
            assert seed not in body
            for form in forms:
                assert form.encode() not in body


@pytest.fixture
def server(rt: Runtime, scenario: VotingScenario) -> Iterator[Server]:
    """Server, dispatcher, Celery worker and beat as the embedded default runs them."""
    wiring.load_packages()
    celery = wiring.make_celery(rt.settings)
    jobs.bind_runtime(rt)
    embedded = wiring.Embedded(rt, celery)
    embedded.start()
    made = Server(create_app(rt, throttle_factor=0))
    made.start()
    yield made
    made.stop()
    embedded.stop()


class Room:
    """Makes people at browsers of their own."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser, self._server = browser, server
        self._contexts: list[BrowserContext] = []
        self.desks: list[Desk] = []

    def desk(
        self, *, lang: str = "en", width: int = 360, script: bool = True, plain: bool = False
    ) -> Desk:
        """A fresh profile; `plain`: at an unencrypted address that is not this machine's."""
        url = f"http://village.example:{self._server.port}" if plain else self._server.url
        context = self._browser.new_context(
            viewport={"width": width, "height": 780}, java_script_enabled=script
        )
        context.add_cookies([{"name": "lang", "value": lang, "url": url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        made = Desk(page, url)
        page.on("console", lambda m: made.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: made.errors.append(str(error)))

        def note(request: Request) -> None:
            made.bodies.append(request.url.encode() + b"\n" + (request.post_data_buffer or b""))

        page.on("request", note)
        self._contexts.append(context)
        self.desks.append(made)
        return made

    def close(self) -> None:
        """End every browser."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def room(browser: Browser, server: Server) -> Iterator[Room]:
    """People at browsers."""
    made = Room(browser, server)
    yield made
    made.close()
