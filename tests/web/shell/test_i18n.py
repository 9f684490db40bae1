"""Both languages of every sentence, none forgotten, none left over, none unreviewed in secret."""

import re
import string
from pathlib import Path

import pytest

from trust.books.published import rows
from web import i18n

ROOT = Path(__file__).parents[3]
REVIEW = ROOT / "docs" / "translation-review.csv"
MALAYALAM = re.compile(r"[\u0d00-\u0d7f]")


def _places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_sentence_has_both_languages_and_the_same_places() -> None:
    for key, phrase in i18n.phrases().items():
        assert phrase.en.strip(), key
        assert MALAYALAM.search(phrase.ml) or phrase.ml == phrase.en, key
        assert not MALAYALAM.search(phrase.en), key
        assert _places(phrase.en) == _places(phrase.ml), key


def test_no_sentence_is_left_over() -> None:
    texts = [
        file.read_text("utf-8")
        for folder in (ROOT / "web", ROOT / "dashboards")
        for file in folder.rglob("*")
        if file.suffix in (".py", ".html", ".js") and "vendor" not in file.parts
    ]
    source = "\n".join(texts)
    literals = set(re.findall(r"[\"']([a-z_][\w.-]*\.?|\.[\w-]+)[\"']", source))
    prefixes = {text for text in literals if "." in text and text[-1] in "._"}
    prefixes |= set(re.findall(r"f[\"']([a-z_]+\.[\w-]*)\{", source))
    worded = set(re.findall(r"[Ww]ord(?:_of)?\((?:lang, )?[\"'](\w+)[\"']", source))
    worded |= set(re.findall(r"words=[\"'](\w+)[\"']", source))  # choices of the table of verbs
    left = [
        key
        for key in i18n.phrases()
        if key not in literals
        and not any(key.startswith(prefix) for prefix in prefixes)
        and key.partition(".")[0] not in worded
        and not (key.partition(".")[0] in literals and "." + key.partition(".")[2] in literals)
    ]
    assert left == []


def test_words_called_glossary_words_stand_in_the_glossary() -> None:
    glossary = rows("glossary_ml-1.csv")
    known = {word.strip() for row in glossary for word in row["malayalam"].split("/")}
    strange = [
        key for key, phrase in i18n.phrases().items() if phrase.glossary and phrase.ml not in known
    ]
    assert strange == []


def test_the_list_of_unreviewed_sentences_is_up_to_date() -> None:
    again = "make it with: python -m web.i18n > docs/translation-review.csv"
    assert REVIEW.read_text("utf-8") == i18n.review_table(), again


def test_places_are_escaped_and_a_missing_key_is_an_error() -> None:
    say = i18n.translator("en")
    assert say("society.year", year="<b>") == "Year &lt;b&gt;"
    with pytest.raises(KeyError):
        say("no.such-key")


def test_the_word_for_an_unknown_value_is_the_value() -> None:
    assert i18n.word("ml", "district", "thrissur") == "തൃശ്ശൂർ"
    assert i18n.word("ml", "sector", "bee-keeping") == "Bee keeping"
