"""Ending an import as void, unless something rests on it: a filed sheet, or a later import.

None of its entries counts any more; they stay in the log, and the void is a public entry with the
reason. What rests on the import keeps its ground: a filed year is corrected by vouchers that name
what they correct, and imports are declared void from the newest back.
"""

from typing import Any, cast

from sqlalchemy import Connection, Row, and_, func, or_, select

from trust.books import posting, queries
from trust.books.errors import (
    ImportFiledError,
    ImportNeededError,
    UnknownImportError,
    VoidReasonError,
    VoidReasonPersonalError,
)
from trust.books.model import ImportReport
from trust.books.parts import SOURCE
from trust.books.pure.closings import COMPUTED
from trust.books.pure.pii import count_identifiers
from trust.books.tables import book_import, book_voucher
from trust.formats.canon import normalise_text
from trust.log import lineage
from trust.log.runtime import Runtime

LONGEST = 400
"""Characters of a reason, as the record allows."""


def void_import(
    rt: Runtime, import_id: str, *, reason: str = "", actor: str = "", society: str | None = None
) -> ImportReport:
    """End an import as void; again changes nothing. One that is still open stops.

    Args:
        reason: sealed and public; needed unless the import is open and never counted.
        actor: who does it, kept beside the entry.
        society: whose import it must be, if not anybody's.

    Raises:
        UnknownImportError: there is none of that id.
        ImportFiledError: a filed sheet rests on it; correct by new vouchers instead.
        ImportNeededError: a later import rests on it; that one goes first.
        VoidReasonError, VoidReasonPersonalError: the reason is missing, too long, or not for all.
    """
    with rt.db.write() as conn:
        row = posting.locked_row(conn, import_id)
        if row is None or society not in (None, row.society):
            raise UnknownImportError(number=import_id)
        if row.state != "void":
            _check_free(conn, row)
        said = _reason(row, reason)
        return posting.close(conn, row, "void", now=rt.clock(), reason=said, actor=actor)


def _reason(row: Row[Any], reason: str) -> str | None:
    said = normalise_text(reason).strip()
    if len(said) > LONGEST or (not said and row.state in ("posted", "lost")):
        raise VoidReasonError(most=LONGEST)
    if count_identifiers([said]):
        raise VoidReasonPersonalError
    return said or None


def _check_free(conn: Connection, row: Row[Any]) -> None:
    if row.closed_at is None:
        return  # it never counted, so nothing can rest on it
    earliest = select(func.min(book_voucher.c.book_year))
    first = conn.execute(earliest.where(book_voucher.c.import_id == row.id)).scalar()
    if first is None and row.state != "lost":
        return  # registers: no figure rests on them
    filed = _resting(conn, row, first or row.book_year)
    if filed is not None:
        raise ImportFiledError(filed=filed)
    later = _needing(conn, row, first or row.book_year)
    if later is not None:
        raise ImportNeededError(other=later)


def _resting(conn: Connection, row: Row[Any], first: str) -> str | None:
    """The book year of a sheet in force that counts vouchers of this import, if there is one.

    The vouchers of a lost import are unknown here; its sheet rests on them all the same.
    """
    for sheet in queries.statements(conn, row.society):
        size = cast(int, sheet.record["book_size"])
        same = sheet.at.origin == row.origin
        covered = (
            row.close_index < size
            if same
            else lineage.order(sheet.at.origin) > lineage.order(row.origin)
        )
        if sheet.in_force and sheet.book_year >= first and covered:
            return sheet.book_year
    return None


def _needing(conn: Connection, row: Row[Any], first: str) -> str | None:
    """The newest import whose vouchers correct those of this one, or were computed with them."""
    v, i = book_voucher.c, book_import.c
    mine = select(v.voucher_id).where(v.import_id == row.id)
    after = or_(v.time > row.closed_at, and_(v.log_id == row.log_id, v.idx > row.close_index))
    named = or_(*(v.voucher_id.like(f"{prefix}%") for prefix in COMPUTED))
    computed = and_(v.source == SOURCE, v.book_year >= first, named)
    query = (
        select(v.import_id)
        .join(book_import, i.id == v.import_id)
        .where(v.society == row.society, v.import_id != row.id, i.state.in_(("open", "posted")))
        .where(after, or_(v.corrects.in_(mine), computed))
        .order_by(v.time.desc(), v.log_id.desc(), v.idx.desc())
    )
    return conn.execute(query.limit(1)).scalar()
