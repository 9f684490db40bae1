"""Verbs of the books: import a file, resume, void; draft and file a statement."""

from trust.books import (
    drafting,
    explaining,
    filing,
    importing,
    ledgermap,
    restating,
    resuming,
    voiding,
)
from trust.books.model import StatementDraft

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
map_ledgers = ledgermap.map_ledgers
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
    "map_ledgers",
    "restate_suspense",
    "resume_imports",
    "sign_statement",
    "view_statement",
    "void_import",
]
