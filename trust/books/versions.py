"""The newest version of each voucher in the books, by its identity in its source.

A correction is a reversal and a new voucher of the same version number. A reversal without the new
one takes the voucher back: it counts as nothing until its source brings it again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, select

from trust.books.model import ReadFile
from trust.books.pure import years
from trust.books.pure.vouchers import Record
from trust.books.tables import book_import, book_posting, book_voucher
from trust.formats import canon
from trust.formats.canon import Json
from trust.log import queries as log_queries

DAY_BOOKS = frozenset({"tally-xml", "tally-daybook", "general-ledger"})
"""Kinds of files that have vouchers day by day."""
LIVE = ("open", "posted")
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Version:
    """The newest version that stands, as a row, and the import that brought the first one.

    ``taken_back`` is the number of the version that took it back; None if it counts.
    """

    row: Row[Any]
    brought_by: str
    taken_back: int | None


def newest(conn: Connection, society: str, ids: Sequence[str]) -> dict[str, Version]:
    """The newest version of each of these identities; void imports left out."""
    v = book_voucher.c
    query = (
        select(book_voucher)
        .join(book_import, book_import.c.id == v.import_id)
        .where(v.society == society, v.source_id.in_(ids), book_import.c.state.in_(LIVE))
        .order_by(v.version)
    )
    first: dict[str, str] = {}
    last: dict[str, Row[Any]] = {}
    reversed_in: dict[str, int] = {}
    for row in conn.execute(query):
        first.setdefault(row.source_id, row.import_id)
        if row.reversal:
            reversed_in[row.source_id] = row.version
        else:
            last[row.source_id] = row
    taken_back = {n: at for n, at in reversed_in.items() if n in last and at > last[n].version}
    return {name: Version(row, first[name], taken_back.get(name)) for name, row in last.items()}


def between(conn: Connection, society: str, first: str, last: str) -> Iterator[str]:
    """Identities of vouchers dated so, openings left out; some may stand elsewhere by now."""
    v = book_voucher.c
    query = (
        select(v.source_id)
        .join(book_import, book_import.c.id == v.import_id)
        .where(
            v.society == society,
            v.book_year.between(years.book_year_of(first), years.book_year_of(last)),
            v.date.between(first, last),
            v.opening.is_(False),
            book_import.c.state.in_(LIVE),
        )
        .distinct()
    )
    yield from conn.execute(query).scalars()


def any_between(conn: Connection, society: str, first: str, last: str) -> bool:
    """True if there are vouchers dated so."""
    return next(between(conn, society, first, last), None) is not None


def days_of(read: ReadFile) -> tuple[str, str]:
    """The first and the last day that a day book speaks of; empty for other files."""
    if read.format not in DAY_BOOKS or not read.vouchers:
        return "", ""
    if read.period[0]:
        return read.period
    first = min(voucher.date for voucher in read.vouchers)
    return first, max(voucher.date for voucher in read.vouchers)


def counting(
    conn: Connection, society: str, ids: Iterable[str]
) -> Iterator[dict[str, tuple[Version, list[Json]]]]:
    """Chunk by chunk, those of the identities that count, with their lines."""
    left = iter(ids)
    while chunk := list(islice(left, CHUNK)):
        found = newest(conn, society, chunk)
        stand = {name: one for name, one in found.items() if one.taken_back is None}
        lines = lines_of(conn, [one.row for one in stand.values()])
        yield {name: (one, lines[one.row.log_id, one.row.idx]) for name, one in stand.items()}


def lines_of(conn: Connection, rows: Iterable[Row[Any]]) -> dict[tuple[int, int], list[Json]]:
    """The lines of vouchers as their records have them, by place."""
    p = book_posting.c
    found: dict[tuple[int, int], list[Json]] = defaultdict(list)
    for log_id, indexes in _by_log(rows).items():
        query = select(book_posting).where(p.log_id == log_id, p.idx.in_(indexes))
        for line in conn.execute(query.order_by(p.idx, p.line)):
            found[log_id, line.idx].append({"account": line.account, "paise": line.paise})
    return found


def numbers_of(conn: Connection, rows: Iterable[Row[Any]]) -> dict[tuple[int, int], str]:
    """Voucher numbers by place; an erased detail has none."""
    return {place: str(one["number"]) for place, one in details_of(conn, rows).items()}


def details_of(conn: Connection, rows: Iterable[Row[Any]]) -> dict[tuple[int, int], Record]:
    """Second payloads by place, without those that were erased."""
    return {
        (log_id, index): canon.parse(data)
        for log_id, indexes in _by_log(rows).items()
        for index, data in log_queries.details(conn, log_id, indexes).items()
    }


def _by_log(rows: Iterable[Row[Any]]) -> dict[int, list[int]]:
    wanted: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        wanted[row.log_id].append(row.idx)
    return wanted


def record_of(row: Row[Any], lines: list[Json], import_id: str) -> Record:
    """A voucher that stands as a record of another import, its detail left out."""
    return {
        "kind": "voucher",
        "v": 1,
        "society": row.society,
        "book_year": row.book_year,
        "import": import_id,
        "detail": None,
        "id": row.voucher_id,
        "source": row.source,
        "date": row.date,
        "type": row.type,
        "corrects": None,
        "lines": lines,
    }
