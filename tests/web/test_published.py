"""*Published* has one meaning: every face that shows the word, while the witnesses are silent.

A sheet is filed and a vote is closed while no outside witness answers, so both wait. The faces are
found by the routes of the application: a new one is looked at without being named here, and a new
place of a path, or a new sentence with the word, makes the test fail until somebody has judged it.
"""

import dataclasses
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from oversight import adoption
from oversight import service as oversight_service
from tests.conftest import HOST
from tests.oversight.applications import papers
from tests.simulator.signer import DirectSigner
from tests.trust.books.scenario import SLUG, BooksScenario
from tests.trust.log.witnesses import honest
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario, opened
from tests.web.books import trial_balance
from tests.web.desks.conftest import Person, loan_register
from trust.books import queries as books
from trust.database import Database
from trust.formats import receipts
from trust.log import boot
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status, witnessing
from trust.people.model import Grant
from voting import service as voting_service
from web import i18n
from web.app import create_app

YEAR = "2025-26"
WORD = re.compile(r"\bpublished\b", re.IGNORECASE)
"""Sealed is what has its place in a log; published is more, and only the seal line says *Sealed*
for it (a state with the mark of what is verified)."""
NO_CLAIM = (
    "no published head covers it yet",
    "Stored; the covering head is being published",
    "A published document is checked by its fingerprint alone",
    "nothing is published or judged",
    "Filed balance sheets that are not published yet",
)
"""Parts of sentences with the word that claim it of nothing, or deny it."""
STREAMS = {"/registrar/live", "/api/v1/live"}
"""Endless answers; what they carry are the lines of the board and of the API, looked at there."""
BYTES = {"/l/{rest:path}", "/static/{digest}/{path:path}", "/api/{rest:path}", "/styleguide"}
"""A log's own files (a checkpoint says its size and who cosigned it, not the word), and the page of
invented examples."""
UNSEALED = {
    "/secretary/imports/uploads/{token}",
    "/secretary/imports/templates/{name}",
    "/link/{token}",
}
"""A file of which nothing is sealed yet, empty tables, and the page where a password is chosen."""


@dataclass(slots=True)
class Waiting:
    """A filed sheet and the results of a vote, each sealed and not yet published."""

    rt: Runtime
    app: Starlette
    scenario: VotingScenario
    alert: str
    sheet: str
    at: dict[str, list[int]]
    """Positions that wait, by log."""
    application: str

    def codes(self) -> list[str]:
        """Receipt codes of what waits."""
        with self.rt.db.read() as conn:
            return [
                receipts.code(log_queries.entry(conn, origin, index).leaf)
                for origin, found in self.at.items()
                for index in found
            ]

    def places(self) -> dict[str, list[Any]]:
        """What each place of a path is filled with: every name a route may use."""
        book, meeting = self.at
        return {
            "slug": [SLUG],
            "book_year": [YEAR],
            "code": list(self.codes()),
            "id": [self.scenario.id],
            "meeting": [self.scenario.id],
            "year": ["2026-27"],
            "number": [1],
            "version": [1],
            "application": [self.application],
            "alert": [self.alert],
            "member": [self.scenario.people_setting.members["1"]],
            "import_id": [self._import()],
            "index": sorted({*self.at[book], *self.at[meeting], self.ballot()}),
            "sha256": [self.sheet],
            "origin": [book, meeting],
            "key": [1],
            "request": [1],
            "rest": [f"{book.partition('/')[2]}/checkpoint"],
        }

    def _import(self) -> str:
        with self.rt.db.read() as conn:
            return books.imports(conn, SLUG)[0].id

    def ballot(self) -> int:
        """Position of the one ballot in the meeting's log."""
        with self.rt.db.read() as conn:
            entries = log_queries.entries(conn, list(self.at)[1], 0, 50)
        return next(entry.index for entry in entries if entry.kind == "ballot")


@pytest.fixture
def witness(rt: Runtime, tmp_path: Path) -> Any:
    """A policy of one outside witness that is silent; `speak` makes it answer."""
    key = f"{rt.signer.vkey(f'{HOST}/state/2026-27')}\n"
    with honest(rt.clock, tmp_path / "w", "w", key) as first:
        port, line = int(first.url.rsplit(":", 1)[1]), first.line()
    policy = tmp_path / "policy"
    policy.write_text(f"{line}quorum w\n")
    return policy, lambda: honest(rt.clock, tmp_path / "w", "w", key, port)


