"""A verb: what stands on suspense goes where the society's masters and choices say by now.

It is an import without a file; the hash of the society's choices is in its place. Whoever may
import may do it, and sees as a preview how many vouchers move.
"""

import hashlib

from trust.books import chartmap
from trust.books.model import Answers, ImportReport, ReadFile
from trust.books.progress import Tell, untold
from trust.books.published import mapping_for
from trust.books.pure import years
from trust.books.remapping import MAP
from trust.books.resuming import settle
from trust.books.sealing import Work, anything, seal, today
from trust.formats.canon import canonical
from trust.log.context import Context


def restate_suspense(
    ctx: Context,
    society: str,
    *,
    actor: str,
    answers: Answers | None = None,
    dry_run: bool = False,
    progress: Tell = untold,
) -> ImportReport:
    """Restate vouchers on suspense by new entries that name what they correct.

    Asks ``remap`` first; the report says how many vouchers and what sum it is about.

    Raises:
        UnknownPersonError: no such society.
    """
    seen, _ = settle(ctx, society, progress)
    read, day = ReadFile(MAP), today(ctx)
    with ctx.db.read() as conn:
        own = chartmap.resolver_for(conn, society, mapping_for(day), read).own
    data = canonical(dict(own))
    base = ImportReport(
        "", society, MAP, "", hashlib.sha256(data).hexdigest(), len(data), "refused"
    )
    year = years.book_year_of(day)
    work = Work(base, read, (), year, answers or {}, actor, dry_run, anything, progress)
    return seal(ctx, work, seen)
