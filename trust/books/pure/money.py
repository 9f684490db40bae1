"""Amounts as people in Kerala write them, to and from integer paise.

Accepted: optional ``₹``, ``Rs``, ``Rs.`` or ``INR``; a minus before the digits or brackets around
them; digits either without grouping or grouped the Indian way (last three, then twos:
``12,34,56,789.50``); at most two decimals; a trailing ``Dr`` or ``Cr``. Anything else is refused,
because a published sheet with ``943..74`` or ``298,40`` in it must show, not be guessed at.
"""

import re
from dataclasses import dataclass
from typing import Literal

from trust.books.pure.faultwords import sentence

MAX_PAISE = 2**53 - 1

_CURRENCY = re.compile(r"^(?:₹|rs\.?|inr)\s*", re.IGNORECASE)
_SIDE = re.compile(r"\s*(dr|cr)\.?$", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]{1,18}")
_GROUPED = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}")
_DECIMALS = re.compile(r"[0-9]{1,2}")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2212": "-"})


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


def parse_amount(text: str) -> Amount:
    """Read one amount.

    Raises:
        MalformedAmount: if the text is anything but one well-formed amount.
    """
    rest = text.translate(_SPACES).strip()
    if not rest:
        raise MalformedAmount("amount-empty")
    side: Literal["Dr", "Cr"] | None = None
    if found := _SIDE.search(rest):
        side = "Dr" if found.group(1).lower() == "dr" else "Cr"
        rest = rest[: found.start()]
    rest, negative = _sign(rest, text)
    if negative and side is not None:
        raise MalformedAmount("amount-two-signs/side", text=_short(text))
    paise = _magnitude(rest, text)
    return Amount(-paise if negative else paise, side)


def parse_paise(text: str) -> int:
    """Read a bare amount (no Dr or Cr) into paise; raises MalformedAmount."""
    amount = parse_amount(text)
    if amount.side is not None:
        raise MalformedAmount("amount-side", text=_short(text))
    return amount.paise


def _sign(rest: str, text: str) -> tuple[str, bool]:
    """Strip currency, brackets and minus; a sign may stand before or after the currency."""
    negative = False
    if rest.startswith("(") and rest.endswith(")"):
        rest, negative = rest[1:-1].strip(), True
    signs = 0
    for _ in range(2):
        if rest.startswith("-"):
            rest, signs = rest[1:].lstrip(), signs + 1
        rest = _CURRENCY.sub("", rest, count=1)
    if signs + negative > 1:
        raise MalformedAmount("amount-two-signs/minus", text=_short(text))
    return rest, negative or signs == 1


def _magnitude(digits: str, text: str) -> int:
    whole, dot, decimals = digits.partition(".")
    if dot and not _DECIMALS.fullmatch(decimals):
        raise MalformedAmount("amount-decimals", text=_short(text))
    if "," in whole:
        if not _GROUPED.fullmatch(whole):
            raise MalformedAmount("amount-grouping", text=_short(text))
    elif not _PLAIN.fullmatch(whole) and not (whole == "" and dot):
        raise MalformedAmount("amount-malformed", text=_short(text))
    paise = int(whole.replace(",", "") or "0") * 100 + int(decimals.ljust(2, "0") if dot else "0")
    if paise > MAX_PAISE:
        raise MalformedAmount("amount-too-large", text=_short(text))
    return paise


def _short(text: str) -> str:
    """The offending text, short and printable: a cell may hold anything."""
    shown = "".join(char if char.isprintable() else "?" for char in text.strip())
    return shown if len(shown) <= 40 else shown[:37] + "..."


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
