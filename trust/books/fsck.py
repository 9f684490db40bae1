"""`sakshi fsck --rooms`, the books: the rows that sheets, drafts and rules read, from the log.

Not sealed, and therefore not checked: an import's file name, actor, size, report and last day, the
note of a governance date, the verdicts beside a statement, drafts that wait for a signature. One
piece of a log and the imports of one society are held in memory at a time.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from trust.books import rows
from trust.books.tables import (
    book_date,
    book_import,
    book_loan,
    book_posting,
    book_statement,
    book_voucher,
)
from trust.formats.errors import FormatError
from trust.log import lineage
from trust.log import queries as log_queries
from trust.log.checks.fsckrows import Finding
from trust.log.checks.sealedrows import (
    AnyRow,
    Piece,
    Sealed,
    Tally,
    at_index,
    differences,
    key_of,
    orphans,
    pieces,
    the_row,
)
from trust.log.model import LogInfo

_TABLES: dict[str, Table] = {
    "voucher": book_voucher,
    "loan": book_loan,
    "governance-date": book_date,
    "statement": book_statement,
}
_Lines = dict[tuple[str, int], list[dict[str, Any]]]


@dataclass(slots=True)
class _Import:
    """An import as its entries tell it: where it was opened last, and how it ended."""

    opened: Sealed
    closed: Sealed | None = None


def disagreements(conn: Connection, tally: Tally) -> Iterator[Finding]:
    """Everything in the books' rows that the societies' logs do not say."""
    for subject in sorted({info.subject for info in log_queries.logs(conn, "coop")}):
        yield from _Society(conn, subject, tally).faults()
    for kind, table in _TABLES.items():
        yield from orphans(conn, table, "idx", (kind,))
    yield from _loose_postings(conn)


def _loose_postings(conn: Connection) -> Iterator[Finding]:
    p, v = book_posting.c, book_voucher.c
    there = select(v.seq).where(v.import_id == p.import_id, v.seq == p.seq).exists()
    for row in conn.execute(select(book_posting).where(~there)):
        words = f"the row {key_of(book_posting, row)} belongs to no voucher"
        yield Finding(row.import_id, None, "book_posting", words)


class _Society:
    """One society's logs, oldest first, against its rows."""

    def __init__(self, conn: Connection, slug: str, tally: Tally) -> None:
        self._conn, self._slug, self._tally = conn, slug, tally
        self._shards = lineage.shards(conn, "coop", slug)
        self._imports: dict[str, _Import] = {}
        self._in_force: dict[str, Sealed] = {}

    def faults(self) -> Iterator[Finding]:
        for info in self._shards:
            yield from self._read_imports(info)
        yield from self._check_imports()
        for info in self._shards:
            for piece in pieces(self._conn, info, _TABLES, self._tally):
                yield from piece.faults
                yield from self._piece(info, piece)
        yield from self._check_in_force()

    def _read_imports(self, info: LogInfo) -> Iterator[Finding]:
        for piece in pieces(self._conn, info, ("import-open", "import-close"), self._tally):
            yield from piece.faults
            for item in piece.entries:
                assert item.record is not None, "both kinds are public"
                name = str(item.record["import"])
                held = self._imports.get(name)
                if item.kind == "import-open":
                    self._imports[name] = _Import(item)
                elif held is not None:
                    held.closed = item

    def _check_imports(self) -> Iterator[Finding]:
        query = select(book_import).where(book_import.c.society == self._slug)
        stored = {row.id: row for row in self._conn.execute(query)}
        for name, told in self._imports.items():
            row = stored.pop(name, None)
            if row is not None:
                place = told.closed or told.opened
                yield from differences(place, book_import, _import_row(told), row)
            elif told.opened.recovered:
                self._tally.unchecked += 1
            else:
                at = (told.opened.origin, told.opened.index)
                yield Finding(*at, "book_import", "the entry has no row")
        for row in stored.values():
            words = f"the row {row.id} has no import-open entry there"
            yield Finding(row.origin, None, "book_import.id", words)

    def _piece(self, info: LogInfo, piece: Piece) -> Iterator[Finding]:
        found = {
            kind: at_index(self._conn, table, "idx", info.origin, piece)
            for kind, table in _TABLES.items()
        }
        lines = self._lines(info, piece)
        for item in piece.entries:
            if item.record is None:
                continue
            table, listed = _TABLES[item.kind], found[item.kind].get(item.index, [])
            if not listed and self._moved(item):
                continue
            row, faults = the_row(item, table, listed, self._tally)
            yield from faults
            if item.kind == "statement":
                self._in_force[str(item.record["book_year"])] = item
            if row is not None:
                yield from self._row(item, table, row, lines)

    def _moved(self, item: Sealed) -> bool:
        """Whether its import began again in a later log, where its rows are."""
        assert item.record is not None
        told = self._imports.get(str(item.record.get("import")))
        return told is not None and told.opened.origin != item.origin

    def _row(self, item: Sealed, table: Table, row: AnyRow, lines: _Lines) -> Iterator[Finding]:
        try:
            yield from differences(item, table, _expected(item, row), row)
            if item.kind == "voucher":
                yield from self._postings(item, row, lines)
        except FormatError as fault:
            place = (item.origin, item.index)
            yield Finding(*place, table.name, f"the sealed record: {str(fault).rstrip('.')}")

    def _postings(self, item: Sealed, row: AnyRow, lines: _Lines) -> Iterator[Finding]:
        assert item.record is not None
        expected = rows.posting_rows(item.record, row.seq)
        held = lines.get((row.import_id, row.seq), [])
        at, words = (item.origin, item.index), f"the row {row.import_id}, {row.seq}"
        if len(held) != len(expected):
            yield Finding(
                *at,
                "book_posting.line",
                f"{words} has {len(held)} postings, the entry {len(expected)}",
            )
        for one, other in zip(expected, held, strict=False):
            for column in one:
                if one[column] != other[column]:
                    yield Finding(
                        *at,
                        f"book_posting.{column}",
                        f"{words}, {other['line']} is not what the entry says",
                    )

    def _lines(self, info: LogInfo, piece: Piece) -> _Lines:
        v, p = book_voucher.c, book_posting.c
        query = (
            select(book_posting)
            .join(book_voucher, (v.import_id == p.import_id) & (v.seq == p.seq))
            .where(v.origin == info.origin, v.idx >= piece.first, v.idx <= piece.last)
            .order_by(p.import_id, p.seq, p.line)
        )
        found: _Lines = {}
        for row in self._conn.execute(query):
            found.setdefault((row.import_id, row.seq), []).append(dict(row._mapping))
        return found

    def _check_in_force(self) -> Iterator[Finding]:
        """Of each year the sheet filed last is in force, and no other."""
        query = select(book_statement).where(book_statement.c.society == self._slug)
        for row in self._conn.execute(query):
            last = self._in_force.get(row.book_year)
            if last is not None:
                expected = {"in_force": (row.origin, row.idx) == (last.origin, last.index)}
                yield from differences(last, book_statement, expected, row)


