"""What the signed-in operations share: the two kinds of verb and their schemas."""

from collections.abc import Mapping
from typing import Any, Final

from web import security
from web.api.operations import OBJECT, Operation, Schema

REFUSED: Final = (400, 401, 403, 404, 409, 415, 422)


def schema(**members: Schema) -> Schema:
    """The schema of an object with exactly these members needed."""
    return {"type": "object", "required": list(members), "properties": dict(members)}


def reading(
    path: str,
    view: Any,
    who: tuple[str, ...],
    summary: str,
    *,
    query: Mapping[str, str] | None = None,
    use: bool = True,
) -> Operation:
    """A read for holders of one of the roles.

    Args:
        query: parameters and what each means.
        use: whether asking for it renews the session.
    """
    return Operation(
        "GET",
        path,
        security.require(*who, society="", use=use)(view),
        summary,
        OBJECT,
        query=query or {},
        faults=(401, 403, 404, 422),
        role=", ".join(who),
    )


def acting(
    path: str,
    view: Any,
    who: tuple[str, ...],
    summary: str,
    body: Schema = OBJECT,
    status: int = 200,
) -> Operation:
    """A verb with a JSON body, for holders of one of the roles (anybody signed in, if none)."""
    guarded = security.require(*who, society="")(security.json_form(view))
    return Operation(
        "POST",
        path,
        guarded,
        summary,
        OBJECT,
        body=body,
        status=status,
        faults=REFUSED,
        role=", ".join(who) or "signed in",
    )
