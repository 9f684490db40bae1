"""Loan registers compared: with the one before, with the books, with the one they replace.

Loans carry tags, so a loan is found again and nobody is named. The books say what was repaid on
loans in all, not on which; so what left the register is compared with that sum.
"""

from collections.abc import Iterable, Iterator, Sequence
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
    @property
    def disbursed_to(self) -> str | None: ...
    @property
    def collateral(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding about a register, with the loans it is about."""

    finding: Finding
    loans: Sequence[Lent]


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
    """Loans owed that the next register lacks, and by how much the others went down, in paise."""
    vanished: list[Lent] = []
    lowered = 0
    for loan, found in matched(before, now):
        if found is not None:
            lowered += max(0, loan.outstanding - found.outstanding)
        elif loan.outstanding > 0:
            vanished.append(loan)
    return vanished, lowered


def matched(before: Register, now: Register) -> Iterator[tuple[Lent, Lent | None]]:
    """Each loan of a register with itself in the next one; None if it is not there.

    A loan whose scheme is written otherwise, or not at all, is known by its number and the day on
    which it was sanctioned.
    """
    by_id = {loan.id: loan for loan in now.loans}
    known = {loan.id for loan in before.loans}
    spare: dict[tuple[str | None, str], list[Lent]] = {}
    for loan in now.loans:
        if loan.id not in known:
            spare.setdefault(_number(loan), []).append(loan)
    for loan in before.loans:
        found = by_id.get(loan.id)
        if found is None and (others := spare.get(_number(loan))):
            found = others.pop()
        yield loan, found


def _number(loan: Lent) -> tuple[str | None, str]:
    return loan.number, loan.sanctioned_on


def with_the_one_before(before: Register, now: Register, repaid: int | None) -> list[Noticed]:
    """Loans that vanished or went down without a repayment in the books, or are told otherwise.

    Args:
        repaid: what the books show as repaid on loans between the two days, in paise; None if they
            hold no voucher of that time, so that nothing can be told of loans that went down.
    """
    days: dict[str, str | int] = {"before": Day(before.day), "day": Day(now.day)}
    if not before.loans or not now.loans:
        return []
    if not comparable(before, now):
        return [Noticed(Finding("register-not-comparable", "amber", days), now.loans)]
    vanished, lowered = gone(before, now)
    amount = sum(loan.outstanding for loan in vanished)
    paid = repaid or 0
    places = days | {"repaid": Paise(paid)}
    found: list[Noticed] = []
    if vanished and amount + lowered > paid:
        places |= {"count": len(vanished), "amount": Paise(amount)}
        places |= {"gone": Paise(amount + lowered)}
        found.append(Noticed(Finding("loans-vanished", "red", places), vanished))
    elif repaid is not None and lowered > paid:
        places |= {"amount": Paise(lowered)}
        less = _lowered(before, now)
        found.append(Noticed(Finding("loans-lowered", "red", places), less))
    return found + _retold(before, now, days)


def _lowered(before: Register, now: Register) -> list[Lent]:
    both = matched(before, now)
    return [old for old, new in both if new and new.outstanding < old.outstanding]


def unexplained(before: Register, now: Register, repaid: int | None) -> bool:
    """Whether something that was owed is owed no more, and no repayment in the books says why.

    Unlike the findings, silent books explain nothing: where they hold no voucher of that time,
    loans that went down are unexplained too.
    """
    vanished, lowered = gone(before, now)
    return sum(loan.outstanding for loan in vanished) + lowered > (repaid or 0)


def _retold(before: Register, now: Register, days: dict[str, str | int]) -> list[Noticed]:
    """Loans with another day of sanction, payee or security in the later register, or none."""
    other = [old for old, new in matched(before, now) if new and _contradicts(old, new)]
    if not other:
        return []
    amount = Paise(sum(loan.outstanding for loan in other))
    places = days | {"count": len(other), "amount": amount}
    return [Noticed(Finding("loans-retold", "amber", places), other)]


def _contradicts(old: Lent, new: Lent) -> bool:
    """Whether something that was said of a loan is said otherwise, or no more."""
    said = (old.sanctioned_on, old.disbursed_to, old.collateral)
    now = (new.sanctioned_on, new.disbursed_to, new.collateral)
    return any(a is not None and a != b for a, b in zip(said, now, strict=True))


def with_the_books(now: Register, booked: int | None) -> list[Noticed]:
    """A register that sums to another amount than the loan accounts of the books on its day.

    Args:
        booked: paise, debit positive; None if the books do not say it for that day.
    """
    if booked is None or booked == now.outstanding:
        return []
    gap = Paise(abs(now.outstanding - booked))
    figures = {"register": Paise(now.outstanding), "books": Paise(booked), "gap": gap}
    return [
        Noticed(Finding("register-control", "red", {"day": Day(now.day), **figures}), now.loans)
    ]


def with_the_one_it_replaces(old: Register, now: Register) -> list[Noticed]:
    """Loans that a register of the same day no longer has, or tells otherwise."""
    if not comparable(old, now):
        return []
    vanished, _ = gone(old, now)
    found: list[Noticed] = []
    if vanished:
        places = {"day": Day(now.day), **_sum_of(vanished)}
        found.append(Noticed(Finding("register-replaced", "amber", places), vanished))
    days: dict[str, str | int] = {"before": Day(old.day), "day": Day(now.day)}
    return found + _retold(old, now, days)


def with_those_that_stand(void: Register, standing: Iterable[Register]) -> list[Noticed]:
    """Loans of a register that was declared void which no register that stands has."""
    left = [loan for loan in void.loans if loan.outstanding > 0]
    for register in standing:
        if comparable(void, register):
            lacks, _ = gone(Register(void.day, left), register)
            left = list(lacks)
    if not left:
        return []
    places = {"day": Day(void.day), **_sum_of(left)}
    return [Noticed(Finding("register-void", "amber", places), left)]


def dated_ahead(register: Register, sealed: Day) -> Noticed:
    """A register of a day that was to come when it was sealed: it is compared with nothing."""
    places: dict[str, str | int] = {"day": Day(register.day), "sealed": sealed}
    return Noticed(Finding("register-ahead", "red", places), register.loans)


def _sum_of(loans: Sequence[Lent]) -> dict[str, str | int]:
    return {"count": len(loans), "amount": Paise(sum(loan.outstanding for loan in loans))}
