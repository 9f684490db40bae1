"""Two languages on every page: Malayalam first, English beside.

Every sentence a person reads has a key and stands, in both languages, in one TOML file of
``web/locales`` per face: ``[find]`` then ``title = { en = "...", ml = "..." }`` is the key
``find.title``. One file holds both, so that neither can be forgotten; a test compares the places
named in braces and finds keys that nothing uses. ``glossary = true`` says that the Malayalam
words are those of the glossary; all other Malayalam is listed as unreviewed in
``docs/translation-review.csv``.

The language is that of ``?lang=``, else of the cookie, else Malayalam.
"""

from __future__ import annotations

import csv
import io
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup, escape
from starlette.requests import HTTPConnection

from dashboards.review import unreviewed

LANGUAGES: Final = ("ml", "en")
"""The languages offered, the default first."""

NAMES: Final = {"ml": "മലയാളം", "en": "English"}
"""Each language's name in its own script."""

COOKIE: Final = "lang"
FOLDER: Final = Path(__file__).parent / "locales"

Translate = Callable[..., Markup]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence in both languages; ``glossary``: its Malayalam is the glossary's own."""

    en: str
    ml: str
    glossary: bool

    def text(self, lang: str) -> str:
        """The sentence in ``lang``."""
        return self.ml if lang == "ml" else self.en


@cache
def phrases() -> Mapping[str, Phrase]:
    """Every phrase of every locale file by its key.

    Raises:
        ValueError: a key stands in two files, or a language is missing.
    """
    found: dict[str, Phrase] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        for section, entries in tomllib.loads(file.read_text("utf-8")).items():
            for name, entry in entries.items():
                key = f"{section}.{name}"
                if key in found or not {"en", "ml"} <= entry.keys():
                    raise ValueError(f"{file.name}: {key} stands twice or lacks a language.")
                found[key] = Phrase(entry["en"], entry["ml"], bool(entry.get("glossary", False)))
    return found


def translator(lang: str) -> Translate:
    """The function templates call ``t``: ``t("seal.as_of", date="31/03/2026")``.

    The sentence and what fills its braces are escaped; markup given as ``Markup`` stays markup.
    A key that does not exist raises ``KeyError``, so that no page is ever published with a hole.
    """

    def translate(key: str, **places: object) -> Markup:
        text = escape(phrases()[key].text(lang))
        return text.format(**places) if places else text

    return translate


def word(lang: str, prefix: str, value: str) -> str:
    """The word for a value of open data such as a district; the value itself if we know no word."""
    found = phrases().get(f"{prefix}.{value}")
    return found.text(lang) if found else value.replace("-", " ").capitalize()


def other(lang: str) -> str:
    """The language that ``lang`` can be switched to."""
    return "en" if lang == "ml" else "ml"


def language(request: HTTPConnection) -> str:
    """The language this request is to be answered in."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    kept = request.cookies.get(COOKIE)
    return kept if kept in LANGUAGES else LANGUAGES[0]


def review_table() -> str:
    """``docs/translation-review.csv``: every Malayalam sentence that is not the glossary's.

    Those of the pages, of the oversight policy, of the dashboards' words and about filed sheets.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["key", "english", "malayalam", "status"])
    pages = [(key, said.en, said.ml) for key, said in phrases().items() if not said.glossary]
    for row in sorted([*pages, *unreviewed()]):
        table.writerow([*row, "unreviewed"])
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.write(review_table())
