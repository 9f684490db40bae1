"""Districts and taluks with the spellings in use: the one list of forms, filters and search."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from trust.formats import spelling

_FILE: Final = "places-1.toml"


@dataclass(frozen=True, slots=True)
class Taluk:
    """A taluk: what records hold of it, its name in Malayalam, what it is called besides."""

    name: str
    ml: str
    also: tuple[str, ...]

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way of writing it that is listed."""
        return (self.name, self.ml, *self.also)


@dataclass(frozen=True, slots=True)
class District:
    """A district: the word of records, its names, what it is called besides, its taluks."""

    word: str
    en: str
    ml: str
    also: tuple[str, ...]
    taluks: tuple[Taluk, ...]

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way of writing it that is listed."""
        return (self.word, self.en, self.ml, *self.also)


@cache
def districts() -> tuple[District, ...]:
    """The districts from south to north."""
    text = resources.files("trust.people.data").joinpath(_FILE).read_text(encoding="utf-8")
    return tuple(
        District(
            one["word"],
            one["en"],
            one["ml"],
            tuple(one["also"]),
            tuple(Taluk(t["name"], t["ml"], tuple(t["also"])) for t in one["taluks"]),
        )
        for one in tomllib.loads(text)["district"]
    )


@cache
def words() -> tuple[str, ...]:
    """The words that records hold of districts."""
    return tuple(one.word for one in districts())


def district(text: str) -> District | None:
    """The district that a text names in any spelling; None if it names none."""
    return _by_sound().get(_sound(text)) if text.strip() else None


def taluk(text: str, within: str) -> Taluk | None:
    """The taluk of a district (its word) that a text names in any spelling; None if none."""
    for one in districts():
        if one.word == within:
            wanted = _sound(text)
            return next((t for t in one.taluks if wanted in map(_sound, t.spellings)), None)
    return None


@cache
def taluk_in(lang: str, district_word: str, name: str) -> str:
    """A taluk as it is called in a language; as it is held where the table does not have it."""
    found = taluk(name, district_word) if lang == "ml" else None
    return name if found is None else found.ml


@cache
def spellings(district_word: str, taluk_name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a society is also found by: the spellings of its district, and of its taluk."""
    found = district(district_word)
    if found is None:
        return (district_word,), (taluk_name,)
    known = taluk(taluk_name, found.word)
    return found.spellings, (taluk_name, *(known.spellings if known else ()))


def _sound(text: str) -> str:
    return "".join(spelling.close(word) for word in spelling.words(text))


@cache
def _by_sound() -> dict[str, District]:
    return {_sound(name): one for one in districts() for name in one.spellings}
