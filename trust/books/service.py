"""Verbs of the books: import a file, resume, void; draft and file a statement."""

from sqlalchemy import Connection

from trust.books import (
    chartmap,
    drafting,
    explaining,
    filing,
    importing,
    restating,
    resuming,
    voiding,
)
from trust.books.errors import UnknownAccountError
from trust.books.model import StatementDraft
from trust.books.published import mapping_for

import_file = importing.import_file
resume_imports = resuming.resume_imports
SheetDay = drafting.SheetDay
draft_statement = drafting.draft_statement
view_statement = drafting.view_statement
check_day = filing.check_day
check_statement = filing.check_statement
file_statement = filing.file_statement
sign_statement = filing.sign_statement
explain_late = explaining.explain_late
is_late = explaining.is_late
void_import = voiding.void_import
restate_suspense = restating.restate_suspense
__all__ = [
    "SheetDay",
    "StatementDraft",
    "check_day",
    "check_statement",
    "draft_statement",
    "explain_late",
    "file_statement",
    "import_file",
    "is_late",
    "restate_suspense",
    "resume_imports",
    "set_account",
    "sign_statement",
    "view_statement",
    "void_import",
]


def set_account(conn: Connection, society: str, ledger: str, account: str) -> None:
    """Put a ledger of the society on an account of the chart, for imports from now on.

    Raises:
        BooksError: there is no such account.
    """
    if account not in mapping_for("9999-12-31").accounts:
        raise UnknownAccountError(account=account)
    chartmap.set_account(conn, society, ledger, account)
