"""What is told of an import: its report and its row in the list. Seen through ``model``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trust.books.source import Duplicate, Fault, Question, Skipped

UNREADABLE = frozenset({"encoding", "csv", "xml-malformed", "xml-doctype", "not-a-book", "broken"})
"""Codes of faults for which a file counts as unreadable, not as refused."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did or, as a preview, would do; for the page, the command line and the API.

    Attributes:
        state: ``posted``, ``unchanged`` (everything in it was there already), ``refused`` (nothing
            was written), ``asked`` (nothing was written, questions are open), ``preview`` (would be
            posted), ``void`` or ``lost``.
        format: what the file is, also if it is refused: a source format or another name.
        posted: how many entries were sealed by this run, by kind; of a preview those that would be.
        unchanged: how many were there already.
        company: whose books the file says these are; empty if it does not say.
        book_years: of the vouchers, loans or dates that are new, oldest first.
        first, last: the days that these span, ISO; empty if there are none.
        accounts: what the vouchers add to each account of the chart, in paise, debit positive.
        debit, credit: sums of the vouchers that are new, in paise, corrections included.
        vouchers: how many of them.
        rows: how many vouchers, accounts, loans or dates the file has, refused ones included.
        questions: what must be answered before anything is sealed.
        odd: what looks wrong and does not hinder.
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
    company: str = ""
    book_years: tuple[str, ...] = ()
    debit: int = 0
    credit: int = 0
    vouchers: int = 0
    rows: int = 0
    questions: tuple[Question, ...] = ()
    odd: tuple[Fault, ...] = ()
    first: str = ""
    last: str = ""
    accounts: Mapping[str, int] = field(default_factory=dict)

    @property
    def incomplete(self) -> bool:
        """True if something of the file was refused or is asked."""
        return bool(self.refused or self.questions)

    @property
    def unreadable(self) -> bool:
        """True if the bytes cannot be read as anything that holds books."""
        return any(fault.code in UNREADABLE for fault in self.refused)

    @property
    def ok(self) -> bool:
        """True if the file's contents stand in the books now (some rows may be refused)."""
        return self.state in ("posted", "unchanged", "preview")


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import as listed. Times are UTC seconds.

    `state`: open, posted, void, or lost (its vouchers went with a database that was recovered)."""

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
