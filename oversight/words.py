"""The words of oversight in both languages, read once from `words.toml`."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

Lang = Literal["en", "ml"]


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def word(section: str, name: str, lang: Lang) -> str:
    """The word for a severity, state, action, unit or reason.

    Raises:
        KeyError: the list has no such word; a programming error.
    """
    return _words()[section][name][lang]
