"""Names of companies as bookkeeping programs write them, compared."""

import re
import unicodedata
from collections.abc import Iterable

_PERIOD = re.compile(
    r"\(?\s*(?:from|w\.?e\.?f\.?|upto|up to|till|f\.?y\.?)\b.*$"
    r"|(?<!\d)(?:19|20)\d\d\s*[-–/]\s*(?:19|20)?\d\d(?!\d)"
)  # fmt: skip
_WORDS = """
the of and for no ltd limited ltdno regd reg branch head office main new old company co operative op
cooperative coop coperative society societies bank banks service services sangham sahakarana primary
credit agricultural district kerala state pvt private
സഹകരണ സംഘം ബാങ്ക് ബാങ്കു സർവീസ് സർവ്വീസ് സേവന ക്ലിപ്തം നമ്പർ നം ശാഖ കേരള ജില്ല പ്രാഥമിക ദി ലിമിറ്റഡ്
സൊസൈറ്റി കാർഷിക
"""
_COMMON = frozenset(_WORDS.split())


def fold(name: str) -> str:
    """A name without case, punctuation, and the years that a split company bears."""
    plain = _PERIOD.sub(" ", unicodedata.normalize("NFKC", name).casefold())
    kept = (
        char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in plain
    )
    return " ".join("".join(kept).split())


def same(one: str, other: str) -> bool:
    """True if two names are of one company."""
    return fold(one).replace(" ", "") == fold(other).replace(" ", "")


def unrelated(company: str, names: Iterable[str]) -> bool:
    """True if a company's name has no telling word in common with any of the names.

    Nothing is said about a name in another script than all of the names, or without such a word.
    """
    words = _words(company)
    known = set().union(*(_words(name) for name in names))
    return bool(words and known) and not any(
        one == other or (len(one) > 3 and len(other) > 3 and (one in other or other in one))
        for one in words
        for other in known
    )


def _words(name: str) -> set[str]:
    return {word for word in fold(name).split() if len(word) > 1 and word not in _COMMON}
