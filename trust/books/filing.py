"""Drafting and filing a balance sheet.

The figures rest on a released head of the society's book log, named in the record, so that anybody
who holds the entries up to that head can compute them again. An officer signs in their own
browser or tool; here the signature is checked against the keys bound in the log, the current
figures against the books, and the record is sealed. Last year's column is what the officer signs:
if it is not what was filed, the sheet is sealed all the same and the fault stands beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import cast

from sqlalchemy import Connection, insert, select, update

from trust import outbox
from trust.books import queries, reports
from trust.books.checking import YearFigures, ask, compute, today
from trust.books.errors import (
    AsOfError,
    FiguresDifferError,
    MappingNotInForceError,
    NoBooksError,
    NotAnOfficersKeyError,
    NotAStatementError,
    OtherLogError,
    OtherSocietyError,
    OvertakenError,
    UnknownHeadError,
)
from trust.books.model import (
    Check,
    Fault,
    Figures,
    Filed,
    FiledStatement,
    StatementDraft,
)
from trust.books.published import mapping_by_hash, mapping_for
from trust.books.pure import statements, years
from trust.books.pure.mapping import StatementMapping
from trust.books.tables import book_statement
from trust.formats import b64, canon, records, signing, times
from trust.formats.canon import Json
from trust.formats.errors import Word
from trust.log import queries as logs
from trust.log import service as log_service
from trust.log.errors import LogError
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.service import open_book

OFFICER_ROLES = ("secretary", "president")
TOPIC = "books"


def draft_statement(conn: Connection, society: str, book_year: str, *, now: int) -> StatementDraft:
    """The figures of a year at the newest released head, the checks, and the record to sign.

    Raises:
        NoBooksError: nothing is sealed for that year, or no head is released yet.
    """
    origin = people.book_origin(conn, society, now)
    try:
        head = logs.released(conn, origin)
    except LogError:
        raise NoBooksError(book_year=book_year) from None
    mapping = mapping_for(years.last_day(book_year))
    found = compute(conn, society, book_year, mapping, (origin, head.size))
    if found is None:
        raise NoBooksError(book_year=book_year)
    before = queries.statement(conn, society, years.year_before(book_year))
    standing = queries.statement(conn, society, book_year)
    record = _record(
        society, book_year, mapping, found, before, standing, now=now, origin=origin,
        size=head.size, root=head.root,
    )  # fmt: skip
    found_checks = ask(conn, society, record, mapping, found, before, now=now)
    return StatementDraft(record, found.figures, found.prior, found.rows, found_checks)


def _record(
    society: str,
    book_year: str,
    mapping: StatementMapping,
    found: YearFigures,
    before: FiledStatement | None,
    standing: FiledStatement | None,
    *,
    now: int,
    origin: str,
    size: int,
    root: bytes,
) -> dict[str, Json]:
    prior: Figures | Mapping[str, int] | None = found.prior
    if before is not None:
        prior = statements.filed_amounts(cast(Mapping[str, Json], before.record))
    return {
        "kind": "statement",
        "v": 1,
        "society": society,
        "book_year": book_year,
        "origin": origin,
        "as_of": min(years.last_day(book_year), today(now)),
        "book_size": size,
        "book_root": b64.encode(root),
        "mapping": mapping.sha256,
        "previous": None if before is None else before.sha256,
        "supersedes": None if standing is None else standing.sha256,
        "lines": statements.statement_lines(found.figures, prior, mapping),
        "totals": statements.totals(found.figures),
        "signatures": [],
    }


def file_statement(rt: Runtime, society: str, signed_record: Mapping[str, Json]) -> Filed:
    """Check and seal a signed statement; filing the same record again changes nothing.

    Raises:
        FormatError, SignatureError: the record or a signature is not right.
        StatementRefusedError: the figures are not those of the books at the head it names, it was
            drafted over an older state, or the signer is no officer; ``faults`` say what differs.
    """
    record = dict(signed_record)
    records.check_record(record)
    if record["kind"] != "statement":
        raise NotAStatementError
    document = canon.canonical(record)
    sha256 = hashlib.sha256(document).hexdigest()
    with rt.db.write() as conn:
        now = rt.clock()
        held = conn.execute(select(book_statement).where(book_statement.c.sha256 == sha256)).first()
        if held is not None:
            found = reports.load_checks(held.checks)
            return Filed(
                society, held.book_year, sha256, held.origin, held.idx, found, repeated=True
            )
        open_book(conn, society, now=now)
        _check_place(conn, society, record, now=now)
        _check_signers(conn, society, record, now=now)
        verdicts = _check_figures(conn, society, record, now=now)
        return _seal(conn, society, record, document, sha256, verdicts, now=now)


def _check_place(conn: Connection, society: str, record: Mapping[str, Json], *, now: int) -> None:
    """The record is of this society and log, over a released head, and not overtaken."""
    origin = people.book_origin(conn, society, now)
    if record["society"] == society and record["origin"] != origin:
        raise OtherLogError(drafted=record["origin"], current=origin)
    if record["society"] != society:
        raise OtherSocietyError
    try:
        root = logs.head_root(conn, origin, cast(int, record["book_size"]))
    except LogError:
        raise UnknownHeadError from None
    if b64.encode(root) != record["book_root"]:
        raise UnknownHeadError
    book_year, as_of = str(record["book_year"]), str(record["as_of"])
    if not years.first_day(book_year) <= as_of <= min(years.last_day(book_year), today(now)):
        raise AsOfError(book_year=book_year, as_of=times.parse_date(as_of))
    for name, year in (("previous", years.year_before(book_year)), ("supersedes", book_year)):
        standing = queries.statement(conn, society, year)
        if record[name] != (None if standing is None else standing.sha256):
            raise OvertakenError(year=year)


def _check_signers(conn: Connection, society: str, record: dict[str, Json], *, now: int) -> None:
    signers = signing.verify(record, "statement", str(record["origin"]))
    bound = {key.public_key: key.role for key in people.officer_keys(conn, society)}
    for signer in signers:
        if signer.role not in OFFICER_ROLES or bound.get(signer.key) != signer.role:
            raise NotAnOfficersKeyError(role=Word("role", signer.role))


def _check_figures(
    conn: Connection, society: str, record: dict[str, Json], *, now: int
) -> tuple[Check, ...]:
    book_year = str(record["book_year"])
    mapping = mapping_by_hash(str(record["mapping"]))
    if mapping is None or mapping.sha256 != mapping_for(years.last_day(book_year)).sha256:
        raise MappingNotInForceError
    upto = (str(record["origin"]), cast(int, record["book_size"]))
    found = compute(conn, society, book_year, mapping, upto)
    if found is None:
        raise NoBooksError(book_year=book_year)
    faults = statements.differences(record, found.figures, mapping) + _order(record, mapping)
    if faults:
        raise FiguresDifferError(first=faults[0].message, faults=tuple(faults))
    before = queries.statement(conn, society, years.year_before(book_year))
    return ask(conn, society, record, mapping, found, before, now=now)


def _order(record: Mapping[str, Json], mapping: StatementMapping) -> list[Fault]:
    """Lines stand once each and in the order of the form."""
    order = {line.id: line.order for line in mapping.lines}
    listed = [str(line["id"]) for line in cast(list[dict[str, Json]], record["lines"])]
    places = [order.get(name, 0) for name in listed]
    if places != sorted(set(places)):
        return [Fault("line-order", "The lines are not in the order of the form, once each.")]
    return []


def _seal(
    conn: Connection,
    society: str,
    record: dict[str, Json],
    document: bytes,
    sha256: str,
    verdicts: tuple[Check, ...],
    *,
    now: int,
) -> Filed:
    origin, book_year = str(record["origin"]), str(record["book_year"])
    entry = NewEntry("statement", record, f"statement {sha256}")
    sealed = log_service.append(conn, origin, [entry], now=now)[0]
    conn.execute(
        update(book_statement)
        .where(book_statement.c.society == society, book_statement.c.book_year == book_year)
        .values(in_force=False)
    )
    conn.execute(
        insert(book_statement).values(
            sha256=sha256,
            society=society,
            book_year=book_year,
            record=document.decode(),
            checks=reports.dump_checks(verdicts),
            in_force=True,
            origin=origin,
            idx=sealed.index,
            time=sealed.time,
        )
    )
    outbox.emit(conn, "society", society)
    outbox.live(conn, TOPIC, {"society": society, "statement": book_year})
    return Filed(society, book_year, sha256, origin, sealed.index, verdicts)
