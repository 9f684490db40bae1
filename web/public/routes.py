"""Routes of the public face."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from trust.formats import logkinds
from web.public import balance, clock, find, logs, meeting, receipts, society, styleguide
from web.render import page


def verify(request: Request) -> Response:
    """Check a proof file in the browser, or without this site."""
    return page(request, "public/verify.html")


def health(request: Request) -> Response:
    """Whether the server answers and its database can be read."""
    with request.app.state.rt.db.read() as conn:
        conn.exec_driver_sql("SELECT 1")
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


routes: list[BaseRoute] = [
    Route("/", find.home),
    Route("/r", find.lookup),
    Route("/r/{code}.sakshi-proof", receipts.proof_file),
    Route("/r/{code}.svg", receipts.qr),
    Route("/r/{code}", receipts.receipt),
    Route("/clock", clock.clock),
    Route("/clock.json", clock.clock_json),
    Route("/clock.csv", clock.clock_csv),
    Route("/clock/{application}.json", clock.application_json),
    Route("/clock/{application}", clock.application),
    Route("/s/{slug}.json", society.society_json),
    Route("/s/{slug}", society.society),
    Route("/s/{slug}/meetings/{id}.json", meeting.meeting_json),
    Route("/s/{slug}/meetings/{id}", meeting.meeting),
    Route("/s/{slug}/bye-laws", clock.bylaws),
    Route("/s/{slug}/bye-laws.json", clock.bylaws_json),
    Route("/s/{slug}/bye-laws/{version:int}.txt", clock.bylaws_text),
    Route("/s/{slug}/bye-laws/{version:int}", clock.bylaws),
    Route("/s/{slug}/{book_year}.json", balance.balance_sheet_json),
    Route("/s/{slug}/{book_year}.csv", balance.balance_sheet_csv),
    Route("/s/{slug}/{book_year}/check", balance.check),
    Route("/s/{slug}/{book_year}/filings/{sha256}.json", balance.balance_sheet_json),
    Route("/s/{slug}/{book_year}/filings/{sha256}.csv", balance.balance_sheet_csv),
    Route("/s/{slug}/{book_year}/filings/{sha256}/check", balance.check),
    Route("/s/{slug}/{book_year}/filings/{sha256}", balance.balance_sheet),
    Route("/s/{slug}/{book_year}", balance.balance_sheet),
    Route("/verify", verify),
    Route("/policy", logs.policy),
    Route("/policy-current", logs.policy_current),
    Route("/styleguide", styleguide.styleguide),
    Route("/healthz", health),
    Route("/l/{rest:path}", logs.log_file),
    *(Route(f"/{kind}/{{rest:path}}", logs.log_file_at_host) for kind in logkinds.KINDS),
]
