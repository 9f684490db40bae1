"""Importing a file: read it, find what is new, seal that.

An import owns its transactions (staging first, then chunks, then its closing entry); the same file
again changes nothing, and a file refused as a whole leaves nothing half-written.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from trust.books import chartmap, posting, reports
from trust.books.errors import BookYearError, ImportKindError, ImportsBusyError
from trust.books.model import Fault, ImportReport, ReadFile, SourceFormat
from trust.books.planning import Plan, make_plan
from trust.books.published import mapping_for
from trust.books.pure import years
from trust.books.pure.csvtext import SourceFile
from trust.books.pure.faultwords import fault
from trust.books.readers.files import KINDS, Hints, detect, read_file, year_named
from trust.books.tables import book_import
from trust.bulk import uncollected
from trust.formats.errors import Several
from trust.formats.times import IST
from trust.log.context import Context
from trust.people import queries as people
from trust.people.service import open_book

_TRIES = 20
Imports = Sequence[Row[Any]]
"""The imports of a society: what a plan rests on."""


def import_file(
    ctx: Context,
    society: str,
    filename: str,
    data: bytes,
    *,
    actor: str,
    kind: str = "auto",
    book_year: str | None = None,
) -> ImportReport:
    """Read a file and seal what is new in it; the report says what became of everything.

    Args:
        kind: one of the source formats, or ``auto``: told from the contents.
        book_year: of a trial balance or of openings; else told from names and dates, and noted.

    Raises:
        BooksError: unknown kind or book year; UnknownPersonError: no such society.
    """
    if book_year is not None and years.parse_book_year(book_year) is None:
        raise BookYearError(found=book_year)
    base = _base(society, filename, data)
    seen = _settled(ctx, society)
    known = _known(ctx, seen, base, book_year)
    if known is not None:
        return known
    file = SourceFile(data)
    form = _form(kind, file)
    if isinstance(form, Fault):
        return replace(base, format="unknown", refused=(form,))
    hints, notes = _hints(ctx, form, filename, data, book_year)
    read = read_file(file, form, hints)
    if read.unreadable:
        return reports.report_of(base, read, Plan("", notes=list(notes)), "refused")
    year = _year(read, hints, book_year)
    undated = book_year is None and not read.vouchers and year_named(data, filename) is None
    if undated and any(item.opening for item in read.ledgers):
        notes = (*notes, fault("book-year-assumed/masters", year=year))
    return _stage_and_post(ctx, base, read, notes, year, actor, seen)


def _base(society: str, filename: str, data: bytes) -> ImportReport:
    digest = hashlib.sha256(data).hexdigest()
    name = "".join(char for char in filename if char.isprintable())[:200]
    return ImportReport("", society, "", name, digest, len(data), "refused")


def _form(kind: str, file: SourceFile) -> SourceFormat | Fault:
    if kind == "auto":
        return detect(file)
    for known in KINDS:
        if kind == known:
            return known
    raise ImportKindError(found=kind, kinds=Several(KINDS))


def _settled(ctx: Context, society: str) -> Imports:
    """The society's imports, once those that a crash left open are finished."""
    for _ in range(_TRIES):
        with ctx.db.read() as conn:
            people.need_society(conn, society)
            seen = _imports(conn, society)
        waiting = [row.id for row in seen if row.state == "open"]
        if not waiting:
            return seen
        for import_id in waiting:
            posting.post(ctx, import_id)
    raise ImportsBusyError


def _imports(conn: Connection, society: str) -> Imports:
    c = book_import.c
    query: Select[Any] = select(c.id, c.state, c.sha256, c.book_year).where(c.society == society)
    return conn.execute(query.order_by(c.created_at, c.id)).all()


def _known(
    ctx: Context, seen: Imports, base: ImportReport, book_year: str | None
) -> ImportReport | None:
    """The report of the same file imported before, if it still stands."""
    c = book_import.c
    for row in seen:
        same = row.sha256 == base.sha256 and row.state == "posted"
        if same and book_year in (None, row.book_year):
            with ctx.db.read() as conn:
                before = reports.load(conn.execute(select(book_import).where(c.id == row.id)).one())
            unchanged = sum(before.posted.values())
            return replace(before, state="unchanged", posted={}, unchanged=unchanged)
    return None


