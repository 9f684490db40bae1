"""What the books are made of, as plain frozen values.

Money is integer paise; a positive posting is a debit. Dates are ISO ``yyyy-mm-dd``; a book year
is written ``2025-26`` and runs from 1 April to 31 March.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SourceFormat = Literal["trial-balance", "tally-xml", "loan-register", "governance-dates"]
Side = Literal["liabilities", "assets", "expenditure", "income", "debit", "credit"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in what was read, shown to the user as it is.

    Attributes:
        code: stable slug.
        message: one human sentence: what is wrong and, where it helps, what to do.
        row: line of the file counted from 1, or the ordinal of the element; None = whole file.
        column: name of the column or element; empty if the whole row is meant.
    """

    code: str
    message: str
    row: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something read and left out on purpose (it posts nothing), with the reason."""

    what: str
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same thing more than once. ``by`` is ``id`` (same GUID) or ``content``."""

    by: Literal["id", "content"]
    ids: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One posting as its source names it: a ledger, not yet an account of the chart."""

    ledger: str
    paise: int


@dataclass(frozen=True, slots=True)
class SourceVoucher:
    """A balanced voucher as read, before its ledgers are mapped to the chart.

    Attributes:
        id: the source's own GUID, or empty: then a content id is made.
        row: where in the file it stands (ordinal from 1), for messages.
    """

    id: str
    date: str
    type: str
    lines: tuple[SourceLine, ...]
    number: str = ""
    narration: str = ""
    party: str = ""
    instruments: tuple[str, ...] = ()
    row: int = 0


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """A group of ledgers; ``reserved`` is the product's own name if the group is built in."""

    name: str
    parent: str = ""
    reserved: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class SourceLedger:
    """A ledger with the group it stands under; opening in paise, debit positive."""

    name: str
    parent: str = ""
    opening: int = 0
    guid: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoanRow:
    """One loan of a register as of a date. References are the source's own and stay private."""

    loan_id: str
    member_ref: str
    sanctioned_on: str
    sanctioned: int
    outstanding: int
    overdue: int
    overdue_days: int
    purpose: str
    payee_ref: str
    collateral_ref: str
    in_area: bool
    row: int = 0


@dataclass(frozen=True, slots=True)
class DateRow:
    """A date of governance: general meeting, audit, election held, or the accounting date."""

    event: str
    date: str
    book_year: str
    note: str = ""
    row: int = 0


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
class ReadFile:
    """Everything one file yielded, before anything is posted.

    ``counts`` are what was read, ``cleaned`` what had to be removed to read it (never silently),
    ``pii`` how many values look like personal identifiers (never the values).
    """

    format: SourceFormat
    vouchers: tuple[SourceVoucher, ...] = ()
    groups: tuple[SourceGroup, ...] = ()
    ledgers: tuple[SourceLedger, ...] = ()
    loans: tuple[LoanRow, ...] = ()
    dates: tuple[DateRow, ...] = ()
    as_of: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    cleaned: Mapping[str, int] = field(default_factory=dict)
    pii: Mapping[str, int] = field(default_factory=dict)
    duplicates: tuple[Duplicate, ...] = ()

    @property
    def unreadable(self) -> bool:
        """True if the file as a whole was refused (a fault without a row)."""
        return any(fault.row is None for fault in self.refused)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, for the page, the command line and the API.

    Attributes:
        state: ``posted``, ``unchanged`` (the same file was there already), ``refused`` (nothing
            was written) or ``void``.
        posted: how many entries were sealed by this run, by kind.
        unchanged: how many were there already.
    """

    import_id: str
    society: str
    format: str
    filename: str
    sha256: str
    size: int
    state: str
    read: Mapping[str, int] = field(default_factory=dict)
    posted: Mapping[str, int] = field(default_factory=dict)
    unchanged: int = 0
    refused: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    cleaned: Mapping[str, int] = field(default_factory=dict)
    pii: Mapping[str, int] = field(default_factory=dict)
    duplicates: tuple[Duplicate, ...] = ()
    unmapped: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True if the file's contents stand in the books now (some rows may be refused)."""
        return self.state in ("posted", "unchanged")


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

    ``number`` is that of the platform's list of 22 checks; ``faults`` say what is wrong where.
    """

    number: int
    name: str
    state: Literal["right", "wrong", "unchecked"]
    says: str
    faults: tuple[Fault, ...] = ()


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
    mapping_sha256: str


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
class ImportRow:
    """An import as listed. ``state``: open, posted or void. Times are UTC seconds."""

    id: str
    society: str
    format: str
    filename: str
    sha256: str
    size: int
    book_year: str
    state: str
    posted: int
    actor: str
    created_at: int
    closed_at: int | None
    report: ImportReport


@dataclass(frozen=True, slots=True)
class At:
    """Where and when something was sealed: log, position, UTC seconds."""

    origin: str
    index: int
    time: int


@dataclass(frozen=True, slots=True)
class SealedVoucher:
    """A voucher in the books with its entry."""

    voucher: Voucher
    at: At


@dataclass(frozen=True, slots=True)
class SealedLoan:
    """A loan of a register with tags instead of references; amounts in paise."""

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
    at: At


@dataclass(frozen=True, slots=True)
class SealedDate:
    """A governance date with its entry."""

    event: str
    date: str
    book_year: str
    at: At


@dataclass(frozen=True, slots=True)
class QuarterSales:
    """Sales (statement line TC1) of a quarter in paise, with the entries that carry them."""

    quarter: str
    paise: int
    at: tuple[At, ...]


@dataclass(frozen=True, slots=True)
class LateEntry:
    """A voucher dated before what the books already held when it was sealed.

    ``days``: from its date to the newest date of earlier imports. ``filed``: the sheet of its book
    year was filed before it was sealed. Corrections that name what they correct are not late.
    """

    value_date: str
    days: int
    filed: bool
    at: At


@dataclass(frozen=True, slots=True)
class FiledStatement:
    """A statement as filed; ``in_force`` is false once another one supersedes it."""

    society: str
    book_year: str
    sha256: str
    record: Mapping[str, object]
    at: At
    in_force: bool
    checks: tuple[Check, ...]
