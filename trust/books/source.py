"""What a file yields before anything is posted, and how faults are told. Seen through ``model``.

Money is integer paise; a positive posting is a debit. Dates are ISO ``yyyy-mm-dd``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

SourceFormat = Literal[
    "trial-balance",
    "tally-xml",
    "tally-daybook",
    "general-ledger",
    "loan-register",
    "governance-dates",
    "ledger-map",
]
"""Kinds of files that are read; what else a file can be has a name of its own (`readers/files`).
A map of ledgers is no file: it is why vouchers on suspense were restated (`restating`)."""

Answers = Mapping[str, str]
"""What somebody said to questions about a file, by the question's code."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in what was read, shown to the user as it is.

    Attributes:
        code: stable slug.
        message: one human sentence: what is wrong and, where it helps, what to do.
        row: line of the file counted from 1, or the ordinal of the element; None = whole file.
        column: name of the column or element; empty if the whole row is meant.
        words: key of the sentence in both languages (`pure/faultwords`); empty if it has none.
        places: what fills that sentence.
    """

    code: str
    message: str
    row: int | None = None
    column: str = ""
    words: str = ""
    places: Mapping[str, str | int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the file does not say and nobody may guess; nothing is sealed before it is
    answered.

    Attributes:
        code: stable slug; also the name under which the answer is given.
        message: one human sentence.
        answers: the answers to choose from; empty if a text is asked for, such as a book year.
        words: key of the sentence in both languages (`pure/words`).
        places: what fills that sentence.
        row: line of the file it is about; None = whole file.
    """

    code: str
    message: str
    answers: tuple[str, ...] = ("yes",)
    words: str = ""
    places: Mapping[str, str | int] = field(default_factory=dict, hash=False)
    row: int | None = None


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
    """One loan of a register as of a date. References are the source's own and stay private.

    Numbers of loans may begin again in each `scheme`, if the register names schemes.
    """

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
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class DateRow:
    """A date of governance: general or special meeting, audit, election held, accounting date."""

    event: str
    date: str
    book_year: str
    note: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Everything one file yielded, before anything is posted.

    ``vouchers`` may be on disk (`trust.books.spool`): iterate, do not keep.
    ``company`` is the name that the file gives for whose books these are, if it gives one.
    ``label`` is which set of books a trial balance is of, such as a branch, if it says.
    ``rows`` counts vouchers, accounts, loans or dates, refused ones included.
    ``odd`` is what is read and sealed and looks wrong, ``notes`` how the file was read.
    ``counts`` are what was read, ``cleaned`` what had to be removed to read it (never silently),
    ``pii`` how many values look like personal identifiers (never the values).
    ``period`` is the first and the last day that the file speaks of, empty if it does not say;
    ``left_out`` and ``unposted`` are identities of vouchers that it names and that do not post:
    skipped and refused ones. ``types`` are voucher types learnt from it: what each descends from.
    """

    format: SourceFormat
    vouchers: Sequence[SourceVoucher] = ()
    groups: tuple[SourceGroup, ...] = ()
    ledgers: tuple[SourceLedger, ...] = ()
    loans: tuple[LoanRow, ...] = ()
    dates: tuple[DateRow, ...] = ()
    as_of: str = ""
    company: str = ""
    label: str = ""
    questions: tuple[Question, ...] = ()
    odd: tuple[Fault, ...] = ()
    rows: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    cleaned: Mapping[str, int] = field(default_factory=dict)
    pii: Mapping[str, int] = field(default_factory=dict)
    duplicates: tuple[Duplicate, ...] = ()
    period: tuple[str, str] = ("", "")
    left_out: tuple[str, ...] = ()
    unposted: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def unreadable(self) -> bool:
        """True if the file as a whole was refused (a fault without a row)."""
        return any(fault.row is None for fault in self.refused)
