"""Signing and filing a balance sheet.

The figures rest on a released head of the society's book log, named in the record, so that anybody
who holds the entries up to that head can compute them again. Officers sign in their own browser or
tool, each with a key of their own; who must sign stands in the rule file of filings. The first
signature is kept beside the draft (it is not sealed), the last one files it. Here signatures are
checked against the keys bound in the log and the record against the books. Last year's column is
what the officers sign: if it is not what was filed, the sheet is sealed all the same and says so.
"""

import hashlib
from collections.abc import Mapping
from typing import cast

from sqlalchemy import Connection

from trust import outbox
from trust.books import queries, reports, waiting
from trust.books.checking import compute, today
from trust.books.counting import placed
from trust.books.drafting import rule_of, view_statement
from trust.books.errors import (
    AsOfError,
    AsOfReasonError,
    BooksMovedError,
    FiguresDifferError,
    NotAnOfficersKeyError,
    NotAStatementError,
    OnePersonSignsError,
    OpenChecksError,
    OrderError,
    OtherLogError,
    OtherSocietyError,
    OvertakenError,
    ReasonNeedlessError,
    RunningYearError,
    SignatureMissingError,
    StatementVersionError,
    UnknownHeadError,
)
from trust.books.model import Check, Fault, Filed, Signed
from trust.books.published import mapping_by_hash
from trust.books.pure import findinglist, statements, years
from trust.books.pure.faultwords import fault
from trust.books.pure.mapping import StatementMapping
from trust.books.tables import book_statement
from trust.formats import b64, canon, records, signing, times
from trust.formats.canon import Json
from trust.formats.errors import Several, Word
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import LogError
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.service import open_book

TOPIC = "books"


def file_statement(rt: Runtime, society: str, signed_record: Mapping[str, Json]) -> Filed:
    """Check and seal a statement signed by all who must; the same record again changes nothing.

    Raises:
        FormatError, SignatureError: the record or a signature is not right.
        StatementRefusedError: the figures are not those of the books at the head it names, it was
            drafted over an older state, its day needs a reason, a signer is no officer, or one
            who must sign has not; ``faults`` say what differs.
    """
    found = _take(rt, society, signed_record, keep=False)
    assert isinstance(found, Filed), "what lacks a signature was refused"
    return found


def sign_statement(rt: Runtime, society: str, signed_record: Mapping[str, Json]) -> Filed | Signed:
    """Take a signature: the sheet is filed if it is the last one, else kept with the draft.

    Signatures that were given to the same draft before are added to those of the record.

    Raises: as `file_statement`; a missing signature is no refusal here.
    """
    return _take(rt, society, signed_record, keep=True)


def _take(
    rt: Runtime, society: str, signed_record: Mapping[str, Json], *, keep: bool
) -> Filed | Signed:
    record = dict(signed_record)
    _check_form(record)
    with rt.db.write() as conn:
        record = waiting.joined(conn, society, record) if keep else record
        repeated = _repeated(conn, society, record)
        if repeated is not None:
            return repeated
        now = max(rt.clock(), log_queries.last_time(conn, str(record["origin"])))
        open_book(conn, society, now=now)
        verdicts = check_statement(conn, society, record, now=now)
        signed = [str(one["role"]) for one in cast(list[dict[str, Json]], record["signatures"])]
        missing = rule_of(str(record["book_year"])).missing(signed)
        if missing and keep:
            return waiting.keep(conn, society, record, missing, now=now)
        if missing:
            raise SignatureMissingError(roles=Several(Word("role", role) for role in missing))
        waiting.drop(conn, society, str(record["book_year"]))
        return _seal(conn, society, record, verdicts, now=now)


def _check_form(record: dict[str, Json]) -> None:
    records.check_record(record)
    if record["kind"] != "statement":
        raise NotAStatementError
    newest = records.newest("statement").version
    if record["v"] != newest:
        raise StatementVersionError(newest=newest)


def _repeated(conn: Connection, society: str, record: dict[str, Json]) -> Filed | None:
    sha256 = hashlib.sha256(canon.canonical(record)).hexdigest()
    held = conn.execute(placed(book_statement).where(book_statement.c.sha256 == sha256)).first()
    if held is None:
        return None
    found = reports.load_checks(held.checks)
    return Filed(society, held.book_year, sha256, held.origin, held.idx, found, repeated=True)


def check_statement(
    conn: Connection, society: str, record: dict[str, Json], *, now: int
) -> tuple[Check, ...]:
    """Everything but that all who must have signed; returns the checks of the sheet.

    Raises: as `file_statement`.
    """
    _check_place(conn, society, record, now=now)
    _check_signers(conn, society, record)
    check_day(record, now=now)
    return _check_figures(conn, society, record, now=now)


