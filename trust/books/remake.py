"""After a recovery: filed statements made again from their public documents.

Imports are not: the vouchers sealed under them are private and lost, and an import without them
would keep the same file from being imported again.
"""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from trust.books import reports
from trust.books.pure.findinglist import as_checks
from trust.books.tables import book_import, book_statement
from trust.log.checks.sealedrows import Sealed
from trust.log.upkeep import remaking
from trust.log.upkeep.remaking import Remade, remade

_KINDS = ("statement", "import-open", "governance-date")


def remake(conn: Connection) -> Iterator[Remade]:
    """Make filings again; name the files that have to be imported again."""
    for found in remaking.recovered(conn, remaking.logs(conn, "coop"), _KINDS):
        for item in found:
            if item.kind == "statement":
                _statement(conn, item)
            if item.recovered:
                yield remade(item, None if item.kind == "statement" else _import(conn, item))


def _statement(conn: Connection, item: Sealed) -> None:
    """The filing's row; of each year the one filed last is in force."""
    assert item.record is not None
    s, record = book_statement, item.record
    digest = sha256(item.document).hexdigest()
    year = (s.c.society == record["society"]) & (s.c.book_year == record["book_year"])
    if conn.execute(select(s.c.sha256).where(s.c.sha256 == digest)).first() is not None:
        return
    conn.execute(update(s).where(year).values(in_force=False))
    conn.execute(
        insert(s).values(
            sha256=digest,
            society=record["society"],
            book_year=record["book_year"],
            record=item.document.decode(),
            checks=reports.dump_checks(as_checks(record)),
            in_force=True,
            origin=item.origin,
            idx=item.index,
            time=item.time,
        )
    )


def _import(conn: Connection, item: Sealed) -> str | None:
    assert item.record is not None
    held = select(book_import.c.id).where(book_import.c.id == str(item.record["import"]))
    if item.kind == "governance-date":
        return None if conn.execute(held).first() else "the register it stood in: import it again"
    if conn.execute(held).first() is not None:
        return None
    return f"the file with SHA-256 {item.record['file']}: import it again"
