"""What of a file is new to the books: the plan of an import, made before anything is written.

A voucher known by its id and unchanged is left alone; a known id with other contents becomes a
reversal and a new voucher, both naming what they correct; openings and a year's movements are not
taken twice. Reads only.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Row, select

from trust.books import chartmap
from trust.books.model import Fault, Posting, ReadFile, SourceVoucher, Voucher
from trust.books.pure import years
from trust.books.pure.balances import is_opening
from trust.books.pure.faultwords import fault
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.tally import DIFFERENCE, opening_voucher
from trust.books.pure.trial_balance import MOVEMENTS_TYPE
from trust.books.pure.vouchers import (
    Composed,
    Record,
    compose,
    content_id,
    correction,
    date_record,
    loan_record,
    voucher_record,
)
from trust.books.tables import book_date, book_import, book_posting, book_voucher

_LIVE = ("open", "posted")
_LOOKUP = 500


@dataclass(frozen=True, slots=True)
class Staged:
    """One entry to be sealed; the note of a date is not."""

    kind: str
    record: Record
    detail: Record | None = None
    note: str = ""


@dataclass(slots=True)
class Plan:
    """Everything an import will seal, and what it will not."""

    items: list[Staged] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    unmapped: tuple[str, ...] = ()
    blocked: bool = False


def make_plan(
    conn: Connection,
    society: str,
    read: ReadFile,
    *,
    import_id: str,
    book_year: str,
    mapping: StatementMapping,
) -> Plan:
    """Compare a file with the books. ``book_year`` is that of openings in masters."""
    plan = Plan()
    sources = list(read.vouchers)
    if read.format == "tally-xml":
        opening, note = opening_voucher(read.ledgers, years.first_day(book_year))
        sources = ([opening] if opening is not None else []) + sources
        plan.notes += [note] if note is not None else []
    _vouchers(conn, society, read, sources, plan, import_id, mapping)
    _loans(society, read, plan, import_id)
    _dates(conn, society, read, plan, import_id)
    return plan


def _vouchers(
    conn: Connection,
    society: str,
    read: ReadFile,
    sources: Sequence[SourceVoucher],
    plan: Plan,
    import_id: str,
    mapping: StatementMapping,
) -> None:
    ledgers = chartmap.resolver_for(conn, society, mapping, read)
    composed = compose(sources, ledgers, society=society, source=read.format, import_id=import_id)
    plan.unmapped = tuple(name for name in ledgers.unknown if name != DIFFERENCE)
    held = _held(conn, society, [item.voucher.id for item in composed])
    fresh: list[Composed] = []
    for item in composed:
        rows = held.get(item.voucher.id, [])
        if not rows:
            fresh.append(item)
        elif rows[-1].content == content_id(item.voucher):
            plan.unchanged += 1
        else:
            plan.items += _corrected(conn, rows, item)
    _refuse_overlap(conn, society, fresh, plan)
    if not plan.blocked:
        plan.items += [Staged("voucher", item.record(), item.detail) for item in fresh]


def _held(
    conn: Connection, society: str, ids: Sequence[str]
) -> dict[str, list[Row[tuple[object, ...]]]]:
    """Standing versions of these source ids, oldest first; reversals and void imports left out."""
    found: dict[str, list[Row[tuple[object, ...]]]] = {}
    for start in range(0, len(ids), _LOOKUP):
        query = (
            select(book_voucher)
            .join(book_import, book_import.c.id == book_voucher.c.import_id)
            .where(
                book_voucher.c.society == society,
                book_voucher.c.source_id.in_(ids[start : start + _LOOKUP]),
                book_voucher.c.reversal.is_(False),
                book_import.c.state.in_(_LIVE),
            )
            .order_by(book_voucher.c.version)
        )
        for row in conn.execute(query):
            found.setdefault(row.source_id, []).append(row)
    return found


def _corrected(
    conn: Connection, rows: Sequence[Row[tuple[object, ...]]], item: Composed
) -> list[Staged]:
    """A known voucher with other contents: reverse the standing version, post the new one."""
    standing = rows[-1]
    lines = conn.execute(
        select(book_posting)
        .where(book_posting.c.log_id == standing.log_id, book_posting.c.idx == standing.idx)
        .order_by(book_posting.c.line)
    )
    old = replace(
        item.voucher,
        id=standing.voucher_id,
        book_year=standing.book_year,
        date=standing.date,
        type=standing.type,
        source=standing.source,
        lines=tuple(Posting(row.account, row.paise) for row in lines),
    )
    reversal, new = correction(old, item.voucher, standing.version + 1)
    return [
        Staged("voucher", voucher_record(reversal)),
        Staged("voucher", voucher_record(new), item.detail),
    ]


def _refuse_overlap(conn: Connection, society: str, fresh: Iterable[Composed], plan: Plan) -> None:
    """A year opens once, and its movements come either as a sum or voucher by voucher."""
    by_year: dict[str, list[Voucher]] = {}
    for item in fresh:
        by_year.setdefault(item.voucher.book_year, []).append(item.voucher)
    for year, vouchers in sorted(by_year.items()):
        standing = _standing_types(conn, society, year)
        if any(is_opening(voucher) for voucher in vouchers) and standing["opening"]:
            _block(plan, "opened-already", year)
        summed = any(voucher.type == MOVEMENTS_TYPE for voucher in vouchers)
        if summed and standing["movements"]:
            _block(plan, "year-posted-already/vouchers", year)
        single = any(v.type != MOVEMENTS_TYPE and not is_opening(v) for v in vouchers)
        if single and standing["summed"]:
            _block(plan, "year-posted-already/sum", year)


def _block(plan: Plan, words: str, year: str) -> None:
    plan.blocked = True
    plan.refused.append(fault(words, year=year))


def _standing_types(conn: Connection, society: str, year: str) -> dict[str, bool]:
    query = (
        select(book_voucher.c.type, book_voucher.c.opening)
        .join(book_import, book_import.c.id == book_voucher.c.import_id)
        .where(
            book_voucher.c.society == society,
            book_voucher.c.book_year == year,
            book_import.c.state.in_(_LIVE),
        )
        .distinct()
    )
    rows = conn.execute(query).all()
    return {
        "opening": any(row.opening for row in rows),
        "movements": any(not row.opening for row in rows),
        "summed": any(row.type == MOVEMENTS_TYPE for row in rows),
    }


def _loans(society: str, read: ReadFile, plan: Plan, import_id: str) -> None:
    secret = os.urandom(32)
    for loan in read.loans:
        record, detail = loan_record(
            loan, society=society, import_id=import_id, as_of=read.as_of, secret=secret
        )
        plan.items.append(Staged("loan", record, detail))


def _dates(conn: Connection, society: str, read: ReadFile, plan: Plan, import_id: str) -> None:
    query = (
        select(book_date.c.event, book_date.c.date, book_date.c.book_year)
        .join(book_import, book_import.c.id == book_date.c.import_id)
        .where(book_date.c.society == society, book_import.c.state.in_(_LIVE))
    )
    known = {tuple(row) for row in conn.execute(query)} if read.dates else set()
    for row in read.dates:
        if (row.event, row.date, row.book_year) in known:
            plan.unchanged += 1
            continue
        record = date_record(row, society=society, import_id=import_id)
        plan.items.append(Staged("governance-date", record, note=row.note))
