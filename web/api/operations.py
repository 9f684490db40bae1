"""What an operation of the API is, and the OpenAPI 3.1 document made from the table of them.

A module of this folder that exports ``operations`` takes part. The document is built from the
same objects as the routes, so that it cannot say what the server does not do.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web.errors import WebError
from web.exchange import BodyLimit
from web.negotiate import Json, JsonAnswer
from web.security import View, call

PREFIX: Final = "/api/v1"
VERSION: Final = "0.1.0"
_PARAMETER: Final = re.compile(r"\{(\w+)(?::\w+)?\}")

Schema = Mapping[str, Json]
TEXT: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "integer"}
OBJECT: Final[Schema] = {"type": "object"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb at one path.

    Attributes:
        method: HTTP method.
        path: below ``/api/v1``, in the router's notation.
        view: answers it; a plain function runs in the thread pool.
        summary: one sentence, for people.
        answer: JSON schema of the successful answer.
        query: query parameters and what each means.
        body: JSON schema of the request body, if it takes one.
        status: status of success.
        faults: statuses of refusal, beside 429.
        role: who may call it; empty for everybody.
        max_body: bytes of the largest body, where it is not the application's limit.
        too_large: the refusal of a larger body, if it has more to say than 413.
    """

    method: str
    path: str
    view: View
    summary: str
    answer: Schema
    query: Mapping[str, str] = field(default_factory=dict)
    body: Schema | None = None
    status: int = 200
    faults: Sequence[int] = (404,)
    role: str = ""
    max_body: int | None = None
    too_large: Callable[[], WebError] | None = None

    def route(self) -> Route:
        """The route that serves it."""
        limit = self.max_body
        return Route(
            PREFIX + self.path,
            _answering(self),
            methods=[self.method],
            name=self.name,
            middleware=[Middleware(BodyLimit, limit, self.too_large)] if limit else None,
        )

    @property
    def name(self) -> str:
        """Stable name: method and path words."""
        words = re.findall(r"\w+", _PARAMETER.sub(r"by \1", self.path))
        return "_".join([self.method.lower(), *words])


def _answering(operation: Operation) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        response = await call(operation.view, request)
        if operation.method == "GET" and response.status_code == 200 and not operation.role:
            return _tagged(request, response)
        return response

    return answer


def _tagged(request: Request, response: Response) -> Response:
    """Give a public answer an ETag, and 304 to whoever has it already."""
    tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:24]}"'
    known = [
        part.strip().removeprefix("W/")
        for part in request.headers.get("if-none-match", "").split(",")
    ]
    response.headers["ETag"] = tag
    response.headers["Access-Control-Allow-Origin"] = "*"
    if tag in known:
        return Response(status_code=304, headers={"ETag": tag})
    return response


# --- the document ------------------------------------------------------------------------------


def document(operations: Sequence[Operation], server: str) -> dict[str, Any]:
    """The OpenAPI document of these operations."""
    paths: dict[str, Any] = {}
    for operation in operations:
        path = _PARAMETER.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sakshi",
            "version": VERSION,
            "summary": "Books, votes and oversight of co-operative societies, checkable by anyone",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server + PREFIX}],
        "paths": paths,
        "components": {"schemas": {"Problem": _PROBLEM}},
    }


_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "/problems/ and the stable slug of the fault"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {
            "type": "string",
            "description": "what is wrong and what to do, in the language of lang= (ml, en) or of "
            "the cookie; Malayalam without either",
        },
    },
}


def _described(operation: Operation) -> dict[str, Any]:
    faults = sorted({*operation.faults, 429})
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": {
            str(operation.status): {
                "description": "done",
                "content": {"application/json": {"schema": dict(operation.answer)}},
            }
        }
        | {str(status): _refusal(status) for status in faults},
    }
    if operation.role:
        found["description"] = f"For the role {operation.role}."
    if operation.body is not None:
        content = {"application/json": {"schema": dict(operation.body)}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "refused" if status != 429 else "too often; see Retry-After",
        "content": {"application/problem+json": {"schema": schema}},
    }


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": dict(TEXT)}
        for name in _PARAMETER.findall(operation.path)
    ]
    in_query = [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": meaning,
            "schema": dict(NUMBER if name == "limit" else TEXT),
        }
        for name, meaning in operation.query.items()
    ]
    return in_path + in_query


def openapi_view(operations: Sequence[Operation]) -> View:
    """The view that serves the document."""

    def openapi(request: Request) -> Response:
        # Without a public address the paths are relative to where the document was fetched.
        server = request.app.state.rt.settings.public_url
        answer = JsonAnswer(json.loads(json.dumps(document(operations, server))))
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    return openapi
