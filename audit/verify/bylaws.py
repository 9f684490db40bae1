"""Bye-laws in a book log: one version after the other, and no day after its sealing."""

from datetime import datetime

from audit.verify.carried import Carried
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record
from audit.verify.report import Report
from trust.formats import times
from trust.formats.errors import NotCheckedError, ProofError

PLAN = (("bye-laws", "Bye-laws are numbered from 1 without a gap, and no day in them is to come."),)


def check_bylaws(chain: Chain, opened: Opened, books: Carried, report: Report) -> None:
    """Check every `bye-laws` entry of one log (docs/formats.md 6.11)."""
    check = report["bye-laws"]
    check.ok(0)
    for index, record in opened.of("bye-laws"):
        with saying(check, entry=chain.ref(index)):
            _check_days(record, chain.time(index))
            _check_version(int(str(record["version"])), books)
            check.ok()


def _check_days(record: Record, sealed: int) -> None:
    last = datetime.fromtimestamp(sealed, times.IST).date()
    for name in ("adopted_on", "registered_on"):
        if record[name] is not None and times.parse_date(str(record[name])) > last:
            raise ProofError(f"The bye-laws are said to be of {record[name]}, which was to come.")


def _check_version(version: int, books: Carried) -> None:
    before, books.bylaws = books.bylaws, version
    if version == (before or 0) + 1 and (before is not None or books.whole):
        return
    if before is None and not books.whole:
        raise NotCheckedError(
            f"Whether version {version} of the bye-laws follows the one before: needs the package "
            f"of {books.needs}."
        )
    raise ProofError(f"Version {version} of the bye-laws does not follow version {before or 0}.")
