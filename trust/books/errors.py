"""Refusals of the books room, one class for each fault."""

from __future__ import annotations

from typing import ClassVar

from trust.books.model import Fault
from trust.formats.errors import SakshiError


class BooksError(SakshiError):
    """Any refusal of this room."""

    default_code: ClassVar[str] = "books"


class UnknownImportError(BooksError):
    """There is no import of that id."""

    default_code = "unknown-import"


class ImportStateError(BooksError):
    """The import is not in a state in which this can be done with it."""

    default_code = "import-state"


class NoBooksError(BooksError):
    """The society has no sealed books for that year, or no released head to rest a sheet on."""

    default_code = "no-books"


class StatementRefusedError(BooksError):
    """A statement cannot be filed as it is; ``faults`` say what differs."""

    default_code = "statement-refused"

    def __init__(
        self, message: str, *, code: str | None = None, faults: tuple[Fault, ...] = ()
    ) -> None:
        super().__init__(message, code=code)
        self.faults = faults
