"""What the books are made of, as plain frozen values.

Money is integer paise; a positive posting is a debit. Dates are ISO ``yyyy-mm-dd``; a book year
is written ``2025-26`` and runs from 1 April to 31 March.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from trust.books.imported import ImportReport, ImportRow
from trust.books.ledgers import LedgerChoice, UnplacedLedger
from trust.books.source import (
    Answers,
    DateRow,
    Duplicate,
    Fault,
    LoanRow,
    Question,
    ReadFile,
    Skipped,
    SourceFormat,
    SourceGroup,
    SourceLedger,
    SourceLine,
    SourceVoucher,
)
from trust.formats.places import Place

__all__ = [
    "Account",
    "Answers",
    "Check",
    "DateRow",
    "Duplicate",
    "Fault",
    "Figures",
    "Filed",
    "FiledStatement",
    "ImportReport",
    "ImportRow",
    "LateEntry",
    "LedgerChoice",
    "Line",
    "LoanRow",
    "Posting",
    "QuarterSales",
    "Question",
    "ReadFile",
    "SealedDate",
    "SealedLoan",
    "SealedVoucher",
    "Side",
    "Signed",
    "Skipped",
    "SourceFormat",
    "SourceGroup",
    "SourceLedger",
    "SourceLine",
    "SourceVoucher",
    "StatementDraft",
    "TrialRow",
    "UnplacedLedger",
    "Voucher",
]

Side = Literal["liabilities", "assets", "expenditure", "income", "debit", "credit"]


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a voucher on an account of the chart; debit positive."""

    account: str
    paise: int


@dataclass(frozen=True, slots=True)
class Voucher:
    """A posting voucher as the log holds it (docs/formats.md 6.1); its lines sum to zero.

    ``corrects`` names the voucher that this one reverses or replaces, if any.
    """

    id: str
    society: str
    book_year: str
    date: str
    type: str
    source: str
    lines: tuple[Posting, ...]
    corrects: str | None = None
    import_id: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the published chart."""

    code: str
    name: str
    type: str
    normal: Literal["Dr", "Cr"]
    line: str
    member_ledger: str
    sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a form. ``role``: heading, leaf, carried (profit or loss), computed, gap."""

    id: str
    statement: Literal["BS", "PL", "TR"]
    side: Side
    order: int
    parent: str
    role: str
    carries: str
    label: str


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One account in a year: opening + debits - credits = closing; debit positive."""

    account: str
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of the books. ``state``: right, wrong, or unchecked with the reason.

    ``number`` is that of the platform's list of 22 checks; ``faults`` say what is wrong where,
    ``why`` is the slug of the reason why one was not made (`pure/checkwords`).
    """

    number: int
    name: str
    state: Literal["right", "wrong", "unchecked"]
    says: str
    faults: tuple[Fault, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """A statement in figures: amounts by line id, each with the sign of its side.

    ``lines`` holds every line of the three statements, headings included, zero included.
    ``profit`` is negative for a loss; ``gross`` is the trading result.
    """

    book_year: str
    lines: Mapping[str, int]
    assets: int
    liabilities: int
    profit: int
    gross: int


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """What an officer is asked to sign, with everything the platform found about it."""

    record: Mapping[str, object]
    figures: Figures
    prior: Figures | None
    trial_balance: tuple[TrialRow, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Filed:
    """A statement sealed in the society's book log."""

    society: str
    book_year: str
    sha256: str
    origin: str
    index: int
    checks: tuple[Check, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """A draft that was signed and waits: offices that signed, and those that have still to."""

    society: str
    book_year: str
    signed: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SealedVoucher:
    """A voucher in the books with its entry."""

    voucher: Voucher
    at: Place


@dataclass(frozen=True, slots=True)
class SealedLoan:
    """A loan of a register with tags instead of references; amounts in paise.

    `tag_key` names the secret of the tags; None of a loan of version 1, whose secret was thrown
    away after the import, so that its tags compare with no other register's.
    """

    id: str
    as_of: str
    sanctioned_on: str
    sanctioned: int
    outstanding: int
    overdue: int
    overdue_days: int
    purpose: str
    in_area: bool
    disbursed_to: str | None
    collateral: str | None
    at: Place
    tag_key: str | None = None
    number: str | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class SealedDate:
    """A governance date with its entry."""

    event: str
    date: str
    book_year: str
    at: Place


@dataclass(frozen=True, slots=True)
class QuarterSales:
    """Sales (statement line TC1) of a quarter in paise, with the entries that carry them.

    `corrected`: what entries that correct others changed, with the time of each, UTC seconds.
    """

    quarter: str
    paise: int
    at: tuple[Place, ...]
    corrected: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LateEntry:
    """A voucher dated before what the books already held when it was sealed.

    ``days``: from its date to the newest date of earlier imports. ``filed``: the sheet of its book
    year was filed before it was sealed. Corrections that name what they correct are not late.
    """

    value_date: str
    days: int
    filed: bool
    at: Place


@dataclass(frozen=True, slots=True)
class Turnover:
    """What the vouchers of a society say one by one; those of posted imports.

    Attributes:
        sales: by quarter, oldest first.
        late: in the order of sealing.
        through: newest date of a voucher; None if there are none.
        ahead: vouchers of days that were to come when they were sealed; they move nothing on.
        sealed_at: when the newest was sealed, UTC seconds; None if there are none.
        closings: closing entries of the imports that brought them.
        summed: book years that a trial balance brought, in one sum.
    """

    sales: list[QuarterSales]
    late: list[LateEntry]
    through: str | None
    sealed_at: int | None
    closings: tuple[Place, ...]
    summed: frozenset[str]
    ahead: tuple[tuple[str, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class FiledStatement:
    """A statement as filed; ``in_force`` is false once another one supersedes it."""

    society: str
    book_year: str
    sha256: str
    record: Mapping[str, object]
    at: Place
    in_force: bool
    checks: tuple[Check, ...]
