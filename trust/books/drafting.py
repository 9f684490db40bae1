"""Drafting a balance sheet: the figures at the newest released head, the checks, what to sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection

from trust.books import queries
from trust.books.checking import YearFigures, ask, compute, today
from trust.books.errors import MappingNotInForceError, NoBooksError
from trust.books.model import Figures, FiledStatement, StatementDraft
from trust.books.published import filing_rules, mapping_by_hash, mapping_for
from trust.books.pure import findinglist, statements, years
from trust.books.pure.filingrules import FilingRule
from trust.books.pure.mapping import StatementMapping
from trust.formats import b64, records
from trust.formats.canon import Json
from trust.log import queries as log_queries
from trust.log.errors import LogError
from trust.log.model import Head
from trust.people import queries as people


@dataclass(frozen=True, slots=True)
class SheetDay:
    """The day of a sheet and, for another than the last of the year, the order that says why."""

    as_of: str
    reason: Mapping[str, Json] | None = None


def rule_of(book_year: str) -> FilingRule:
    """The rule file in force for the sheet of a book year."""
    return filing_rules().on(years.last_day(book_year))


def draft_statement(
    conn: Connection, society: str, book_year: str, *, now: int, day: SheetDay | None = None
) -> StatementDraft:
    """The figures of a year at the newest released head, the checks, and the record to sign.

    Args:
        day: of the sheet; else the last of the year. Of a year that is not over the figures of
            today are shown, but filing them without an order is refused.

    Raises:
        NoBooksError: nothing is sealed for that year, or no head is released yet.
    """
    origin = people.book_origin(conn, society, now)
    try:
        head = log_queries.released(conn, origin)
    except LogError:
        raise NoBooksError(book_year=book_year) from None
    mapping = mapping_for(years.last_day(book_year))
    found = compute(conn, society, book_year, mapping, (origin, head.size))
    if found is None:
        raise NoBooksError(book_year=book_year)
    before = queries.statement(conn, society, years.year_before(book_year))
    day = day or SheetDay(min(rule_of(book_year).last_day(book_year), today(now)))
    record = _record(society, book_year, mapping, found, before, head, day)
    standing = queries.statement(conn, society, book_year)
    record["supersedes"] = None if standing is None else standing.sha256
    checks = ask(conn, society, record, mapping, found, before, now=now)
    record["open_checks"] = findinglist.to_state(checks)
    return StatementDraft(record, found.figures, found.prior, found.rows, checks)


def view_statement(
    conn: Connection, society: str, record: Mapping[str, Json], *, now: int
) -> StatementDraft:
    """A record that was drafted earlier, with figures and checks at the head it names.

    Raises:
        MappingNotInForceError, NoBooksError: it cannot be computed here.
    """
    book_year = str(record["book_year"])
    mapping = mapping_by_hash(str(record["mapping"]))
    if mapping is None or mapping.sha256 != mapping_for(years.last_day(book_year)).sha256:
        raise MappingNotInForceError
    upto = (str(record["origin"]), cast(int, record["book_size"]))
    found = compute(conn, society, book_year, mapping, upto)
    if found is None:
        raise NoBooksError(book_year=book_year)
    before = queries.statement(conn, society, years.year_before(book_year))
    checks = ask(conn, society, record, mapping, found, before, now=now)
    return StatementDraft(record, found.figures, found.prior, found.rows, checks)


def _record(
    society: str,
    book_year: str,
    mapping: StatementMapping,
    found: YearFigures,
    before: FiledStatement | None,
    head: Head,
    day: SheetDay,
) -> dict[str, Json]:
    prior: Figures | Mapping[str, int] | None = found.prior
    if before is not None:
        prior = statements.filed_amounts(cast(Mapping[str, Json], before.record))
    return {
        "kind": "statement",
        "v": records.newest("statement").version,
        "society": society,
        "book_year": book_year,
        "origin": head.origin,
        "as_of": day.as_of,
        "reason": None if day.reason is None else dict(day.reason),
        "book_size": head.size,
        "book_root": b64.encode(head.root),
        "mapping": mapping.sha256,
        "previous": None if before is None else before.sha256,
        "lines": statements.statement_lines(found.figures, prior, mapping),
        "totals": statements.totals(found.figures),
        "signatures": [],
    }
