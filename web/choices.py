"""Filters of lists: a value is one of those there are, or it is refused by name.

A filter that nobody understood would show an empty list, which reads as "there is none".
"""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Connection
from starlette.requests import Request

from oversight import queries as oversight
from trust.formats.errors import Several, Word
from trust.people import places
from web import i18n, staff
from web.errors import ChoiceError

DISTRICTS: Final = places.words()
"""From south to north, as people list them."""


def page_number(asked: Mapping[str, str]) -> int:
    """The page of a list that is asked for, from 1; what is no number is the first."""
    text = asked.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 5 else 1


def chosen(asked: Mapping[str, str], name: str, allowed: Collection[str]) -> str:
    """The filter of that name as one of the allowed words; empty if it is not set.

    Capital letters and spaces around it do not matter.

    Raises:
        ChoiceError: it is none of them.
    """
    typed = asked.get(name, "")
    found = typed.strip().casefold()
    if not found or found in allowed:
        return found
    words = (Word(name, word) if _has_word(name, word) else word for word in allowed)
    raise ChoiceError(name, choices=Several(words))


def _has_word(group: str, name: str) -> bool:
    return f"{group}.{name}" in i18n.phrases()


def sectors() -> list[str]:
    """Every kind of society that the pages have a word for."""
    return sorted(key[7:] for key in i18n.phrases() if key.startswith("sector."))


def own_district(request: Request, conn: Connection) -> str | None:
    """The filter `district` of the board: one with societies of the officer's area; None if it
    is not set.

    Raises:
        ChoiceError: there is none of the officer's societies in it.
    """
    if not request.query_params.get("district", "").strip():
        return None
    mine = {one.district for one in oversight.jurisdiction(conn, staff.actor(request))}
    order = {name: place for place, name in enumerate(DISTRICTS)}
    listed = sorted(mine, key=lambda name: (order.get(name, len(order)), name))
    return chosen(request.query_params, "district", listed) or None
