"""Fills figures into the sentences of a policy, the same way for everybody.

A placeholder is ``{name}`` or ``{name:style}``. Styles: ``number`` (1,23,456), ``rupees`` (paise as
rupees with lakh and crore grouping), ``amount`` (paise as findings of the books write them:
1,23,456.00), ``percent`` (basis points), ``date`` (30/09/2026) and ``month``; without a style the
figure is written as it is. An unknown figure is refused, for a sentence with a hole in it must not
reach an officer.
"""

import re
from collections.abc import Callable, Mapping

from oversight.errors import PolicyError
from trust.books.pure.money import format_paise, group_digits

_PLACE = re.compile(r"\{([a-z_]+)(?::([a-z]+))?\}")


def placeholders(template: str) -> frozenset[tuple[str, str]]:
    """Names and styles a template uses.

    Raises:
        PolicyError: there is a brace that is no placeholder, or a style that does not exist.
    """
    if "{" in _PLACE.sub("", template) or "}" in _PLACE.sub("", template):
        raise PolicyError(f"{template!r} has a brace that is not a placeholder")
    found = frozenset((m[1], m[2] or "") for m in _PLACE.finditer(template))
    for name, style in found:
        if style and style not in STYLES:
            raise PolicyError(f"{{{name}:{style}}}: there is no style {style!r}")
    return found


def fill(template: str, figures: Mapping[str, int | str]) -> str:
    """Puts the figures into the template.

    Raises:
        PolicyError: the template asks for a figure the indicator does not give.
    """

    def one(match: re.Match[str]) -> str:
        name, style = match[1], match[2] or ""
        if name not in figures:
            raise PolicyError(f"the sentence asks for {name!r}, which the indicator does not give")
        return STYLES[style](figures[name])

    return _PLACE.sub(one, template)


def grouped(value: int) -> str:
    """Digits in Indian groups: 12,34,567."""
    return ("-" if value < 0 else "") + group_digits(abs(value))


def rupees(paise: int) -> str:
    """Paise as rupees; the paise are shown only when there are any."""
    sign = "-" if paise < 0 else ""
    whole, rest = divmod(abs(paise), 100)
    return f"{sign}₹{grouped(whole)}" + (f".{rest:02d}" if rest else "")


def percent(basis_points: int) -> str:
    """Basis points as per cent with at most two decimals, without trailing zeros."""
    sign = "-" if basis_points < 0 else ""
    whole, rest = divmod(abs(basis_points), 100)
    decimals = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{sign}{whole}{decimals} %"


def day(text: str) -> str:
    """An ISO day as it is written in India: 30/09/2026."""
    return "/".join(reversed(text.split("-")))


STYLES: Mapping[str, Callable[[int | str], str]] = {
    "": str,
    "number": lambda value: grouped(int(value)),
    "rupees": lambda value: rupees(int(value)),
    "amount": lambda value: format_paise(int(value)),
    "percent": lambda value: percent(int(value)),
    "date": lambda value: day(str(value)),
    "month": lambda value: day(str(value)),
}
"""How a figure can be written."""
