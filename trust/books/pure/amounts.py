"""Amounts as people in Kerala write them, to integer paise.

Accepted: a currency sign before or ``/-`` after the figure; a minus before or after it, or brackets
around it; digits of Latin, Malayalam or Hindi script without grouping, grouped the Indian way (last
three, then twos: ``12,34,56,789.50``) or the Western way; two decimals, or more if they add
nothing (``30000.0000``, ``30000.000000000004``); Dr or Cr before or after. Anything else is
refused: a published sheet with ``943..74`` or ``298,40`` in it must show, not be guessed at.
"""

import re
import unicodedata
from typing import Literal

from trust.books.pure.money import MAX_PAISE, Amount, MalformedAmount

_CURRENCY = re.compile(r"(?:₹|rs[.:]?|re\.|inr|₨|രൂപ|രൂ\.?|रुपये|रु\.?)", re.IGNORECASE)
_AFTER = re.compile(r"\s*(?:/\s*[-=]|only\.?|മാത്രം)\s*$", re.IGNORECASE)
_SIDE = r"[(\[]?(dr|cr|debit|credit|പറ്റ്|വരവ്)\.?[)\]]?"
_SIDE_AFTER = re.compile(rf"\s*{_SIDE}\s*$", re.IGNORECASE)
_SIDE_BEFORE = re.compile(rf"^{_SIDE}(?=[\s₹0-9.])\s*", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]{1,18}")
_INDIAN = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}")
_WESTERN = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_DECIMALS = re.compile(r"[0-9]{1,2}0*")
_NOISE = re.compile(r"([0-9]{2})(0{6,}|9{6,})[0-9]{0,3}")
_EXPONENT = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,15}))?e([+-]?[0-9]{1,2})", re.IGNORECASE)
_MINUS = r"(?:-|\(\s*-\s*\))"
_MINUS_BEFORE = re.compile(rf"^{_MINUS}\s*")
_MINUS_AFTER = re.compile(rf"\s*{_MINUS}$")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_SPACES = "\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000"
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_CHARACTERS = str.maketrans(
    _WIDE
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_SPACES, " ")
    | dict.fromkeys("\u200b\u200e\u200f\ufeff")
)
_BARE = re.compile(r"-?[0-9]{1,13}\.[0-9]{2}")
_NOTHING = frozenset({"nil", "nill", "ഇല്ല", "നിൽ", "शून्य", "निल"})


def says_nothing(text: str) -> bool:
    """True if a cell says that there is no amount: empty, dashes or *Nil*."""
    rest = _legible(text).strip(" -_=").casefold()
    return not rest or rest in _NOTHING


def has_exponent(text: str) -> bool:
    """True for figures such as ``3.00E+04``, whose last digits may be gone."""
    return _EXPONENT.fullmatch(_legible(text).lstrip("-")) is not None


def parse_amount(text: str) -> Amount:
    """Read one amount.

    Raises:
        MalformedAmount: if the text is anything but one well-formed amount.
    """
    rest = _legible(text)
    if not rest:
        raise MalformedAmount("amount-empty")
    rest, side = _side(rest, text)
    rest, negative = _sign(rest, text)
    if negative and side is not None:
        raise MalformedAmount("amount-two-signs/side", text=_short(text))
    paise = _magnitude(rest, text)
    return Amount(-paise if negative else paise, side)


def parse_paise(text: str) -> int:
    """Read a bare amount (no Dr or Cr) into paise; raises MalformedAmount."""
    if _BARE.fullmatch(text):  # what programs write, and most of what is read
        return int(text.replace(".", ""))
    amount = parse_amount(text)
    if amount.side is not None:
        raise MalformedAmount("amount-side", text=_short(text))
    return amount.paise


