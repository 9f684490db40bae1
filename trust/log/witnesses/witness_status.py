"""The witness status of a published head of the state log, and what *published* means.

Day books and ballots go on under a head whose quorum is pending, and every page says so. Entries of
a closed kind (a filed statement, the result of a vote) are published only under a head whose quorum
is met or not required.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, bindparam, func, insert, select, update

from trust.formats import notes
from trust.log import queries
from trust.log.errors import NotPublishedError
from trust.log.keys import mldsa_signatures
from trust.log.model import Head, WitnessStatus
from trust.log.tables import (
    log,
    log_admission,
    log_cosignature,
    log_entry,
    log_head,
    log_publication,
)
from trust.log.witnesses import witnesspolicy
from trust.log.witnesses.witnesspolicy import WitnessPolicy

CLOSED = frozenset({"statement", "result"})
"""Kinds whose entries are not published before the quorum has witnessed them."""

_STANDING = select(log_publication.c.standing, log_publication.c.policy_id).where(
    log_publication.c.log_id == bindparam("log_id"), log_publication.c.size == bindparam("size")
)
_PUBLISH = insert(log_publication)
_LOCK = select(log.c.id).where(log.c.origin == bindparam("origin")).with_for_update(key_share=True)
_RANK = {
    status: rank
    for rank, status in enumerate(
        (WitnessStatus.QUORUM_PENDING, WitnessStatus.NOT_REQUIRED, WitnessStatus.QUORUM_MET)
    )
}


@dataclass(frozen=True, slots=True)
class Word:
    """What a witness said of a head: when it saw it (UTC seconds), and whether it is outside."""

    witness: str
    outside: bool
    time: int


@dataclass(frozen=True, slots=True)
class StateStatus:
    """Witness status of the newest published head of the state log, for pages and alerts.

    `asked` is whether outside witnesses are needed at all, `missing` who of them has not spoken,
    `behind` since when (UTC seconds) heads are published without the quorum, None if they are not.
    """

    origin: str
    size: int
    witness_status: WitnessStatus
    asked: bool
    words: tuple[Word, ...]
    missing: tuple[str, ...]
    behind: int | None


def of_head(conn: Connection, origin: str, size: int) -> tuple[WitnessStatus, int] | None:
    """Witness status of a state head and its rule's id; None if it is not published."""
    key = {"log_id": queries.info(conn, origin).id, "size": size}
    row = conn.execute(_STANDING, key).first()
    return None if row is None else (WitnessStatus(row.standing), row.policy_id)


def raise_to(
    conn: Connection, origin: str, size: int, status: WitnessStatus, policy_id: int, *, now: int
) -> bool:
    """Publish a state head, or raise its status; it never falls. True if anything changed."""
    log_id = lock(conn, origin)
    row = conn.execute(_STANDING, {"log_id": log_id, "size": size}).first()
    if row is None:
        values = {"log_id": log_id, "size": size, "published_at": now}
        conn.execute(_PUBLISH, values | {"standing": status.value, "policy_id": policy_id})
        return True
    held = WitnessStatus(row.standing)
    if _RANK[status] < _RANK[held] or (status, policy_id) == (held, row.policy_id):
        return False
    conn.execute(
        update(log_publication)
        .where(log_publication.c.log_id == log_id, log_publication.c.size == size)
        .values(standing=status.value, policy_id=policy_id)
    )
    return True


def lock(conn: Connection, origin: str) -> int:
    """Let one writer at a time change what is known of a log's heads; returns the log's id.

    On SQLite the write transaction is the lock.
    """
    return int(conn.execute(_LOCK, {"origin": origin}).scalar_one())


def words(conn: Connection, origin: str, size: int) -> list[Word]:
    """Who has witnessed a state head, by the rule in force; other keys are left out."""
    return _words(conn, origin, size, witnesspolicy.current(conn))


def _words(conn: Connection, origin: str, size: int, rule: WitnessPolicy | None) -> list[Word]:
    if rule is None:
        return []
    keys = {(w.key.name, w.key.key_id.hex()): w.name for w in rule.policy.witnesses}
    rows = conn.execute(
        select(log_cosignature.c.key_name, log_cosignature.c.key_id, log_cosignature.c.time).where(
            log_cosignature.c.log_id == queries.info(conn, origin).id,
            log_cosignature.c.size == size,
        )
    )
    found = {keys[row.key_name, row.key_id]: row.time for row in rows if tuple(row[:2]) in keys}
    return [
        Word(w.name, rule.outside(w.name), found[w.name])
        for w in rule.policy.witnesses
        if w.name in found
    ]


