"""What a log says, entry by entry, opened and checked against its commitments."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from trust.formats import canon
from trust.formats.canon import Json
from trust.formats.commitments import Opening, commit_public, open_commitment, open_detail
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import SakshiError
from trust.formats.records import is_public
from trust.log import annex
from trust.log.checks.fsckrows import CHUNK, Finding
from trust.log.model import LogInfo, Placed
from trust.log.tables import log_document, log_entry, log_payload


@dataclass(slots=True)
class Piece:
    """Some entries that follow each other, and payloads or documents that do not open theirs."""

    entries: list[Placed] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def pieces(conn: Connection, info: LogInfo, kinds: Iterable[str]) -> Iterator[Piece]:
    """Every entry of these kinds in a log, in order; the memory of one piece at a time."""
    wanted, after = tuple(kinds), -1
    query = (
        select(log_entry.c.idx, log_entry.c.entry, log_entry.c.key, log_payload.c.record,
               log_payload.c.salt, log_payload.c.detail, log_payload.c.detail_salt)
        .join(
            log_payload,
            (log_payload.c.log_id == log_entry.c.log_id) & (log_payload.c.idx == log_entry.c.idx),
            isouter=True,
        )
        .where(log_entry.c.log_id == info.id, log_entry.c.kind.in_(wanted))
        .order_by(log_entry.c.idx)
        .limit(CHUNK)
    )  # fmt: skip
    while rows := conn.execute(query.where(log_entry.c.idx > after)).all():
        yield _piece(conn, info, rows, wanted)
        after = rows[-1].idx


def _piece(conn: Connection, info: LogInfo, rows: Sequence[Any], wanted: Sequence[str]) -> Piece:
    piece = Piece()
    annexes = annex.between(conn, info.id, rows[0].idx, rows[-1].idx)
    for row in rows:
        try:
            parsed = parse_entry(bytes(row.entry))
        except SakshiError as error:
            piece.findings.append(_finding(info, row, "log_entry.entry", str(error)))
            continue
        if not isinstance(parsed, Entry) or parsed.kind not in wanted:
            words = "it is not what the entry itself says"
            piece.findings.append(_finding(info, row, "log_entry.kind", words))
            continue
        column = "log_document.document" if is_public(parsed.kind) else "log_payload.record"
        try:
            record, detail, document = _opened(conn, info, row, parsed)
        except SakshiError as error:
            piece.findings.append(_finding(info, row, column, str(error)))
            continue
        piece.entries.append(
            Placed(
                info.id, info.origin, row.idx, parsed.time, parsed.kind, _version(record), row.key,
                record, detail, document, annexes.get(row.idx, {}),
            )
        )  # fmt: skip
    return piece


def _version(record: dict[str, Json] | None) -> int:
    found = 0 if record is None else record["v"]
    assert isinstance(found, int)
    return found


def _opened(
    conn: Connection, info: LogInfo, row: Any, parsed: Entry
) -> tuple[dict[str, Json] | None, dict[str, Json] | None, bytes]:
    """Record, detail and canonical record of an entry; record None if erased or lost."""
    if is_public(parsed.kind):
        document = _document(conn, info, parsed)
        if commit_public(document) != parsed.commitment:
            raise SakshiError("it does not hash to the entry's commitment")
        return canon.parse(document), None, document
    if row.record is None or row.salt is None:
        return None, None, b""
    document, detail = bytes(row.record), None
    record = open_commitment(parsed.kind, parsed.commitment, Opening(document, bytes(row.salt)))
    if row.detail is not None and row.detail_salt is not None:
        second = Opening(bytes(row.detail), bytes(row.detail_salt))
        detail = open_detail(parsed.kind, record, second)
    return record, detail, document


def _document(conn: Connection, info: LogInfo, parsed: Entry) -> bytes:
    digest = parsed.commitment.hex()
    where = (log_document.c.log_id == info.id) & (log_document.c.sha256 == digest)
    return bytes(conn.execute(select(log_document.c.document).where(where)).scalar() or b"")


def _finding(info: LogInfo, row: Any, column: str, words: str) -> Finding:
    return Finding(info.origin, row.idx, column, words.rstrip("."))
