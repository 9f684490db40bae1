"""What a society says of entries sealed into a year whose sheet is filed.

The reason is sealed and public. It explains, and changes no colour: that each entry names what it
corrects, or that the sheet is filed again, does.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection

from trust import outbox
from trust.books import queries
from trust.books.errors import (
    LateReasonError,
    LateReasonPersonalError,
    NotFiledError,
    NothingLateError,
)
from trust.books.pure.findings import Finding
from trust.books.pure.pii import count_identifiers
from trust.formats import b64
from trust.formats.canon import normalise_text
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import queries as people
from trust.people.model import Actor
from trust.people.service import open_book

LONGEST = 400
"""Characters of a reason, as the record allows."""

LATE = frozenset({"late-unnamed", "late-named", "withdrawn"})


def is_late(found: Iterable[Finding]) -> bool:
    """Whether something came into the year of a sheet, or out of it, since it was filed."""
    return any(item.code in LATE for item in found)


def explain_late(
    conn: Connection, actor: Actor, society: str, book_year: str, reason: str, *, now: int
) -> Sequenced:
    """Seal the society's reason for entries that came into a filed year; again changes nothing.

    Raises:
        NotAllowedError: the person is neither secretary nor president there.
        NotFiledError, NothingLateError: there is nothing to explain.
        LateReasonError, LateReasonPersonalError: the reason is empty, too long, or not for all.
    """
    actor.require(("secretary", "president"), people.need_society(conn, society))
    text = normalise_text(reason).strip()
    if not 0 < len(text) <= LONGEST:
        raise LateReasonError(most=LONGEST)
    if count_identifiers([text]):
        raise LateReasonPersonalError
    standing = queries.statement(conn, society, book_year)
    if standing is None:
        raise NotFiledError(book_year=book_year)
    found = queries.findings(conn, society)[standing.sha256]
    if not is_late(found.found):
        raise NothingLateError(book_year=book_year)
    origin = open_book(conn, society, now=now)
    head = log_queries.released(conn, origin)
    digest = hashlib.sha256(text.encode()).hexdigest()
    entry = NewEntry(
        "late-entries",
        {
            "kind": "late-entries",
            "v": 1,
            "society": society,
            "book_year": book_year,
            "statement": standing.sha256,
            "book_origin": origin,
            "book_size": head.size,
            "book_root": b64.encode(head.root),
            "reason": text,
        },
        f"late-entries {standing.sha256} {digest}",
    )
    sealed = logs.append(conn, origin, [entry], now=now)[0]
    outbox.live(conn, "books", {"society": society, "statement": book_year})
    return sealed
