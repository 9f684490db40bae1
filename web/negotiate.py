"""Which form of an answer the reader wants: a page, JSON, CSV, or a problem document (RFC 9457)."""

import csv
import dataclasses
import datetime
import enum
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.responses import Response

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def plain(value: object) -> Json:
    """Our types as JSON: records become objects, bytes hex, days ISO; never a float."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {name: plain(item) for name, item in found.items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"{type(value).__name__} is no value of the API")


class JsonAnswer(Response):
    """JSON with Malayalam left readable and a final line feed, so that it can be piped."""

    media_type = "application/json"

    def render(self, content: Json) -> bytes:
        """Encode ``content``; floats are refused, amounts are integer paise."""
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


class ProblemAnswer(JsonAnswer):
    """An error of the API."""

    media_type = "application/problem+json"


def problem(
    status: int,
    detail: str = "",
    *,
    code: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Json,
) -> ProblemAnswer:
    """A problem document: ``type`` is a stable name of the fault, ``detail`` a human sentence."""
    title = HTTPStatus(status).phrase
    kind = code or title.lower().replace(" ", "-")
    body: dict[str, Json] = {
        "type": f"/problems/{kind}",
        "title": title,
        "status": status,
        "detail": detail or title,
    }
    return ProblemAnswer(body | more, status_code=status, headers=dict(headers or {}))


_RISKY = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(
    name: str, head: Sequence[str], rows: Iterable[Sequence[str | int | None]]
) -> Response:
    """A table as a file to keep, in the one form of CSV that we write; an absent cell is empty.

    RFC 4180 with a byte order mark, because spreadsheets otherwise read Malayalam as noise. A text
    that a spreadsheet would run as a formula has an apostrophe before it (OWASP, CSV injection).
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_harmless(cell) for cell in row] for row in (head, *rows))
    return Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _harmless(cell: str | int | None) -> str | int | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell


def wants_json(connection: HTTPConnection) -> bool:
    """True below ``/api``, for whoever sends JSON, and for readers who accept JSON and not HTML."""
    headers = connection.headers
    accept = headers.get("accept", "")
    path: str = connection.scope["path"]
    return (
        path.startswith("/api/")
        or headers.get("content-type", "").startswith("application/json")
        or ("json" in accept and "text/html" not in accept)
    )


def is_asked_by_a_page(connection: HTTPConnection) -> bool:
    """True for what an open page asks by itself: a stream of events, or a part for htmx.

    A redirect to the log-in page would pass for what it asked.
    """
    headers = connection.headers
    stream = headers.get("accept", "").startswith("text/event-stream")
    return stream or headers.get("HX-Request") == "true"


def is_asked_by_itself(connection: HTTPConnection) -> bool:
    """True for what an open page loads without a click or a key: by a script, a timer or a refresh.

    Browsers send ``Sec-Fetch-User`` with what a person did (W3C Fetch Metadata), over https and on
    the machine itself. Programs send none of these headers and are no page.
    """
    headers = connection.headers
    is_read = connection.scope["method"] == "GET"
    return is_read and "sec-fetch-mode" in headers and headers.get("sec-fetch-user") != "?1"
