"""One class says status, slug and words of a refusal, and every reader gets it in her language."""

import ast
import builtins
import datetime
import importlib
import json
import pkgutil
import re
import tomllib
from collections.abc import Iterator

import pytest
from starlette.requests import Request

from tests.conftest import ROOT
from trust.formats.errors import Named, SakshiError, Several, Word
from trust.formats.times import Moment
from trust.log.errors import NoEntryError
from web import errorpages, faults, i18n, staff
from web.errors import ChoiceError, FieldTooLongError, LimitError

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
STATUSES = {400, 403, 404, 409, 413, 415, 422, 429, 500, 503}
TOOLS = (
    "audit.",
    "trust.log.keys.",
    "trust.log.upkeep.",
    "trust.log.witnesses.",
    "web.binding",
    "web.demo.",
    "web.migrate",
    "trust.settings",
)
"""Modules whose refusals reach nobody but who runs a command; those speak English."""


def every_class() -> list[type[SakshiError]]:
    """Every refusal of the product, wherever it stands."""
    for room in ("trust", "voting", "oversight", "dashboards", "audit", "web"):
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)

    def below(kind: type[SakshiError]) -> Iterator[type[SakshiError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return [k for k in below(SakshiError) if not k.__module__.startswith("tests.")]


@pytest.mark.parametrize("kind", faults.classes(), ids=lambda kind: kind.__name__)
def test_every_refusal_has_slug_status_and_both_languages(kind: type[SakshiError]) -> None:
    assert SLUG.fullmatch(kind.default_code)
    assert kind.status in STATUSES and kind.status in errorpages.STATUS_PAGES
    said = i18n.phrases().get(f"fault.{kind.default_code}")
    assert said is not None, f"{kind.default_code} has no Malayalam in web/locales/faults.toml"
    assert said.en == kind.text
    assert i18n.places_of(said.en) == i18n.places_of(said.ml)
    assert kind.text.rstrip("}")[-1] in ".:?" or kind.text.endswith("}"), "a sentence"


def test_a_slug_says_one_thing() -> None:
    said: dict[str, str] = {}
    for kind in every_class():
        if kind.text:
            assert said.setdefault(kind.default_code, kind.text) == kind.text, kind


def test_refusals_stand_where_the_catalogue_finds_them() -> None:
    hidden = [
        f"{kind.__module__}.{kind.__name__}"
        for kind in every_class()
        if kind not in faults.classes() and kind.text and not kind.__module__.startswith(TOOLS)
    ]
    assert hidden == []


def test_no_malayalam_is_kept_of_a_refusal_that_is_gone() -> None:
    kept = {key for key in i18n.phrases() if key.startswith("fault.")}
    assert kept <= {f"fault.{slug}" for slug in faults.sentences()}
    text = (ROOT / "web" / "locales" / "faults.toml").read_text("utf-8")
    assert all("en" not in said for said in tomllib.loads(text)["fault"].values())


ROOMS = ("trust/people", "trust/books", "voting", "oversight", "dashboards", "web")
VALUES = frozenset({"Unreadable", "MalformedAmount", "HTTPException"})
"""Faults of files, which reach people as a list with rows, and bare statuses."""
OPERATORS = frozenset({"RuleFileError", "PolicyError", "DemoError"})
"""Of files that only those who run an installation write."""
RECORDS = frozenset({"FormatError", "NotCheckedError"})
"""Of records as the verifier reads them; a reader of pages meets them as a reason in English."""


def test_no_refusal_is_raised_with_a_sentence_of_its_own() -> None:
    """A sentence at the place where it is raised has one language and no place in the catalogue."""
    told: list[str] = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                    continue
                name = ast.unparse(node.exc.func).rpartition(".")[2]
                first = node.exc.args[0] if node.exc.args else None
                sentence = isinstance(first, ast.JoinedStr) or (
                    isinstance(first, ast.Constant) and " " in str(first.value)
                )
                if (
                    sentence
                    and name not in VALUES | OPERATORS | RECORDS
                    and not hasattr(builtins, name)
                ):
                    told.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
    assert told == []


def request(lang: str, path: str = "/api/v1/x") -> Request:
    """What a reader of that language asks."""
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "headers": [],
            "query_string": f"lang={lang}".encode(),
        }
    )


class ToldError(SakshiError):
    """Only of this test."""

    text = "{society} met at {at} on {day}: {roles}; {why} {typed}"


def test_places_are_told_as_the_pages_write_them() -> None:
    error = ToldError(
        society=Named("Arrow Society", "അമ്പ് സംഘം"),
        at=Moment(1_795_321_800),
        day=datetime.date(2026, 11, 22),
        roles=Several(Word("role", name) for name in ("secretary", "president")),
        why=LimitError(most=5),
        typed="<b>",
    )
    assert str(error).startswith("Arrow Society met at 22 Nov 2026, 10:00 IST on 2026-11-22: secr")
    assert str(i18n.refused(error, "en")) == (
        "Arrow Society met at 22/11/2026 10:00 IST on 22/11/2026: Secretary, President; "
        "limit must be a number from 1 to 5. &lt;b&gt;"
    )


def test_the_same_refusal_in_malayalam() -> None:
    error = ChoiceError(
        "role", choices=Several(Word("role", name) for name in ("secretary", "clerk"))
    )
    told = str(staff.sentence(request("ml"), error))
    assert "സെക്രട്ടറി, ക്ലർക്ക്" in told and "lang=" not in told
    assert staff.sentence(request("en"), error) == (
        "The field Role must be one of: Secretary, Clerk."
    )


def test_page_and_problem_document_say_the_same_of_one_class() -> None:
    error = NoEntryError(origin="s0.test.example/coop/a/2026-27", index=7)
    for lang in ("ml", "en"):
        page = errorpages.error_page(request(lang, "/r/x"), error.status, error)
        document = json.loads(bytes(staff.refusal(request(lang), error).body))
        assert page.status_code == document["status"] == 404
        assert document["type"] == "/problems/no-entry"
        assert document["detail"] in bytes(page.body).decode()
        assert document["detail"] == str(i18n.refused(error, lang))


def test_a_field_that_is_too_long_is_named_in_the_readers_language() -> None:
    told = staff.sentence(request("ml"), FieldTooLongError("reason", limit=9))
    assert "9" in told and "lang=" not in told