def _hints(
    ctx: Context, form: SourceFormat, filename: str, data: bytes, book_year: str | None
) -> tuple[Hints, tuple[Fault, ...]]:
    """Book year and day for what the file itself does not date."""
    today = _today(ctx)
    year = book_year or year_named(data, filename)
    notes: tuple[Fault, ...] = ()
    if year is None:
        current = years.book_year_of(today)
        year = years.year_before(current) if form == "trial-balance" else current
        if form == "trial-balance":
            notes = (fault("book-year-assumed/file", year=year),)
    in_year = form == "trial-balance" or book_year is not None
    return Hints(year, min(years.last_day(year), today) if in_year else today), notes


def _year(read: ReadFile, hints: Hints, book_year: str | None) -> str:
    """The book year an import is filed under."""
    if book_year is not None or read.format == "trial-balance":
        return hints.book_year
    dates = [voucher.date for voucher in read.vouchers] + [row.date for row in read.dates]
    if dates:
        return years.book_year_of(min(dates))
    return years.book_year_of(read.as_of) if read.as_of else hints.book_year


def _today(ctx: Context) -> str:
    return datetime.fromtimestamp(ctx.clock(), IST).date().isoformat()


@uncollected()
def _stage_and_post(
    ctx: Context,
    base: ImportReport,
    read: ReadFile,
    notes: tuple[Fault, ...],
    book_year: str,
    actor: str,
    seen: Imports,
) -> ImportReport:
    """Plan against a snapshot; stage if the books have not changed since, otherwise plan again.

    The long part (comparing, canonical forms) happens outside the write transaction, so that other
    writers wait for the inserts only.
    """
    for _ in range(_TRIES):
        known = _known(ctx, seen, base, book_year)
        if known is not None:
            return known
        base = replace(base, import_id=_import_id(seen, base, book_year))
        plan = _plan(ctx, base, read, book_year)
        plan.notes += notes
        empty = not (plan.entries or read.groups or read.ledgers)
        nothing = empty and not plan.unchanged and bool(read.refused or plan.refused)
        if plan.blocked or nothing:
            return reports.report_of(base, read, plan, "refused")
        if empty:
            return reports.report_of(base, read, plan, "unchanged")
        if _stage(ctx, base, read, plan, book_year, actor, seen):
            return posting.post(ctx, base.import_id, plan.entries)
        seen = _settled(ctx, base.society)
    raise ImportsBusyError


def _plan(ctx: Context, base: ImportReport, read: ReadFile, book_year: str) -> Plan:
    with ctx.db.read() as conn:
        return make_plan(
            conn,
            base.society,
            read,
            import_id=base.import_id,
            book_year=book_year,
            mapping=mapping_for(_today(ctx)),
        )


def _stage(
    ctx: Context,
    base: ImportReport,
    read: ReadFile,
    plan: Plan,
    book_year: str,
    actor: str,
    seen: Imports,
) -> bool:
    """Write the stage and the opening entry; False if another import came in between."""
    report = reports.report_of(base, read, plan, "open")
    with ctx.db.write() as conn:
        posting.lock(conn, base.society)
        if _imports(conn, base.society) != seen:
            return False
        chartmap.remember(conn, base.society, read)
        now = ctx.clock()
        origin = open_book(conn, base.society, now=now)
        posting.stage(
            conn, report, plan.entries, book_year=book_year, origin=origin, actor=actor, now=now
        )
    return True


def _import_id(seen: Imports, base: ImportReport, book_year: str) -> str:
    """Made from what is imported, so that two processes cannot import the same file twice."""
    text = f"{base.society}\n{base.sha256}\n{book_year}"
    stem = f"imp-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return f"{stem}-{sum(row.id.startswith(stem) for row in seen) + 1}"


def resume_imports(ctx: Context) -> list[ImportReport]:
    """Finish every import that a crash left open; called when a process starts."""
    with ctx.db.read() as conn:
        query = select(book_import.c.id).where(book_import.c.state == "open")
        waiting = conn.execute(query.order_by(book_import.c.created_at)).scalars().all()
    return [posting.post(ctx, import_id) for import_id in waiting]
