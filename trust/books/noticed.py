"""Loan registers that stand, and what is found about registers, with the entries behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from trust.books.model import SealedLoan
from trust.books.pure.findings import Finding
from trust.formats.places import Place


@dataclass(frozen=True, slots=True)
class SealedNotice:
    """A finding about a register, with the entries of the loans it is about."""

    finding: Finding
    at: tuple[Place, ...]

    @property
    def day(self) -> str:
        """The ISO day of the register."""
        return str(self.finding.figures["day"])


@dataclass(frozen=True, slots=True)
class SealedRegister:
    """A register that stands.

    Attributes:
        booked: paise on the loan accounts of the books on its day; None if they do not say it.
        noticed: by comparison with the one before, those it replaced, and the books.
        unexplained: something is owed no more since the register before, or since one of the same
            day, and no record says why; or it cannot be told.
    """

    day: str
    loans: Sequence[SealedLoan]
    booked: int | None
    noticed: Sequence[SealedNotice]
    unexplained: bool

    @property
    def outstanding(self) -> int:
        """The sum of what is owed, in paise."""
        return sum(loan.outstanding for loan in self.loans)

    @property
    def at(self) -> tuple[Place, ...]:
        """The entries of its loans."""
        return tuple(loan.at for loan in self.loans)
