"""Every face that shows something of a filed sheet, and what each says of a planted trouble."""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

from starlette.applications import Starlette
from starlette.testclient import TestClient

from audit.verify.part import Knowledge
from audit.verify.report import Report, Said
from audit.verify.verify import verify_bytes
from dashboards import queries as dashboards
from dashboards.words import word
from tests.faces.troubles import Trouble
from tests.trust.books.scenario import SLUG
from tests.trust.people.scenario import LATER
from tests.web.desks.conftest import Person
from trust.books import published
from trust.books import queries as books
from trust.books.package import society_package
from trust.log import package, proofs
from trust.log.package import Entitlement
from trust.log.runtime import Runtime
from trust.people import queries as people
from voting import rulebook
from web import i18n
from web.app import create_app

Cell = Literal["told", "says it cannot see it", "silent"]
WAITING = ("seal.pending", "statements.pending")
"""Sentences by which a page says that a sheet waits for the outside witnesses."""
CLOSED = ("not open in this package", "cannot be opened here", "is not in this package")
"""Parts of sentences by which the verifier says what it could not look at."""


def english(key: str) -> str:
    """A sentence of the pages up to its first place."""
    return i18n.phrases()[key].text("en").partition("{")[0].strip()


@dataclass
class Look:
    """A state with a planted trouble, and readers of every kind."""

    rt: Runtime
    trouble: Trouble
    sheet: str

    @cached_property
    def sentences(self) -> dict[str, list[str]]:
        """What is found, by code."""
        found: dict[str, list[str]] = {}
        with self.rt.db.read() as conn:
            for item in books.findings(conn, SLUG)[self.sheet].found:
                found.setdefault(item.code, []).append(item.text("en"))
        return found

    @cached_property
    def app(self) -> Starlette:
        """The application over this state."""
        return create_app(self.rt, throttle_factor=0)

    def page(self, path: str, who: str = "") -> str:
        """The text of a page in English, for a reader."""
        client = TestClient(self.app, base_url="http://testserver", follow_redirects=False)
        client.cookies.set("lang", "en")
        if who:
            Person(client).sign_in(who)
        answer = client.get(path)
        assert answer.status_code in (200, 202), (path, answer.status_code, answer.text[:400])
        return answer.text

    def shown(self, path: str, who: str = "") -> str:
        """What a reader reads on a page: its text without markup."""
        text = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", self.page(path, who))
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def _page(path: str, who: str = "", says: tuple[str, ...] = ()) -> Callable[[Look], Cell]:
    """A page: told where the sentences of the findings stand on it."""

    def look(found: Look) -> Cell:
        text = found.shown(path.format(year=found.trouble.year), who)
        if found.trouble.silent:
            told = any(english(key) in text for key in WAITING)
        else:
            told = _all_told(found, lambda said: " ".join(said.split()) in text)
        if told:
            return "told"
        return "says it cannot see it" if any(english(k) in text for k in says) else "silent"

    return look


def _all_told(found: Look, stands: Callable[[str], bool]) -> bool:
    """Whether at least one sentence of each finding stands there; there must be findings."""
    wanted = [found.sentences.get(code, []) for code in found.trouble.codes]
    return bool(wanted) and all(any(stands(said) for said in each) for each in wanted)


def _board(found: Look) -> Cell:
    text = found.shown("/registrar", "registrar")
    if found.trouble.silent:
        quorum = word("watch", "quorum-missing", "en", at="{", names="").partition("{")[0]
        return "told" if quorum in text else "silent"
    with found.rt.db.read() as conn:
        account = people.account(conn, "registrar")
        assert account is not None
        actor = people.actor(conn, account.id, LATER)
        board = dashboards.registrar_board(conn, actor, "en", now=found.rt.clock())
    mine = [
        line for line in board.lines if line.society == SLUG and line.rule in found.trouble.rules
    ]
    if any(line.sentence in text for line in mine):
        return "told"
    return "says it cannot see it" if english("registrar.sheets_elsewhere") in text else "silent"


def _json(path: str, pick: Callable[[Mapping[str, object], str], object]) -> Callable[[Look], Cell]:
    def look(found: Look) -> Cell:
        text = found.page(path.format(year=found.trouble.year))
        answer = cast(Mapping[str, object], json.loads(text))
        mine = cast(Mapping[str, object], pick(answer, found.sheet))
        if found.trouble.silent:
            return "told" if mine["published"] is False else "silent"
        items = cast(list[Mapping[str, object]], mine["findings"])
        said = {str(item["text_en"]) for item in items}
        return "told" if _all_told(found, lambda text: text in said) else "silent"

    return look


def _csv(found: Look) -> Cell:
    text = found.page(f"/s/{SLUG}/{found.trouble.year}.csv").removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    if found.trouble.silent:
        return "told" if any(row["line"] == "pending" for row in rows) else "silent"
    said = {row["label_en"] for row in rows}
    return "told" if _all_told(found, lambda text: text in said) else "silent"


def _package(entitlement: Entitlement) -> Callable[[Look], Cell]:
    """A package, as `sakshi-audit` reads it with the policy of the State."""

    def look(found: Look) -> Cell:
        with found.rt.db.read() as conn:
            data = society_package(conn, SLUG, entitlement)
            policy = proofs.policy_text(conn).encode()
        report = verify_bytes(
            data,
            Knowledge(
                published.mapping_by_hash,
                rulebook.standard(),
                policy,
                filings=published.filing_rules(),
            ),
        )
        return _reported(found, report)

    return look


def _reported(found: Look, report: Report) -> Cell:
    states: tuple[Said, ...] = ("wrong", "note", "missing", "not-checked")
    said = [item.text for state in states for item in report.findings(state)]
    if found.trouble.silent:
        return "told" if any("witness" in text for text in said) else "silent"
    words = found.trouble.words
    if _all_told(found, lambda text: text in said) or _any_part(words, said):
        return "told"
    return "says it cannot see it" if _any_part(CLOSED, said) else "silent"


def _any_part(parts: Iterable[str], said: Iterable[str]) -> bool:
    texts = list(said)
    return any(part in text for part in parts for text in texts)


FACES: dict[str, Callable[[Look], Cell]] = {
    "society's page": _page(f"/s/{SLUG}"),
    "sheet's page": _page(f"/s/{SLUG}/{{year}}"),
    "sheet's JSON": _json(f"/s/{SLUG}/{{year}}.json", lambda answer, _: answer),
    "sheet's CSV": _csv,
    "API": _json(
        f"/api/v1/societies/{SLUG}/statements",
        lambda answer, sheet: next(
            item
            for item in cast(list[Mapping[str, object]], answer["items"])
            if item["sha256"] == sheet
        ),
    ),
    "package, nothing open": _package(package.nothing),
    "auditor's package": _package(package.everything),
    "secretary's page": _page("/secretary/statements/{year}/filed", "secretary"),
    "auditor's page": _page(f"/auditor/societies/{SLUG}", "auditor"),
    "Registrar's page": _page(f"/registrar/societies/{SLUG}", "registrar"),
    "board": _board,
}
"""The faces of the table, in its order; the browser's check is looked at in `tests/browser`."""
