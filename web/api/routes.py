"""Routes of the API: the operations of every module of this folder, and their OpenAPI document."""

import importlib
import pkgutil

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

import web.api
from web.api.operations import PREFIX, Operation, openapi_view
from web.errors import NoOperationError


def collect() -> list[Operation]:
    """The operations of all modules here that export some, in the order of module names."""
    found: list[Operation] = []
    for module in sorted(pkgutil.iter_modules(web.api.__path__), key=lambda item: item.name):
        if module.name != "routes":
            part = importlib.import_module(f"web.api.{module.name}")
            found += getattr(part, "operations", [])
    return found


def nothing(_request: Request) -> Response:
    """Anything else below ``/api``."""
    raise NoOperationError


_all = collect()
routes: list[BaseRoute] = [
    Route(f"{PREFIX}/openapi.json", openapi_view(_all), name="openapi"),
    *(operation.route() for operation in _all),
    Route("/api/{rest:path}", nothing),
]
