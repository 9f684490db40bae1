"""Words of the dashboards in both languages, and the names of the districts."""

import tomllib
from functools import cache
from pathlib import Path

from oversight.words import Lang


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def word(section: str, name: str, lang: Lang, /, **figures: str | int) -> str:
    """A phrase with its figures filled in.

    Raises:
        KeyError: the list has no such phrase, or a figure is missing; a programming error.
    """
    return _words()[section][name][lang].format(**figures)


def district(name: str, lang: Lang) -> str:
    """A district's name; its own word if the list does not know it."""
    known = _words()["district"].get(name)
    return known[lang] if known else name.replace("-", " ").title()


def districts() -> list[str]:
    """The districts' words, from south to north."""
    return list(_words()["district"])
