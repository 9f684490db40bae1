"""Loan registers compared: with the one before, with the books, with the one they replace.

Loans carry tags, so a loan is found again and nobody is named. The books say what was repaid on
loans in all, not on which; so what left the register is compared with that sum.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from trust.books.pure.findings import Day, Finding, Paise


class Lent(Protocol):
    """What is needed of a loan: its tags, the secret they were made with, and what is owed."""

    @property
    def tag_key(self) -> str | None: ...
    @property
    def id(self) -> str: ...
    @property
    def number(self) -> str | None: ...
    @property
    def sanctioned_on(self) -> str: ...
    @property
    def outstanding(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Register:
    """A register: its day and its loans."""

    day: str
    loans: Sequence[Lent]

    @property
    def outstanding(self) -> int:
        """The sum of what is owed, in paise."""
        return sum(loan.outstanding for loan in self.loans)


def comparable(before: Register, now: Register) -> bool:
    """Whether the tags of two registers were made with one secret."""
    keys = {loan.tag_key for loan in (*before.loans, *now.loans)}
    return len(keys) == 1 and None not in keys


def gone(before: Register, now: Register) -> tuple[list[Lent], int]:
    """Loans that were owed and are not in the next register, and by how much the others went down.

    A loan whose scheme is written otherwise, or not at all, is known by its number and the day on
    which it was sanctioned.
    """
    by_id = {loan.id: loan for loan in now.loans}
    known = {loan.id for loan in before.loans}
    spare = Counter(_number(loan) for loan in now.loans if loan.id not in known)
    owed = {_number(loan): loan.outstanding for loan in now.loans if loan.id not in known}
    vanished: list[Lent] = []
    lowered = 0
    for loan in before.loans:
        found = by_id.get(loan.id)
        left = None if found is None else found.outstanding
        if found is None and spare[_number(loan)]:
            spare[_number(loan)] -= 1
            left = owed[_number(loan)]
        if left is None and loan.outstanding > 0:
            vanished.append(loan)
        elif left is not None:
            lowered += max(0, loan.outstanding - left)
    return vanished, lowered


def _number(loan: Lent) -> tuple[str | None, str]:
    return loan.number, loan.sanctioned_on


def with_the_one_before(before: Register, now: Register, repaid: int | None) -> list[Finding]:
    """Loans that vanished or went down without a repayment in the books.

    Args:
        repaid: what the books show as repaid on loans between the two days, in paise; None if they
            hold no voucher of that time, so that nothing can be told of loans that went down.
    """
    days: dict[str, str | int] = {"before": Day(before.day), "day": Day(now.day)}
    if not before.loans or not now.loans:
        return []
    if not comparable(before, now):
        return [Finding("register-not-comparable", "amber", days)]
    vanished, lowered = gone(before, now)
    amount = sum(loan.outstanding for loan in vanished)
    paid = repaid or 0
    places = days | {"repaid": Paise(paid)}
    if vanished and amount + lowered > paid:
        figures = {"amount": Paise(amount), "gone": Paise(amount + lowered)}
        return [Finding("loans-vanished", "red", places | {"count": len(vanished)} | figures)]
    if repaid is not None and lowered > paid:
        return [Finding("loans-lowered", "red", places | {"amount": Paise(lowered)})]
    return []


def with_the_books(now: Register, booked: int | None) -> list[Finding]:
    """A register that sums to another amount than the loan accounts of the books on its day.

    Args:
        booked: paise, debit positive; None if the books do not say it for that day.
    """
    if booked is None or booked == now.outstanding:
        return []
    gap = Paise(abs(now.outstanding - booked))
    figures = {"register": Paise(now.outstanding), "books": Paise(booked), "gap": gap}
    return [Finding("register-control", "red", {"day": Day(now.day), **figures})]


def with_the_one_it_replaces(old: Register, now: Register) -> list[Finding]:
    """Loans that a register of the same day no longer has."""
    if not comparable(old, now):
        return []
    vanished, _ = gone(old, now)
    if not vanished:
        return []
    amount = Paise(sum(loan.outstanding for loan in vanished))
    figures = {"count": len(vanished), "amount": amount}
    return [Finding("register-replaced", "amber", {"day": Day(now.day), **figures})]
