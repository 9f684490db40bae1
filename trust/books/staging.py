"""The stage (`book_stage`): entries of an import, prepared, until they are sealed.

A row holds what `trust.log.preparing` made of an entry: the record in canonical form with its salt,
the second payload likewise. After a crash no entry is salted again; each is checked again, because
somebody may have written into the stage meanwhile.
"""

import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from trust.books.spool import Spool
from trust.books.tables import book_import, book_stage
from trust.bulk import insert_many
from trust.formats import commitments, records
from trust.formats.commitments import Opening
from trust.formats.errors import FormatError
from trust.log import preparing
from trust.log.context import Context
from trust.log.preparing import Prepared

_COLUMNS = book_stage.c.keys()
_PART = 1000
_BROUGHT = frozenset({"voucher", "loan", "governance-date"})


def key_of(import_id: str, number: int) -> str:
    """The key in the log of an entry of an import."""
    return f"{import_id} {number}"


def entry_spool() -> Spool[Prepared]:
    """For the entries of a plan until they are on the stage."""
    return Spool(_packed, _unpacked)


def _packed(one: Prepared) -> tuple[object, ...]:
    said = (one.key, one.commitment, one.record, one.record_bytes, one.salt, one.detail)
    return (
        one.kind.name, one.kind.version, *said, one.detail_bytes, one.detail_salt, one.annex,
    )  # fmt: skip


def _unpacked(packed: tuple[Any, ...]) -> Prepared:
    name, version, *said = packed
    return Prepared(records.kind(name, version), *said)


def put(conn: Connection, import_id: str, entries: Sequence[Prepared], number: int = 0) -> None:
    """Stage entries of an import from that number on."""
    numbered = enumerate(entries, number)
    while part := list(islice(numbered, _PART)):  # a row at a time is slow, all at once is heavy
        rows = [
            (import_id, seq, one.kind.name, one.kind.version, one.record_bytes, one.salt,
             one.detail_bytes, one.detail_salt, json.dumps(one.annex) if one.annex else None)
            for seq, one in part
        ]  # fmt: skip
        insert_many(conn, book_stage, _COLUMNS, rows)


def orphans(conn: Connection) -> list[str]:
    """Imports that have entries on the stage and never began; they may be about to."""
    begun = select(book_import.c.id).where(book_import.c.id == book_stage.c.import_id)
    query = select(book_stage.c.import_id).where(~begun.exists()).distinct()
    return list(conn.execute(query).scalars())


def clear(ctx: Context, import_id: str) -> None:
    """Take everything of an import off the stage unless it began."""
    with ctx.db.write() as conn:
        if import_id in orphans(conn):
            take(conn, import_id)


def first(conn: Connection, import_id: str) -> int | None:
    """The number of the next entry to be sealed; None if no entry is left."""
    query = select(func.min(book_stage.c.seq)).where(book_stage.c.import_id == import_id)
    return conn.execute(query).scalar()


def upcoming(conn: Connection, import_id: str, most: int) -> tuple[int, list[Prepared]]:
    """The next entries of an open import with the number of the first; none if it has ended.

    Raises SakshiError for one that is not an entry of this import.
    """
    s = book_stage.c
    rows = conn.execute(
        select(book_stage, book_import.c.society)
        .join(book_import, book_import.c.id == s.import_id)
        .where(s.import_id == import_id, book_import.c.state == "open")
        .order_by(s.seq)
        .limit(most)
    ).all()
    return (rows[0].seq if rows else 0), [_prepared(row) for row in rows]


def _prepared(row: Row[Any]) -> Prepared:
    document = bytes(row.record)
    made = preparing.committed_to(
        records.kind(row.kind, row.version),
        key_of(row.import_id, row.seq),
        json.loads(document),
        document,
        salt=row.salt and bytes(row.salt),
        detail=row.detail and json.loads(row.detail),
        detail_bytes=row.detail and bytes(row.detail),
        detail_salt=row.detail_salt and bytes(row.detail_salt),
        annex=row.annex and json.loads(row.annex),
    )
    _check(row, made)
    return made


def _check(row: Row[Any], made: Prepared) -> None:
    """Raise SakshiError unless it is what an import brings, is of this one, and opens."""
    opening = Opening(made.record_bytes, made.salt)
    record = commitments.open_commitment(made.kind.name, made.commitment, opening)
    if record.get("detail") is not None:
        detail = Opening(made.detail_bytes or b"", made.detail_salt)
        commitments.open_detail(made.kind.name, record, detail)
    held = (record["v"], record.get("import"), record.get("society"))
    if made.kind.name not in _BROUGHT or held != (row.version, row.import_id, row.society):
        raise FormatError(f"Entry {row.seq} of the stage is not of import {row.import_id}.")


def take(conn: Connection, import_id: str, before: int | None = None) -> None:
    """Take an import's entries off the stage: all, or those before a number."""
    s = book_stage.c
    mine = s.import_id == import_id
    conn.execute(delete(book_stage).where(mine if before is None else mine & (s.seq < before)))
