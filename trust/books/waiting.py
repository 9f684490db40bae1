"""Balance sheets that wait for a further signature: kept beside the log, one of each year.

A draft that waits is not filed and says nothing to anybody but the society's officers. It is held
with the signatures given so far; another draft of the year takes its place.
"""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import Connection, delete, insert, select

from trust.books.model import Signed
from trust.books.tables import book_signing
from trust.formats import canon, signing
from trust.formats.canon import Json


def body(record: Mapping[str, Json]) -> bytes:
    """What is signed of a statement, in one spelling: the record without its signatures."""
    return canon.canonical({**record, "signatures": []})


def kept(conn: Connection, society: str, book_year: str) -> dict[str, Json] | None:
    """The draft of a year that waits, with the signatures given so far."""
    c = book_signing.c
    query = select(c.record).where(c.society == society, c.book_year == book_year)
    text = conn.execute(query).scalar()
    return None if text is None else cast(dict[str, Json], json.loads(text))


def joined(conn: Connection, society: str, record: dict[str, Json]) -> dict[str, Json]:
    """The record with the signatures that were given to the very same draft before."""
    held = kept(conn, society, str(record["book_year"]))
    if held is None or body(held) != body(record):
        return record
    both = {str(one["key"]): one for one in (*_signatures(held), *_signatures(record))}
    return signing.with_signatures(record, both.values())


def _signatures(record: Mapping[str, Json]) -> list[dict[str, Json]]:
    return cast(list[dict[str, Json]], record["signatures"])


def keep(
    conn: Connection, society: str, record: dict[str, Json], missing: Sequence[str], *, now: int
) -> Signed:
    """Keep a draft with its signatures until the others have signed."""
    book_year = str(record["book_year"])
    drop(conn, society, book_year)
    conn.execute(
        insert(book_signing).values(
            society=society,
            book_year=book_year,
            record=canon.canonical(record).decode(),
            signed_at=now,
        )
    )
    signed = tuple(str(one["role"]) for one in _signatures(record))
    return Signed(society, book_year, signed, tuple(missing))


def drop(conn: Connection, society: str, book_year: str) -> None:
    """Forget the draft of a year that waits, if there is one."""
    c = book_signing.c
    conn.execute(delete(book_signing).where(c.society == society, c.book_year == book_year))


def waiting_years(conn: Connection, society: str) -> list[str]:
    """Book years whose draft waits for a signature, newest first."""
    c = book_signing.c
    query = select(c.book_year).where(c.society == society).order_by(c.book_year.desc())
    return list(conn.execute(query).scalars())
