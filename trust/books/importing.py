"""Importing a file: read it, find what is new, seal that.

An import owns its transactions (staging first, then chunks, then its closing entry); the same file
again changes nothing, and a file refused as a whole leaves nothing half-written.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from trust.books import chartmap, posting, reports, vouchertypes
from trust.books.days import Days
from trust.books.errors import BookYearError, ImportKindError, ImportsBusyError
from trust.books.model import Answers, Fault, ImportReport, ReadFile, SourceFormat
from trust.books.plan import Plan
from trust.books.planning import make_plan
from trust.books.published import mapping_for
from trust.books.pure import years
from trust.books.pure.faultwords import fault, question
from trust.books.pure.labels import label_of, names_branch
from trust.books.readers.files import KINDS, Hints, detect, read_file, year_named
from trust.books.readers.sourcefile import SourceFile
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
Approved = Callable[[ImportReport], bool]


def _anything(_: ImportReport) -> bool:
    return True


def import_file(
    ctx: Context,
    society: str,
    filename: str,
    data: bytes | Path,
    *,
    actor: str,
    kind: str = "auto",
    book_year: str | None = None,
    answers: Answers | None = None,
    dry_run: bool = False,
    approved: Approved = _anything,
) -> ImportReport:
    """Read a file and seal what is new in it; the report says what became of everything.

    Args:
        data: the bytes, or a file that does not change meanwhile.
        kind: one of the source formats, or ``auto``: told from the contents.
        book_year: of a trial balance or of openings; else told from names and dates, and noted.
        answers: to questions that an earlier report asked.
        dry_run: seal nothing; the report says what would be sealed.
        approved: whether what would be sealed now is what somebody approved; if not, the report is
            a preview.

    Raises:
        BooksError: unknown kind or book year; UnknownPersonError: no such society.
    """
    said = dict(answers or {}) | ({} if book_year is None else {"year": book_year})
    book_year = said.get("year") or None
    if book_year is not None and years.parse_book_year(book_year) is None:
        raise BookYearError(found=book_year)
    file = SourceFile(data)
    base = _base(society, filename, file)
    seen = _settled(ctx, society)
    known = _known(ctx, seen, base, book_year)
    if known is not None:
        return known
    form = _form(kind, file)
    if isinstance(form, Fault):
        return replace(base, format="unknown", refused=(form,))
    hints, notes = _hints(ctx, form, filename, file, book_year)
    with ctx.db.read() as conn:
        types = vouchertypes.known(conn, society, said)
    hints = replace(hints, today=_today(ctx), types=types, answers=said)
    days = _days(ctx, society)
    read = days.checked(_labelled(read_file(file, form, hints), filename))
    if read.unreadable:
        return reports.report_of(base, read, Plan("", notes=list(notes)), "refused")
    year = _year(read, hints, book_year)
    undated = book_year is None and not read.vouchers and year_named(file, filename) is None
    if undated and any(item.opening for item in read.ledgers):
        notes = (*notes, fault("book-year-assumed/masters", year=year))
    work = _Work(base, read, notes, year, said, actor, dry_run, approved)
    return _stage_and_post(ctx, work, seen)


@dataclass(slots=True)
class _Work:
    """A file that was read and is to be compared with the books and sealed."""

    base: ImportReport
    read: ReadFile
    notes: tuple[Fault, ...]
    book_year: str
    answers: Answers
    actor: str
    dry_run: bool
    approved: Approved


def _days(ctx: Context, society: str) -> Days:
    with ctx.db.read() as conn:
        profile = people.need_society(conn, society)
    return Days(profile.registered_on.isoformat(), _today(ctx))


def _labelled(read: ReadFile, filename: str) -> ReadFile:
    """A trial balance whose heading names no branch is of the branch that its file's name says."""
    label = label_of([Path(filename).stem.replace("_", " ")])
    if read.format != "trial-balance" or read.label or not names_branch(label):
        return read
    return replace(read, label=label)


def _base(society: str, filename: str, file: SourceFile) -> ImportReport:
    name = "".join(char for char in filename if char.isprintable())[:200]
    return ImportReport("", society, "", name, file.sha256, file.size, "refused")


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
    ctx: Context, form: SourceFormat, filename: str, file: SourceFile, book_year: str | None
) -> tuple[Hints, tuple[Fault, ...]]:
    """Book year and day for what the file itself does not date."""
    today = _today(ctx)
    year = book_year or year_named(file, filename)
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
def _stage_and_post(ctx: Context, work: _Work, seen: Imports) -> ImportReport:
    """Plan against a snapshot; stage if the books have not changed since, otherwise plan again.

    The long part (comparing, canonical forms) happens outside the write transaction, so that other
    writers wait for the inserts only.
    """
    for _ in range(_TRIES):
        known = _known(ctx, seen, work.base, work.book_year)
        if known is not None:
            return known
        work.base = replace(work.base, import_id=_import_id(seen, work.base, work.book_year))
        plan = _plan(ctx, work)
        state = _state(work, plan)
        if state != "open":
            return reports.report_of(work.base, work.read, plan, state)
        report = reports.report_of(work.base, work.read, plan, state)
        if not work.approved(report):
            return replace(report, state="preview")
        if _stage(ctx, work, plan, report, seen):
            return posting.post(ctx, work.base.import_id, plan.entries)
        seen = _settled(ctx, work.base.society)
    raise ImportsBusyError


def _state(work: _Work, plan: Plan) -> str:
    """What becomes of the file: ``open`` if it is to be sealed now."""
    read = work.read
    empty = not (plan.entries or read.groups or read.ledgers)
    refused = len(read.refused) + len(plan.refused)
    if plan.blocked or (empty and not plan.unchanged and refused):
        return "refused"
    if refused:
        plan.ask(question("incomplete", count=refused))
    if read.questions or plan.questions:
        return "asked"
    if empty:
        return "unchanged"
    return "preview" if work.dry_run else "open"


def _plan(ctx: Context, work: _Work) -> Plan:
    with ctx.db.read() as conn:
        plan = make_plan(
            conn,
            work.base.society,
            work.read,
            import_id=work.base.import_id,
            book_year=work.book_year,
            mapping=mapping_for(_today(ctx)),
            answers=work.answers,
            days=_days(ctx, work.base.society),
        )
    plan.notes += work.notes
    return plan


def _stage(ctx: Context, work: _Work, plan: Plan, report: ImportReport, seen: Imports) -> bool:
    """Write the stage and the opening entry; False if another import came in between."""
    with ctx.db.write() as conn:
        posting.lock(conn, report.society)
        if _imports(conn, report.society) != seen:
            return False
        chartmap.remember(conn, report.society, work.read)
        vouchertypes.remember(conn, report.society, work.read.types)
        now = ctx.clock()
        origin = open_book(conn, report.society, now=now)
        posting.stage(
            conn,
            report,
            plan.entries,
            book_year=work.book_year,
            origin=origin,
            actor=work.actor,
            now=now,
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
