"""Refusals of the books, one class each."""

from typing import ClassVar

from trust.books.model import Fault
from trust.formats.errors import SakshiError
from trust.log.errors import AlteredError


class BooksError(SakshiError):
    """Any refusal of this package."""

    default_code: ClassVar[str] = "books"


class UnknownImportError(BooksError):
    """There is no import of that id."""

    default_code = "unknown-import"
    status = 404
    text = "There is no import {number}."


class ImportStateError(BooksError):
    """The import is not in a state in which this can be done with it."""

    default_code = "import-state"


class NoBooksError(BooksError):
    """The society has no sealed books for that year, or no released head to rest a sheet on."""

    default_code = "no-books"
    text = (
        "No books of {book_year} are sealed under a released head. Bring them in first, or wait a "
        "moment and try again."
    )


class StatementRefusedError(BooksError):
    """A statement cannot be filed as it is; ``faults`` say what differs."""

    default_code = "statement-refused"

    def __init__(self, *, faults: tuple[Fault, ...] = (), **places: object) -> None:
        super().__init__(None, code=None, **places)
        self.faults = faults


class ImportsBusyError(ImportStateError):
    """Other imports came in between in every try."""

    default_code = "imports-busy"
    status = 409
    text = "Other imports of this society keep coming in; try again in a moment."


class UploadsFullError(BooksError):
    """As many files of a society wait to be sealed as may."""

    default_code = "uploads-full"
    status = 409
    text = (
        "{most} files of this society wait to be sealed, and no more are kept. Seal or discard one "
        "of them first."
    )


class UnknownUploadError(BooksError):
    """No file of that token waits for this account."""

    default_code = "unknown-upload"
    status = 404
    text = (
        "This file does not wait here. It was sealed or discarded, it is older than a day, or "
        "somebody else brought it in. Send it again if it is to be sealed."
    )


class ImportFiledError(ImportStateError):
    """A filed sheet rests on the import."""

    default_code = "import-filed"
    status = 409
    text = (
        "The statement filed for {filed} rests on this import. Bring in the corrected file: what "
        "differs is posted as vouchers that name what they correct. Then file the statement again."
    )


class ImportNeededError(ImportStateError):
    """A later import was computed from the books with this one, or corrects it."""

    default_code = "import-needed"
    status = 409
    text = (
        "Import {other} came later and rests on this one. Declare that one void first: on its page "
        "under Books, or with `sakshi void {other}`."
    )


class VoidReasonError(ImportStateError):
    """An import that counts is declared void without saying why, or at too great length."""

    default_code = "void-reason"
    field = "reason"
    text = (
        "Say in at most {most} characters why this import is declared void; the reason is public."
    )


class VoidReasonPersonalError(ImportStateError):
    """The reason holds what looks like a personal number or address."""

    default_code = "void-reason-personal"
    field = "reason"
    text = (
        "The reason becomes public, and it holds what looks like a personal number or an e-mail "
        "address. Write it without."
    )


class BookYearError(BooksError):
    """The text is no book year."""

    default_code = "book-year"
    field = "book_year"
    text = "“{found}” is not a book year such as 2025-26."


class ImportKindError(BooksError):
    """No reader has that name."""

    default_code = "import-kind"
    field = "kind"
    text = "“{found}” is not one of {kinds}."


class UnknownAccountError(BooksError):
    """The chart has no such account."""

    default_code = "account-unknown"
    text = "The chart has no account {account}. Choose one of the list."


class LedgerNameError(BooksError):
    """A ledger without a name, or with one that no record holds."""

    default_code = "ledger-name"
    text = "Name the ledger, in at most {most} characters."


class TooManyLedgersError(BooksError):
    """More choices at once than one record holds."""

    default_code = "ledgers-too-many"
    text = "At most {most} ledgers can be put on accounts at once. Save them in parts."


class SheetAlteredError(AlteredError):
    """A row names an entry that is no such sheet."""

    default_code = "sheet-altered"
    status = 500
    text = (
        "Entry {index} of {origin} is no balance sheet of {society} for {book_year}; the "
        "database was altered. `sakshi fsck` says what changed."
    )


class NotAStatementError(StatementRefusedError):
    """The record is of another kind."""

    default_code = "not-a-statement"
    text = "This is not a statement."