def _check_place(conn: Connection, society: str, record: Mapping[str, Json], *, now: int) -> None:
    """The record is of this society and log, over a released head, and not overtaken."""
    origin = people.book_origin(conn, society, now)
    if record["society"] == society and record["origin"] != origin:
        raise OtherLogError(drafted=record["origin"], current=origin)
    if record["society"] != society:
        raise OtherSocietyError
    try:
        root = log_queries.head_root(conn, origin, cast(int, record["book_size"]))
    except LogError:
        raise UnknownHeadError from None
    if b64.encode(root) != record["book_root"]:
        raise UnknownHeadError
    book_year = str(record["book_year"])
    for name, year in (("previous", years.year_before(book_year)), ("supersedes", book_year)):
        standing = queries.statement(conn, society, year)
        if record[name] != (None if standing is None else standing.sha256):
            raise OvertakenError(year=year)


def check_day(record: Mapping[str, object], *, now: int) -> None:
    """The sheet is of the last day of its year, or of another with the order that says why.

    Raises:
        StatementRefusedError: it is not; the class says what is missing.
    """
    book_year, day = str(record["book_year"]), today(now)
    rule = rule_of(book_year)
    found = [
        item.code
        for item in findinglist.as_of(cast(Mapping[str, Json], record), rule, day)
        if item.colour == "red"
    ]
    last = times.parse_date(rule.last_day(book_year))
    if "as-of-outside" in found or "as-of-ahead" in found:
        if record["reason"] is None and day < rule.last_day(book_year) <= str(record["as_of"]):
            raise RunningYearError(book_year=book_year, last=last)
        raise AsOfError(book_year=book_year, as_of=times.parse_date(str(record["as_of"])))
    if "as-of" in found and day < rule.last_day(book_year):
        raise RunningYearError(book_year=book_year, last=last)
    if "as-of" in found:
        raise AsOfReasonError(book_year=book_year, last=last)
    if "reason-needless" in found:
        raise ReasonNeedlessError(last=last)
    if found:
        raise OrderError


def _check_signers(conn: Connection, society: str, record: dict[str, Json]) -> None:
    signers = signing.verify(record, "statement", str(record["origin"]))
    bound = {key.public_key: key for key in people.officer_keys(conn, society)}
    roles = rule_of(str(record["book_year"])).roles
    for signer in signers:
        held = bound.get(signer.key)
        if signer.role not in roles or held is None or held.role != signer.role:
            raise NotAnOfficersKeyError(role=Word("role", signer.role))
    if len({bound[signer.key].account_id for signer in signers}) < len(signers):
        raise OnePersonSignsError


def _check_figures(
    conn: Connection, society: str, record: dict[str, Json], *, now: int
) -> tuple[Check, ...]:
    """The record is what the books give at the head it names, and still give now."""
    book_year = str(record["book_year"])
    found = view_statement(conn, society, record, now=now)
    mapping = mapping_by_hash(str(record["mapping"]))
    assert mapping is not None, "it was computed with it"
    faults = statements.differences(record, found.figures, mapping) + _order(record, mapping)
    if faults:
        raise FiguresDifferError(first=faults[0].message, faults=tuple(faults))
    newest = log_queries.info(conn, str(record["origin"]))
    moved = compute(conn, society, book_year, mapping, (newest.origin, newest.next_index))
    if moved is None or statements.differences(record, moved.figures, mapping):
        raise BooksMovedError(book_year=book_year)
    if findinglist.to_state(found.checks) != record["open_checks"]:
        raise OpenChecksError
    return found.checks


def _order(record: Mapping[str, Json], mapping: StatementMapping) -> list[Fault]:
    """Lines stand once each and in the order of the form."""
    order = {line.id: line.order for line in mapping.lines}
    listed = [str(line["id"]) for line in cast(list[dict[str, Json]], record["lines"])]
    places = [order.get(name, 0) for name in listed]
    if places != sorted(set(places)):
        return [fault("line-order")]
    return []


def _seal(
    conn: Connection,
    society: str,
    record: dict[str, Json],
    verdicts: tuple[Check, ...],
    *,
    now: int,
) -> Filed:
    sha256 = hashlib.sha256(canon.canonical(record)).hexdigest()
    origin, book_year = str(record["origin"]), str(record["book_year"])
    beside = {"checks": reports.dump_checks(verdicts)}
    entry = NewEntry("statement", record, f"statement {sha256}", annex=beside)
    sealed = logs.append(conn, origin, [entry], now=now)[0]
    outbox.emit(conn, "society", society)
    outbox.live(conn, TOPIC, {"society": society, "statement": book_year})
    return Filed(society, book_year, sha256, origin, sealed.index, verdicts)
