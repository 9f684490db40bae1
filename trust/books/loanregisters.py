"""Loan registers in the books: which ones stand, and how one that is brought in meets them."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection

from trust.books.counting import placed, sealed_at
from trust.books.model import ReadFile, SealedLoan
from trust.books.plan import Plan
from trust.books.pure.faultwords import question
from trust.books.pure.loans import Tagger, loan_record
from trust.books.pure.years import book_year_of
from trust.books.tables import book_import, book_loan

_SAME = "tag_key id number member sanctioned_on sanctioned outstanding overdue overdue_days purpose"
_TOLD = (*_SAME.split(), "in_area", "disbursed_to", "collateral")
"""What a register says of a loan, beside its day."""


def loans(conn: Connection, society: str, *, newest_only: bool = False) -> list[SealedLoan]:
    """Loans of all registers by date; a later import of the same day replaces an earlier one."""
    query = (
        placed(book_loan)
        .join(book_import, book_import.c.id == book_loan.c.import_id)
        .where(book_loan.c.society == society, book_import.c.state == "posted")
        .order_by(book_loan.c.as_of, book_loan.c.time, book_loan.c.idx)
    )
    rows = conn.execute(query).all()
    standing = {row.as_of: row.import_id for row in rows}
    newest = max(standing, default="")
    return [
        SealedLoan(
            row.id,
            row.as_of,
            row.sanctioned_on,
            row.sanctioned,
            row.outstanding,
            row.overdue,
            row.overdue_days,
            row.purpose,
            row.in_area,
            row.disbursed_to,
            row.collateral,
            sealed_at(row),
            row.tag_key,
            row.number,
            row.member,
        )
        for row in rows
        if standing[row.as_of] == row.import_id and (not newest_only or row.as_of == newest)
    ]


def plan_loans(conn: Connection, society: str, read: ReadFile, plan: Plan, tags: Tagger) -> None:
    """Plan the loans of a register, unless the one that stands for its day says the same."""
    if not read.loans:
        return
    made = [
        loan_record(loan, society=society, import_id=plan.import_id, as_of=read.as_of, tags=tags)
        for loan in read.loans
    ]
    sealed = loans(conn, society)
    same_day = [loan for loan in sealed if loan.as_of == read.as_of]
    if Counter(map(_said, same_day)) == Counter(_told(record) for record, _ in made):
        plan.unchanged += len(made)
        return
    keys = [loan.tag_key for loan in sealed if loan.tag_key is not None]
    if keys and keys[-1] != tags.key:
        plan.ask(question("tags-changed"))
    plan.book_years.add(book_year_of(read.as_of))
    plan.add((record, detail, None) for record, detail in made)


def _said(loan: SealedLoan) -> tuple[object, ...]:
    return tuple(getattr(loan, name) for name in _TOLD)


def _told(record: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(record[name] for name in _TOLD)
