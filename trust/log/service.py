"""Verbs of the log that share a transaction with domain rows: open a log, append, erase.

Sequencing: the log's counter row is locked first, so indices have no holes and times never go
back; `UNIQUE(log, key)` makes a retry return the stored bytes and change nothing. A closed log
takes no entry, and a log of a year none once the year is over (`trust.log.shards` opens the next).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, insert, select, update

from trust import outbox
from trust.bulk import Statement, insert_many
from trust.formats import canon, merkle, origins, records
from trust.formats.canon import Json
from trust.formats.entries import Entry, format_entry
from trust.log import annex, erasing, lineage, projections, queries, sequencing
from trust.log.errors import (
    ContinuedError,
    GivenUpError,
    LogClosedError,
    LogError,
    NotErasableError,
    UnknownLogError,
    YearOverError,
)
from trust.log.model import NewEntry, Placed, Sequenced
from trust.log.preparing import Prepared, prepare
from trust.log.tables import installation, log, log_document, log_payload

_PAYLOAD = ("log_id", "idx", "kind", "record", "salt", "detail", "detail_salt", "erased")
_DOCUMENT = ("log_id", "sha256", "kind", "document")


# Built once: on the path of every ballot. FOR NO KEY UPDATE: it keeps other writers out and not the
# publisher, whose tiles and heads refer to the row; who holds two logs would wait for it and it for
# him.
_LOCK = Statement(
    _FIND := "SELECT id, next_index, last_time FROM log WHERE origin = :origin",
    f"{_FIND} FOR NO KEY UPDATE",
)
_GATE = Statement(
    "SELECT (SELECT kind FROM log_entry WHERE log_id = :log_id AND idx = :last), EXISTS (SELECT 1"
    " FROM log AS s JOIN log_entry AS e ON e.log_id = s.id AND e.key = :key WHERE s.kind = 'state')"
)
"""Kind of the last entry of a log, and whether a state log says that it was given up."""
_ADVANCE = Statement("UPDATE log SET next_index = :next, last_time = :time WHERE id = :which")


@dataclass(frozen=True, slots=True)
class Turn:
    """A log held by this transaction: index and time (UTC seconds) of its next entry, and the kind
    of its last."""

    log_id: int
    index: int
    time: int
    last_kind: str | None


def install(conn: Connection, host: str, *, now: int) -> None:
    """Fix the host label of this state, once; opens the state log of the current year."""
    row = conn.execute(select(installation.c.value).where(installation.c.name == "host")).first()
    if row is not None:
        if row.value != host:
            raise LogError(f"This state belongs to {row.value}, not to {host}.")
        return
    conn.execute(insert(installation).values(name="host", value=host))
    open_log(conn, origins.state_origin(host, origins.financial_year(now)), now=now)


def open_log(conn: Connection, origin: str, *, now: int, continues: bool = False) -> None:
    """Make an empty log; does nothing if it exists. One that `continues` another keeps position 0
    free for the other's last head."""
    if conn.execute(select(log.c.id).where(log.c.origin == origin)).first() is not None:
        return
    parsed = origins.parse_origin(origin)
    conn.execute(
        insert(log).values(
            origin=origin,
            kind=parsed.kind,
            subject=parsed.subject or "",
            opened_at=now,
            next_index=1 if continues else 0,
            last_time=now,
            size=0,
            root=merkle.EMPTY_ROOT,
        )
    )


def append(
    conn: Connection, origin: str, items: Sequence[NewEntry], *, now: int, turn: Turn | None = None
) -> list[Sequenced]:
    """Sequence records in one log, in order, with their payloads and one outbox row.

    `turn` is that of `hold`, if nothing was appended since. An item whose key the log already
    holds comes back as stored, `repeated`. Raises UnknownLogError, FormatError (a record not of
    its kind) or LogError (kind not for this log).
    """
    prepared = [prepare(item) for item in items]
    return append_prepared(conn, origin, prepared, now=now, turn=turn)


