"""Loan registers in the books: which ones stand, and how one that is brought in meets them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row

from trust.books.counting import placed, sealed_at
from trust.books.model import Fault, ReadFile, SealedLoan
from trust.books.plan import Plan
from trust.books.pure import comparing
from trust.books.pure.comparing import Register
from trust.books.pure.faultwords import fault, question
from trust.books.pure.findings import Finding
from trust.books.pure.loans import Tagger, loan_record
from trust.books.pure.years import book_year_of
from trust.books.summing import loans_booked, loans_repaid
from trust.books.tables import book_import, book_loan

_SAME = "tag_key id number member sanctioned_on sanctioned outstanding overdue overdue_days purpose"
_TOLD = (*_SAME.split(), "in_area", "disbursed_to", "collateral")
"""What a register says of a loan, beside its day."""


def loans(conn: Connection, society: str, *, newest_only: bool = False) -> list[SealedLoan]:
    """Loans of all registers by date; a later import of the same day replaces an earlier one."""
    standing = [versions[-1] for versions in _registers(conn, society).values()]
    return [loan for register in (standing[-1:] if newest_only else standing) for loan in register]


def _registers(conn: Connection, society: str) -> dict[str, list[list[SealedLoan]]]:
    """Every register by its day, the earliest first; of each day in the order of the imports."""
    query = (
        placed(book_loan)
        .join(book_import, book_import.c.id == book_loan.c.import_id)
        .where(book_loan.c.society == society, book_import.c.state == "posted")
        .order_by(book_loan.c.as_of, book_loan.c.time, book_loan.c.idx)
    )
    found: dict[str, dict[str, list[SealedLoan]]] = {}
    for row in conn.execute(query):
        found.setdefault(row.as_of, {}).setdefault(row.import_id, []).append(_loan(row))
    return {day: list(versions.values()) for day, versions in found.items()}


def _loan(row: Row[Any]) -> SealedLoan:
    return SealedLoan(
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


def register_findings(conn: Connection, society: str) -> list[Finding]:
    """What is found about a society's loan registers, the newest day first: each compared with the
    one before it, with those it replaced, and with the books of its day."""
    found: list[Finding] = []
    before: Register | None = None
    for day, versions in _registers(conn, society).items():
        every = [Register(day, loans) for loans in versions]
        found = _compared(conn, society, before, every) + found
        before = every[-1]
    return found


def _compared(
    conn: Connection, society: str, before: Register | None, every: Sequence[Register]
) -> list[Finding]:
    """The last register of a day, compared."""
    now = every[-1]
    found: list[Finding] = []
    if before is not None:
        repaid = loans_repaid(conn, society, before.day, now.day)
        found += comparing.with_the_one_before(before, now, repaid)
    for old, new in pairwise(every):
        found += comparing.with_the_one_it_replaces(old, new)
    return found + comparing.with_the_books(now, loans_booked(conn, society, now.day))


def plan_loans(conn: Connection, society: str, read: ReadFile, plan: Plan, tags: Tagger) -> None:
    """Plan the loans of a register, unless the one that stands for its day says the same."""
    if not read.loans:
        return
    made = [
        loan_record(loan, society=society, import_id=plan.import_id, as_of=read.as_of, tags=tags)
        for loan in read.loans
    ]
    registers = _registers(conn, society)
    standing = registers.get(read.as_of, [[]])[-1]
    if Counter(map(_said, standing)) == Counter(_told(record) for record, _ in made):
        plan.unchanged += len(made)
        return
    keys = [loan.tag_key for day in registers.values() for loan in day[-1] if loan.tag_key]
    if keys and keys[-1] != tags.key:
        plan.ask(question("tags-changed"))
    plan.book_years.add(book_year_of(read.as_of))
    plan.add((record, detail, None) for record, detail in made)
    plan.odd += _odd(conn, society, Register(read.as_of, [_planned(one) for one, _ in made]),
                     registers)  # fmt: skip


def _odd(
    conn: Connection,
    society: str,
    now: Register,
    registers: Mapping[str, Sequence[Sequence[SealedLoan]]],
) -> list[Fault]:
    """What will be found about a register once it is sealed, in the same words."""
    earlier = [Register(day, versions[-1]) for day, versions in registers.items() if day < now.day]
    same = [Register(now.day, loans) for loans in registers.get(now.day, ())[-1:]]
    before = earlier[-1] if earlier else None
    found = _compared(conn, society, before, [*same, now])
    return [fault(one.code, **{k: f"{v}" for k, v in one.places.items()}) for one in found]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A loan that is not sealed yet, as it is compared."""

    tag_key: str | None
    id: str
    number: str | None
    sanctioned_on: str
    outstanding: int


def _planned(record: Mapping[str, Any]) -> _Planned:
    return _Planned(*(record[field.name] for field in fields(_Planned)))


def _said(loan: SealedLoan) -> tuple[object, ...]:
    return tuple(getattr(loan, name) for name in _TOLD)


def _told(record: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(record[name] for name in _TOLD)
