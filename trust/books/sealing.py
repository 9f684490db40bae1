"""From a file that was read to entries in the log: compare, stage, post.

The long part (comparing, canonical forms) happens outside the write transactions, so that other
writers wait for the inserts only. The books may change meanwhile: then it is compared again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from trust.books import chartmap, fonts, posting, reports, staging, unplaced, vouchertypes
from trust.books.claims import claimed
from trust.books.days import Days
from trust.books.errors import ImportsBusyError
from trust.books.model import Answers, Fault, ImportReport, ReadFile
from trust.books.plan import Plan
from trust.books.planning import make_plan
from trust.books.progress import Progress, Tell
from trust.books.published import mapping_for
from trust.books.pure.faultwords import question
from trust.books.pure.loans import tagger
from trust.books.resuming import TRIES, Imports, imports_of, settle
from trust.bulk import uncollected
from trust.formats.times import IST
from trust.log.context import Context
from trust.people import queries as people
from trust.people.service import open_book

_ABOUT_OPENINGS = {"openings", "year", "remap"}
Approved = Callable[[ImportReport], bool]


def anything(_: ImportReport) -> bool:
    """Whatever a plan says is approved."""
    return True


@dataclass(slots=True)
class Work:
    """A file that was read and is to be compared with the books and sealed."""

    base: ImportReport
    read: ReadFile
    notes: tuple[Fault, ...]
    book_year: str
    answers: Answers
    actor: str
    dry_run: bool
    approved: Approved
    tell: Tell


@uncollected()
def seal(ctx: Context, work: Work, seen: Imports) -> ImportReport:
    """Plan against a snapshot; stage and post if the books have not changed since."""
    for _ in range(TRIES):
        work.base = replace(work.base, import_id=_import_id(seen, work.base, work.book_year))
        plan = _plan(ctx, work)
        state = _state(work, plan)
        report = reports.report_of(work.base, work.read, plan, state)
        if state == "asked":
            with ctx.db.write() as conn:
                unplaced.remember(conn, report.society, plan.unplaced, now=ctx.clock())
        if state != "open":
            _learn(ctx, work, plan, report)
            return replace(report, import_id=_newest(seen, work.base))
        if not work.approved(report):
            return replace(report, state="preview")
        done = _stage_and_post(ctx, work, plan, report, seen)
        if done is not None:
            return done
        seen, _ = settle(ctx, work.base.society, work.tell)
    raise ImportsBusyError


def _newest(seen: Imports, base: ImportReport) -> str:
    """The import of the same file that counts, or empty."""
    same = [row.id for row in seen if row.sha256 == base.sha256 and row.state == "posted"]
    return same[-1] if same else ""


def _learn(ctx: Context, work: Work, plan: Plan, report: ImportReport) -> None:
    """Keep masters of which only the openings are in question; they are no entries of the books."""
    asked = {one.code for one in report.questions}
    if plan.learns and report.state == "asked" and asked <= _ABOUT_OPENINGS and not work.dry_run:
        with ctx.db.write() as conn:
            chartmap.remember(conn, report.society, work.read)


def today(ctx: Context) -> str:
    """The day in India."""
    return datetime.fromtimestamp(ctx.clock(), IST).date().isoformat()


def days_of(ctx: Context, society: str) -> Days:
    """The days that something in a society's books can bear."""
    with ctx.db.read() as conn:
        profile = people.need_society(conn, society)
    return Days(profile.registered_on.isoformat(), today(ctx))


def _state(work: Work, plan: Plan) -> str:
    """What becomes of the file: ``open`` if it is to be sealed now."""
    read = work.read
    empty = not (plan.kinds or plan.learns)
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


def _plan(ctx: Context, work: Work) -> Plan:
    keeps = not (work.dry_run or work.read.questions)
    plan = Plan(work.base.import_id, work.answers, entries=staging.entry_spool() if keeps else None)
    work.read = fonts.settle(work.read, plan)
    if not work.book_year and work.read.questions:  # its year is asked: there is no comparing
        plan.count(work.read)
        return plan
    with ctx.db.read() as conn:
        make_plan(
            conn,
            work.base.society,
            work.read,
            plan,
            book_year=work.book_year,
            mapping=mapping_for(today(ctx)),
            days=days_of(ctx, work.base.society),
            tags=tagger(ctx.settings.register_secret, work.base.society),
            tell=work.tell,
        )
    plan.notes += work.notes
    return plan


def _stage_and_post(
    ctx: Context, work: Work, plan: Plan, report: ImportReport, seen: Imports
) -> ImportReport | None:
    """Seal a plan; None if another import came in between."""
    import_id, entries = plan.import_id, plan.entries
    assert entries is not None, "what is to be sealed was prepared"
    waiting = Progress("waiting", 0, len(entries))
    with claimed(ctx, import_id, lambda: work.tell(waiting)):
        if not _unchanged(ctx, work, seen):
            return None
        try:
            posting.stage(ctx, import_id, entries, tell=work.tell)
            opened = _open(ctx, work, plan, report, seen)
        except BaseException:
            staging.clear(ctx, import_id)
            raise
        if not opened:
            staging.clear(ctx, import_id)
            return None
        return posting.post(ctx, import_id, entries, tell=work.tell)


def _unchanged(ctx: Context, work: Work, seen: Imports) -> bool:
    """Whether the books are as they were; what a crash left on the stage is cleared."""
    with ctx.db.write() as conn:
        if imports_of(conn, work.base.society) != seen:
            return False
        if staging.first(conn, work.base.import_id) is not None:
            staging.take(conn, work.base.import_id)
    return True


def _open(ctx: Context, work: Work, plan: Plan, report: ImportReport, seen: Imports) -> bool:
    """Seal that the import begins; False if another came in between."""
    with ctx.db.write() as conn:
        posting.lock(conn, report.society)
        if imports_of(conn, report.society) != seen:
            return False
        chartmap.remember(conn, report.society, work.read)
        vouchertypes.remember(conn, report.society, work.read.types)
        unplaced.placed_now(conn, report.society, [one.name for one in plan.unplaced.values()])
        now = ctx.clock()
        origin = open_book(conn, report.society, now=now)
        posting.begin(
            conn,
            report,
            expected=plan.kinds.total(),
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
