"""What the signed-in operations share: the two kinds of verb."""

from collections.abc import Mapping
from typing import Any, Final

from web import security
from web.api.operations import Operation
from web.api.schemas import OBJECT, Schema

_REFUSED: Final = (404, 409, 422)
"""Refusals of a verb, beside those of its body and of signing in."""


def reading(
    path: str,
    view: Any,
    who: tuple[str, ...],
    summary: str,
    answer: Schema,
    *,
    query: Mapping[str, str | Schema] | None = None,
    media: str = "application/json",
    use: bool = True,
) -> Operation:
    """A read for holders of one of the roles.

    Args:
        query: parameters and what each means.
        media: media type of the answer.
        use: whether asking for it renews the session.
    """
    return Operation(
        "GET",
        path,
        security.require(*who, society="", use=use)(view),
        summary,
        answer,
        media=media,
        query=query or {},
        faults=(404, 422),
        role=", ".join(who) or "signed in",
    )


def acting(
    path: str,
    view: Any,
    who: tuple[str, ...],
    summary: str,
    answer: Schema,
    body: Schema = OBJECT,
    *,
    status: int = 200,
    also: Mapping[int, Schema] | None = None,
) -> Operation:
    """A verb with a JSON body, for holders of one of the roles (anybody signed in, if none)."""
    guarded = security.require(*who, society="")(security.json_form(view))
    return Operation(
        "POST",
        path,
        guarded,
        summary,
        answer,
        also=also or {},
        body=body,
        status=status,
        faults=_REFUSED,
        role=", ".join(who) or "signed in",
    )
