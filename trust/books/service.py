"""Verbs of the books room: import a file, resume, void; draft and file a statement.

An import owns its transactions (staging first, then chunks, then its closing entry); the same file
again changes nothing, and a file refused as a whole leaves nothing half-written.
"""

import hashlib
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from trust.books import chartmap, drafting, explaining, filing, posting, reports, voiding, waiting
from trust.books.errors import BookYearError, ImportKindError, ImportsBusyError, UnknownAccountError
from trust.books.model import Fault, ImportReport, ReadFile, SourceFormat, StatementDraft
from trust.books.planning import Plan, make_plan
from trust.books.published import mapping_for
from trust.books.pure import years
from trust.books.pure.csvtext import SourceFile
from trust.books.pure.faultwords import fault
from trust.books.readers.files import KINDS, Hints, detect, read_file, year_named
from trust.books.tables import book_import
from trust.formats.errors import Several
from trust.formats.times import IST
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.service import open_book

_TRIES = 20
SheetDay = drafting.SheetDay
draft_statement = drafting.draft_statement
view_statement = drafting.view_statement
check_day = filing.check_day
check_statement = filing.check_statement
file_statement = filing.file_statement
sign_statement = filing.sign_statement
forget_signing = waiting.drop
explain_late = explaining.explain_late
is_late = explaining.is_late
void_import = voiding.void_import
__all__ = [
    "SheetDay",
    "StatementDraft",
    "check_day",
    "check_statement",
    "draft_statement",
    "explain_late",
    "file_statement",
    "forget_signing",
    "import_file",
    "is_late",
    "resume_imports",
    "set_account",
    "sign_statement",
    "view_statement",
    "void_import",
]


