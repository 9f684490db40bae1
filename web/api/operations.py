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

from web.api.schemas import ROW, TEXT, Schema
from web.errors import WebError
from web.exchange import BodyLimit
from web.negotiate import JsonAnswer
from web.security import View, call

PREFIX: Final = "/api/v1"
VERSION: Final = "0.1.0"
JSON: Final = "application/json"
_PARAMETER: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
_ALWAYS: Final = (400, 429, 503)
_WITH_BODY: Final = (408, 413, 415, 422)
_SIGNED_IN: Final = (401, 403)
_SAID: Final = {
    202: "taken, and not done or not published yet",
    304: "not changed since the answer whose ETag was sent",
    429: "too often; see Retry-After",
    503: "not now: the database, the disk or the signer does not answer; see Retry-After",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb at one path.

    Attributes:
        method: HTTP method.
        path: below ``/api/v1``, in the router's notation.
        view: answers it; a plain function runs in the thread pool.
        summary: one sentence, for people.
        answer: JSON schema of the successful answer.
        also: further statuses of success, and the schema of each.
        media: media type of the successful answer.
        query: query parameters and what each means.
        body: JSON schema of the request body, if it takes one.
        takes: media type of the request body.
        status: status of success.
        faults: statuses of refusal, beside those that follow from its other attributes.
        role: who may call it; empty for everybody.
        max_body: bytes of the largest body, where it is not the application's limit.
        too_large: the refusal of a larger body, if it has more to say than 413.
    """

    method: str
    path: str
    view: View
    summary: str
    answer: Schema
    also: Mapping[int, Schema] = field(default_factory=dict)
    media: str = JSON
    query: Mapping[str, str | Schema] = field(default_factory=dict)
    body: Schema | None = None
    takes: str = JSON
    status: int = 200
    faults: Sequence[int] = ()
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
    def acts(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"

    @property
    def open_read(self) -> bool:
        """Whether everybody may read it; such an answer has an ETag."""
        return not self.acts and not self.role

    @property
    def name(self) -> str:
        """Stable name: method and path words."""
        words = re.findall(r"\w+", _PARAMETER.sub(r"by \1", self.path))
        return "_".join([self.method.lower(), *words])


def _answering(operation: Operation) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        response = await call(operation.view, request)
        if operation.open_read and response.status_code == 200:
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
        "components": {"schemas": {"Problem": _PROBLEM}, "securitySchemes": _SECURITY},
    }


_SECURITY: Final = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "session",
        "description": "the cookie that signing in sets",
    },
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "`csrf` of the answer to signing in; with all that changes something",
    },
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
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _done(operation) | {str(code): _refusal(code) for code in _faults(operation)},
    }
    if operation.role:
        found["description"] = f"For the role {operation.role}."
        found["security"] = [{"session": [], "token": []} if operation.acts else {"session": []}]
    if operation.body is not None:
        content = {operation.takes: {"schema": dict(operation.body)}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _done(operation: Operation) -> dict[str, Any]:
    """The answers of success, by status."""
    schemas = {operation.status: operation.answer, **operation.also}
    found: dict[str, Any] = {
        str(status): {
            "description": _SAID.get(status, "done"),
            "content": {operation.media: {"schema": dict(answer)}},
        }
        for status, answer in schemas.items()
    }
    if operation.open_read:
        found["304"] = {"description": _SAID[304]}
    return found


def _faults(operation: Operation) -> list[int]:
    """The statuses of refusal."""
    signed_in = _SIGNED_IN if operation.role else ()
    with_body = _WITH_BODY if operation.body is not None else ()
    in_query = (422,) if operation.query else ()
    in_path = (404,) if _PARAMETER.search(operation.path) else ()
    return sorted({*operation.faults, *_ALWAYS, *signed_in, *with_body, *in_query, *in_path})


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": _SAID.get(status, "refused"),
        "content": {"application/problem+json": {"schema": schema}},
    }


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": dict(ROW if kind == "int" else TEXT),
        }
        for name, kind in _PARAMETER.findall(operation.path)
    ]
    in_query = [_asked(name, meaning) for name, meaning in operation.query.items()]
    return in_path + in_query


def _asked(name: str, meaning: str | Schema) -> dict[str, Any]:
    """A parameter of the query: what it means, or a schema with its description."""
    told = {**TEXT, "description": meaning} if isinstance(meaning, str) else dict(meaning)
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": told.pop("description"),
        "schema": told,
    }


def openapi_view(operations: Sequence[Operation]) -> View:
    """The view that serves the document."""

    def openapi(request: Request) -> Response:
        # Without a public address the paths are relative to where the document was fetched.
        server = request.app.state.rt.settings.public_url
        answer = JsonAnswer(json.loads(json.dumps(document(operations, server))))
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    return openapi
