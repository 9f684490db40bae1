"""The demo's S10 and S11: what was planted in them is told on every face, in both languages."""

import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from oversight import queries as oversight
from tests.e2e.machine import seeded_once
from tests.web.desks.conftest import Person
from trust.books import queries as books
from trust.books.pure.findings import Finding
from trust.log.runtime import Runtime
from trust.settings import Settings
from web import wiring
from web.app import create_app
from web.demo.logins import read_logins

FILED, SHOWN = "61,95,130", "49,45,130"
"""Last year's bank balance of S11 as it was filed, and as this year's sheet shows it."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo's state."""
    made = tmp_path_factory.mktemp("demo") / "var"
    return Path(shutil.copytree(seeded_once(tmp_path_factory.getbasetemp()), made))


@pytest.fixture(scope="module")
def reader(home: Path) -> "Iterator[Reader]":
    """Reads the demo's pages, as anybody or signed in."""
    settings = Settings.from_env({"SAKSHI_HOME": str(home), "SAKSHI_ARGON2_MEMORY_KIB": "64"})
    rt = wiring.build(settings)
    try:
        yield Reader(rt, home)
    finally:
        rt.close()


class Reader:
    """A browser without JavaScript."""

    def __init__(self, rt: Runtime, home: Path) -> None:
        self._rt, self._app = rt, create_app(rt, throttle_factor=0)
        self._passwords = {
            str(one["login"]): str(one["password"]) for one in read_logins(home)["people"]
        }

    def get(self, path: str, lang: str = "en", who: str = "") -> str:
        """The text of a page without markup."""
        client = TestClient(self._app, follow_redirects=False)
        client.cookies.set("lang", lang)
        if who:
            Person(client).sign_in(who, self._passwords[who])
        text = client.get(path).text
        plain = re.sub(r"(?s)<(script|style|head)\b.*?</\1>|<[^>]+>", " ", text)
        return " ".join(html.unescape(plain).split())

    def findings(self, society: str) -> dict[str, Finding]:
        """What is found about the society's sheets, one of each code."""
        with self._rt.db.read() as conn:
            told = books.findings(conn, society).values()
        return {one.code: one for sheet in told for one in sheet.found}

    def registers(self, society: str) -> list[Finding]:
        """What is found about the society's loan registers."""
        with self._rt.db.read() as conn:
            return books.register_findings(conn, society)

    def alerts(self, society: str, rules: tuple[str, ...]) -> list[str]:
        """The pages of the society's alerts of these rules."""
        with self._rt.db.read() as conn:
            found = oversight.alerts(conn, society=society)
        return [f"/registrar/alerts/{one.id}" for one in found if one.rule in rules]


DESKS = (
    ("/secretary/statements/2025-26/filed", "{}.secretary"),
    ("/auditor/societies/{}", "auditor"),
    ("/registrar/societies/{}", "registrar"),
)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("lang", ["en", "ml"])
def test_the_falsified_column_of_s11_stands_beside_what_was_filed(
    reader: Reader, lang: str
) -> None:
    paths = [("/s/s11/2025-26", ""), ("/s/s11", "")]
    paths += [(path.format("s11"), who.format("s11")) for path, who in DESKS]
    for path, who in paths:
        text = reader.get(path, lang, who)
        assert FILED in text and SHOWN in text, path
    sheet = reader.get("/s/s11/2025-26", lang)
    assert "(as filed)" not in sheet and "(സമർപ്പിച്ചത്)" not in sheet
    answer = json.loads(html.unescape(reader.get("/s/s11/2025-26.json")))
    assert answer["colour"] == "red" and not answer["compared"]
    assert "(as filed)" in reader.get("/s/s1/2025-26")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_late_bills_of_s10_are_told(reader: Reader) -> None:
    late = reader.findings("s10")["late-unnamed"]
    assert late.places["count"] == late.places["unnamed"] == 6
    said = late.text()
    paths = [("/s/s10/2025-26", ""), ("/s/s10", "")]
    paths += [(path.format("s10"), who.format("s10")) for path, who in DESKS]
    for path, who in paths:
        assert said in reader.get(path, "en", who), path
    assert "Nothing was corrected" not in reader.get("/s/s10")
    assert "Nothing was corrected" in reader.get("/s/s1")
    assert "ഒന്നും തിരുത്തിയിട്ടില്ല" not in reader.get("/s/s10", "ml")


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("lang", ["en", "ml"])
def test_what_left_the_register_of_s7_is_told_in_the_same_words(reader: Reader, lang: str) -> None:
    told = [one.text(lang) for one in reader.registers("s7")]
    assert len(told) >= 1
    pages = [
        reader.get("/registrar/societies/s7", lang, "registrar"),
        reader.get("/auditor/societies/s7", lang, "auditor"),
        reader.get("/secretary/imports", lang, "s7.secretary"),
    ]
    for said in told:
        assert all(" ".join(said.split()) in text for text in pages), said
    alerts = [reader.get(path, lang, "registrar") for path in reader.alerts("s7", ("R1", "C1"))]
    assert len(alerts) == 2
    for said in told:
        assert any(" ".join(said.split()) in text for text in alerts), said