class OtherLogError(StatementRefusedError):
    """Between drafting and filing the society's log went on in another."""

    default_code = "other-log"
    text = (
        "The statement was drafted over {drafted}, but entries now go to {current}: a year or a "
        "key ended in between. Draft it again."
    )


class OtherSocietyError(StatementRefusedError):
    """The record names another society."""

    default_code = "other-society"
    text = "The statement was made for another society. Draft it again on this society's page."


class UnknownHeadError(StatementRefusedError):
    """The record names a head that was never released."""

    default_code = "unknown-head"
    text = "The statement names a head that the society's log never had. Draft it again."


class StatementVersionError(StatementRefusedError):
    """A new filing in a form that is only read any more."""

    default_code = "statement-version"
    text = "New balance sheets are filed in version {newest} of their form. Draft it again."


class AsOfError(StatementRefusedError):
    """The day of the sheet lies outside its year, or has not come."""

    default_code = "as-of"
    field = "as_of"
    text = "A sheet of {book_year} cannot be as of {as_of}."


class AsOfReasonError(StatementRefusedError):
    """Another day than the last of the year, without an order that says why."""

    default_code = "as-of-reason"
    field = "as_of"
    text = (
        "A sheet of {book_year} is as of {last}. Another day needs its reason: first year, merger "
        "or winding up, with number and date of the order."
    )


class RunningYearError(StatementRefusedError):
    """The year is not over, and no order is named."""

    default_code = "running-year"
    status = 409
    text = (
        "The year {book_year} is not over, so its sheet cannot be filed before {last}. If an order "
        "ends the books earlier, state the order and its day."
    )


class ReasonNeedlessError(StatementRefusedError):
    """A reason for a day that needs none."""

    default_code = "reason-needless"
    text = "A sheet as of {last} needs no reason. Leave it out, or choose the other day."


class OrderError(StatementRefusedError):
    """The order named as the reason is not complete, or is of a day to come."""

    default_code = "order"
    field = "reference"
    text = (
        "Give the ground, the number and the date of the order; the date cannot be in the future."
    )


class OpenChecksError(StatementRefusedError):
    """The faults that the record states are not those that the checks find now."""

    default_code = "open-checks"
    status = 409
    text = "What the checks find has changed since this was drafted. Draft it again."


class BooksMovedError(StatementRefusedError):
    """Entries came into the year after the head that the record rests on."""

    default_code = "books-moved"
    status = 409
    text = "Entries were sealed into {book_year} since this was drafted. Draft it again."


class SignatureMissingError(StatementRefusedError):
    """An office that must sign has not."""

    default_code = "signature-missing"
    status = 409
    text = "Before the sheet can be filed these must sign it as well: {roles}."


class OvertakenError(StatementRefusedError):
    """Another sheet was filed since this was drafted."""

    default_code = "overtaken"
    status = 409
    text = "Since this was drafted a statement of {year} was filed; draft it again."


class NotAnOfficersKeyError(StatementRefusedError):
    """The signing key is not bound to that role."""

    default_code = "not-an-officer"
    text = "The signing key is not bound to the role {role} in this society."


class OnePersonSignsError(StatementRefusedError):
    """Two of the signing keys are bound to one person."""

    default_code = "one-person-signs"
    text = "Two signatures of this sheet are of one person. Each office signs for itself."


class MappingNotInForceError(StatementRefusedError):
    """The record names another mapping than the one in force."""

    default_code = "mapping"
    text = "The statement was made with a mapping that is not in force. Draft it again."


class FiguresDifferError(StatementRefusedError):
    """The record is not what the books give; `faults` say where."""

    default_code = "figures-differ"
    text = "The statement is not what the books give: {first}"


class NotFiledError(BooksError):
    """There is no filed sheet of that year."""

    default_code = "not-filed"
    status = 404
    text = "No balance sheet of {book_year} is filed."


class NothingLateError(BooksError):
    """No entry came into the filed year."""

    default_code = "nothing-late"
    status = 409
    text = "Nothing was sealed into {book_year} since its sheet was filed; there is nothing to say."


class LateReasonError(BooksError):
    """The reason is empty or too long."""

    default_code = "late-reason"
    field = "reason"
    text = "Say in at most {most} characters why these entries came later."


class LateReasonPersonalError(BooksError):
    """The reason holds what looks like a personal number or address."""

    default_code = "late-reason-personal"
    field = "reason"
    text = (
        "The reason becomes public, and it holds what looks like a personal number or an e-mail "
        "address. Write it without."
    )
