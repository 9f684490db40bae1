"""A filed balance sheet, computed again from the vouchers it was computed from.

The statement names the head of the book log its figures rest on and the hash of the mapping that
puts accounts on lines. With every voucher up to that head open, the figures follow; with one of
them closed, no statement about the figures is possible.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from audit.verify import asked, filed, prior
from audit.verify.carried import Carried, FiledAt
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record
from audit.verify.report import Check, EntryRef, Report
from trust.books.model import Check as Verdict
from trust.books.model import Figures
from trust.books.pure import balances, statements
from trust.books.pure.filingrules import FilingRules
from trust.books.pure.footing import Sheet, check_sheet
from trust.books.pure.mapping import StatementMapping
from trust.formats import b64, canon
from trust.formats.errors import NotCheckedError, ProofError

FOOTS = (7, 8, 10)
"""Of the platform's list: sides are equal, lines sum to totals in both columns, profit agrees."""

Mappings = Callable[[str], StatementMapping | None]


@dataclass(frozen=True, slots=True)
class Tables:
    """What is known of filings beforehand: statement mappings by hash, and the rule files."""

    mappings: Mappings
    filings: FilingRules


def check_sheets(
    chain: Chain, opened: Opened, books: Carried, known: Tables, report: Report
) -> None:
    """Every filed statement of the log, in order, and what the society says of later entries."""
    mappings = known.mappings
    for identity in ("footing", "sheets", "comparative", "openings-carried", "form", "later"):
        report[identity].ok(0)
    for index, record in opened.of("statement", "late-entries"):
        if record["kind"] == "late-entries":
            filed.take_reason(chain, index, record, books, report["later"])
            continue
        with saying(report["sheets"], entry=chain.ref(index)):
            _check_rest(chain, index, record)
            _check_supersedes(record, books)
        mapping = mappings(str(record["mapping"]))
        _check_footing(chain, index, record, mapping, report["footing"])
        rows = _rows(chain, index, record, books, mapping, report)
        figures: dict[str, Figures] = {}
        if mapping is not None and rows is not None:
            figures = _figures(rows, mapping)
            _compare(record, figures, mapping, chain, index, report["sheets"])
            prior.check_closing(record, rows, books, mappings, chain.ref(index), report)
        with saying(report["comparative"], entry=chain.ref(index)):
            found = prior.Years(mapping, figures)
            prior.check_comparative(chain, index, record, books, found, report["comparative"])
        filed.check_form(chain, index, record, mapping, known.filings, report["form"])
        if mapping is not None:
            computed = asked.computed(chain, index, record, books, mapping, rows)
            filed.check_stated(record, computed, chain.ref(index), report["sheets"])
        digest = _digest(record)
        books.filed.records[digest] = record
        head = books.at(cast(int, record["book_size"]))
        books.filed.places[digest] = FiledAt(chain.ref(index), chain.time(index), head)
        books.filed.standing[str(record["book_year"])] = digest


def tell_later(books: Carried, known: Tables, report: Report) -> None:
    """What was sealed since into the year of each sheet; call when the last log was read."""
    sheets = books.filed.records.items()
    found = {name: known.mappings(str(record["mapping"])) for name, record in sheets}
    filed.check_later(books, found, report)


def _digest(record: Record) -> str:
    return sha256(canon.canonical(record)).hexdigest()


def _check_rest(chain: Chain, index: int, record: Record) -> None:
    """The head the figures rest on is a head of these very entries, before the filing."""
    size = record["book_size"]
    assert isinstance(size, int)
    if size > index:
        raise ProofError(
            f"The sheet of {record['book_year']} rests on {size} entries but stands at {index}."
        )
    if b64.encode(chain.root_at(size)) != record["book_root"]:
        raise ProofError(
            f"The sheet of {record['book_year']} rests on a head of size {size} with another root: "
            "the entries before it were changed, or it was made over other books."
        )


def _check_footing(
    chain: Chain, index: int, record: Record, mapping: StatementMapping | None, check: Check
) -> None:
    """What the sheet alone must satisfy; anybody can see it, without any opening."""
    if mapping is None:
        check.skip(prior.unknown_mapping(record), entry=chain.ref(index))
        return
    for verdict in check_sheet(Sheet(record), mapping):
        if verdict.number in FOOTS:
            begin = f"The sheet of {record['book_year']} does not foot: "
            _say(verdict, begin, chain.ref(index), check)


def _check_supersedes(record: Record, books: Carried) -> None:
    year, named = str(record["book_year"]), record["supersedes"]
    standing = books.filed.standing
    if named is not None and year not in standing and not books.whole:
        raise NotCheckedError(
            f"The sheet of {year} replaces one filed in an earlier log year: needs the package of "
            f"{books.needs}."
        )
    if named != standing.get(year):
        raise ProofError(
            f"The sheet of {year} does not name the sheet of the same year that it replaces."
            if standing.get(year)
            else f"The sheet of {year} replaces one that does not stand in this log."
        )


def _figures(rows: prior.Rows, mapping: StatementMapping) -> dict[str, Figures]:
    """Figures of every book year, out of its trial balance."""
    return {year: statements.figures(trial, mapping, year) for year, trial in rows.items()}


def _rows(
    chain: Chain,
    index: int,
    record: Record,
    books: Carried,
    mapping: StatementMapping | None,
    report: Report,
) -> prior.Rows | None:
    """Trial balances at the statement's head; None if they cannot be computed."""
    size, where, check = record["book_size"], chain.ref(index), report["sheets"]
    assert isinstance(size, int)
    if mapping is None:
        check.skip(prior.unknown_mapping(record), entry=where)
        return None
    if not books.whole:
        check.skip(
            f"The sheet of {record['book_year']} may rest on an earlier log year as well: needs "
            f"the package of {books.needs}.",
            entry=where,
        )
        return None
    upto = books.at(size)
    closed = sum(1 for hidden in books.hidden if hidden < upto)
    if closed:
        check.skip(
            f"The sheet of {record['book_year']} was not computed again: {closed} of the vouchers "
            "it rests on are not open in this package.",
            entry=where,
        )
        return None
    sums = balances.year_sums(books.counted(upto))
    rows = balances.roll(sums, mapping)
    prior.check_opening(record, sums, rows, mapping, where, report["openings-carried"])
    return rows


def _compare(
    record: Record,
    figures: dict[str, Figures],
    mapping: StatementMapping,
    chain: Chain,
    index: int,
    check: Check,
) -> None:
    year, where = str(record["book_year"]), chain.ref(index)
    current = figures.get(year) or statements.figures((), mapping, year)
    faults = statements.differences(record, current, mapping)
    for fault in faults:
        check.wrong(f"Sheet of {year}: {fault.message}", entry=where)
    if current.assets != current.liabilities:
        check.skip(
            f"The books of {year} themselves do not foot: assets and liabilities differ.",
            entry=where,
        )
    if not faults:
        check.ok()


def _say(verdict: Verdict, begin: str, where: EntryRef, check: Check) -> None:
    """One of the platform's own checks of a sheet, in this report's words."""
    for fault in verdict.faults:
        check.wrong(f"{begin}{fault.message}", entry=where)
    if verdict.state == "right":
        check.ok()
