"""Reads that are open to everybody: societies, statements, logs, receipts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from trust.books.model import FiledStatement
from trust.formats import b64, receipts, records
from trust.formats.errors import FormatError
from trust.formats.logkinds import KINDS
from trust.formats.times import format_time
from trust.log import queries as log_queries
from trust.log import tree_queries
from trust.log.errors import UnknownLogError
from trust.log.model import LogInfo
from trust.log.witnesses import witness_status
from trust.people import finding
from trust.people import queries as people
from trust.people.errors import NoSuchSocietyError
from web import choices
from web.api.operations import Operation
from web.api.schemas import BOOLEAN, NUMBER, OBJECT, TEXT, Schema, items, nullable, of, schema
from web.errors import LimitError, NoSuchCodeError, ReceiptCodeError
from web.negotiate import Json, JsonAnswer
from web.public import filings
from web.public.society import brief, describe

MOST_TEXT: Final = 100
"""Characters of a search that are looked at."""
ALL: Final = 1_000_000
MOST: Final = 500
"""The longest page of a list."""
_PAGING: Final[Mapping[str, str | Schema]] = {
    "after": "the value of next of the page before",
    "limit": {
        "type": "integer", "minimum": 1, "maximum": MOST, "description": f"1 to {MOST}; else 100",
    },
}  # fmt: skip


def limit_of(request: Request, default: int = 100, most: int = MOST) -> int:
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
    """Societies in the order of their slugs, those that fit a text in any spelling."""
    asked = request.query_params
    district = choices.chosen(asked, "district", choices.DISTRICTS)
    with request.app.state.rt.db.read() as conn:
        wanted = asked.get("text", "")[:MOST_TEXT]
        found = finding.search(conn, wanted, district=district, limit=ALL).societies
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
    kind = choices.chosen(request.query_params, "kind", KINDS)
    with request.app.state.rt.db.read() as conn:
        found = log_queries.logs(conn, kind or None)
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


def _list(item: Schema) -> Schema:
    following = {**nullable(TEXT), "description": "pass as after= for more"}
    return schema(items=items(item), next=following)


_BRIEF: Final = schema(
    **dict.fromkeys(
        ("slug", "registration_number", "name_en", "name_ml", "district", "taluk", "sector",
         "class"),
        TEXT,
    ),
    registered_on=of(date),
)  # fmt: skip
_SHEET: Final = {
    "in_force": BOOLEAN,
    "published": BOOLEAN,
    "colour": TEXT,
    "compared": BOOLEAN,
    "replaced_by": nullable(TEXT),
    "replaces": nullable(TEXT),
    "findings": items(schema(code=TEXT, colour=TEXT, text_en=TEXT, text_ml=TEXT, figures=OBJECT)),
}
_FILING: Final = schema(
    id=TEXT, book_year=TEXT, sha256=TEXT, origin=TEXT, index=NUMBER, sealed_at=TEXT, document=TEXT,
    **_SHEET,
)  # fmt: skip
_SOCIETY: Final = {
    "allOf": [
        dict(_BRIEF),
        dict(schema(
            book=nullable(TEXT),
            members=NUMBER,
            statements=items(schema(
                book_year=TEXT, sha256=TEXT, origin=TEXT, index=NUMBER, sealed_at=NUMBER, **_SHEET,
            )),
            meetings=items(schema(
                id=TEXT, origin=TEXT, title_en=TEXT, title_ml=TEXT, held_on=of(date), state=TEXT,
            )),
        )),
    ]
}  # fmt: skip
_LOG: Final = {
    "origin": TEXT, "kind": TEXT, "vkey": nullable(TEXT), "sequenced": NUMBER, "integrated": NUMBER,
    "prefix": TEXT,
}  # fmt: skip
_RECEIPT: Final = schema(
    code=TEXT, origin=TEXT, index=NUMBER, kind=TEXT, time=TEXT, leaf=TEXT, entry=TEXT, state=TEXT,
    proof=nullable(TEXT),
)  # fmt: skip
operations: list[Operation] = [
    Operation(
        "GET", "/societies", list_societies, "Societies by slug.", _list(_BRIEF),
        query={"text": "part of a name in either script, number or place",
               "district": "a district", **_PAGING}, faults=(422,),
    ),
    Operation("GET", "/societies/{slug}", one_society, "One society.", _SOCIETY),
    Operation(
        "GET", "/societies/{slug}/statements", list_statements,
        "Filed balance sheets of a society, replaced ones included.", _list(_FILING),
        query=_PAGING,
    ),
    Operation(
        "GET", "/logs", list_logs, "Every log of this State.", _list(schema(**_LOG)),
        query={"kind": "coop, meeting, election, oversight or state", **_PAGING}, faults=(422,),
    ),
    Operation(
        "GET", "/logs/{origin:path}", one_log, "One log with its newest head.",
        schema(**_LOG, head=nullable(TEXT), published_size=NUMBER),
    ),
    Operation(
        "GET", "/receipts/{code}", one_receipt,
        "Where the entry of a receipt code stands: sequenced, integrated or published.", _RECEIPT,
    ),
]  # fmt: skip
