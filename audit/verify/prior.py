"""A filed sheet beside the year before: its comparative column, and what it opens from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from audit.verify import filed
from audit.verify.carried import Carried
from audit.verify.chain import Chain
from audit.verify.openings import Record
from audit.verify.report import Check, EntryRef, Report
from trust.books.model import Figures, TrialRow
from trust.books.pure import balances, checks, findinglist, later, statements, years
from trust.books.pure.findinglist import Names
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.money import format_paise
from trust.formats.errors import NotCheckedError, ProofError

Mappings = Callable[[str], StatementMapping | None]

Rows = dict[str, tuple[TrialRow, ...]]
"""Trial balances by book year."""


@dataclass(frozen=True, slots=True)
class Years:
    """What the books give at a statement's head: figures by book year, none if not computable."""

    mapping: StatementMapping | None
    figures: dict[str, Figures]


def unknown_mapping(record: Record) -> str:
    """That a sheet names a mapping which this version does not hold."""
    return (
        f"The sheet of {record['book_year']} uses a statement mapping this version does not have; "
        "a newer sakshi-audit may."
    )


def check_opening(
    record: Record,
    sums: Mapping[str, balances.YearSums],
    rows: Mapping[str, tuple[TrialRow, ...]],
    mapping: StatementMapping,
    where: EntryRef,
    check: Check,
) -> None:
    """A year that opens with balances of its own opens with what the year before left to it."""
    year = str(record["book_year"])
    before = years.year_before(year)
    if before not in rows or year not in sums or not sums[year].opened:
        return  # carried over by the computation itself, or nothing to hold it against
    faults = checks.opening_faults(rows[year], balances.carry(rows[before], mapping), mapping)
    for fault in faults:
        check.wrong(f"Books of {year}: {fault.message}", entry=where)
    if not faults:
        check.ok()


def check_closing(
    record: Record, rows: Rows, books: Carried, mappings: Mappings, where: EntryRef, report: Report
) -> None:
    """The year before, as the books now give it, is what was filed of it: else this sheet opens
    from figures that nobody filed."""
    year = str(record["book_year"])
    before = years.year_before(year)
    closed = books.filed.records.get(books.filed.standing.get(before, ""))
    mapping = None if closed is None else mappings(str(closed["mapping"]))
    if closed is None or mapping is None:
        return  # no sheet to hold it against; that its mapping is unknown was said of itself
    check = report["openings-carried"]
    now = statements.figures(rows.get(before, ()), mapping, before)
    said = statements.filed_amounts(closed)
    moved = {
        line.id: now.lines[line.id]
        for line in mapping.lines
        if line.role in statements.LISTED and now.lines[line.id] != said.get(line.id, 0)
    }
    for item in later.before_changed(record, closed, moved, Names(mapping)):
        check.wrong(item.text(), entry=where)
    check.ok()


def check_comparative(
    chain: Chain, index: int, record: Record, books: Carried, known: Years, check: Check
) -> None:
    """The prior column: as filed last year; without a filing, as the books of last year say."""
    year, previous, where = str(record["book_year"]), record["previous"], chain.ref(index)
    before = years.year_before(year)
    named = None if previous is None else str(previous)
    if before in books.filed.standing and books.filed.standing[before] != named:
        raise ProofError(
            f"The sheet of {year} does not name the sheet filed for {before} that stood then."
        )
    if named is not None:
        _as_filed(record, named, books, known, where, check)
    elif not statements.has_prior(record):
        check.ok(0)  # a first filing: there is no column and no sheet it could be taken from
    elif before in known.figures:
        _against_books(record, known.figures[before], where, check)
    else:
        check.skip(f"No sheet was filed for {before}; its column was not checked.", entry=where)
    if named is None and known.mapping is not None:
        unfiled = findinglist.comparative(record, None, Names(known.mapping))
        filed.say(unfiled, filed.version_of(record), where, check)


def _as_filed(
    record: Record, named: str, books: Carried, known: Years, where: EntryRef, check: Check
) -> None:
    """Compare the prior column with the sheet of last year that this one names."""
    year, before = str(record["book_year"]), years.year_before(str(record["book_year"]))
    earlier = books.filed.records.get(named)
    if earlier is None and books.whole:
        raise ProofError(f"The sheet of {year} names one of {before} that was never filed.")
    if earlier is None:
        raise NotCheckedError(
            f"The sheet filed for {before} is not in this package: needs that of {books.needs}."
        )
    if known.mapping is None:
        raise NotCheckedError(unknown_mapping(record))
    if earlier["book_year"] != before:
        raise ProofError(f"The sheet of {year} names one of {earlier['book_year']} before it.")
    for item in findinglist.comparative(record, earlier, Names(known.mapping)):
        check.wrong(item.text(), entry=where)
    check.ok()


def _against_books(record: Record, before: Figures, where: EntryRef, check: Check) -> None:
    said = statements.filed_amounts(record, "prior")
    wrong = [line for line, paise in said.items() if before.lines.get(line, 0) != paise]
    for line in wrong:
        check.wrong(
            f"The sheet of {record['book_year']} says {format_paise(said[line])} on line {line} "
            f"for the year before; the books give {format_paise(before.lines.get(line, 0))}.",
            entry=where,
        )
    if not wrong:
        check.ok()