@pytest.fixture
def waiting(rt: Runtime, db: Database, witness: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The sheet filed and the vote closed while the witness is silent."""
    monkeypatch.setattr(witnessing, "REST_SECONDS", (0.3, 0.3))
    settings = dataclasses.replace(rt.settings, witness_policy=str(witness[0]))
    own = boot.open_state(settings, db, clock=rt.clock, signer=DirectSigner(settings.signer_home))
    scenario = opened(own)
    with own.db.write() as conn:
        setting, now = scenario.people_setting, own.clock()
        secretary, registrar = setting.actor(conn, "secretary"), setting.actor(conn, "registrar")
        papers.in_force(conn, registrar, now)
        number = papers.pending(conn, secretary, now)
        adoption.adopt_proposed(conn, now=own.clock())
        district = Grant("auditor", "district", w.PROFILE.district)
        w.add_staff(conn, scenario.people_setting, "auditor", district, None, own.clock())
        voting_service.cast(conn, scenario.id, scenario.ballot(conn, "1", "yes"), now=own.clock())
        meeting = scenario.meeting(conn)
    made = BooksScenario(own)
    made.import_file(loan_register(20, 46), "loans.csv")
    changes = oversight_service.evaluate(own, SLUG)
    made.import_file(trial_balance(YEAR), "tb.csv", year=YEAR)
    filed = made.file(YEAR)
    own.clock.advance(meeting.closes - own.clock() + 60)  # type: ignore[attr-defined]
    with own.db.write() as conn:
        secretary = scenario.people_setting.actor(conn, "secretary")
        voting_service.close_meeting(conn, secretary, scenario.id, now=own.clock())
    own.publish([made.origin, meeting.origin])
    with own.db.read() as conn:
        results = [
            e.index for e in log_queries.entries(conn, meeting.origin, 0, 100) if e.kind == "result"
        ]
    at = {filed.origin: [filed.index], meeting.origin: results}
    alert = next(item.alert for item in changes if item.rule == "K2")
    yield Waiting(own, create_app(own), scenario, alert, filed.sha256, at, number)
    own.close()


def addresses(found: Waiting) -> list[str]:
    """The address of every face that can be read, with what waits in its places."""
    places, made = found.places(), []
    for route in found.app.routes:
        assert isinstance(route, Route)
        if "GET" not in (route.methods or ()) or route.path in STREAMS | BYTES | UNSEALED:
            continue
        paths = [route.path]
        for name in re.findall(r"\{(\w+)", route.path):
            assert name in places, f"{route.path}: say in places() what {name} is filled with"
            paths = [
                re.sub(rf"\{{{name}[^}}]*\}}", str(value), path)
                for path in paths
                for value in places[name]
            ]
        made += paths
    return made


def people(found: Waiting) -> dict[str, TestClient]:
    """One browser for each kind of reader."""
    made = {}
    for who in ("nobody", "member", "secretary", "auditor", "registrar"):
        client = TestClient(found.app, base_url="http://testserver", follow_redirects=False)
        client.cookies.set("lang", "en")
        reader = Person(client)
        if who == "member":
            reader.sign_in_with_card("member 1")
        elif who != "nobody":
            reader.sign_in(who)
        made[who] = client
    return made


def claims(found: Waiting, answer: Any) -> list[str]:
    """What an answer says is published, of what waits; everything that cannot be judged too."""
    kind = answer.headers.get("content-type", "")
    if "json" in kind and answer.text.startswith("{"):
        return list(_of_json(answer.json(), found))
    return list(_of_page(answer.text, found)) if "html" in kind else []


def _of_json(value: Any, found: Waiting) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _of_json(item, found)
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        if name == "published_size" and isinstance(item, int):
            first = min(found.at.get(str(value.get("origin")), [2**31]))
            if item > first:
                yield f"published_size {item}"
        elif name == "published" and item is not False and not isinstance(item, dict):
            yield f"published {item}"
        elif item == "published" and _waits(found, value.get("origin"), value.get("index")):
            yield f"{name} {item}"
        yield from _of_json(item, found)


def _waits(found: Waiting, origin: Any, index: Any) -> bool:
    return origin not in found.at or index in found.at[origin]


def _of_page(text: str, found: Waiting) -> Iterator[str]:
    text = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", text)
    for seal in re.findall(r'(?s)<p class="seal[^"]*">.*?</p>', text):
        root = re.search(r'title="([0-9a-f]{64})"', seal)
        if root and _over(found, bytes.fromhex(root[1])):
            yield f"a seal with a head over what waits: {root[1]}"
        if "state-verified" in seal and root is None:
            yield f"a seal without a head: {seal}"
        text = text.replace(seal, " ")
    for chip in re.findall(r'(?s)state-verified">(.*?)</span>', text):
        if "ealed" in chip:
            yield chip
    for node in re.findall(r">([^<]+)<", text):
        said = " ".join(html.unescape(node).split())
        if said == i18n.phrases()["lookup.found"].text("en"):
            yield said
        if not WORD.search(said) or any(part in said for part in NO_CLAIM):
            continue
        count = re.fullmatch(r"(\d+) of \d+ entries are published\.", said)
        if count is None or int(count[1]) > found.at[next(iter(found.at))][0]:
            yield said


def _over(found: Waiting, root: bytes) -> bool:
    """Whether a root is of a head that covers something that waits."""
    with found.rt.db.read() as conn:
        for origin, waiting in found.at.items():
            head = log_queries.head(conn, origin)
            if head is not None and head.root == root and head.size > min(waiting):
                return True
    return False


def own_ballot(found: Waiting) -> tuple[str, ...]:
    """The receipt of a ballot: no ballot waits for the witnesses, so it is published by then."""
    return (f"/member/receipts/{found.scenario.id}/{found.ballot()}",)


def look(found: Waiting) -> dict[tuple[str, str], list[str]]:
    """Every claim, by reader and address; only faces that the reader may see, and those that
    everybody may see as nobody in particular sees them."""
    seen: dict[tuple[str, str], list[str]] = {}
    for who, client in people(found).items():
        for path in addresses(found):
            if ("nobody", path) in seen:
                continue
            answer = client.get(path)
            # A state without a worker is not ready, and says so.
            assert answer.status_code < 500 or path == "/readyz", (path, answer.text)
            if answer.status_code in (200, 202) and path not in own_ballot(found):
                seen[who, path] = claims(found, answer)
    return seen


def test_no_face_says_published_while_the_witness_is_silent(waiting: Waiting, witness: Any) -> None:
    silent = look(waiting)
    assert len(silent) > 50
    wrong = {face: said for face, said in silent.items() if said}
    assert not wrong, "\n".join(f"{face}: {said}" for face, said in wrong.items())
    for origin, found in waiting.at.items():
        for index in found:
            assert waiting.rt.publisher.wait(origin, index, 0.01) is None
    with witness[1]():
        for origin, found in waiting.at.items():
            assert waiting.rt.publisher.wait(origin, max(found), 20) is not None
    spoken = {face for face, said in look(waiting).items() if said}
    code = waiting.codes()[0]
    for face in (
        ("nobody", f"/s/{SLUG}/{YEAR}.json"),
        ("nobody", f"/s/{SLUG}/{YEAR}"),
        ("nobody", f"/s/{SLUG}"),
        ("nobody", f"/s/{SLUG}/meetings/{waiting.scenario.id}"),
        ("nobody", f"/api/v1/receipts/{code}"),
        ("nobody", f"/r/{code}"),
        ("secretary", f"/secretary/statements/{YEAR}/filed"),
        ("auditor", f"/auditor/societies/{SLUG}"),
        ("registrar", f"/registrar/societies/{SLUG}"),
    ):
        assert face in spoken, face


def test_a_log_is_published_up_to_what_waits(waiting: Waiting) -> None:
    with waiting.rt.db.read() as conn:
        for origin, found in waiting.at.items():
            head = witness_status.published(conn, origin)
            assert head is None or head.size <= min(found)
            newest = log_queries.head(conn, origin)
            assert newest is not None and newest.covered and newest.size > min(found)
            assert witness_status.published(conn, origin, min(found)) is None
            assert witness_status.published(conn, origin, min(found) - 1) is not None
        assert witness_status.published(conn, next(iter(waiting.at))) is not None