def append_prepared(
    conn: Connection, origin: str, items: Sequence[Prepared], *, now: int, turn: Turn | None = None
) -> list[Sequenced]:
    """`append` for entries prepared before the transaction began (bulk imports)."""
    held = turn or hold(conn, origin, now=now)
    log_id, next_index, at = held.log_id, held.index, held.time
    _check_kinds(origin, {item.kind.name for item in items})
    built = [
        (format_entry(Entry(item.kind.name, at, item.commitment)), item.kind.name, item.key)
        for item in items
    ]
    if sequencing.insert_new(conn, log_id, next_index, built, at):
        out = [
            Sequenced(origin, index, entry, merkle.leaf_hash(entry), at, False)
            for index, (entry, _, _) in enumerate(built, next_index)
        ]
    else:
        out = sequencing.settle(conn, origin, log_id, next_index, built, at)
    fresh = [pair for pair in zip(items, out, strict=True) if not pair[1].repeated]
    if fresh:
        _check_open(conn, origin, held)
        _store(conn, log_id, fresh)
        _advance(conn, log_id, next_index + len(fresh), at)
        projections.project(conn, [_placed(log_id, item, new) for item, new in fresh])
        outbox.emit(conn, "log", origin)
    return out


def append_built(
    conn: Connection, origin: str, built: Sequence[sequencing.Built], *, now: int
) -> Sequence[int]:
    """Append entries that have their final bytes and no payload, such as signed heads; returns the
    index of each. One whose key the log holds keeps its place. Publication is the caller's."""
    held = hold(conn, origin, now=now)
    log_id, next_index, at = held.log_id, held.index, held.time
    if sequencing.insert_new(conn, log_id, next_index, built, at):
        out: Sequence[int] = range(next_index, next_index + len(built))
        fresh = len(built)
    else:
        settled = sequencing.settle(conn, origin, log_id, next_index, built, at)
        out = [item.index for item in settled]
        fresh = sum(not item.repeated for item in settled)
    if fresh:
        if next_index:
            _check_open(conn, origin, held)
        _advance(conn, log_id, next_index + fresh, at)
    return out


def known_keys(conn: Connection, origin: str, keys: Sequence[str]) -> set[str]:
    """Those of these idempotency keys that a log holds."""
    return set(sequencing.held(conn, queries.info(conn, origin).id, origin, keys))


def close_log(conn: Connection, origin: str, item: NewEntry, *, now: int) -> Sequenced:
    """Append the last entry of a log; used by `trust.log.shards` only, which opens the next."""
    held, prepared = hold(conn, origin, now=now), prepare(item)
    log_id, next_index, at = held.log_id, held.index, held.time
    entry = format_entry(Entry(prepared.kind.name, at, prepared.commitment))
    new = Sequenced(origin, next_index, entry, merkle.leaf_hash(entry), at, False)
    row = (log_id, next_index, entry, prepared.kind.name, prepared.key, at)
    sequencing.insert_rows(conn, [row])
    _store(conn, log_id, [(prepared, new)])
    _advance(conn, log_id, next_index + 1, at)
    outbox.emit(conn, "log", origin)
    return new


def hold(conn: Connection, origin: str, *, now: int) -> Turn:
    """Where and when the next entry of a log is sequenced, if it is appended in this transaction.

    Until that ends nobody else appends. The time never lies before the last entry's.
    """
    return _lock(conn, origin, now=now)


def lock(conn: Connection, origin: str) -> int:
    """Keep others from appending to a log until the transaction ends; returns the log's id."""
    return _lock(conn, origin).log_id


