"""The logs over HTTP, as C2SP tlog-tiles says: checkpoint, tiles, entry bundles; and documents.

A log is served below ``/l/<origin>/``, whatever address the server listens on, and below
``/<origin path>/`` where the request's Host is the origin's own host label. Anything below a
prefix but the four kinds of file is 404, as is a tile wider than the integrated tree: an empty or
guessed tile must never be served.
"""

import re
from typing import Final

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from trust.formats.errors import FormatError, SakshiError
from trust.formats.headrequest import format_request
from trust.formats.origins import parse_origin
from trust.formats.tilepaths import TileRef, parse_path
from trust.log import queries as log_queries
from trust.log import timestamping, tree_queries
from trust.log.keys import mldsa_signatures, society_keys
from trust.log.proofs import policy_text
from trust.log.upkeep.served import FRESH, IMMUTABLE
from trust.log.witnesses import witness_status
from web.errors import AllSignedError, HeadSizeError, NotOpenedError

_SPLIT: Final = re.compile(
    r"(?P<origin>.+?)/(?P<file>checkpoint|to-sign|tile/.+|doc/[0-9a-f]{64}"
    r"|tsa/index|tsa/[0-9]{1,18}\.(?:tsr|note))",
    re.ASCII,
)
_OPEN: Final = {"Access-Control-Allow-Origin": "*"}


def log_file(request: Request) -> Response:
    """One file of a log below ``/l/``."""
    return _answer(request, request.path_params["rest"])


def log_file_at_host(request: Request) -> Response:
    """One file of a log below its own name, where that is the name the request came to."""
    host = request.headers.get("host", "").partition(":")[0].lower()
    if host != request.app.state.rt.host:
        raise HTTPException(404)
    return _answer(request, host + request.url.path)


def _answer(request: Request, rest: str) -> Response:
    found = _SPLIT.fullmatch(rest)
    if not found:
        raise HTTPException(404)
    origin, file = found["origin"], found["file"]
    try:
        parse_origin(origin)
    except FormatError:
        raise HTTPException(404) from None
    with request.app.state.rt.db.read() as conn:
        if not log_queries.exists(conn, origin):
            raise HTTPException(404)
        if file == "checkpoint":
            return _checkpoint(conn, origin, grease=request.app.state.rt.settings.grease)
        if file == "to-sign":
            return _to_sign(conn, origin, request.query_params.get("from"))
        if file.startswith("doc/"):
            return _document(conn, origin, file[4:])
        if file.startswith("tsa/"):
            return _stamp(conn, origin, file[4:])
        return _tile(conn, origin, file)


def _stamp(conn: Connection, origin: str, name: str) -> Response:
    """The sizes that were time-stamped, what was stamped, and what the authority answered."""
    if name == "index":
        listed = "".join(f"{size}\n" for size in timestamping.sizes(conn, origin))
        return PlainTextResponse(listed, headers=_OPEN | {"Cache-Control": FRESH})
    size, _, kind = name.partition(".")
    response = timestamping.response_of(conn, origin, int(size))
    note = timestamping.note_of(conn, origin, int(size))
    if response is None or note is None:
        raise HTTPException(404)
    headers = _OPEN | {"Cache-Control": IMMUTABLE}
    if kind == "note":
        return PlainTextResponse(note, headers=headers)
    return Response(response, media_type="application/timestamp-reply", headers=headers)


def _checkpoint(conn: Connection, origin: str, *, grease: bool) -> Response:
    """The newest released head; of the state log the newest published, with its cosignatures."""
    note = witness_status.checkpoint(conn, origin)
    if note is None:
        raise HTTPException(404)
    if grease:
        note = mldsa_signatures.grease(note)
    return PlainTextResponse(note, headers=_OPEN | {"Cache-Control": FRESH})


def _to_sign(conn: Connection, origin: str, old: str | None) -> Response:
    """The next head of a log whose key its society holds; 404 when everything is signed.

    `from` is the size that the society's tool signed last, if the server should not know it.
    """
    if old is not None and not (old.isdecimal() and old.isascii() and len(old) < 16):
        raise HeadSizeError
    try:
        found = society_keys.prepare(conn, origin, None if old is None else int(old))
    except SakshiError as error:
        raise HTTPException(404, str(error)) from None
    if found is None:
        raise AllSignedError
    headers = _OPEN | {"Cache-Control": "no-store"}
    return Response(format_request(found), media_type="application/json", headers=headers)


def _document(conn: Connection, origin: str, digest: str) -> Response:
    """A public document by its hash."""
    document = log_queries.document(conn, digest, origin)
    if document is None:
        raise HTTPException(404)
    headers = _OPEN | {"Cache-Control": IMMUTABLE}
    return Response(document, media_type="application/json", headers=headers)


def _tile(conn: Connection, origin: str, path: str) -> Response:
    """A tile or bundle at exactly the width asked for."""
    try:
        ref = parse_path(path)
    except FormatError:
        raise HTTPException(404) from None
    read = tree_queries.read_tile if isinstance(ref, TileRef) else tree_queries.read_bundle
    data = read(conn, origin, ref)  # type: ignore[arg-type]
    if data is None:
        raise HTTPException(404)
    headers = _OPEN | {"Cache-Control": IMMUTABLE}
    return Response(data, media_type="application/octet-stream", headers=headers)


def policy(request: Request) -> Response:
    """The policy that pins this State's logs of logs."""
    return _policy(request, current=False)


def policy_current(request: Request) -> Response:
    """The policy that pins the log of logs in use, for clients that want every line to sign."""
    return _policy(request, current=True)


def _policy(request: Request, *, current: bool) -> Response:
    with request.app.state.rt.db.read() as conn:
        try:
            text = policy_text(conn, current=current)
        except SakshiError:
            raise NotOpenedError from None
    return PlainTextResponse(text, headers=_OPEN | {"Cache-Control": FRESH})
