"""Two languages on every page: Malayalam first, English beside.

Every sentence a person reads has a key and stands, in both languages, in one TOML file of
``web/locales`` per face: ``[find]`` then ``title = { en = "...", ml = "..." }`` is the key
``find.title``. One file holds both, so that neither can be forgotten; a test compares the places
named in braces and finds keys that nothing uses. ``glossary = true`` says that the Malayalam
words are those of the glossary; all other Malayalam is listed as unreviewed in
``docs/translation-review.csv``. The section ``[fault]`` has the Malayalam of refusals by slug;
their English is the sentence of the class (`web/faults.py`).

The language is that of ``?lang=``, else of the cookie, else Malayalam.
"""

import csv
import datetime
import io
import string
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
from oversight.words import word as oversight_word
from trust.books.model import Check, Fault, Question
from trust.books.pure import checkwords, faultwords
from trust.formats.errors import Named, SakshiError, Several, Word
from trust.formats.times import Deadline, Moment
from web import faults, figures

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
        ValueError: a key stands in two files, or a language is missing, or no class has this
            refusal.
    """
    found: dict[str, Phrase] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        for section, entries in tomllib.loads(file.read_text("utf-8")).items():
            for name, entry in entries.items():
                key = f"{section}.{name}"
                given = dict(entry)
                if section == "fault" and "en" not in given and name in faults.sentences():
                    given["en"] = faults.sentences()[name]
                if key in found or not {"en", "ml"} <= given.keys():
                    raise ValueError(f"{file.name}: {key} stands twice or lacks a language.")
                found[key] = Phrase(given["en"], given["ml"], bool(given.get("glossary", False)))
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


def refused(error: SakshiError, lang: str) -> Markup:
    """The sentence of a refusal in ``lang``.

    What only a program can have sent wrongly is told in English after a sentence that says so.
    """
    if lang == "en":
        text = type(error).text if error.places else error.message
        return escape(text).format(**_shown(error, lang)) if error.places else escape(text)
    phrase = phrases().get(f"fault.{error.code}")
    if phrase is None or not places_of(phrase.ml) <= error.places.keys():
        why = Markup('<span lang="en">{}</span>').format(refused(error, "en"))
        return translator(lang)("form.refused_in_english", why=why)
    return escape(phrase.text(lang)).format(**_shown(error, lang))


def _shown(error: SakshiError, lang: str) -> dict[str, object]:
    return {name: shown(value, lang) for name, value in error.places.items()}


def shown(value: object, lang: str) -> object:
    """What fills a place of a sentence, as the pages write it in ``lang``."""
    if isinstance(value, SakshiError):
        return refused(value, lang)
    if isinstance(value, Several):
        return Markup(", ").join(escape(shown(item, lang)) for item in value)
    if isinstance(value, Deadline):
        return figures.deadline(int(value))
    if isinstance(value, Moment):
        return figures.moment(int(value))
    if isinstance(value, datetime.date):
        return figures.date(value)
    if isinstance(value, Named):
        return value.ml if lang == "ml" else value.en
    if isinstance(value, Word) and value.group.startswith("oversight."):
        return oversight_word(
            value.group.partition(".")[2], value.name, "ml" if lang == "ml" else "en"
        )
    if isinstance(value, Word):
        return word(lang, value.group, value.name)
    return value


def fault_said(fault: Fault | Question, lang: str) -> Markup:
    """The sentence of a fault in a file or of a question about it.

    English, marked as such, for one kept before it had words. Its places are text of the file, and
    escaped.
    """
    if lang == "en":
        return escape(fault.message)
    if fault.words not in faultwords.WORDS:
        return Markup('<span lang="en">{}</span>').format(fault.message)
    return escape(faultwords.WORDS[fault.words]["ml"]).format(**fault.places)


def check_title(check: Check, lang: str) -> str:
    """What a check of the books asks."""
    return checkwords.TITLES[check.number]["ml" if lang == "ml" else "en"]


def check_why(check: Check, lang: str) -> str:
    """Why a check was not made; empty if it was, or if it was kept without its reason."""
    return checkwords.WHY[check.why]["ml" if lang == "ml" else "en"] if check.why else ""


def places_of(text: str) -> set[str]:
    """The places in braces of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


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
