"""`/metrics`: counts of the desk, never a person and never a society's name."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.metrics import CONTENT_TYPE, registry, render


def metrics(request: Request) -> Response:
    """One scrape, read in one transaction."""
    text = render(registry(request.app.state.rt))
    return Response(text, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})


routes = [Route("/metrics", metrics)]
