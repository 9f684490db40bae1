"""Imports that were left open are finished: by the next import, or when a process starts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from trust.books import posting, staging
from trust.books.claims import claimed
from trust.books.errors import ImportsBusyError
from trust.books.model import ImportReport
from trust.books.progress import Progress, Tell, untold
from trust.books.pure.faultwords import fault
from trust.books.tables import book_import
from trust.books.underway import open_imports
from trust.formats.errors import SakshiError
from trust.log.context import Context
from trust.people import queries as people

TRIES = 20
Imports = Sequence[Row[Any]]
"""The imports of a society: what a plan rests on."""


def imports_of(conn: Connection, society: str) -> Imports:
    """The imports of a society in the order in which they were begun."""
    c = book_import.c
    query: Select[Any] = select(c.id, c.state, c.sha256, c.book_year).where(c.society == society)
    return conn.execute(query.order_by(c.created_at, c.id)).all()


def settle(ctx: Context, society: str, tell: Tell) -> tuple[Imports, list[ImportReport]]:
    """The society's imports once none is open, and the reports of those that were finished here.

    Waits for one that another process is at.
    """
    finished: list[ImportReport] = []
    for _ in range(TRIES):
        with ctx.db.read() as conn:
            people.need_society(conn, society)
            seen = imports_of(conn, society)
        waiting = [row.id for row in seen if row.state == "open"]
        if not waiting:
            return seen, finished
        for import_id in waiting:
            with claimed(ctx, import_id, lambda: _tell_of(ctx, import_id, tell)):  # noqa: B023
                report = _finish(ctx, import_id, tell)
            finished += [report] if report is not None else []
    raise ImportsBusyError


def resume_imports(ctx: Context, tell: Tell = untold) -> list[ImportReport]:
    """Finish every import that a crash left open and that nobody is at; clear what was staged for
    imports that never began.

    Raises what kept the first of them from being finished, once the others are.
    """
    with ctx.db.read() as conn:
        waiting = [one.id for one in open_imports(conn)]
        never_begun = staging.orphans(conn)
    finished: list[ImportReport] = []
    failed: list[SakshiError] = []
    for import_id in waiting:
        try:
            with claimed(ctx, import_id, None) as mine:
                report = _finish(ctx, import_id, tell) if mine else None
        except SakshiError as error:
            failed.append(error)
        else:
            finished += [report] if report is not None else []
    for import_id in never_begun:
        with claimed(ctx, import_id, None) as mine:
            if mine:
                staging.clear(ctx, import_id)
    if failed:
        raise failed[0]
    return finished


def _finish(ctx: Context, import_id: str, tell: Tell) -> ImportReport | None:
    """The report of an import with what was left of it; None if it is not open any more."""
    with ctx.db.read() as conn:
        found = next((one for one in open_imports(conn) if one.id == import_id), None)
    if found is None:
        return None
    report = posting.post(ctx, import_id, tell=tell)
    note = fault(
        "import-finished",
        filename=found.filename,
        count=found.expected - found.sealed,
        total=found.expected,
    )
    return replace(report, notes=(*report.notes, note))


def _tell_of(ctx: Context, import_id: str, tell: Tell) -> None:
    with ctx.db.read() as conn:
        for one in open_imports(conn):
            if one.id == import_id:
                tell(Progress("waiting", one.sealed, one.expected))
