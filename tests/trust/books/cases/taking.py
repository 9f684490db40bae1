"""The files that went wrong in other people's hands, and a society that takes them.

They were written for this project after public reports; all names are invented. A story stands in a
module for each kind of file.
"""

from pathlib import Path

from tests.trust.books.scenario import BooksScenario
from trust.books.model import Answers, ImportReport

FILES = Path(__file__).parent / "files"


def content(name: str) -> bytes:
    """The bytes of the file whose name begins so, such as ``03c``."""
    (found,) = FILES.glob(f"{name}_*")
    return found.read_bytes()


def take(
    society: BooksScenario, name: str, answers: Answers | None = None, *, dry_run: bool = False
) -> ImportReport:
    """Import the file whose name begins so, under its whole name."""
    (found,) = FILES.glob(f"{name}_*")
    return society.import_file(found.read_bytes(), found.name, answers=answers, dry_run=dry_run)


def codes(report: ImportReport) -> tuple[set[str], set[str], set[str]]:
    """Codes of what was refused, asked and odd."""
    return (
        {one.code for one in report.refused},
        {one.code for one in report.questions},
        {one.code for one in report.odd},
    )
