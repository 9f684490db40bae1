"""`/metrics`: counts of the desk, never a person and never a society's name."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards import metrics


def metrics(request: Request) -> Response:
    """One scrape, read in one transaction."""
    text = metrics.render(metrics.registry(request.app.state.rt))
    return Response(text, headers={"Content-Type": metrics.CONTENT_TYPE, "Cache-Control": "no-store"})


routes = [Route("/metrics", metrics)]
