"""Malayalam in the code of the ML-TT fonts (Karthika, Revathi and kin), as in old office files.

In these fonts a Latin letter or a character of Windows-1252 stands for a Malayalam letter, and the
signs that are drawn left of a letter are typed before it. The table (`legacy_ml`) was written for
this project and its letters were compared with the public map of these fonts in
`indic-archive/ml-ascii-fontmaps` (CC0); no native reader has reviewed it. Nothing is converted
unless somebody says so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trust.books.pure.headwords import Vocabulary
from trust.books.pure.spellings import script
from trust.formats.canon import normalise_text

_SIGNS = "[\u0d3e-\u0d4d\u0d57]"
_BAD = re.compile(rf"(?:^|[\s.,/-]){_SIGNS}|[\u0d3e-\u0d4c\u0d57]{{2}}|\u0d4d{_SIGNS}")
_MARK = r"[\[\\\]^_`{|}\xa1-\xff]"
_MARKS = re.compile(rf"(?<=[A-Za-z\xa1-\xff]){_MARK}|{_MARK}(?=[A-Za-z])")
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]|^[a-z]+w?\b")
_JOINED = (("ോ", "ോ"), ("ൊ", "ൊ"), ("ൌ", "ൌ"), ("െെ", "ൈ"))
_VOWELS = (("എെ", "ഐ"), ("ഒാ", "ഓ"), ("ഒൗ", "ഔ"), ("ഇൗ", "ഈ"), ("ഉൗ", "ഊ"), ("െഎ", "ഐ"))


@dataclass(frozen=True, slots=True)
class LegacyFont:
    """The table of one family of fonts, by where a sign is typed."""

    base: Mapping[str, str]
    after: Mapping[str, str]
    before: Mapping[str, str]
    words: Vocabulary

    def convert(self, text: str) -> str:
        """The text with the letters that the font draws; what it has no letter for stays."""
        made: list[str] = []
        held: list[str] = []
        for at, char in enumerate(text):
            if char in self.before:
                held.append(self.before[char])
            elif char in self.base:
                made.append(self.base[char])
                made += self._signs(held, text[at + 1 : at + 2])
            elif char in self.after:
                made.append(self.after[char])
                made += self._signs(held, text[at + 1 : at + 2])
            else:
                made += [*held, char]
                held = []
        return normalise_text(_spelt("".join([*made, *held])))

    @staticmethod
    def _signs(held: list[str], following: str) -> list[str]:
        """The signs typed before a letter, once all that hangs below the letter is there."""
        if not held or (following in ("y", "z") and following):
            return []
        below = [sign for sign in held if sign.startswith("\u0d4d")]
        beside = [sign for sign in held if not sign.startswith("\u0d4d")]
        held.clear()
        return below + beside

    def written_in(self, name: str) -> bool:
        """Whether a name looks like this code and not like words in Latin letters."""
        marked = len(_MARKS.findall(name))
        if not (marked or _INNER_CAPITAL.search(name)) or self.words.meanings(name):
            return False
        converted = script(self.convert(name))
        if _BAD.search(converted):
            return False
        return marked > 1 or bool(self.words.meanings(converted))


def _spelt(text: str) -> str:
    for typed, letter in (*_VOWELS, *_JOINED):
        text = text.replace(typed, letter)
    return text


def legacy_font(rows: Iterable[Mapping[str, str]], words: Vocabulary) -> LegacyFont:
    """The font of a table."""
    places: dict[str, dict[str, str]] = {"base": {}, "after": {}, "before": {}}
    for row in rows:
        places[row["place"]][chr(int(row["code"], 16))] = row["letters"]
    return LegacyFont(places["base"], places["after"], places["before"], words)


def legacy_names(font: LegacyFont, names: Iterable[str]) -> dict[str, str]:
    """The names that are written in the font's code, each as it reads converted."""
    return {name: font.convert(name) for name in names if font.written_in(name)}
