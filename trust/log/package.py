"""The part of an audit package that every log has in common (docs/formats.md section 8).

Built from one published head: its entries, its documents, the two hops up to the state log, every
earlier admitted head, and the openings the receiver is entitled to. What a receiver may see is the
caller's word, entry by entry; nothing is shown by default, and of some kinds nothing or no second
payload to anybody.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, select

from trust.formats import b64, canon, logkinds, origins, records, tiles
from trust.formats.canon import Json
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.kinds.base import Disclosure
from trust.formats.tlogproof import format_tlog_proof
from trust.log import lineage, proofs, queries, timestamping, tree_queries
from trust.log.errors import LogError, NothingPublishedError
from trust.log.model import Head, StoredEntry
from trust.log.tables import log_payload
from trust.log.witnesses import witness_status

Entitlement = Callable[[StoredEntry], Disclosure]
"""What a receiver may see of a private entry: nothing, its record, or its second payload too."""


def nothing(entry: StoredEntry) -> Disclosure:
    """The public's entitlement: no opening at all."""
    return "nothing"


def everything(entry: StoredEntry) -> Disclosure:
    """An auditor's entitlement: whatever is shown to anybody; some kinds never are (`shown`)."""
    return "all"


_CAREFUL = frozenset(one.name for one in records.KINDS.values() if one.shown != "all")


def shown(kind: str, record: bytes) -> Disclosure:
    """The most that is shown of a private record to anybody but whom it is about."""
    return records.check_record(canon.parse(record)).shown if kind in _CAREFUL else "all"


def common_members(conn: Connection, origin: str, entitlement: Entitlement) -> dict[str, bytes]:
    """Files of the package of a log by name.

    Raises:
        LogError: there are no packages of its kind of log; `not-published` while no state head
            covers any head of this log.
    """
    head = witness_status.exported(conn, origin)
    if head is None:
        raise NothingPublishedError(origin=origin)
    admitted = queries.admission(conn, origin, head.size)
    assert admitted is not None, "a published head has been admitted"
    state, index = admitted
    top = witness_status.anchor(conn, state, index)
    stored = queries.entries(conn, origin, 0, head.size)
    members = {
        "package.json": _about(origin, state),
        "policy": proofs.policy_text(conn).encode(),
        "log/checkpoint": head.note,
        "log/entries": b"".join(
            tiles.encode_bundle([row.entry for row in stored[at : at + tiles.TILE]])
            for at in range(0, len(stored), tiles.TILE)
        ),
        "log/leaves": b"".join(row.leaf for row in stored),
        "state/checkpoint": top.note,
    }
    members |= _key(conn, origin, top)
    members |= _stamp(conn, state, index)
    members |= _heads(conn, origin, head, top)
    members |= _key_end(conn, origin, head.size)
    members |= _previous(conn, origin, stored[0])
    members |= _states(conn)
    members |= _documents(conn, origin, stored)
    members |= _openings(conn, origin, stored, entitlement)
    return members


def _about(origin: str, state: str) -> bytes:
    parsed = origins.parse_origin(origin)
    kind = logkinds.KINDS[parsed.kind].package
    if kind is None:
        raise LogError(f"There is no package of {origin}.")
    about: dict[str, Json] = {
        "format": "sakshi-package/1",
        "kind": kind,
        "origin": origin,
        "state": state,
        "subject": parsed.subject or "",
    }
    return canon.canonical(about)


def _key(conn: Connection, origin: str, top: Head) -> dict[str, bytes]:
    """The log's key as an entry of the state log."""
    state = top.origin
    entry = queries.entry_by_key(conn, state, f"key {origin}")
    if entry is None:
        raise LogError(f"The key of {origin} is not in {state}.")
    return _stated(conn, "state/key", entry, top)


def _stamp(conn: Connection, state: str, index: int) -> dict[str, bytes]:
    """The first time-stamp of a state head that holds the entry, with the way to it."""
    size = next((size for size in timestamping.sizes(conn, state) if size > index), None)
    if size is None:
        return {}
    note = timestamping.note_of(conn, state, size)
    response = timestamping.response_of(conn, state, size)
    if note is None or response is None:
        return {}
    proof = proofs.tlog_proof(conn, state, index, size, note)
    return {
        "state/stamp.tlog-proof": format_tlog_proof(proof).encode(),
        "state/stamp.tsr": response,
    }


def _key_end(conn: Connection, origin: str, size: int) -> dict[str, bytes]:
    """The end of the log's key, once the log is closed and the state log has said so."""
    admitted = queries.admission(conn, origin, size)
    assert admitted is not None, "a published head has been admitted"
    found = queries.entry_by_key(conn, admitted[0], f"key-end {origin}")
    if found is None:
        return {}
    try:
        top = witness_status.anchor(conn, admitted[0], found.index)
    except LogError:
        return {}  # Said a moment ago and not published yet; the verifier says it is not shown.
    return _stated(conn, "state/key-end", found, top)


def _stated(conn: Connection, name: str, entry: StoredEntry, top: Head) -> dict[str, bytes]:
    """A public entry of the state log with its proof and record."""
    proof = proofs.tlog_proof(conn, top.origin, entry.index, top.size, top.note)
    return {
        f"{name}.tlog-proof": format_tlog_proof(proof).encode(),
        f"{name}-entry": entry.entry,
        f"{name}-record": proofs.public_document(conn, top.origin, entry.entry),
    }


