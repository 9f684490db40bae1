"""Reads that are open to everybody: societies, statements, logs, receipts."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from trust.books.model import FiledStatement
from trust.formats import b64, receipts, records
from trust.formats.errors import FormatError
from trust.formats.times import format_time
from trust.log import queries as log_queries
from trust.log import tree_queries
from trust.log.errors import UnknownLogError
from trust.log.model import LogInfo
from trust.log.witnesses import witness_status
from trust.people import queries as people
from trust.people.errors import NoSuchSocietyError
from web.api.operations import NUMBER, OBJECT, TEXT, Operation, Schema
from web.errors import LimitError, NoSuchCodeError, ReceiptCodeError
from web.negotiate import Json, JsonAnswer
from web.public import filings
from web.public.society import brief, describe

_LIST: Final[Schema] = {
    "type": "object",
    "required": ["items", "next"],
    "properties": {
        "items": {"type": "array", "items": OBJECT},
        "next": {"type": ["string", "null"], "description": "pass as after= for more"},
    },
}
_PAGING: Final = {"after": "the value of next of the page before", "limit": "1 to 500"}


def limit_of(request: Request, default: int = 100, most: int = 500) -> int:
    """The ``limit`` parameter.

    Raises:
        LimitError: it is not a number from 1 to ``most``.
    """
    text = request.query_params.get("limit", str(default))
    if not text.isdecimal() or len(text) > 3 or not 1 <= int(text) <= most:
        raise LimitError(most=most)
    return int(text)


def listed(items: Sequence[dict[str, Json]], key: str, request: Request) -> JsonAnswer:
    """One page of a list in the order of ``key``, after the cursor."""
    after, limit = request.query_params.get("after", ""), limit_of(request)
    rest = sorted(
        (item for item in items if str(item[key]) > after), key=lambda item: str(item[key])
    )
    following = str(rest[limit - 1][key]) if len(rest) > limit else None
    return JsonAnswer({"items": rest[:limit], "next": following})


def list_societies(request: Request) -> Response:
    """Societies in the order of their slugs."""
    asked = request.query_params
    with request.app.state.rt.db.read() as conn:
        found = people.societies(conn, asked.get("text", ""), asked.get("district") or None)
    return listed([brief(profile) for profile in found], "slug", request)


def one_society(request: Request) -> Response:
    """One society."""
    rt = request.app.state.rt
    with rt.db.read() as conn:
        profile = people.need_society(conn, request.path_params["slug"])
        return JsonAnswer(describe(conn, profile, rt.clock()))


def list_statements(request: Request) -> Response:
    """Every filing of a society, replaced ones included."""
    slug = request.path_params["slug"]
    with request.app.state.rt.db.read() as conn:
        if people.society(conn, slug) is None:
            raise NoSuchSocietyError(slug=slug)
        found = filings.read(conn, slug)
    items = [_statement(filed) | filings.as_json(found, filed) for filed in found.all]
    return listed(items, "id", request)


def _statement(filed: FiledStatement) -> dict[str, Json]:
    return {
        "id": f"{filed.book_year}/{filed.at.time:012d}/{filed.sha256[:8]}",
        "book_year": filed.book_year,
        "sha256": filed.sha256,
        "origin": filed.at.origin,
        "index": filed.at.index,
        "sealed_at": format_time(filed.at.time),
        "document": f"/l/{filed.at.origin}/doc/{filed.sha256}",
    }


def list_logs(request: Request) -> Response:
    """Every log of this State, in the order of their origins."""
    with request.app.state.rt.db.read() as conn:
        found = log_queries.logs(conn, request.query_params.get("kind") or None)
    return listed([_log(info) for info in found], "origin", request)


def _log(info: LogInfo) -> dict[str, Json]:
    return {
        "origin": info.origin,
        "kind": info.kind,
        "vkey": info.vkey,
        "sequenced": info.next_index,
        "integrated": info.size,
        "prefix": f"/l/{info.origin}/",
    }


def one_log(request: Request) -> Response:
    """One log with its newest heads."""
    origin = request.path_params["origin"]
    with request.app.state.rt.db.read() as conn:
        if not log_queries.exists(conn, origin):
            raise UnknownLogError(origin=origin)
        info = log_queries.info(conn, origin)
        head = log_queries.head(conn, origin)
        published = witness_status.published(conn, origin)
    return JsonAnswer(
        _log(info)
        | {
            "head": head.note.decode() if head else None,
            "published_size": published.size if published else 0,
        }
    )


def one_receipt(request: Request) -> Response:
    """Where the entry of a receipt code stands, and in which of the three states."""
    with request.app.state.rt.db.read() as conn:
        try:
            found = tree_queries.find_leaf(
                conn, receipts.parse_code(request.path_params["code"]), limit=2
            )
        except FormatError:
            raise ReceiptCodeError from None
        if len(found) != 1:
            raise NoSuchCodeError
        entry = found[0]
        head = log_queries.head(conn, entry.origin)
        published = witness_status.published(conn, entry.origin, entry.index)
    state = "sequenced"
    if head is not None and entry.index < head.size:
        state = "integrated"
    if published is not None:
        state = "published"
    code = receipts.code(entry.leaf)
    public = records.is_public(entry.kind)
    return JsonAnswer(
        {
            "code": code,
            "origin": entry.origin,
            "index": entry.index,
            "kind": entry.kind,
            "time": format_time(entry.time),
            "leaf": b64.encode(entry.leaf),
            "entry": entry.entry.decode(),
            "state": state,
            "proof": f"/r/{code}.sakshi-proof" if public and state == "published" else None,
        }
    )


operations: list[Operation] = [
    Operation(
        "GET", "/societies", list_societies, "Societies by slug.", _LIST,
        query={"text": "part of a name in either script, number or place",
               "district": "a district", **_PAGING}, faults=(400,),
    ),
    Operation("GET", "/societies/{slug}", one_society, "One society.", OBJECT),
    Operation(
        "GET", "/societies/{slug}/statements", list_statements,
        "Filed balance sheets of a society, replaced ones included.", _LIST,
        query=_PAGING, faults=(400, 404),
    ),
    Operation(
        "GET", "/logs", list_logs, "Every log of this State.", _LIST,
        query={"kind": "coop, meeting, election, oversight or state", **_PAGING}, faults=(400,),
    ),
    Operation("GET", "/logs/{origin:path}", one_log, "One log with its newest head.", OBJECT),
    Operation(
        "GET", "/receipts/{code}", one_receipt,
        "Where the entry of a receipt code stands: sequenced, integrated or published.",
        {"type": "object", "properties": {"origin": TEXT, "index": NUMBER, "state": TEXT}},
        faults=(400, 404),
    ),
]  # fmt: skip