def import_file(
    rt: Runtime,
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
    _finish_others(rt, society)
    base = _base(society, filename, data)
    known = _known(rt, base, book_year)
    if known is not None:
        return known
    file = SourceFile(data)
    form = _form(kind, file)
    if isinstance(form, Fault):
        return replace(base, format="unknown", refused=(form,))
    hints, notes = _hints(rt, form, filename, data, book_year)
    read = read_file(file, form, hints)
    if read.unreadable:
        return replace(_refused(base, read), notes=(*read.notes, *notes))
    year = _year(read, hints, book_year)
    undated = book_year is None and not read.vouchers and year_named(data, filename) is None
    if undated and any(item.opening for item in read.ledgers):
        notes = (*notes, fault("book-year-assumed/masters", year=year))
    return _stage_and_post(rt, base, read, notes, year, actor)


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


def _finish_others(rt: Runtime, society: str) -> None:
    """An import left open by a crash is finished before another one of the society begins."""
    with rt.db.read() as conn:
        people.need_society(conn, society)
        query = select(book_import.c.id).where(
            book_import.c.society == society, book_import.c.state == "open"
        )
        waiting = conn.execute(query.order_by(book_import.c.created_at)).scalars().all()
    for import_id in waiting:
        posting.post(rt, import_id)


def _known(rt: Runtime, base: ImportReport, book_year: str | None) -> ImportReport | None:
    """The report of the same file imported before, if it still stands."""
    with rt.db.read() as conn:
        return _known_in(conn, base, book_year)


def _known_in(conn: Connection, base: ImportReport, book_year: str | None) -> ImportReport | None:
    query = select(book_import).where(
        book_import.c.society == base.society,
        book_import.c.sha256 == base.sha256,
        book_import.c.state.in_(("open", "posted")),
    )
    if book_year is not None:
        query = query.where(book_import.c.book_year == book_year)
    row = conn.execute(query).first()
    if row is None:
        return None
    before = reports.load(row)
    return replace(before, state="unchanged", posted={}, unchanged=sum(before.posted.values()))


def _hints(
    rt: Runtime, form: SourceFormat, filename: str, data: bytes, book_year: str | None
) -> tuple[Hints, tuple[Fault, ...]]:
    """Book year and day for what the file itself does not date."""
    today = _today(rt)
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


def _today(rt: Runtime) -> str:
    return datetime.fromtimestamp(rt.clock(), IST).date().isoformat()


def _stage_and_post(
    rt: Runtime,
    base: ImportReport,
    read: ReadFile,
    notes: tuple[Fault, ...],
    book_year: str,
    actor: str,
) -> ImportReport:
    """Plan against a snapshot, stage if the books are still as planned against, else plan anew.

    The long part (comparing, canonical forms) happens outside the write transaction, so that other
    writers wait for the inserts only.
    """
    for _ in range(_TRIES):
        _finish_others(rt, base.society)
        with rt.db.read() as conn:
            seen = _imports_seen(conn, base.society)
            known = _known_in(conn, base, book_year)
            if known is None:
                base = replace(base, import_id=_import_id(conn, base, book_year))
                plan = _plan(rt, conn, base, read, book_year)
        if known is not None:
            posting.post(rt, known.import_id)
            return known
        plan.notes += notes
        empty = not (plan.items or read.groups or read.ledgers)
        nothing = empty and not plan.unchanged and bool(read.refused or plan.refused)
        if plan.blocked or nothing:
            return reports.report_of(base, read, plan, "refused")
        if empty:
            return reports.report_of(base, read, plan, "unchanged")
        open_elsewhere = any(state == "open" for _, state in seen)
        if not open_elsewhere and _stage(rt, base, read, plan, book_year, actor, seen):
            return posting.post(rt, base.import_id)
    raise ImportsBusyError


def _plan(
    rt: Runtime, conn: Connection, base: ImportReport, read: ReadFile, book_year: str
) -> Plan:
    return make_plan(
        conn,
        base.society,
        read,
        import_id=base.import_id,
        book_year=book_year,
        mapping=mapping_for(_today(rt)),
    )


def _stage(
    rt: Runtime,
    base: ImportReport,
    read: ReadFile,
    plan: Plan,
    book_year: str,
    actor: str,
    seen: list[tuple[str, str]],
) -> bool:
    """Write the stage and the opening entry; False if another import came in between."""
    report = reports.report_of(base, read, plan, "open")
    rows = posting.stage_rows(base.import_id, plan)
    with rt.db.write() as conn:
        posting.lock(conn, base.society)
        if _imports_seen(conn, base.society) != seen:
            return False
        chartmap.remember(conn, base.society, read)
        now = rt.clock()
        origin = open_book(conn, base.society, now=now)
        posting.stage(conn, report, rows, book_year=book_year, origin=origin, actor=actor, now=now)
    return True


def _imports_seen(conn: Connection, society: str) -> list[tuple[str, str]]:
    """Every import of the society and its state: what a plan rests on."""
    query = select(book_import.c.id, book_import.c.state).where(book_import.c.society == society)
    return [(row.id, row.state) for row in conn.execute(query.order_by(book_import.c.id))]


def _refused(base: ImportReport, read: ReadFile) -> ImportReport:
    return replace(
        base,
        format=read.format,
        read=dict(read.counts),
        refused=read.refused,
        skipped=read.skipped,
        cleaned=dict(read.cleaned),
        pii=dict(read.pii),
    )


def _import_id(conn: Connection, base: ImportReport, book_year: str) -> str:
    """Made from what is imported, so that two processes cannot import the same file twice."""
    text = f"{base.society}\n{base.sha256}\n{book_year}"
    stem = f"imp-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    query = select(book_import.c.id).where(book_import.c.id.startswith(stem, autoescape=True))
    return f"{stem}-{len(conn.execute(query).all()) + 1}"


def resume_imports(rt: Runtime) -> list[ImportReport]:
    """Finish every import that a crash left open; called when a process starts."""
    with rt.db.read() as conn:
        query = select(book_import.c.id).where(book_import.c.state == "open")
        waiting = conn.execute(query.order_by(book_import.c.created_at)).scalars().all()
    return [posting.post(rt, import_id) for import_id in waiting]


def set_account(conn: Connection, society: str, ledger: str, account: str) -> None:
    """Put a ledger of the society on an account of the chart, for imports from now on.

    Raises:
        BooksError: there is no such account.
    """
    if account not in mapping_for("9999-12-31").accounts:
        raise UnknownAccountError(account=account)
    chartmap.set_account(conn, society, ledger, account)
