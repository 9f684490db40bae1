"""A receipt: from its code to the entry, the proof file and the QR code.

A code is shown as a receipt only when its entry is *published*: under a head that the State's log
holds. Before that the page says pending, with 202. A code that is not found may be of an entry that
was lost and given up in public: the page names those places. What a private entry says is never
shown here; its proof file needs the owner (``/member``), so the public file exists for public kinds
only.
"""

import io
import json
from dataclasses import dataclass

import segno
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.formats import receipts, records
from trust.formats.errors import FormatError
from trust.formats.proofs import format_proof
from trust.log import proofs, tree_queries
from trust.log.givenup import GivenUp, Register
from trust.log.model import StoredEntry
from trust.log.witnesses import witness_status
from web.render import page


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with what the public may know of it."""

    entry: StoredEntry
    code: str
    published: bool
    public: bool
    text: str | None


def _find(conn: Connection, code: str) -> Found | None:
    """The one entry of a code; ``None`` if there is none.

    Raises:
        FormatError: this is no code.
    """
    prefix = receipts.parse_code(code)
    rows = tree_queries.find_leaf(conn, prefix, limit=2)
    if len(rows) != 1:
        # Two entries with the same 80 bits do not happen by chance: better to show neither.
        return None
    entry = rows[0]
    public = records.is_public(entry.kind)
    return Found(
        entry=entry,
        code=receipts.code(entry.leaf),
        published=witness_status.published(conn, entry.origin, entry.index) is not None,
        public=public,
        text=_shown(conn, entry) if public else None,
    )


def _shown(conn: Connection, entry: StoredEntry) -> str:
    document = proofs.public_document(conn, entry.origin, entry.entry)
    return json.dumps(json.loads(document), ensure_ascii=False, indent=1)


def receipt(request: Request) -> Response:
    """The page of a code: found and published, pending, or not found."""
    code = request.path_params["code"]
    with request.app.state.rt.db.read() as conn:
        try:
            found = _find(conn, code)
        except FormatError as error:
            return page(request, "public/receipt.html", status=404, found=None, fault=str(error))
        lost = [] if found else _lost(request, conn)
    if found is None:
        return page(request, "public/receipt.html", status=404, found=None, fault="", lost=lost)
    status = 200 if found.published else 202
    return page(request, "public/receipt.html", status=status, found=found, fault="")


def _lost(request: Request, conn: Connection) -> list[GivenUp]:
    """Where an entry may have been whose receipt is right and which nobody holds any more."""
    register: Register = request.app.state.given_up
    return [one for one in register.read(conn) if one.lost and "/state/" not in one.origin]


def proof_file(request: Request) -> Response:
    """The Sakshi proof of a published entry of a public kind."""
    with request.app.state.rt.db.read() as conn:
        try:
            found = _find(conn, request.path_params["code"])
        except FormatError:
            raise HTTPException(404) from None
        if found is None or not found.public:
            raise HTTPException(404)
        data = format_proof(proofs.sakshi_proof(conn, found.entry.origin, found.entry.index))
    return Response(
        data,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{found.code}.sakshi-proof"'},
    )


def qr(request: Request) -> Response:
    """The QR code of a receipt: its address here and, after ``#``, the whole leaf hash."""
    with request.app.state.rt.db.read() as conn:
        try:
            found = _find(conn, request.path_params["code"])
        except FormatError:
            raise HTTPException(404) from None
    if found is None or not found.published:
        raise HTTPException(404)
    rt = request.app.state.rt
    base = rt.settings.public_url or str(request.base_url).rstrip("/")
    address = f"{base}/r/{found.code}#{found.entry.leaf.hex()}"
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", scale=4, border=2)
    # Without a configured address the link is the one this visitor used: it is nobody else's.
    keep = {"Cache-Control": "public, max-age=3600" if rt.settings.public_url else "no-store"}
    return Response(out.getvalue(), media_type="image/svg+xml", headers=keep)
