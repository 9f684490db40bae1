"""A number in a workbook as its sheet shows it: exact digits, with the side its format says.

A balance that is shown as `5,000.00 Cr` may be stored as 5000 with the format `0.00" Cr"`: who
looks at the number alone loses the side. The digits come from the stored decimal text, never from a
rounded float. ECMA-376 part 1, 18.8.30 and 18.8.31.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]?|(?P<gap>[_*].)|(?P<other>.)',
    re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]+)")
_COMPARE = {"<=": le, ">=": ge, "<>": ne, "<": lt, ">": gt, "=": eq}
_SIDES = (
    (re.compile(r"(?<![^\W\d_])(?:dr|debit|പറ്റ്)(?![^\W\d_])", re.IGNORECASE), "Dr"),
    (re.compile(r"(?<![^\W\d_])(?:cr|credit|വരവ്)(?![^\W\d_])", re.IGNORECASE), "Cr"),
)
_CURRENCY = re.compile(r"(?i)\brs\b\.?|\binr\b|rupees")
_SHORT = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]?[1-9])?")
"""A number that is written already as it is taken."""
MAX_DIGITS = 400


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a number format.

    Attributes:
        condition: a comparison and its number, if it names one.
        said: what stands beside the digits: `Dr`, `Cr`, `%`, another word, or nothing.
        minus: whether it writes a minus or brackets itself.
        zeros: how many digits are written at least, if it writes whole numbers only.
    """

    condition: tuple[str, Decimal] | None
    said: str
    minus: bool
    zeros: int

    def takes(self, value: Decimal) -> bool:
        if self.condition is None:
            return True
        return bool(_COMPARE[self.condition[0]](value, self.condition[1]))

    @property
    def below_zero(self) -> bool:
        """Whether it is for negative numbers only."""
        if self.condition is None:
            return False
        mark, bound = self.condition
        return (mark == "<" and bound <= 0) or (mark in ("<=", "=") and bound < 0)


def exact(text: str) -> str | None:
    """The decimal text of a stored number without an exponent; None if it is no number.

    A program that stores 1.1 as a binary number may write 1.1000000000000001. The shortest decimal
    that is the same binary number is what was typed; it is taken if the text has more than two
    decimals. Whatever has more than two then is left as it is, for the rule of amounts to judge.
    """
    if _SHORT.fullmatch(text):
        return text
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        return None
    if _exponent(number) < -2:
        number = Decimal(repr(float(number)))
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def shown(text: str, code: str) -> str | None:
    """A stored number with what its format says beside it; None if it is no number.

    Args:
        text: the stored decimal text.
        code: the format, such as `#,##0.00" Dr";#,##0.00" Cr"`; empty for none.
    """
    plain = exact(text)
    if plain is None or not code:
        return plain
    value = Decimal(plain)
    section, drops_minus = _section(sections(code), value)
    if section.said == "%":
        return f"{format(value * 100, 'f')}%"
    if section.zeros and plain.isdigit():
        return plain.zfill(section.zeros)
    if not section.said:
        return plain
    if value < 0 and drops_minus and section.said in ("Dr", "Cr"):
        plain = plain.removeprefix("-")
    return f"{plain} {section.said}"


@lru_cache(maxsize=512)
def sections(code: str) -> tuple[Section, ...]:
    """The parts of a format, for positive, negative, zero and text, or with conditions."""
    parts: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(code[:1000]):
        if token["other"] == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_parse(part) for part in parts)


def _section(parts: tuple[Section, ...], value: Decimal) -> tuple[Section, bool]:
    """The part that shows a value, and whether a negative value is shown there without a minus."""
    if any(part.condition for part in parts):
        chosen = next((part for part in parts[:3] if part.takes(value)), parts[-1])
        return chosen, chosen.below_zero and not chosen.minus
    if value < 0 and len(parts) > 1:
        return parts[1], not parts[1].minus
    if value == 0 and len(parts) > 2:
        return parts[2], False
    return parts[0], False


def _parse(tokens: list[re.Match[str]]) -> Section:
    condition = None
    literal, pattern = "", ""
    for token in tokens:
        if token["bracket"] is not None:
            found = _CONDITION.fullmatch(token["bracket"])
            if found and (bound := exact(found[2])) is not None:
                condition = (found[1], Decimal(bound))
            elif token["bracket"].startswith("$"):
                literal += token["bracket"][1:].partition("-")[0]
        elif token["gap"] is None:
            literal += token["quoted"] or token["escaped"] or ""
            pattern += token["other"] or ""
    minus = "-" in pattern + literal or "(" in pattern + literal
    zeros = len(pattern) if pattern and not pattern.strip("0") and len(pattern) > 1 else 0
    return Section(condition, "%" if "%" in pattern else _said(literal), minus, zeros)


def _said(literal: str) -> str:
    """Dr or Cr, or the words beside the digits unless they name the currency."""
    for mark, side in _SIDES:
        if mark.search(literal):
            return side
    words = " ".join(_CURRENCY.sub("", literal).split())
    return words[:40] if any(char.isalpha() for char in words) else ""


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
