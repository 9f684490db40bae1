"""Staging and posting: a large import is sealed in chunks under one id, and survives being killed.

The first transaction writes the import's row, everything it will seal, and its opening entry. Each
further transaction seals a chunk, fills the tables and removes the chunk from the stage. The last
one seals the closing entry. Whatever the moment of a crash, `resume` goes on from the stage.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from trust import outbox
from trust.books import reports, rows
from trust.books.model import ImportReport
from trust.books.moving import move
from trust.books.planning import Plan, Staged
from trust.books.tables import (
    book_date,
    book_import,
    book_loan,
    book_posting,
    book_stage,
    book_voucher,
)
from trust.formats import canon
from trust.formats.canon import Json
from trust.log import preparing
from trust.log import service as logs
from trust.log.errors import LogClosedError
from trust.log.model import NewEntry, Sequenced
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
    through: str,
    now: int,
) -> None:
    """Write down everything an import will seal (``stage_rows``), and seal that it begins."""
    conn.execute(
        insert(book_import).values(
            id=report.import_id,
            society=report.society,
            format=report.format,
            filename=report.filename,
            sha256=report.sha256,
            size=report.size,
            book_year=book_year,
            state="open",
            actor=actor,
            origin=origin,
            expected=len(rows),
            posted=0,
            created_at=now,
            through=through,
            report=reports.dump(report),
        )
    )
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
    logs.append(
        conn, origin, [NewEntry("import-open", record, f"{report.import_id} open")], now=now
    )


def stage_rows(import_id: str, plan: Plan) -> list[dict[str, object]]:
    """What ``stage`` writes for a plan, made before the transaction begins."""
    return [_stage_row(import_id, seq, item) for seq, item in enumerate(plan.items)]


def _stage_row(import_id: str, seq: int, item: Staged) -> dict[str, object]:
    extra = {
        "source_id": item.source_id,
        "version": item.version,
        "reversal": item.reversal,
        "note": item.note,
    }
    return {
        "import_id": import_id,
        "seq": seq,
        "kind": item.kind,
        "record": canon.canonical(canon.normalised(item.record)),
        "detail": None if item.detail is None else canon.canonical(canon.normalised(item.detail)),
        "extra": json.dumps(extra),
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
                    return _report(row)
                return close(conn, row, "posted", now=rt.clock())
        except LogClosedError:
            with rt.db.write() as conn:
                row = locked_row(conn, import_id)
                if row is not None and row.state == "open":
                    move(conn, row, now=rt.clock())


def locked_row(conn: Connection, import_id: str) -> Row[Any] | None:
    """An import's row as it stands once nobody else is writing imports of its society."""
    query = select(book_import).where(book_import.c.id == import_id)
    row = conn.execute(query).first()
    if row is None:
        return None
    lock(conn, row.society)
    return conn.execute(query).one()


def _report(row: Row[Any]) -> ImportReport:
    return reports.load(row.report)


def _post_chunk(rt: Runtime, import_id: str) -> bool:
    """Seal one chunk; False when nothing is left."""
    with rt.db.read() as conn:
        head = conn.execute(select(book_import).where(book_import.c.id == import_id)).one()
        staged = conn.execute(
            select(book_stage)
            .where(book_stage.c.import_id == import_id)
            .order_by(book_stage.c.seq)
            .limit(CHUNK)
        ).all()
    if not staged or head.state != "open":
        return False
    records = [canon.parse(bytes(row.record)) for row in staged]
    prepared = [
        preparing.prepare(NewEntry(row.kind, record, f"{import_id} {row.seq}", _detail(row)))
        for row, record in zip(staged, records, strict=True)
    ]
    with rt.db.write() as conn:
        lock(conn, head.society)
        state = select(book_import.c.state).where(book_import.c.id == import_id)
        if conn.execute(state).scalar_one() != "open":
            return False
        sealed = logs.append_prepared(conn, head.origin, prepared, now=rt.clock())
        new = [item for item in zip(staged, records, sealed, strict=True) if not item[2].repeated]
        _fill(conn, new)
        conn.execute(
            delete(book_stage).where(
                book_stage.c.import_id == import_id, book_stage.c.seq <= staged[-1].seq
            )
        )
        conn.execute(
            update(book_import)
            .where(book_import.c.id == import_id)
            .values(posted=book_import.c.posted + len(new))
        )
    return True


def _detail(row: Row[Any]) -> dict[str, Json] | None:
    return None if row.detail is None else canon.parse(bytes(row.detail))


New = list[tuple[Row[Any], dict[str, Json], Sequenced]]


def _fill(conn: Connection, new: New) -> None:
    """The rows that let the books be read without opening the log."""
    _fill_vouchers(conn, [item for item in new if item[0].kind == "voucher"])
    loans = [rows.loan_row(record) | _at(at) for row, record, at in new if row.kind == "loan"]
    dates = [
        rows.date_row(record) | _at(at) | {"note": json.loads(row.extra)["note"]}
        for row, record, at in new
        if row.kind == "governance-date"
    ]
    if loans:
        conn.execute(insert(book_loan), loans)
    if dates:
        conn.execute(insert(book_date), dates)


def _fill_vouchers(conn: Connection, new: New) -> None:
    if not new:
        return
    vouchers: list[dict[str, object]] = []
    postings: list[dict[str, object]] = []
    for row, record, at in new:
        vouchers.append(rows.voucher_row(record, row.seq, json.loads(row.extra)) | _at(at))
        postings += rows.posting_rows(record, row.seq)
    conn.execute(insert(book_voucher), vouchers)
    for start in range(0, len(postings), 5000):
        conn.execute(insert(book_posting), postings[start : start + 5000])


def _at(at: Sequenced) -> dict[str, object]:
    return {"origin": at.origin, "idx": at.index, "time": at.time}


def close(conn: Connection, row: Row[Any], outcome: str, *, now: int) -> ImportReport:
    """Seal how an import ended (``posted`` or ``void``) and tell who follows; idempotent.

    A later ``void`` stands in the log that is open then, which may be another year's.
    """
    report = _report(row)
    if row.state == outcome:
        return report
    origin = row.origin if outcome == "posted" else open_book(conn, row.society, now=now)
    record: dict[str, Json] = {
        "kind": "import-close",
        "v": 1,
        "society": row.society,
        "import": row.id,
        "outcome": outcome,
        "posted": row.posted,
    }
    entry = NewEntry("import-close", record, f"{row.id} close {outcome}")
    sealed = logs.append(conn, origin, [entry], now=now)[0]
    report = replace(report, state=outcome)
    conn.execute(delete(book_stage).where(book_stage.c.import_id == row.id))
    conn.execute(
        update(book_import)
        .where(book_import.c.id == row.id)
        .values(state=outcome, closed_at=now, close_index=sealed.index, report=reports.dump(report))
    )
    outbox.emit(conn, "society", row.society)
    outbox.live(conn, TOPIC, {"society": row.society, "import": row.id, "state": outcome})
    return report
