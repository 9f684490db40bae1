"""Staging and posting: a large import is sealed in chunks under one id, and survives being killed.

First everything that it will seal goes on the stage, a transaction a chunk; then one transaction
seals that it begins. Each further transaction seals a chunk and removes it from the stage. The last
one seals the closing entry. A crash before the beginning leaves rows of the stage, which are
cleared; after a crash at any later moment `resuming` goes on from the stage.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, text

from trust import outbox
from trust.books import reports, staging
from trust.books.counting import placed, sealed_under
from trust.books.model import ImportReport
from trust.books.moving import move
from trust.books.progress import Progress, Tell, untold
from trust.books.spool import Spool
from trust.books.tables import book_import
from trust.formats.canon import Json
from trust.log import service as logs
from trust.log.context import Context
from trust.log.errors import LogClosedError
from trust.log.model import NewEntry
from trust.log.preparing import Prepared
from trust.people.service import open_book

CHUNK = 1000
TOPIC = "books"


def lock(conn: Connection, society: str) -> None:
    """One import at a time for a society; on SQLite the write transaction is that already."""
    if conn.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(society.encode()).digest()[:8], "big", signed=True)
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def stage(ctx: Context, import_id: str, entries: Spool[Prepared], *, tell: Tell = untold) -> None:
    """Write down everything an import will seal; other writers have their turn in between."""
    number = 0
    for chunk in entries.chunks(CHUNK):
        with ctx.db.write() as conn:
            staging.put(conn, import_id, chunk, number)
        number += len(chunk)
        tell(Progress("staging", number, len(entries)))


def begin(
    conn: Connection,
    report: ImportReport,
    *,
    expected: int,
    book_year: str,
    origin: str,
    actor: str,
    now: int,
) -> None:
    """Seal that an import begins whose entries are on the stage.

    Earlier imports of the file whose vouchers are lost end as void.
    """
    same = (book_import.c.sha256 == report.sha256) & (book_import.c.book_year == book_year)
    for lost in conn.execute(_imports(report.society, "lost").where(same)).all():
        close(conn, lost, "void", now=now)
    record: dict[str, Json] = {
        "kind": "import-open",
        "v": 1,
        "society": report.society,
        "import": report.import_id,
        "book_year": book_year,
        "format": report.format,
        "file": report.sha256,
        "expected": expected,
    }
    beside: dict[str, Json] = {
        "filename": report.filename,
        "size": report.size,
        "actor": actor,
        "report": reports.dump(report),
    }
    entry = NewEntry("import-open", record, f"{report.import_id} open", annex=beside)
    logs.append(conn, origin, [entry], now=now)


def _imports(society: str, state: str) -> Select[Any]:
    c = book_import.c
    return placed(book_import).where(c.society == society, c.state == state)


def post(
    ctx: Context, import_id: str, entries: Sequence[Prepared] = (), *, tell: Tell = untold
) -> ImportReport:
    """Seal what is staged, chunk by chunk, then close; goes on after a crash.

    If the log is closed meanwhile, because the year turned, the import begins again in the next.
    The caller holds the import's claim.

    Args:
        entries: what this process has just staged, so that it need not be read again.
    """
    while True:
        try:
            _seal_all(ctx, import_id, entries, tell)
            with ctx.db.write() as conn:
                row = locked_row(conn, import_id)
                assert row is not None, "an import that was staged has its row"
                if row.state != "open":
                    return reports.load(row)
                return close(conn, row, "posted", now=ctx.clock())
        except LogClosedError:
            entries = ()
            with ctx.db.write() as conn:
                row = locked_row(conn, import_id)
                if row is not None and row.state == "open":
                    move(conn, row, now=ctx.clock())


def _seal_all(ctx: Context, import_id: str, entries: Sequence[Prepared], tell: Tell) -> None:
    """Seal the given entries, then what the stage still holds."""
    number, left = 0, iter(entries)
    while chunk := list(islice(left, CHUNK)):
        if not _seal(ctx, import_id, number, chunk, tell):
            break  # it was ended meanwhile
        number += len(chunk)
    while True:
        with ctx.db.read() as conn:
            number, chunk = staging.upcoming(conn, import_id, CHUNK)
        if not chunk:
            return
        _seal(ctx, import_id, number, chunk, tell)


def _seal(ctx: Context, import_id: str, number: int, chunk: Sequence[Prepared], tell: Tell) -> bool:
    """Seal entries from a number on and take them off the stage; False if they are not next."""
    with ctx.db.write() as conn:
        row = locked_row(conn, import_id)
        if row is None or row.state != "open" or staging.first(conn, import_id) != number:
            return False
        logs.append_prepared(conn, row.origin, chunk, now=ctx.clock())
        staging.take(conn, import_id, number + len(chunk))
    tell(Progress("sealing", number + len(chunk), row.expected))
    return True


def locked_row(conn: Connection, import_id: str) -> Row[Any] | None:
    """An import's row as it stands once nobody else is writing imports of its society."""
    query = placed(book_import).where(book_import.c.id == import_id)
    row = conn.execute(query).first()
    if row is None:
        return None
    lock(conn, row.society)
    return conn.execute(query).one()


def close(
    conn: Connection,
    row: Row[Any],
    outcome: str,
    *,
    now: int,
    reason: str | None = None,
    actor: str = "",
) -> ImportReport:
    """Seal how an import ended (``posted`` or ``void``) and write the outbox rows; idempotent.

    `reason` is sealed and public; `actor` is kept beside the entry.

    A later ``void`` goes into the log that is open then, which may be another year's.
    """
    report = reports.load(row)
    if row.state == outcome:
        return report
    origin = row.origin if outcome == "posted" else open_book(conn, row.society, now=now)
    record: dict[str, Json] = {
        "kind": "import-close",
        "v": 2,
        "society": row.society,
        "import": row.id,
        "outcome": outcome,
        "posted": sealed_under(conn, row.id) if row.closed_at is None else row.posted,
        "reason": reason,
    }
    beside: dict[str, Json] | None = {"actor": actor} if actor else None
    entry = NewEntry("import-close", record, f"{row.id} close {outcome}", annex=beside)
    logs.append(conn, origin, [entry], now=now)
    staging.take(conn, row.id)
    outbox.emit(conn, "society", row.society)
    outbox.live(conn, TOPIC, {"society": row.society, "import": row.id, "state": outcome})
    return replace(report, state=outcome)
