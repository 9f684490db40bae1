"""Every word stands in both languages, and what is unreviewed is listed."""

import re
import tomllib
from pathlib import Path

from dashboards import words
from dashboards.review import unreviewed

WORDS = Path(words.__file__).with_name("words.toml")


def test_both_languages_with_the_same_places() -> None:
    for section, entries in tomllib.loads(WORDS.read_text(encoding="utf-8")).items():
        for name, pair in entries.items():
            assert set(pair) == {"en", "ml"}, f"{section}.{name}"
            en, ml = (set(re.findall(r"\{(\w+)\}", pair[lang])) for lang in ("en", "ml"))
            assert en == ml, f"{section}.{name}"


def test_fourteen_districts() -> None:
    assert len(words.districts()) == 14
    assert words.district("thrissur", "ml") == "തൃശ്ശൂർ"
    assert words.district("new-district", "en") == "New District"


def test_what_is_unreviewed_is_listed() -> None:
    rows = unreviewed()
    keys = [key for key, _, _ in rows]
    assert len(keys) == len(set(keys)) > 80
    assert "policy.K2.K2.sentence" in keys and "oversight.why.no-sheet" in keys
    assert "oversight.unit.paise" not in keys  # the glossary's own word
    assert all(re.search("[\u0d00-\u0d7f]", ml) or "÷" in ml for _, _, ml in rows)