def _previous(conn: Connection, origin: str, first: StoredEntry) -> dict[str, bytes]:
    """That entry 0 is the last head of the log before, and that this log is the one it names."""
    parsed = parse_entry(first.entry)
    if not isinstance(parsed, NoteEntry):
        return {}
    before, size = parsed.checkpoint.origin, parsed.checkpoint.size
    admitted = queries.admission(conn, before, size)
    if not lineage.is_closed(conn, queries.info(conn, before)):
        return _given_up(conn, before)
    if admitted is None:
        return {}  # Signed a moment ago; the verifier says that it is not shown.
    state, index = admitted
    top = witness_status.anchor(conn, state, index)
    key = queries.entry_by_key(conn, state, f"key {before}")
    if key is None:
        raise LogError(f"The key of {before} is not in {state}.")
    last = queries.entry(conn, before, size - 1)
    head = proofs.tlog_proof(conn, state, index, top.size, top.note)
    proof = proofs.tlog_proof(conn, before, size - 1, size, first.entry)
    return _stated(conn, "previous/key", key, top) | {
        "previous/head.tlog-proof": format_tlog_proof(head).encode(),
        "previous/last.tlog-proof": format_tlog_proof(proof).encode(),
        "previous/last-entry": last.entry,
        "previous/last-record": proofs.public_document(conn, before, last.entry),
    }


def _given_up(conn: Connection, before: str) -> dict[str, bytes]:
    """What the state log says of a log that was not closed but given up."""
    for info in lineage.shards(conn, "state", ""):
        found = queries.entry_by_key(conn, info.origin, f"abandon {before}")
        if found is None:
            continue
        try:
            top = witness_status.anchor(conn, info.origin, found.index)
        except LogError:
            return {}  # Said a moment ago and not published yet.
        return _stated(conn, "previous/given-up", found, top)
    return {}


def _states(conn: Connection) -> dict[str, bytes]:
    """How each closed state log hands on to the next: whoever pins one key reaches today's."""
    members: dict[str, bytes] = {}
    for info in lineage.shards(conn, "state", ""):
        after = lineage.after(conn, info.origin)
        if after is None or not lineage.is_closed(conn, info):
            continue
        try:
            old = witness_status.anchor(conn, info.origin, info.next_index - 1)
            new = witness_status.anchor(conn, after.origin, 0)
        except LogError:
            continue  # Closed a moment ago and not published yet.
        name = f"states/{info.origin.rpartition('/')[2]}"
        closing = queries.entry(conn, info.origin, old.size - 1)
        first = proofs.tlog_proof(conn, new.origin, 0, new.size, new.note)
        members |= _stated(conn, f"{name}/last", closing, old)
        members[f"{name}/next.tlog-proof"] = format_tlog_proof(first).encode()
    return members


def _heads(conn: Connection, origin: str, head: Head, top: Head) -> dict[str, bytes]:
    """Every admitted head up to this one, its place in the state log, and the step to the next."""
    members: dict[str, bytes] = {}
    before: int | None = None
    for size, note in queries.released_notes(conn, origin):
        if size > head.size:
            break
        admitted = queries.admission(conn, origin, size)
        if admitted is None:
            continue
        state, index = admitted
        over = top if state == top.origin else witness_status.anchor(conn, state, index)
        proof = proofs.tlog_proof(conn, state, index, over.size, over.note)
        members[f"state/heads/{size}.tlog-proof"] = format_tlog_proof(proof).encode()
        if size < head.size:
            members[f"log/earlier/{size}"] = note
        if before is not None:
            path = tree_queries.consistency(conn, origin, before, size)
            lines = "".join(f"{b64.encode(part)}\n" for part in path)
            members[f"proof/consistency/{before}-{size}"] = lines.encode()
        before = size
    return members


def _documents(conn: Connection, origin: str, stored: list[StoredEntry]) -> dict[str, bytes]:
    """The documents of the public entries among these, and no other."""
    wanted = {
        parsed.commitment.hex()
        for row in stored
        if isinstance(parsed := parse_entry(row.entry), Entry)
    }
    return {
        f"doc/{digest}": document
        for digest, document in queries.documents(conn, origin)
        if digest in wanted
    }


def _openings(
    conn: Connection, origin: str, stored: list[StoredEntry], entitlement: Entitlement
) -> dict[str, bytes]:
    by_index = {row.index: row for row in stored}
    members: dict[str, bytes] = {}
    for index, opening, detail in _payloads(conn, origin, len(stored)):
        most = shown(by_index[index].kind, str(opening["record"]).encode())
        wanted = entitlement(by_index[index])
        if "nothing" in (most, wanted):
            continue
        if most == wanted == "all" and detail is not None:
            opening["detail"] = detail
        members[f"openings/{index}.json"] = canon.canonical(opening)
    return members


def _payloads(
    conn: Connection, origin: str, size: int
) -> Iterator[tuple[int, dict[str, Json], dict[str, Json] | None]]:
    """Index, opening and detail of every payload that was not erased."""
    log_id = queries.info(conn, origin).id
    query = select(log_payload).where(log_payload.c.log_id == log_id, log_payload.c.idx < size)
    for row in conn.execute(query.order_by(log_payload.c.idx)):
        if row.record is None or row.salt is None:
            continue
        opening = _opening(bytes(row.record), bytes(row.salt))
        detail = None
        if row.detail is not None and row.detail_salt is not None:
            detail = _opening(bytes(row.detail), bytes(row.detail_salt))
        yield row.idx, {"kind": row.kind, **opening}, detail


def _opening(record: bytes, salt: bytes) -> dict[str, Json]:
    return {"record": record.decode("utf-8"), "salt": b64.encode(salt)}