def judge(conn: Connection, origin: str, size: int, rule: WitnessPolicy | None) -> WitnessStatus:
    """Witness status of a state head by a rule, with the cosignatures collected so far."""
    if rule is None or not rule.quorum:
        return WitnessStatus.NOT_REQUIRED
    names = frozenset(word.witness for word in _words(conn, origin, size, rule))
    return WitnessStatus.QUORUM_MET if rule.met(names) else WitnessStatus.QUORUM_PENDING


def cosigned(conn: Connection, origin: str, size: int, note: bytes) -> bytes:
    """A head's note with the log's second line, if it has one, and every cosignature of it."""
    rows = conn.execute(
        select(log_cosignature.c.line)
        .where(
            log_cosignature.c.log_id == queries.info(conn, origin).id,
            log_cosignature.c.size == size,
        )
        .order_by(log_cosignature.c.witness, log_cosignature.c.key_id)
    )
    own = note + mldsa_signatures.of_head(conn, origin, size)
    return own + b"".join(bytes(row.line) for row in rows.all()[: notes.MAX_SIGNATURES - 2])


def published_head(
    conn: Connection, origin: str, *, index: int = -1, witnessed: bool = False
) -> Head | None:
    """The newest published head of a state log, with its cosignatures, that covers an entry."""
    query = (
        select(log_head, log_publication.c.standing)
        .join(
            log_publication,
            (log_publication.c.log_id == log_head.c.log_id)
            & (log_publication.c.size == log_head.c.size),
        )
        .where(log_head.c.log_id == queries.info(conn, origin).id, log_head.c.size > index)
        .order_by(log_head.c.size.desc())
        .limit(1)
    )
    if witnessed:
        query = query.where(log_publication.c.standing != WitnessStatus.QUORUM_PENDING.value)
    row = conn.execute(query).first()
    if row is None:
        return None
    note = cosigned(conn, origin, row.size, bytes(row.note))
    return Head(origin, row.size, bytes(row.root), note, row.signed_at, True)


def covered(conn: Connection, state_id: int) -> int:
    """Size of the newest published head of a state log, by its number; 0 if it has none. Of one
    that was given up nothing beyond is ever published: the next one takes those heads again."""
    query = select(func.max(log_publication.c.size)).where(log_publication.c.log_id == state_id)
    return int(conn.execute(query).scalar() or 0)


def anchor(conn: Connection, state: str, index: int) -> Head:
    """The state head to prove an entry of the state log by: a witnessed one where there is one.

    Raises LogError `not-published`.
    """
    for witnessed in (True, False):
        found = published_head(conn, state, index=index, witnessed=witnessed)
        if found is not None:
            return found
    raise NotPublishedError(index=index, origin=state)


def published(conn: Connection, origin: str, index: int | None = None) -> Head | None:
    """What *published* means, on every face: the newest head under which an entry is published.

    An entry is published by the rule of its kind: a filed statement and a result wait for the
    quorum, all others do not. Without an index it is the newest head of which every entry is
    published: a head over an entry that waits is not. None: pending.

    Nothing else decides this; a page, a receipt or an answer that says the word asks here.
    """
    if index is None:
        return _whole(conn, origin)
    kind = queries.entry(conn, origin, index).kind
    found = _newest(conn, origin, witnessed=kind in CLOSED)
    return found if found is not None and found.size > index else None


def exported(conn: Connection, origin: str, index: int | None = None) -> Head | None:
    """The head to hand out an entry or a log under: a witnessed one where one covers it, else the
    newest by which it is published (a verifier will miss the quorum). None: pending."""
    found = _newest(conn, origin, witnessed=True)
    if found is not None and (index is None or found.size > index):
        return found
    return published(conn, origin, index)


def _whole(conn: Connection, origin: str) -> Head | None:
    """The newest head under which no entry of a closed kind waits for the quorum."""
    found = _newest(conn, origin, witnessed=False)
    seen = _newest(conn, origin, witnessed=True)
    if found is None or (seen is not None and seen.size == found.size):
        return found
    query = select(func.min(log_entry.c.idx)).where(
        log_entry.c.log_id == queries.info(conn, origin).id,
        log_entry.c.idx >= (0 if seen is None else seen.size),
        log_entry.c.idx < found.size,
        log_entry.c.kind.in_(CLOSED),
    )
    waiting = conn.execute(query).scalar()
    return found if waiting is None else _newest(conn, origin, witnessed=False, most=waiting)


