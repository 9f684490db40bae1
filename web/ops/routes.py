"""`/metrics` and `/readyz`: counts and reasons, never a person and never a society's name."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboards import watch
from dashboards.metrics import CONTENT_TYPE, registry, render

_NO_STORE = {"Cache-Control": "no-store"}


def metrics(request: Request) -> Response:
    """One scrape, read in one transaction."""
    text = render(registry(request.app.state.rt))
    return Response(text, headers={"Content-Type": CONTENT_TYPE, **_NO_STORE})


def ready(request: Request) -> Response:
    """Whether what is entered is also published and judged: 503 with the reasons if it is not.

    For people and alarms. Nothing may restart or unroute the process on it: pages, ballots and
    receipts work meanwhile (`/healthz` is the life of the process).
    """
    rt = request.app.state.rt
    with rt.db.read() as conn:
        found = watch.stopping(watch.platform(conn, now=rt.clock()))
    reasons = [
        {"code": item.code, "since": item.since, "text": watch.said(item, "en")} for item in found
    ]
    body = {"ready": not reasons, "reasons": reasons}
    return JSONResponse(body, status_code=503 if reasons else 200, headers=_NO_STORE)


routes = [Route("/metrics", metrics), Route("/readyz", ready)]
