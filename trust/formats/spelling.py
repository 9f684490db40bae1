"""How a word sounds, so that one spelling finds another: in Malayalam or Latin letters.

`close` writes a word in few Latin letters: Malayalam is transliterated, and what people spell in
several ways becomes one (th and t, zh and l, oo and u, doubled letters, k and g, t and d); C is
the sound of ch. `loose` keeps its consonants alone. Both are the same on every machine, and neither
can be read back.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Final

from trust.formats.canon import normalise_text

_CONSONANTS: Final = {
    "ക": "k", "ഖ": "k", "ഗ": "k", "ഘ": "k", "ങ": "nk", "ച": "C", "ഛ": "C", "ജ": "j", "ഝ": "j",
    "ഞ": "nj", "ട": "t", "ഠ": "t", "ഡ": "t", "ഢ": "t", "ണ": "n", "ത": "t", "ഥ": "t", "ദ": "t",
    "ധ": "t", "ന": "n", "ഩ": "n", "പ": "p", "ഫ": "p", "ബ": "b", "ഭ": "b", "മ": "m", "യ": "y",
    "ര": "r", "റ": "r", "ല": "l", "ള": "l", "ഴ": "l", "വ": "v", "ശ": "s", "ഷ": "s", "സ": "s",
    "ഹ": "h", "ഺ": "t",
}  # fmt: skip
_VOWELS: Final = {
    "അ": "a", "ആ": "a", "ഇ": "i", "ഈ": "i", "ഉ": "u", "ഊ": "u", "ഋ": "ri", "എ": "e", "ഏ": "e",
    "ഐ": "ai", "ഒ": "o", "ഓ": "o", "ഔ": "au",
}  # fmt: skip
_SIGNS: Final = {
    "ാ": "a", "ി": "i", "ീ": "i", "ു": "u", "ൂ": "u", "ൃ": "ri", "െ": "e", "േ": "e", "ൈ": "ai",
    "ൊ": "o", "ോ": "o", "ൌ": "au", "ൗ": "au",
}  # fmt: skip
_CHILLU: Final = {
    "ൺ": "n", "ൻ": "n", "ർ": "r", "ൽ": "l", "ൾ": "l", "ൿ": "k", "ൔ": "m", "ൕ": "y", "ൖ": "l",
}  # fmt: skip
_VIRAMA, _ANUSVARA, _DOT = "്", "ം", "ൎ"
_GUTTURAL: Final = frozenset("കഖഗഘങ")
_OLD: Final = (
    ("റ്റ", "ട്ട"), ("ന്റ", "ന്ട"), ("ൻറ", "ന്ട"), ("ൻ്റ", "ന്ട"),
    ("ൎ", "ർ"), ("ത്പ", "ൽപ"), ("ത്സ", "ൽസ"),
)  # fmt: skip
"""Spellings of one sound: doubled റ is t, n before it takes a t; t before p and s is said as l."""
_LATIN: Final = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"t?chh?", "C"), (r"sch|sh", "s"), (r"zh", "l"), (r"ph", "p"), (r"f", "p"),
        (r"([kgtdbjp])h", r"\1"), (r"ck|q", "k"), (r"x", "ks"), (r"c(?=[eiy])", "s"), (r"c", "k"),
        (r"w", "v"), (r"z", "s"), (r"g", "k"), (r"d", "t"), (r"aa", "a"),
        (r"ee", "i"), (r"oo", "u"), (r"ou", "au"), (r"n[Cj]+", "nj"), (r"y$", "i"),
        (r"(?<=[aeou])y(?=[^aeiou]|$)", "i"), (r"(nj|nk)\1+", r"\1"), (r"nkk+", "nk"),
        (r"m(?=k)", "n"), (r"mb", "mp"),
        (r"(?<=[^aeiou])y(?=[^aeiou])", "ai"), (r"(.)\1+", r"\1"), (r"(?<=..[^aeiou])[eu]$", ""),
    )
)  # fmt: skip
_JOINERS: Final = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")
_APOSTROPHES: Final = re.compile(r"['\u2018\u2019\u02bc\u00b4`\u2032]")
_COOPERATIVE: Final = re.compile(r"\bco[\s.\u2010-\u2015-]+op", re.IGNORECASE)
_MARKS: Final = frozenset(_SIGNS) | {_VIRAMA, _ANUSVARA, "ഃ", _DOT}
MOST: Final = 40
"""Words of a text that are looked at."""


def words(text: str) -> list[str]:
    """The words of a text in the order in which they come, lower case, each as it is spelled.

    Apostrophes and joiners are left out; any other sign ends a word. Letters with dots between
    them are one word, too: "S.C.B." is s, c, b and scb.
    """
    plain = unicodedata.normalize("NFKC", normalise_text(text)).casefold()
    plain = _APOSTROPHES.sub("", _JOINERS.sub("", normalise_text(plain)))
    found = _split(_COOPERATIVE.sub("coop", plain))[:MOST]
    runs = groupby(found, key=lambda one: len(one) == 1 and one.isascii() and one.isalpha())
    joined = ["".join(run) for is_letter, run in runs if is_letter]
    return [*found, *(one for one in joined if len(one) > 1)]


def _split(text: str) -> list[str]:
    """Words; a vowel sign of Malayalam is no letter for `re`, but belongs to its word."""
    spaced = "".join(c if c.isalnum() or c in _MARKS else " " for c in text)
    return spaced.split()


@lru_cache(maxsize=200_000)
def close(word: str) -> str:
    """How a word sounds, vowels included; digits stay digits."""
    if word.isdecimal():
        return "".join(str(unicodedata.digit(c)) for c in word)
    latin = _in_latin(word)
    plain = "".join(c for c in unicodedata.normalize("NFD", latin) if not unicodedata.combining(c))
    while (found := _folded(plain)) != plain:
        plain = found
    return plain


def _folded(text: str) -> str:
    for pattern, new in _LATIN:
        text = pattern.sub(new, text)
    return text


@lru_cache(maxsize=200_000)
def loose(word: str) -> str:
    """The consonants of a word, and an `a` where it begins with a vowel; digits stay digits."""
    sound = close(word)
    if sound.isdecimal():
        return sound
    first = "a" if sound[:1] in {"a", "e", "i", "o", "u"} else ""
    return first + re.sub(r"[aeiouyh]", "", sound)


def _in_latin(word: str) -> str:
    for old, new in _OLD:
        word = word.replace(old, new)
    found: list[str] = []
    for at, letter in enumerate(word):
        after = word[at + 1 : at + 2]
        if letter in _CONSONANTS:
            silent = after == _VIRAMA or after in _SIGNS
            found.append(_CONSONANTS[letter] + ("" if silent else "a"))
        elif letter == _ANUSVARA:
            found.append("n" if after in _GUTTURAL else "m")
        elif letter == _VIRAMA or letter == "ഃ":
            continue
        else:
            found.append((_VOWELS | _SIGNS | _CHILLU).get(letter, letter))
    return "".join(found)
