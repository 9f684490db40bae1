"""Importing a file: read it, find what is new, seal that.

An import owns its transactions (staging first, then chunks, then its closing entry); the same file
again changes nothing, and a file refused as a whole leaves nothing half-written.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trust.books import openings, reports, vouchertypes
from trust.books.errors import BookYearError, ImportKindError
from trust.books.model import Answers, Fault, ImportReport, ReadFile, SourceFormat
from trust.books.plan import Plan
from trust.books.progress import Tell, untold
from trust.books.pure import years
from trust.books.pure.faultwords import question
from trust.books.pure.labels import label_of, names_branch
from trust.books.readers.files import KINDS, Hints, detect, name_of, read_file, told, year_named
from trust.books.readers.sourcefile import SourceFile
from trust.books.resuming import settle
from trust.books.sealing import Approved, Work, anything, days_of, seal, today
from trust.formats.errors import Several
from trust.log.context import Context


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
    approved: Approved = anything,
    progress: Tell = untold,
) -> ImportReport:
    """Read a file and seal what is new in it; the report says what became of everything.

    Args:
        data: the bytes, or a file that does not change meanwhile.
        kind: one of the source formats, or ``auto``: told from the contents.
        book_year: of a trial balance or of openings, if the file does not say it.
        answers: to questions that an earlier report asked.
        dry_run: seal nothing; the report says what would be sealed.
        approved: whether what would be sealed now is what somebody approved; if not, the report is
            a preview.
        progress: called as the import goes on; cheap, and what it raises ends the import as a
            signal would: what is staged is cleared, what is begun goes on later.

    Raises:
        BooksError: unknown kind or book year; UnknownPersonError: no such society.
    """
    said = dict(answers or {}) | ({} if book_year is None else {"year": book_year})
    book_year = said.get("year") or None
    if book_year is not None and years.parse_book_year(book_year) is None:
        raise BookYearError(found=book_year)
    file = SourceFile(data, progress, sheet=said.get("sheet", ""))
    base = _base(society, filename, file)
    seen, finished = settle(ctx, society, progress)
    known = _finished(finished, base, book_year)
    if known is not None:
        return known
    form = _form(kind, file)
    if isinstance(form, Fault):
        return replace(base, format=name_of(form), refused=(form,))
    hints = _hints(ctx, base, file, said)
    read = _labelled(read_file(file, form, hints), filename)
    read = days_of(ctx, society).checked(read, hints.book_year)
    if read.unreadable:
        return reports.report_of(base, read, Plan(""), "refused")
    year = _year(read, hints, book_year)
    undated = book_year is None and not read.vouchers and year_named(file, filename) is None
    if undated and any(item.opening for item in read.ledgers):
        with ctx.db.read() as conn:
            opened = openings.year_of(conn, society)
        asked = () if opened else (question("year/openings", answers=()),)
        year, read = opened or year, replace(read, questions=(*read.questions, *asked))
    notes = tuple(note for report in finished for note in report.notes[-1:])
    work = Work(base, read, notes, year, said, actor, dry_run, approved, progress)
    return seal(ctx, work, seen)


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
            return told(known, file)
    raise ImportKindError(found=kind, kinds=Several(KINDS))


def _finished(
    finished: Sequence[ImportReport], base: ImportReport, book_year: str | None
) -> ImportReport | None:
    """The report of the same file, if it was left open before and finished now."""
    for report in finished:
        if report.sha256 == base.sha256 and book_year in (None, *report.book_years):
            return report
    return None


def _hints(ctx: Context, base: ImportReport, file: SourceFile, said: Answers) -> Hints:
    """What is known beside the file: book year and day for what it does not date, and answers."""
    day, given = today(ctx), said.get("year")
    year = given or year_named(file, base.filename) or years.book_year_of(day)
    with ctx.db.read() as conn:
        types = vouchertypes.known(conn, base.society, said)
    return Hints(
        year,
        min(years.last_day(year), day) if given else day,
        today=day,
        types=types,
        answers=said,
        filename=base.filename,
    )


def _year(read: ReadFile, hints: Hints, book_year: str | None) -> str:
    """The book year an import is filed under."""
    if read.format == "trial-balance":
        return years.book_year_of(read.as_of) if read.as_of else ""
    if book_year is not None:
        return hints.book_year
    if read.vouchers:
        return years.book_year_of(min(voucher.date for voucher in read.vouchers))
    if read.dates:
        return years.book_year_of(min(row.date for row in read.dates))
    return years.book_year_of(read.as_of) if read.as_of else hints.book_year
