"""Which kind of file somebody handed over, told by what is in it, and its reading."""

from dataclasses import dataclass, field, replace

from trust.books.model import Answers, Fault, ReadFile, SourceFormat
from trust.books.pure import daybook, generalledger, meetings, registers, trial_balance, years
from trust.books.pure.csvtext import Unreadable
from trust.books.pure.faultwords import WORDS, fault
from trust.books.pure.tally_types import VoucherTypes
from trust.books.pure.textkinds import byte_kind, is_xml, text_kind
from trust.books.readers.sourcefile import SourceFile
from trust.books.readers.tally import LAST_DAY, read_tally

KINDS: tuple[SourceFormat, ...] = (
    "trial-balance",
    "tally-xml",
    "tally-daybook",
    "general-ledger",
    "loan-register",
    "governance-dates",
)
_UNREAD = ("not-a-book", "other-kind", "broken", "too-large")
"""Codes of faults that no kind named by a person overrules."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What the importer knows beside the bytes: the book year and the day, if they were given,
    today, the society's own voucher types, and the name of the file, and what was
    answered to questions about it."""

    book_year: str
    as_of: str
    today: str = LAST_DAY
    types: VoucherTypes = field(default_factory=VoucherTypes)
    answers: Answers = field(default_factory=dict)
    filename: str = ""


def detect(file: SourceFile) -> SourceFormat | Fault:
    """The kind of a file by its contents, or the fault that says what it is instead."""
    try:
        return _detect(file)
    except Unreadable as error:
        return error.fault


def _detect(file: SourceFile) -> SourceFormat | Fault:
    if name := byte_kind(file.head):
        return fault(f"not-a-book/{name}")
    if f"not-a-book/{file.container}" in WORDS:
        return fault(f"not-a-book/{file.container}")
    name = text_kind(file.head) if file.container == "csv" else ""
    if name:
        return fault(f"other-kind/{name}")
    if file.container == "csv" and is_xml(file.head):
        return "tally-xml"
    choice = file.choice
    for known in KINDS:
        if choice.kind == known:
            return known
    if choice.table.faults:
        return choice.table.faults[0]
    if choice.kind:
        return fault(f"other-kind/{choice.kind}")
    prose = not any(len(cells) > 1 for _, cells in choice.table.rows)
    return fault("kind-unknown/text" if prose else "kind-unknown/none")


def told(kind: SourceFormat, file: SourceFile) -> SourceFormat | Fault:
    """The kind that somebody named, unless the contents say that it is another."""
    found = detect(file)
    if isinstance(found, Fault):
        return found if found.code in _UNREAD else kind
    return kind if found == kind else fault("kind-differs", found=found, said=kind)


def name_of(fault: Fault) -> str:
    """What a file that is not read is called in its report."""
    code, _, name = fault.words.partition("/")
    if code in ("not-a-book", "other-kind"):
        return name
    return {"empty": "empty", "kind-differs": str(fault.places.get("found", ""))}.get(
        code, "text" if name == "text" else "unknown"
    )


def read_file(file: SourceFile, kind: SourceFormat, hints: Hints) -> ReadFile:
    """Read a file of a known kind into plain values and faults; writes nothing."""
    try:
        if kind == "tally-xml":
            return read_tally(file, today=hints.today, known=hints.types)
        choice = file.choice
        if choice.table.faults:
            return ReadFile(kind, refused=choice.table.faults, questions=choice.questions)
        read = _read(file, kind, hints)
    except Unreadable as error:
        return ReadFile(kind, refused=(error.fault,))
    return replace(
        read, questions=(*choice.questions, *read.questions), notes=(*choice.notes, *read.notes)
    )


def _read(file: SourceFile, kind: SourceFormat, hints: Hints) -> ReadFile:
    if kind == "tally-daybook":
        return daybook.read_daybook(
            file.table, today=hints.today, types=hints.types, answers=hints.answers
        )
    if kind == "general-ledger":
        return generalledger.read_ledger(file.table, answers=hints.answers)
    if kind == "trial-balance":
        return trial_balance.read_trial_balance(
            file.table, answers=hints.answers, filename=hints.filename, today=hints.today
        )
    if kind == "loan-register":
        return registers.read_loans(file.table, today=hints.today, answers=hints.answers)
    return meetings.read_dates(file.table, today=hints.today, answers=hints.answers)


def year_named(file: SourceFile, filename: str) -> str | None:
    """A book year named in the file name or in the lines above the table; None if not one."""
    head = file.head[:2048].decode("utf-8", errors="ignore")
    return years.find_book_year(filename) or years.find_book_year(head)
