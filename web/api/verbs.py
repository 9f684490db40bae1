"""The verbs of the table (`web/verbs`) as operations: reads as GET, others as POST with JSON."""

import dataclasses
from collections.abc import Mapping
from types import NoneType
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from trust.people.model import Waiting
from web import staff
from web.api.operations import Operation
from web.api.schemas import BOOLEAN, TEXT, Schema, besides, choice, of, schema
from web.api.shape import acting, reading
from web.negotiate import JsonAnswer, plain
from web.verbs import table
from web.verbs.model import Argument, Verb
from web.verbs.performing import perform
from web.verbs.values import read

DONE: Final = schema(done=BOOLEAN)
_FILE: Final = schema(name=TEXT, data={**TEXT, "contentEncoding": "base64"})
_NUMBER: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": staff.MAX_NUMBER}
_DAY: Final[Schema] = {"type": "string", "format": "date"}


def taken(one: Argument) -> Schema:
    """The schema of one argument."""
    if one.kind == "choice":
        return choice(*one.choices)
    return {"day": _DAY, "number": _NUMBER, "yes": BOOLEAN, "file": _FILE}.get(
        one.kind, {**TEXT, "maxLength": one.limit}
    )


def body(verb: Verb) -> Schema:
    """The schema of the body: what must be given, and what may."""
    must = {one.name: taken(one) for one in verb.arguments if one.required and one.kind != "yes"}
    may = {one.name: taken(one) for one in verb.arguments if one.name not in must}
    return besides(schema(**must), **may)


def query(verb: Verb) -> dict[str, str | Schema]:
    """The parameters of a read."""
    return {
        one.name: {**taken(one), "description": f"{one.kind}{', needed' * one.required}"}
        for one in verb.arguments
    }


def operation(verb: Verb) -> Operation:
    """The operation of a verb."""
    answer = DONE if verb.answer is NoneType else of(verb.answer)
    if verb.reads:
        return reading(verb.path, _get(verb), verb.roles, verb.summary, answer, query=query(verb))
    also = {202: of(Waiting)} if verb.waits else None
    made = acting(
        verb.path,
        _post(verb),
        verb.roles,
        verb.summary,
        answer,
        body(verb),
        status=verb.status,
        also=also,
    )
    return dataclasses.replace(made, max_body=verb.largest)


def _get(verb: Verb) -> Any:
    return lambda request: _answered(request, verb, request.query_params)


def _post(verb: Verb) -> Any:
    return lambda request, given: _answered(request, verb, given)


def _answered(request: Request, verb: Verb, given: Mapping[str, Any]) -> Response:
    account = staff.actor(request).account.id
    done = perform(staff.runtime(request), verb, account, read(verb, given))
    if isinstance(done, Waiting):
        return JsonAnswer(plain(done), status_code=202)
    return JsonAnswer({"done": True} if done is None else plain(done), status_code=verb.status)


operations = [operation(verb) for verb in table.verbs()]
