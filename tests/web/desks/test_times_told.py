"""Times reach people in Indian time, on pages, in refusals and in certificates; never in UTC."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.voting.scenario import VotingScenario
from tests.web.desks.test_every_page import PAGES
from voting import service as voting_service

UTC = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?\s?Z|\bUTC\b|\bGMT\b")
IST = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d IST")
PUBLIC = ("/", "/s/tvm-101", "/s/tvm-101/meetings/{meeting}", "/verify", "/styleguide")


class Visible(HTMLParser):
    """The text that a person reads: no attributes, scripts, styles, nor what stands as code."""

    HIDDEN = frozenset({"script", "style", "code", "pre", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden += tag in self.HIDDEN

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in self.HIDDEN

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def visible(page: str) -> str:
    """The text of a page as a person reads it."""
    reader = Visible()
    reader.feed(page)
    return " ".join(reader.text)


@pytest.mark.rotated(3)
@pytest.mark.parametrize("lang", ["en", "ml"])
@pytest.mark.parametrize("who", [*PAGES, "nobody"])
def test_no_page_tells_a_time_in_utc(
    person: Any, scenario: VotingScenario, alert: str, who: str, lang: str
) -> None:
    made = person(lang)
    if who == "member":
        made.sign_in_with_card("member 1")
    elif who != "nobody":
        made.sign_in(who)
    member, told = scenario.people_setting.members["1"], 0
    for path in PAGES.get(who, PUBLIC):
        text = visible(made.get(path.format(meeting=scenario.id, member=member, alert=alert)))
        assert not UTC.search(text), (path, UTC.search(text))
        told += len(IST.findall(text))
    assert told, "some page of everybody tells a time"


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_certificate_and_results_tell_indian_time(
    person: Any, scenario: VotingScenario, lang: str
) -> None:
    with scenario.rt.db.write() as conn:
        closes = scenario.meeting(conn).closes
        scenario.rt.clock.advance(closes - scenario.rt.clock())  # type: ignore[attr-defined]
        voting_service.close_meeting(
            conn, scenario.people_setting.actor(conn, "secretary"), scenario.id, now=closes
        )
    for path in (f"/secretary/meetings/{scenario.id}", f"/s/tvm-101/meetings/{scenario.id}"):
        text = visible(person(lang).sign_in("secretary").get(path))
        assert IST.search(text) and not UTC.search(text), path


@pytest.mark.parametrize(("lang", "words"), [("en", "can be closed"), ("ml", "അവസാനിപ്പിക്കാം")])
def test_a_refusal_tells_indian_time_in_the_readers_language(
    person: Any, scenario: VotingScenario, lang: str, words: str
) -> None:
    """Closing before the closing time was refused with 2026-…Z, and in English only."""
    page = f"/secretary/meetings/{scenario.id}"
    answer = person(lang).sign_in("secretary").post(page, page + "/close")
    text = visible(answer.text)
    assert answer.status_code == 409 and words in text
    assert IST.search(text) and not UTC.search(text)
