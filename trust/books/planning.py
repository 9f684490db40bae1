"""The plan of an import: what is new to the books, made before anything is written.

A voucher known by its id and unchanged is left alone; a known id with other contents becomes a
reversal and a new voucher, both naming what they correct; openings and a year's movements are not
taken twice. Reads only.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, islice

from sqlalchemy import Connection, select

from trust.books import chartmap, ledgermap, loanregisters
from trust.books.arrivals import meet
from trust.books.companies import ask_company
from trust.books.days import Days
from trust.books.identities import Identities
from trust.books.limits import Limits
from trust.books.model import ReadFile, SourceVoucher
from trust.books.overlaps import Overlaps
from trust.books.placing import Placing
from trust.books.plan import Made, Plan, Step
from trust.books.progress import Progress, Tell, untold
from trust.books.pure import years
from trust.books.pure.loans import Tagger
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.tally import DIFFERENCE, opening_voucher
from trust.books.pure.vouchers import compose, date_record
from trust.books.spool import CHUNK
from trust.books.tables import book_date, book_import

_LIVE = ("open", "posted")


def make_plan(
    conn: Connection,
    society: str,
    read: ReadFile,
    plan: Plan,
    *,
    book_year: str,
    mapping: StatementMapping,
    days: Days,
    tags: Tagger,
    tell: Tell = untold,
) -> None:
    """Compare a file with the books and fill the plan.

    Args:
        book_year: of openings in masters.
        days: what a voucher can be dated.
        tags: of this society.
    """
    sources: Iterable[SourceVoucher] = days.vouchers(read.vouchers, plan.refused)
    if read.format == "tally-xml":
        opening, note = opening_voucher(read.ledgers, years.first_day(book_year))
        sources = chain([opening] if opening is not None else [], sources)
        plan.notes += [note] if note is not None else []
    plan.learns = chartmap.learns(conn, society, read)
    ask_company(conn, society, read, plan)
    _vouchers(conn, society, read, sources, plan, mapping, tell)
    loanregisters.plan_loans(conn, society, read, plan, tags)
    _dates(conn, society, read, plan)


def _vouchers(
    conn: Connection,
    society: str,
    read: ReadFile,
    sources: Iterable[SourceVoucher],
    plan: Plan,
    mapping: StatementMapping,
    tell: Tell,
) -> None:
    ledgers = chartmap.resolver_for(conn, society, mapping, read)
    composed = iter(
        meet(
            conn,
            society,
            read,
            compose(
                sources, ledgers, society=society, source=read.format, import_id=plan.import_id
            ),
            plan,
            mapping,
        )
    )
    identities = Identities(conn, society, read, plan, ledgers)
    limits = Limits(conn, society, read, mapping)
    placing = Placing(ledgers, ledgermap.choices(conn, society))
    steps: list[Step] = [Overlaps(conn, society, plan, mapping, limits), limits, placing]
    done = 0
    while chunk := list(islice(composed, CHUNK)):
        done += len(chunk)
        _add(plan, steps, identities.meet(chunk))
        tell(Progress("comparing", done, max(done, len(read.vouchers))))
    for made in identities.rest():
        _add(plan, steps, made)
    plan.unmapped = tuple(name for name in ledgers.unknown if name != DIFFERENCE)
    for step in steps:
        step.finish(plan)


def _add(plan: Plan, steps: Sequence[Step], made: Sequence[Made]) -> None:
    for step in steps:
        step.take(made)
    plan.add(made)


def _dates(conn: Connection, society: str, read: ReadFile, plan: Plan) -> None:
    query = (
        select(book_date.c.event, book_date.c.date, book_date.c.book_year)
        .join(book_import, book_import.c.id == book_date.c.import_id)
        .where(book_date.c.society == society, book_import.c.state.in_(_LIVE))
    )
    known = {tuple(row) for row in conn.execute(query)} if read.dates else set()
    new = [row for row in read.dates if (row.event, row.date, row.book_year) not in known]
    plan.unchanged += len(read.dates) - len(new)
    plan.add(
        (
            date_record(row, society=society, import_id=plan.import_id),
            None,
            {"note": row.note} if row.note else None,
        )
        for row in new
    )
