"""A filed balance sheet, computed again from the vouchers it was computed from.

The statement names the head of the book log its figures rest on and the hash of the mapping that
puts accounts on lines. With every voucher up to that head open, the figures follow; with one of
them closed nothing can be said about the figures, and nothing is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from audit.verify import filed
from audit.verify.carried import Carried, FiledAt
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record
from audit.verify.report import Check, EntryRef, Report
from trust.books.model import Check as Verdict
from trust.books.model import Figures, TrialRow
from trust.books.pure import balances, checks, findinglist, later, statements, years
from trust.books.pure.filingrules import FilingRules
from trust.books.pure.findinglist import Names
from trust.books.pure.findings import day_of
from trust.books.pure.footing import Sheet, check_sheet
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.money import format_paise
from trust.formats import b64, canon
from trust.formats.errors import NotCheckedError, ProofError

FOOTS = (7, 8, 10)
"""Of the platform's list: sides are equal, lines sum to totals in both columns, profit agrees."""

Mappings = Callable[[str], StatementMapping | None]


@dataclass(frozen=True)
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
            _check_closing(record, rows, books, mappings, chain.ref(index), report)
        with saying(report["comparative"], entry=chain.ref(index)):
            found = Years(mapping, figures)
            _check_comparative(chain, index, record, books, found, report["comparative"])
        if mapping is not None:
            filed.check_form(chain, index, record, mapping, known.filings, report["form"])
            computed = _computed(chain, index, record, books, mapping, rows)
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


def _computed(
    chain: Chain,
    index: int,
    record: Record,
    books: Carried,
    mapping: StatementMapping,
    rows: "Rows | None",
) -> tuple[Verdict, ...]:
    """The platform's own checks as far as they can be made here: all of them that need no detail
    of a voucher where every voucher is open, else those of the sheet alone."""
    shown = Sheet(record, books.filed.before(record))
    year = str(record["book_year"])
    if rows is None or year not in rows:
        return check_sheet(shown, mapping)
    before = rows.get(years.year_before(year))
    prior = None if before is None else statements.figures(before, mapping, year)
    return checks.run(
        checks.Books(
            book_year=year,
            mapping=mapping,
            vouchers=_sealed(index, record, books),
            rows=rows[year],
            figures=statements.figures(rows[year], mapping, year),
            today=min(day_of(chain.time(index)), str(record["as_of"])),
            carried=None if before is None else balances.carry(before, mapping),
            prior=prior,
            sheet=shown,
        )
    )


def _sealed(index: int, record: Record, books: Carried) -> list[checks.Sealed]:
    """The vouchers of a sheet's year under its head; late are those after the sheet it replaces."""
    year, upto = record["book_year"], books.at(cast(int, record["book_size"]))
    replaced = books.filed.places.get(str(record["supersedes"]))
    return [
        checks.Sealed(
            item.voucher, item.at[1], late=replaced is not None and item.at >= replaced.head
        )
        for item in books.vouchers
        if item.voucher.book_year == year and books.has(item, upto)
    ]


@dataclass(frozen=True)
class Years:
    """What the books give at a statement's head: figures by book year, none if not computable."""

    mapping: StatementMapping | None
    figures: dict[str, Figures]


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
        check.skip(_unknown_mapping(record), entry=chain.ref(index))
        return
    for verdict in check_sheet(Sheet(record), mapping):
        if verdict.number in FOOTS:
            begin = f"The sheet of {record['book_year']} does not foot: "
            _say(verdict, begin, chain.ref(index), check)


def _unknown_mapping(record: Record) -> str:
    return (
        f"The sheet of {record['book_year']} uses a statement mapping this version does not have; "
        "a newer sakshi-audit may."
    )


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


Rows = dict[str, tuple[TrialRow, ...]]
"""Trial balances by book year."""


def _figures(rows: Rows, mapping: StatementMapping) -> dict[str, Figures]:
    """Figures of every book year, out of its trial balance."""
    return {year: statements.figures(trial, mapping, year) for year, trial in rows.items()}


def _rows(
    chain: Chain,
    index: int,
    record: Record,
    books: Carried,
    mapping: StatementMapping | None,
    report: Report,
) -> Rows | None:
    """Trial balances at the statement's head; None if they cannot be computed."""
    size, where, check = record["book_size"], chain.ref(index), report["sheets"]
    assert isinstance(size, int)
    if mapping is None:
        check.skip(_unknown_mapping(record), entry=where)
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
    _check_opening(record, sums, rows, mapping, where, report["openings-carried"])
    return rows


def _check_opening(
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


def _check_closing(
    record: Record,
    rows: Rows,
    books: Carried,
    mappings: Mappings,
    where: EntryRef,
    report: Report,
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


def _check_comparative(
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
    """The prior column against the sheet of last year that this one names."""
    year, before = str(record["book_year"]), years.year_before(str(record["book_year"]))
    earlier = books.filed.records.get(named)
    if earlier is None and books.whole:
        raise ProofError(f"The sheet of {year} names one of {before} that was never filed.")
    if earlier is None:
        raise NotCheckedError(
            f"The sheet filed for {before} is not in this package: needs that of {books.needs}."
        )
    if known.mapping is None:
        raise NotCheckedError(_unknown_mapping(record))
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


def _say(verdict: Verdict, begin: str, where: EntryRef, check: Check) -> None:
    """One of the platform's own checks of a sheet, in this report's words."""
    for fault in verdict.faults:
        check.wrong(f"{begin}{fault.message}", entry=where)
    if verdict.state == "right":
        check.ok()
