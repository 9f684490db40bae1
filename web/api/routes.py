"""Routes of the API: the operations of every module of this folder, and their OpenAPI document."""

import importlib
import pkgutil
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

import web.api
from web.api.operations import PREFIX, Operation, openapi_view
from web.errors import NoOperationError

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What is answered below `/api`, if only to say that there is no such operation."""


def collect() -> list[Operation]:
    """The operations of all modules here that export some, in the order of module names."""
    found: list[Operation] = []
    for module in sorted(pkgutil.iter_modules(web.api.__path__), key=lambda item: item.name):
        if module.name != "routes":
            part = importlib.import_module(f"web.api.{module.name}")
            found += getattr(part, "operations", [])
    return found


def nothing(request: Request) -> Response:
    """Anything else below ``/api``: 405 where another method has an operation, else 404."""
    there = [route for route in _served if route.matches(request.scope)[0] is not Match.NONE]
    if there:
        allowed = sorted({method for route in there for method in route.methods or ()})
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
    raise NoOperationError


_all = collect()
_served: list[Route] = [
    Route(f"{PREFIX}/openapi.json", openapi_view(_all), name="openapi"),
    *(operation.route() for operation in _all),
]
routes: list[BaseRoute] = [*_served, Route("/api/{rest:path}", nothing, methods=METHODS)]
