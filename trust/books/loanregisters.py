"""Loan registers in the books: which ones stand, how each compares with the others and the books,
and how one that is brought in meets them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from typing import Any, cast

from sqlalchemy import Connection, Row

from trust.books.counting import placed, sealed_at
from trust.books.loanbooks import LoanBooks, loan_books
from trust.books.model import Fault, ReadFile, SealedLoan
from trust.books.noticed import SealedNotice, SealedRegister
from trust.books.plan import Plan
from trust.books.pure import comparing
from trust.books.pure.comparing import Noticed, Register
from trust.books.pure.faultwords import fault, question
from trust.books.pure.findings import Finding, day_of
from trust.books.pure.loans import Tagger, loan_record
from trust.books.pure.years import book_year_of
from trust.books.tables import book_import, book_loan

_SAME = "tag_key id number member sanctioned_on sanctioned outstanding overdue overdue_days purpose"
_TOLD = (*_SAME.split(), "in_area", "disbursed_to", "collateral")
"""What a register says of a loan, beside its day."""


_Versions = Mapping[str, Sequence[Sequence[SealedLoan]]]
"""Registers by their day, the earliest first; of each day in the order of the imports."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """The registers of a society: those that stand, those declared void, and those of days that
    were to come when they were sealed, which stand for no day."""

    posted: _Versions
    void: _Versions
    ahead: _Versions

    def noticed(self) -> list[Noticed]:
        """What is found about those that do not stand, the newest day first."""
        standing = [Register(day, versions[-1]) for day, versions in self.posted.items()]
        found = [
            comparing.dated_ahead(Register(day, loans), day_of(loans[0].at.time))
            for day, versions in reversed([*self.ahead.items()])
            for loans in versions
        ]
        for day, versions in reversed([*self.void.items()]):
            for loans in versions:
                found += comparing.with_those_that_stand(Register(day, loans), standing)
        return found


def loans(conn: Connection, society: str, *, newest_only: bool = False) -> list[SealedLoan]:
    """Loans of all registers by date; a later import of the same day replaces an earlier one."""
    standing = [versions[-1] for versions in _registers(conn, society).posted.values()]
    return [loan for register in (standing[-1:] if newest_only else standing) for loan in register]


def _registers(conn: Connection, society: str, until: str = "") -> _Sealed:
    """All registers.

    Args:
        until: ISO day; those of a later one have not come to stand, whenever they were sealed.
    """
    query = (
        placed(book_loan)
        .add_columns(book_import.c.state)
        .join(book_import, book_import.c.id == book_loan.c.import_id)
        .where(book_loan.c.society == society, book_import.c.state.in_(("posted", "void")))
        .order_by(book_loan.c.as_of, book_loan.c.time, book_loan.c.idx)
    )
    found: dict[str, dict[str, dict[str, list[SealedLoan]]]] = {
        "posted": {},
        "void": {},
        "ahead": {},
    }
    day_sealed = cache(day_of)
    for row in conn.execute(query):
        ahead = row.as_of > day_sealed(row.time) or (until and row.as_of > until)
        state = "ahead" if ahead and row.state == "posted" else row.state
        by_day = found[state].setdefault(row.as_of, {})
        by_day.setdefault(row.import_id, []).append(_loan(row))
    return _Sealed(
        *(
            {day: list(versions.values()) for day, versions in by_day.items()}
            for by_day in found.values()
        )
    )


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
    one before it, with those it replaced, and with the books of its day; then those that do not
    stand."""
    read, others = registers(conn, society)
    noticed = [one for register in reversed(read) for one in register.noticed]
    return [one.finding for one in (*noticed, *others)]


def registers(
    conn: Connection, society: str, until: str = ""
) -> tuple[list[SealedRegister], list[SealedNotice]]:
    """Registers that stand, the earliest first, and what is found about those that do not: of days
    that were to come, or declared void.

    Args:
        until: ISO day; a register of a later one does not stand (a clock ran ahead).
    """
    sealed = _registers(conn, society, until)
    read = _read(sealed.posted, loan_books(conn, society)) if sealed.posted else []
    return read, _sealed(sealed.noticed())


def _sealed(noticed: Sequence[Noticed]) -> list[SealedNotice]:
    """What is found about registers of the books, with their entries."""
    return [
        SealedNotice(one.finding, tuple(loan.at for loan in cast(Sequence[SealedLoan], one.loans)))
        for one in noticed
    ]


def _read(posted: _Versions, books: LoanBooks) -> list[SealedRegister]:
    found: list[SealedRegister] = []
    before: Register | None = None
    for day, versions in posted.items():
        every = [Register(day, loans) for loans in versions]
        noticed = _sealed(_compared(books, before, every))
        explained = _explained(books, before, every)
        booked = books.booked(day)
        found.append(SealedRegister(day, versions[-1], booked, noticed, not explained))
        before = every[-1]
    return found


def _explained(books: LoanBooks, before: Register | None, every: Sequence[Register]) -> bool:
    """Whether records say of everything that is owed no more why."""
    now = every[-1]
    if before is not None:
        repaid = books.repaid(before.day, now.day)
        if not comparing.comparable(before, now) or comparing.unexplained(before, now, repaid):
            return False
    return not any(comparing.unexplained(old, now, 0) for old, now in pairwise(every))


def _compared(
    books: LoanBooks, before: Register | None, every: Sequence[Register]
) -> list[Noticed]:
    """The last register of a day, compared."""
    now = every[-1]
    found: list[Noticed] = []
    if before is not None:
        repaid = books.repaid(before.day, now.day)
        found += comparing.with_the_one_before(before, now, repaid)
    for old, new in pairwise(every):
        found += comparing.with_the_one_it_replaces(old, new)
    return found + comparing.with_the_books(now, books.booked(now.day))


def plan_loans(conn: Connection, society: str, read: ReadFile, plan: Plan, tags: Tagger) -> None:
    """Plan the loans of a register, unless the one that stands for its day says the same."""
    if not read.loans:
        return
    made = [
        loan_record(loan, society=society, import_id=plan.import_id, as_of=read.as_of, tags=tags)
        for loan in read.loans
    ]
    registers = _registers(conn, society).posted
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


def _odd(conn: Connection, society: str, now: Register, registers: _Versions) -> list[Fault]:
    """What will be found about a register once it is sealed, in the same words."""
    earlier = [Register(day, versions[-1]) for day, versions in registers.items() if day < now.day]
    same = [Register(now.day, loans) for loans in registers.get(now.day, ())[-1:]]
    before = earlier[-1] if earlier else None
    noticed = _compared(loan_books(conn, society), before, [*same, now])
    found = [one.finding for one in noticed]
    return [fault(one.code, **{k: f"{v}" for k, v in one.places.items()}) for one in found]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A loan that is not sealed yet, as it is compared."""

    tag_key: str | None
    id: str
    number: str | None
    sanctioned_on: str
    outstanding: int
    disbursed_to: str | None
    collateral: str | None


def _planned(record: Mapping[str, Any]) -> _Planned:
    return _Planned(*(record[field.name] for field in fields(_Planned)))


def _said(loan: SealedLoan) -> tuple[object, ...]:
    return tuple(getattr(loan, name) for name in _TOLD)


def _told(record: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(record[name] for name in _TOLD)
