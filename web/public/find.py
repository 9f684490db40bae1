"""The first page: find my society, and the box for a receipt code."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.formats import receipts
from trust.formats.errors import FormatError
from trust.people import finding
from web import choices
from web.render import page

SHOWN: Final = 60


def home(request: Request) -> Response:
    """Search by name in either script, number or place; by district and by kind of society."""
    asked = request.query_params
    text = asked.get("q", "").strip()[:100]
    district = choices.chosen(asked, "district", choices.DISTRICTS)
    sectors = choices.sectors()
    sector = choices.chosen(asked, "sector", sectors)
    number = choices.page_number(asked)
    with request.app.state.rt.db.read() as conn:
        found = finding.search(
            conn, text, district=district, sector=sector, limit=SHOWN, offset=(number - 1) * SHOWN
        )
    return page(
        request,
        "public/find.html",
        found=found.societies,
        count=found.count,
        last=-(-found.count // SHOWN),
        number=number,
        q=text,
        district=district,
        sector=sector,
        districts=choices.DISTRICTS,
        sectors=sectors,
        searched=bool(text or district or sector),
        fault=asked.get("fault") == "code",
    )


def lookup(request: Request) -> Response:
    """The receipt box: to the page of a well-formed code, or back with a word of help."""
    try:
        prefix = receipts.parse_code(request.query_params["code"])
    except (FormatError, KeyError):
        return RedirectResponse("/?fault=code#receipt", status_code=303)
    code = receipts.grouped(receipts.encode32(prefix))
    return RedirectResponse(f"/r/{code}", status_code=303)