def _newest(
    conn: Connection, origin: str, *, witnessed: bool, most: int | None = None
) -> Head | None:
    """The newest head of a log, of at most that size, that a published state head covers; or one
    that has been witnessed as the rule of its day asks."""
    over = select(log_publication.c.size).where(
        log_publication.c.log_id == log_admission.c.state_log_id,
        log_publication.c.size > log_admission.c.state_index,
    )
    if witnessed:
        over = over.where(log_publication.c.standing != WitnessStatus.QUORUM_PENDING.value)
    query = (
        select(log_head)
        .join(
            log_admission,
            (log_admission.c.log_id == log_head.c.log_id)
            & (log_admission.c.size == log_head.c.size),
        )
        .where(
            log_head.c.log_id == queries.info(conn, origin).id,
            over.correlate(log_admission).exists(),
        )
        .order_by(log_head.c.size.desc())
        .limit(1)
    )
    if most is not None:
        query = query.where(log_head.c.size <= most)
    row = conn.execute(query).first()
    if row is None:
        return None
    return Head(origin, row.size, bytes(row.root), bytes(row.note), row.signed_at, True)


def publishes(table: Table) -> ColumnElement[bool]:
    """Whether a row, keyed by the place of an entry of a closed kind, is published: a condition."""
    over = (
        select(log_admission.c.log_id)
        .join(
            log_publication,
            (log_publication.c.log_id == log_admission.c.state_log_id)
            & (log_publication.c.size > log_admission.c.state_index),
        )
        .where(
            log_admission.c.log_id == table.c.log_id,
            log_admission.c.size > table.c.idx,
            log_publication.c.standing != WitnessStatus.QUORUM_PENDING.value,
        )
    )
    return over.correlate(table).exists()


def seen_outside(conn: Connection, head: Head | None) -> tuple[str, ...]:
    """Names of the outside witnesses on whose word a published head rests; ours never count."""
    admitted = queries.admission(conn, head.origin, head.size) if head else None
    if admitted is None or head is None or not head.covered:
        return ()
    top = anchor(conn, *admitted)
    return tuple(word.witness for word in words(conn, top.origin, top.size) if word.outside)


def checkpoint(conn: Connection, origin: str) -> bytes | None:
    """The checkpoint that a log serves, cosigned; of the state log the newest published."""
    if queries.info(conn, origin).kind == "state":
        found = published_head(conn, origin)
        return None if found is None else found.note
    latest = queries.latest_head(conn, origin)
    return None if latest is None else cosigned(conn, origin, latest[0], latest[2])


def of_state(conn: Connection) -> StateStatus | None:
    """Witness status of the newest published state head; None before the first is published."""
    row = conn.execute(
        select(log_publication, log.c.origin)
        .join(log, log.c.id == log_publication.c.log_id)
        .order_by(log_publication.c.log_id.desc(), log_publication.c.size.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    rule = witnesspolicy.current(conn)
    said = tuple(_words(conn, row.origin, row.size, rule))
    heard = {word.witness for word in said}
    witnesses = () if rule is None else rule.policy.witnesses
    outside = [w.name for w in witnesses if rule is not None and rule.outside(w.name)]
    return StateStatus(
        origin=row.origin,
        size=row.size,
        witness_status=WitnessStatus(row.standing),
        asked=rule is not None and rule.quorum,
        words=said,
        missing=tuple(name for name in outside if name not in heard),
        behind=_behind(conn, row.log_id) if row.standing == WitnessStatus.QUORUM_PENDING else None,
    )


def _behind(conn: Connection, log_id: int) -> int:
    """When the first of the heads that now lack their quorum in a row was published."""
    own = log_publication.c.log_id == log_id
    last = select(func.coalesce(func.max(log_publication.c.size), -1)).where(
        own, log_publication.c.standing != WitnessStatus.QUORUM_PENDING.value
    )
    query = select(func.min(log_publication.c.published_at)).where(
        own, log_publication.c.size > last.scalar_subquery()
    )
    return int(conn.execute(query).scalar_one())