def erase(
    conn: Connection,
    origin: str,
    index: int,
    part: str,
    reason: str,
    *,
    now: int,
    into: str | None = None,
) -> Sequenced:
    """Delete a private payload and its salt, and say so in the log; every proof stays valid.

    `part` is "record" (both payloads go) or "detail"; `into` is the log that is open now, where
    the entry's own is closed (`trust.log.shards.erase`). Raises LogError when there is nothing to
    erase at that index, NotErasableError if the kind keeps that part.
    """
    log_id = _lock(conn, origin, given_up=True).log_id
    where = (log_payload.c.log_id == log_id) & (log_payload.c.idx == index)
    held = conn.execute(select(log_payload.c.record).where(where)).scalar()
    if held is not None and not erasing.erasable(conn, origin, canon.parse(bytes(held)), part):
        raise NotErasableError(origin=origin, index=index)
    gone: dict[str, bool | None] = {"detail": None, "detail_salt": None}
    if part == "record":
        gone |= {"record": None, "salt": None, "erased": True}
    result = conn.execute(update(log_payload).where(where).values(**gone))
    if result.rowcount != 1:
        raise LogError(f"Entry {index} of {origin} has no private payload to erase.")
    record: dict[str, Json] = {
        "kind": "erasure", "v": 1, "index": index, "part": part, "reason": reason,
    }  # fmt: skip
    key = f"erase {index} {part}"
    if into not in (None, origin):
        record["origin"] = origin
        key = f"{key} {origin}"
    return append(conn, into or origin, [NewEntry("erasure", record, key)], now=now)[0]


def _lock(conn: Connection, origin: str, *, now: int = 0, given_up: bool = False) -> Turn:
    """Take the log's counter row; on SQLite the transaction already holds the write lock.

    A log that was `given_up` takes no entry, but what it still holds may be erased.
    """
    rows = _LOCK.run(conn, origin=origin)
    if not rows:
        raise UnknownLogError(origin=origin)
    log_id, next_index, last_time = rows[0]
    # Asked once the row is ours: what others appended before is seen.
    key = f"abandon {origin}"
    ((last_kind, abandoned),) = _GATE.run(conn, log_id=log_id, last=next_index - 1, key=key)
    if abandoned and not given_up:
        raise GivenUpError(origin=origin)
    return Turn(log_id, next_index, max(now, last_time), last_kind)


@lru_cache(maxsize=4096)
def _nature(origin: str) -> tuple[str, int | None]:
    """Kind of a log and, for a log of a year, the first second (UTC) after that year."""
    parsed = origins.parse_origin(origin)
    return parsed.kind, None if parsed.year is None else origins.year_bounds(parsed.year)[1]


def _check_kinds(origin: str, kinds: set[str]) -> None:
    log_kind, _ = _nature(origin)
    for kind in sorted(kinds):
        if not records.newest(kind).stands_in(log_kind):
            raise LogError(f"A {kind!r} entry does not belong in {origin}.")


def _check_open(conn: Connection, origin: str, held: Turn) -> None:
    _, end = _nature(origin)
    if end is None:
        return
    if held.last_kind == "log-closed":
        after = lineage.after(conn, origin)
        if after is None:
            raise LogClosedError(origin=origin)
        raise ContinuedError(origin=origin, next=after.origin)
    if held.time >= end:
        raise YearOverError(origin=origin)


def _store(conn: Connection, log_id: int, fresh: Sequence[tuple[Prepared, Sequenced]]) -> None:
    """Payloads of private entries, documents of public ones (one that came before stays)."""
    payloads, documents = [], []
    for item, new in fresh:
        name = item.kind.name
        if item.kind.public:
            documents.append((log_id, item.commitment.hex(), name, item.record_bytes))
        else:
            payload = (item.record_bytes, item.salt, item.detail_bytes, item.detail_salt)
            payloads.append((log_id, new.index, name, *payload, False))
    insert_many(conn, log_payload, _PAYLOAD, payloads)
    insert_many(conn, log_document, _DOCUMENT, documents, unless=("log_id", "sha256"))
    annex.put(conn, log_id, {new.index: item.annex for item, new in fresh if item.annex})


def _placed(log_id: int, item: Prepared, new: Sequenced) -> Placed:
    return Placed(
        log_id, new.origin, new.index, new.time, item.kind.name, item.kind.version, item.key,
        item.record, item.detail, item.record_bytes, item.annex or {},
    )  # fmt: skip


def _advance(conn: Connection, log_id: int, next_index: int, at: int) -> None:
    _ADVANCE.run(conn, which=log_id, next=next_index, time=at)