def parse_written_out(text: str) -> Amount:
    """Read one amount that may be written with an exponent; raises MalformedAmount."""
    rest = _legible(text)
    found = _EXPONENT.fullmatch(rest.removeprefix("-"))
    if found is None:
        return parse_amount(text)
    whole, decimals, places = found.group(1), found.group(2) or "", int(found.group(3))
    digits = whole + decimals
    point = len(whole) + places
    if not 0 <= point <= 18:
        raise MalformedAmount("amount-exponent", text=_short(text))
    digits = digits.ljust(point, "0")
    plain = f"{digits[:point] or '0'}.{digits[point:] or '0'}"
    return parse_amount(("-" if rest.startswith("-") else "") + plain)


def _legible(text: str) -> str:
    """Digits, dashes and spaces in one form; Excel's apostrophe before a text is left out."""
    if text.isascii():
        return text.strip().lstrip("'")
    spelt = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in text.translate(_CHARACTERS)
    )
    return spelt.strip().lstrip("'’")


def _side(rest: str, text: str) -> tuple[str, Literal["Dr", "Cr"] | None]:
    found = _SIDE_AFTER.search(rest)
    if found is not None:
        rest = rest[: found.start()]
    before = _SIDE_BEFORE.search(rest)
    if before is not None:
        rest = rest[before.end() :]
        if found is not None:
            raise MalformedAmount("amount-two-signs/side", text=_short(text))
    found = found or before
    if found is None:
        return rest, None
    return rest, "Dr" if found.group(1).lower() in ("dr", "debit", "പറ്റ്") else "Cr"


def _sign(rest: str, text: str) -> tuple[str, bool]:
    """Strip currency, brackets and minus; a sign may stand on either side of the currency."""
    signs = 0
    for _ in range(2):
        rest = _AFTER.sub("", rest).strip()
        if (found := _MINUS_BEFORE.search(rest)) is not None:
            rest, signs = rest[found.end() :], signs + 1
        if (found := _MINUS_AFTER.search(rest)) is not None:
            rest, signs = rest[: found.start()], signs + 1
        if rest.startswith("(") and rest.endswith(")"):
            rest, signs = rest[1:-1].strip(), signs + 1
        rest = _without_currency(rest)
    if signs > 1:
        raise MalformedAmount("amount-two-signs/minus", text=_short(text))
    return rest.removeprefix("+"), signs == 1


def _without_currency(rest: str) -> str:
    found = _CURRENCY.match(rest)
    if found is not None:
        return rest[found.end() :].lstrip()
    for found in _CURRENCY.finditer(rest):
        if found.end() == len(rest):
            return rest[: found.start()].rstrip()
    return rest


def _magnitude(digits: str, text: str) -> int:
    whole, dot, decimals = digits.partition(".")
    if "," in whole:
        if not (_INDIAN.fullmatch(whole) or _WESTERN.fullmatch(whole)):
            raise MalformedAmount("amount-grouping", text=_short(text))
    elif not _PLAIN.fullmatch(whole) and not (whole == "" and dot):
        if _EXPONENT.fullmatch(digits):
            raise MalformedAmount("amount-exponent", text=_short(text))
        raise MalformedAmount("amount-malformed", text=_short(text))
    paise = int(whole.replace(",", "") or "0") * 100 + (_hundredths(decimals, text) if dot else 0)
    if paise > MAX_PAISE:
        raise MalformedAmount("amount-too-large", text=_short(text))
    return paise


def _hundredths(decimals: str, text: str) -> int:
    """Decimals as paise; what a computer's arithmetic leaves behind the second place is noise."""
    if _DECIMALS.fullmatch(decimals):
        return int(decimals[:2].ljust(2, "0"))
    noise = _NOISE.fullmatch(decimals)
    if noise is not None:
        return int(noise.group(1)) + (noise.group(2)[0] == "9")
    if _EXPONENT.fullmatch(f"0.{decimals}"):
        raise MalformedAmount("amount-exponent", text=_short(text))
    raise MalformedAmount("amount-decimals", text=_short(text))


def _short(text: str) -> str:
    """The offending text, short and printable: a cell may hold anything."""
    shown = "".join(char if char.isprintable() else "?" for char in text.strip())
    return shown if len(shown) <= 40 else shown[:37] + "..."