def _import_row(told: _Import) -> dict[str, object]:
    record = told.opened.record
    assert record is not None
    row: dict[str, object] = {name: record[name] for name in ("society", "format", "book_year")}
    row |= {"sha256": record["file"], "expected": record["expected"], "origin": told.opened.origin}
    if told.closed is None or told.closed.record is None:
        return row | {"state": "open", "close_index": None}
    closed = told.closed.record
    return row | {
        "state": closed["outcome"],
        "posted": closed["posted"],
        "close_index": told.closed.index,
    }


def _expected(item: Sealed, row: AnyRow) -> Mapping[str, object]:
    """What the columns of an entry's row must be."""
    record = item.record
    assert record is not None
    place = {"time": item.time}
    if item.kind == "voucher":
        seq = item.key.removeprefix(f"{record['import']} ")
        number = int(seq) if seq.isascii() and seq.isdigit() else row.seq
        return rows.voucher_row(record, number, rows.sealed_extra(record)) | place
    if item.kind == "loan":
        return rows.loan_row(record) | place
    if item.kind == "governance-date":
        return rows.date_row(record) | place
    stands = {"society": record["society"], "book_year": record["book_year"]}
    digest = hashlib.sha256(item.document).hexdigest()
    return stands | place | {"record": item.document.decode(), "sha256": digest}
