"""Amounts to and from integer paise; `amounts` reads them as people write them."""

from dataclasses import dataclass
from typing import Literal

from trust.books.pure.faultwords import sentence

MAX_PAISE = 2**53 - 1


class Malformed(ValueError):
    """The text of a cell is not what the cell is for.

    Args:
        words: key of the sentence (`faultwords`); the code stands before the slash.
        places: what fills it.
    """

    def __init__(self, words: str, **places: str) -> None:
        self.words = words
        self.places = {"ledger": ""} | places
        super().__init__(sentence(words, **self.places))

    @property
    def code(self) -> str:
        """Slug of the fault."""
        return self.words.partition("/")[0]


class MalformedAmount(Malformed):
    """The text is not an amount."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in paise as written; ``side`` only if Dr or Cr stood beside it."""

    paise: int
    side: Literal["Dr", "Cr"] | None = None

    def debit_positive(self, *, plain_is_credit: bool = False) -> int:
        """The amount with debit as plus; ``plain_is_credit`` says what a bare figure means."""
        if self.side == "Cr" or (self.side is None and plain_is_credit):
            return -self.paise
        return self.paise


def format_paise(paise: int) -> str:
    """``12,34,56,789.50``: last three digits, then twos; always two decimals; minus in front."""
    rupees, rest = divmod(abs(paise), 100)
    sign = "-" if paise < 0 else ""
    return f"{sign}{group_digits(rupees)}.{rest:02d}"


def group_digits(number: int) -> str:
    """Lakh and crore grouping of a whole number that is not negative."""
    text = str(number)
    head, tail = text[:-3], text[-3:]
    parts = []
    while head:
        parts.append(head[-2:])
        head = head[:-2]
    return ",".join([*reversed(parts), tail])


_UNITS = {
    "en": ("crore", "lakh", "thousand", "rupees", "paise", "minus"),
    "ml": ("കോടി", "ലക്ഷം", "ആയിരം", "രൂപ", "പൈസ", "മൈനസ്"),
}


def in_words(paise: int, language: Literal["en", "ml"] = "en") -> str:
    """The exact amount with the units as words: ``12 crore 34 lakh 56 thousand 789 rupees``.

    Figures stay figures (they are read the same in both languages); crores are not split further.
    """
    crore, lakh, thousand, rupee, unit_paise, minus = _UNITS[language]
    rupees, rest = divmod(abs(paise), 100)
    crores, under = divmod(rupees, 10_000_000)
    lakhs, under = divmod(under, 100_000)
    thousands, ones = divmod(under, 1_000)
    pairs = ((crores, crore), (lakhs, lakh), (thousands, thousand))
    parts = [f"{group_digits(count)} {word}" for count, word in pairs if count]
    if ones or not parts:
        parts.append(str(ones))
    parts.append(rupee)
    if rest:
        parts.append(f"{rest} {unit_paise}")
    return " ".join([minus, *parts] if paise < 0 else parts)
