"""Which kind of file somebody handed over, told by what is in it, and its reading."""

from dataclasses import dataclass, field

from trust.books.model import Answers, Fault, ReadFile, SourceFormat
from trust.books.pure import meetings, registers, trial_balance, years
from trust.books.pure.csvtext import Unreadable
from trust.books.pure.faultwords import fault
from trust.books.pure.tally_types import VoucherTypes
from trust.books.readers.sourcefile import SourceFile
from trust.books.readers.tally import LAST_DAY, read_tally

KINDS: tuple[SourceFormat, ...] = (
    "trial-balance",
    "tally-xml",
    "loan-register",
    "governance-dates",
)


@dataclass(frozen=True, slots=True)
class Hints:
    """What the importer knows beside the bytes: the book year and the day, if they were given,
    today, the society's own voucher types, and what was answered to questions about the file."""

    book_year: str
    as_of: str
    today: str = LAST_DAY
    types: VoucherTypes = field(default_factory=VoucherTypes)
    answers: Answers = field(default_factory=dict)


def detect(file: SourceFile) -> SourceFormat | Fault:
    """The kind of a file by its contents, or the fault that it is none we know."""
    start = file.head[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t\x00")
    if start.startswith(b"<"):
        return "tally-xml"
    if file.head.startswith(b"PK\x03\x04"):
        return fault("kind-unknown/zip")
    try:
        rows = file.table.rows
    except Unreadable as error:
        return error.fault
    if registers.is_loans(rows):
        return "loan-register"
    if trial_balance.looks_like(rows):
        return "trial-balance"
    if meetings.is_dates(rows):
        return "governance-dates"
    return fault("kind-unknown/none")


def read_file(file: SourceFile, kind: SourceFormat, hints: Hints) -> ReadFile:
    """Read a file of a known kind into plain values and faults; writes nothing."""
    try:
        return _read(file, kind, hints)
    except Unreadable as error:
        return ReadFile(kind, refused=(error.fault,))


def _read(file: SourceFile, kind: SourceFormat, hints: Hints) -> ReadFile:
    if kind == "tally-xml":
        return read_tally(file, today=hints.today, known=hints.types)
    if kind == "trial-balance":
        as_of = hints.as_of or years.last_day(hints.book_year)
        return trial_balance.read_trial_balance(file.table, book_year=hints.book_year, as_of=as_of)
    if kind == "loan-register":
        return registers.read_loans(file.table, today=hints.today, answers=hints.answers)
    return meetings.read_dates(file.table, today=hints.today, answers=hints.answers)


def year_named(file: SourceFile, filename: str) -> str | None:
    """A book year named in the file name or in the lines above the table; None if not one."""
    head = file.head[:2048].decode("utf-8", errors="ignore")
    return years.find_book_year(filename) or years.find_book_year(head)
