"""The projections of the books: their sealed entries as rows (`trust.log.projections`).

An import is opened, brings vouchers, loans or dates, and is closed as posted or void. If its
log was closed over it, it is opened again in the next log and leaves no earlier row. If it came
back from a mirror, its vouchers are gone: it is lost and does not count.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection, Table, delete, insert, select, tuple_, update

from trust.books import reports
from trust.books.counting import sealed_under
from trust.books.pure.balances import OPENING_TYPE
from trust.books.pure.findinglist import as_checks
from trust.books.pure.vouchers import content_id
from trust.books.tables import (
    book_date,
    book_import,
    book_ledger_map,
    book_loan,
    book_posting,
    book_statement,
    book_voucher,
)
from trust.bulk import insert_many
from trust.formats.canon import Json
from trust.log.checks.fsckrows import RECOVERED
from trust.log.model import Placed
from trust.log.projections import ReadTable, projects, without_rows

_IMPORT, _POSTING = ReadTable(book_import), ReadTable(book_posting)
_BROUGHT = tuple(ReadTable(table) for table in (book_voucher, book_loan, book_date))
_CORRECTION = re.compile(r"(.*)~([1-9][0-9]*)(r?)", re.DOTALL)

without_rows("late-entries")


@projects(
    "import-open",
    tables=(_IMPORT, *_BROUGHT, _POSTING),
    lost="the file's name and report: import the file with SHA-256 {file} again",
)
def open_imports(conn: Connection, placed: Sequence[Placed]) -> None:
    """The row of each import; rows of an earlier opening of the same import are removed."""
    for one in placed:
        _forget(conn, one.said["import"])
        conn.execute(insert(book_import).values(_import(one)))


def _import(one: Placed) -> dict[str, object]:
    said = one.said
    return one.place | {
        "id": said["import"],
        "society": said["society"],
        "format": said["format"],
        "filename": one.annex.get("filename", f"SHA-256 {said['file']}"),
        "sha256": said["file"],
        "size": one.annex.get("size", 0),
        "book_year": said["book_year"],
        # What was still to be sealed of it stood beside the log, and came back from no mirror.
        "state": "lost" if one.key.startswith(RECOVERED) else "open",
        "actor": one.annex.get("actor", ""),
        "expected": said["expected"],
        "posted": 0,
        "created_at": one.time,
        "report": one.annex.get("report", "{}"),
    }


def _forget(conn: Connection, import_id: str) -> None:
    if conn.execute(select(book_import.c.id).where(book_import.c.id == import_id)).first() is None:
        return
    v = book_voucher.c
    mine = select(v.log_id, v.idx).where(v.import_id == import_id)
    place = tuple_(book_posting.c.log_id, book_posting.c.idx)
    conn.execute(delete(book_posting).where(place.in_(mine)))
    for table in (book_voucher, book_loan, book_date):
        conn.execute(delete(table).where(table.c.import_id == import_id))
    conn.execute(delete(book_import).where(book_import.c.id == import_id))


@projects("import-close", tables=(_IMPORT,))
def close_imports(conn: Connection, placed: Sequence[Placed]) -> None:
    """How each import ended; it is lost if it lacks what it says it posted."""
    for one in placed:
        name, state, posted = (one.said[member] for member in ("import", "outcome", "posted"))
        if state == "posted" and sealed_under(conn, name) < posted:
            state = "lost"
        ended = {"posted": posted, "closed_at": one.time, "close_index": one.index}
        mine = book_import.c.id == name
        conn.execute(update(book_import).where(mine).values(state=state, **ended))


@projects("voucher", tables=(_BROUGHT[0], _POSTING))
def post_vouchers(conn: Connection, placed: Sequence[Placed]) -> None:
    """The row of each voucher, and one row a line."""
    vouchers, postings = [], []
    for one in placed:
        log_id, index, said = one.log_id, one.index, one.said
        name, kind, corrects = said["id"], said["type"], said["corrects"]
        vouchers.append(
            (log_id, index, said["import"], said["society"], name, *source_of(name, corrects),
             content_id(one.document), said["book_year"], said["date"], kind, kind == OPENING_TYPE,
             said["source"], corrects, one.time)
        )  # fmt: skip
        postings += [
            (log_id, index, number, line["account"], line["paise"])
            for number, line in enumerate(said["lines"])
        ]
    insert_many(conn, book_voucher, book_voucher.c.keys(), vouchers)
    insert_many(conn, book_posting, book_posting.c.keys(), postings)


def source_of(name: str, corrects: str | None) -> tuple[str, int, bool]:
    """Id in the source, version, and whether it is a reversal: a correction carries them in its id
    (`pure.vouchers.correction`), anything else is the first of its source id."""
    found = None if corrects is None else _CORRECTION.fullmatch(name)
    return (name, 0, False) if found is None else (found[1], int(found[2]), bool(found[3]))


@projects("loan", tables=(_BROUGHT[1],))
def list_loans(conn: Connection, placed: Sequence[Placed]) -> None:
    """The row of each loan of a register; version 1 has no tags that compare."""
    _insert(conn, book_loan, placed, tag_key=None, number=None, member=None)


@projects("governance-date", tables=(_BROUGHT[2],), lost="the note beside the date")
def list_dates(conn: Connection, placed: Sequence[Placed]) -> None:
    """The row of each date; its note stands in the annex alone."""
    _insert(conn, book_date, placed)


def _insert(conn: Connection, table: Table, placed: Sequence[Placed], **missing: object) -> None:
    """Rows whose columns are members of the record, its import, and its place and time.

    `missing` are columns that an earlier version of the kind has no member for.
    """
    known = (
        {**missing, **one.said, **one.place, "import_id": one.said["import"], "time": one.time}
        for one in placed
    )
    columns = table.c.keys()
    insert_many(conn, table, columns, [[row[name] for name in columns] for row in known])


@projects("statement", tables=(ReadTable(book_statement),))
def file_statements(conn: Connection, placed: Sequence[Placed]) -> None:
    """The row of each filed sheet, with the verdicts that were given as it was filed."""
    rows = []
    for one in placed:
        said = cast(dict[str, Json], one.said)
        checks = one.annex.get("checks") or reports.dump_checks(as_checks(said))
        place = one.place | {"sha256": hashlib.sha256(one.document).hexdigest(), "time": one.time}
        rows.append(
            place | {"society": said["society"], "book_year": said["book_year"], "checks": checks}
        )
    conn.execute(insert(book_statement), rows)


@projects(
    "ledger-map",
    tables=(ReadTable(book_ledger_map),),
    whole=lambda _conn, one: one.detail is not None,
)
def place_ledgers(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each ledger that was put on an account; the names stand in the detail."""
    rows = [
        one.place
        | {"line": number, "society": one.said["society"], "ledger": ledger, "time": one.time}
        | {"account": choice["account"], "before": choice["before"]}
        | {"officer": one.said["officer"]}
        for one in placed
        if one.detail is not None
        for number, (choice, ledger) in enumerate(
            zip(one.said["choices"], cast(list[str], one.detail["ledgers"]), strict=True)
        )
    ]
    if rows:
        conn.execute(insert(book_ledger_map), rows)
