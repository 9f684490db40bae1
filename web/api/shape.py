"""What the signed-in operations share: our types as JSON, refusals, the two kinds of verb."""

import dataclasses
import datetime
import enum
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from trust.books.errors import StatementRefusedError
from trust.formats.errors import SakshiError
from web import security, staff
from web.api.operations import OBJECT, Operation, Schema
from web.negotiate import Json

REFUSED: Final = (400, 401, 403, 404, 409, 415, 422)


def plain(value: object) -> Json:
    """Our types as JSON: records become objects, bytes hex, days ISO; never a float."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {name: plain(item) for name, item in found.items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"{type(value).__name__} is no value of the API")


def told(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view whose refusals of the subject are answered as problem documents.

    A coroutine is given back as it is: it tells its refusals itself.
    """
    if inspect.iscoroutinefunction(view):
        return view

    def answer(request: Request, *args: Any) -> Response:
        try:
            answered: Response = view(request, *args)
            return answered
        except StatementRefusedError as fault:
            return staff.refusal(request, fault, faults=plain(fault.faults))
        except SakshiError as fault:
            return staff.refusal(request, fault)

    return answer


def schema(**members: Schema) -> Schema:
    """The schema of an object with exactly these members needed."""
    return {"type": "object", "required": list(members), "properties": dict(members)}


def reading(
    path: str,
    view: Any,
    who: tuple[str, ...],
    summary: str,
    *,
    streaming: bool = False,
    query: Mapping[str, str] | None = None,
) -> Operation:
    """A read for holders of one of the roles; `query`: parameters and what each means."""
    guarded = security.require(*who, society="")(view if streaming else told(view))
    return Operation(
        "GET",
        path,
        guarded,
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
    guarded = security.require(*who, society="")(security.json_form(told(view)))
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
