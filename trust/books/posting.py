"""Staging and posting: a large import is sealed in chunks under one id, and survives being killed.

The first transaction writes the import's row, everything it will seal, and its opening entry. Each
further transaction seals a chunk and removes it from the stage. The last one seals the closing
entry. Whatever the moment of a crash, `resume` goes on from the stage.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, text

from trust import outbox
from trust.books import reports
from trust.books.counting import placed, sealed_under
from trust.books.model import ImportReport
from trust.books.moving import move
from trust.books.planning import Plan, Staged
from trust.books.tables import book_import, book_stage
from trust.formats import canon
from trust.formats.canon import Json
from trust.log import preparing
from trust.log import service as logs
from trust.log.errors import LogClosedError
from trust.log.model import NewEntry
from trust.log.preparing import Prepared
from trust.log.runtime import Runtime
from trust.people.service import open_book

CHUNK = 1000
TOPIC = "books"


def lock(conn: Connection, society: str) -> None:
    """One import at a time for a society; on SQLite the write transaction is that already."""
    if conn.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(society.encode()).digest()[:8], "big", signed=True)
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def stage(
    conn: Connection,
    report: ImportReport,
    rows: Sequence[dict[str, object]],
    *,
    book_year: str,
    origin: str,
    actor: str,
    now: int,
) -> None:
    """Write down everything an import will seal (`stage_rows`), and seal that it begins.

    Earlier imports of the file whose vouchers are lost end as void.
    """
    same = (book_import.c.sha256 == report.sha256) & (book_import.c.book_year == book_year)
    for lost in conn.execute(_imports(report.society, "lost").where(same)).all():
        close(conn, lost, "void", now=now)
    if rows:
        conn.execute(insert(book_stage), rows)
    record: dict[str, Json] = {
        "kind": "import-open",
        "v": 1,
        "society": report.society,
        "import": report.import_id,
        "book_year": book_year,
        "format": report.format,
        "file": report.sha256,
        "expected": len(rows),
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


def stage_rows(import_id: str, plan: Plan) -> list[dict[str, object]]:
    """What ``stage`` writes for a plan, made before the transaction begins."""
    return [_stage_row(import_id, seq, item) for seq, item in enumerate(plan.items)]


def _stage_row(import_id: str, seq: int, item: Staged) -> dict[str, object]:
    return {
        "import_id": import_id,
        "seq": seq,
        "kind": item.kind,
        "record": canon.canonical(canon.normalised(item.record)),
        "detail": None if item.detail is None else canon.canonical(canon.normalised(item.detail)),
        "annex": json.dumps({"note": item.note}) if item.note else None,
    }


def post(rt: Runtime, import_id: str) -> ImportReport:
    """Seal what is staged, chunk by chunk, then close; gives the report. Goes on after a crash.

    Where the log is closed meanwhile, because the year turned, the import begins again in the next.
    """
    while True:
        try:
            while _post_chunk(rt, import_id):
                pass
            with rt.db.write() as conn:
                row = locked_row(conn, import_id)
                assert row is not None, "an import that was staged has its row"
                if row.state != "open":
                    return reports.load(row)
                return close(conn, row, "posted", now=rt.clock())
        except LogClosedError:
            with rt.db.write() as conn:
                row = locked_row(conn, import_id)
                if row is not None and row.state == "open":
                    move(conn, row, now=rt.clock())


def locked_row(conn: Connection, import_id: str) -> Row[Any] | None:
    """An import's row as it stands once nobody else is writing imports of its society."""
    query = placed(book_import).where(book_import.c.id == import_id)
    row = conn.execute(query).first()
    if row is None:
        return None
    lock(conn, row.society)
    return conn.execute(query).one()


def _post_chunk(rt: Runtime, import_id: str) -> bool:
    """Seal one chunk; False when nothing is left."""
    with rt.db.read() as conn:
        head = conn.execute(placed(book_import).where(book_import.c.id == import_id)).one()
        staged = conn.execute(
            select(book_stage)
            .where(book_stage.c.import_id == import_id)
            .order_by(book_stage.c.seq)
            .limit(CHUNK)
        ).all()
    if not staged or head.state != "open":
        return False
    prepared = preparing.prepare_all([_entry(row) for row in staged])
    with rt.db.write() as conn:
        lock(conn, head.society)
        state = select(book_import.c.state).where(book_import.c.id == import_id)
        if conn.execute(state).scalar_one() != "open":
            return False
        _seal(conn, head, prepared, staged[-1].seq, now=rt.clock())
    return True


def _entry(row: Row[Any]) -> NewEntry:
    """What a row of the stage will be in the log."""
    return NewEntry(
        row.kind,
        canon.parse(bytes(row.record)),
        f"{row.import_id} {row.seq}",
        None if row.detail is None else canon.parse(bytes(row.detail)),
        None if row.annex is None else json.loads(row.annex),
    )


def _seal(
    conn: Connection, head: Row[Any], prepared: Sequence[Prepared], last: int, *, now: int
) -> None:
    """Seal entries of an import and take them, up to the number `last`, off the stage."""
    logs.append_prepared(conn, head.origin, prepared, now=now)
    s = book_stage.c
    conn.execute(delete(book_stage).where(s.import_id == head.id, s.seq <= last))


def close(conn: Connection, row: Row[Any], outcome: str, *, now: int) -> ImportReport:
    """Seal how an import ended (``posted`` or ``void``) and tell who follows; idempotent.

    A later ``void`` stands in the log that is open then, which may be another year's.
    """
    report = reports.load(row)
    if row.state == outcome:
        return report
    origin = row.origin if outcome == "posted" else open_book(conn, row.society, now=now)
    record: dict[str, Json] = {
        "kind": "import-close",
        "v": 1,
        "society": row.society,
        "import": row.id,
        "outcome": outcome,
        "posted": sealed_under(conn, row.id) if row.closed_at is None else row.posted,
    }
    entry = NewEntry("import-close", record, f"{row.id} close {outcome}")
    logs.append(conn, origin, [entry], now=now)
    conn.execute(delete(book_stage).where(book_stage.c.import_id == row.id))
    outbox.emit(conn, "society", row.society)
    outbox.live(conn, TOPIC, {"society": row.society, "import": row.id, "state": outcome})
    return replace(report, state=outcome)
