"""What the tables have lost of a state log that came back: keys, holders, admitted heads.

All of it stands in the entries themselves and is read from them again; what is known already is
passed over, so it may be run at any time.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, delete, insert, or_, select, update

from trust.formats import times
from trust.formats.canon import Json
from trust.formats.entries import NoteEntry, parse_entry
from trust.log import givenup, queries
from trust.log.context import Signer
from trust.log.model import StoredEntry
from trust.log.tables import log, log_admission, log_head, log_holder
from trust.log.upkeep import refill
from trust.log.witnesses import witness_status

_SCAN = 1024


def keys(conn: Connection, state: str) -> None:
    """Keys of logs as the state log gives them, and who holds them."""
    for stored in _entries(conn, state):
        if stored.kind == "log-key":
            _key(conn, refill.document_of(conn, state, stored), stored.time)


def heads(conn: Connection, state: str) -> None:
    """Heads that the state log took; left out where their own log does not reach them, and where
    the state log is given up and no published head of it covers them."""
    state_id, known = queries.info(conn, state).id, set[int]()
    stop = witness_status.covered(conn, state_id) if queries.abandoned(conn, state) else None
    for stored in _entries(conn, state):
        if stop is not None and stored.index >= stop:
            return
        if stored.index % _SCAN == 0:
            known = _admitted(conn, state_id, stored.index)
        parsed = parse_entry(stored.entry)
        if isinstance(parsed, NoteEntry) and stored.index not in known:
            _head(conn, state_id, stored, parsed)


def own_keys(conn: Connection, signer: Signer) -> None:
    """Keys that no log-key entry gives here: those of state logs, and of logs given up whose own
    entry is lost as well. Our signer knows them."""
    gone = givenup.names(conn)
    for info in queries.logs(conn):
        if info.vkey is None and (info.kind == "state" or info.origin in gone):
            vkey = signer.vkey(info.origin)
            conn.execute(update(log).where(log.c.id == info.id).values(vkey=vkey))


def withdraw(conn: Connection, state: str) -> None:
    """Forget the admissions that no published head of a state log given up covers, nor ever will:
    the log that continues it takes those heads again."""
    state_id = queries.info(conn, state).id
    conn.execute(
        delete(log_admission).where(
            log_admission.c.state_log_id == state_id,
            log_admission.c.state_index >= witness_status.covered(conn, state_id),
        )
    )


def _entries(conn: Connection, state: str) -> Iterator[StoredEntry]:
    for at in range(0, queries.info(conn, state).next_index, _SCAN):
        yield from queries.entries(conn, state, at, at + _SCAN)


def _admitted(conn: Connection, state_id: int, start: int) -> set[int]:
    index = log_admission.c.state_index
    query = select(index).where(
        log_admission.c.state_log_id == state_id, index >= start, index < start + _SCAN
    )
    return set(conn.execute(query).scalars())


def _key(conn: Connection, record: dict[str, Json], at: int) -> None:
    origin, vkey = str(record["origin"]), str(record["vkey"])
    opened = times.parse_time(str(record["valid_from"]))
    conn.execute(
        update(log)
        .where(log.c.origin == origin, or_(log.c.vkey.is_(None), log.c.vkey == vkey))
        .where(or_(log.c.vkey.is_(None), log.c.opened_at != opened))
        .values(vkey=vkey, opened_at=opened)
    )
    if record.get("holder") == "society":
        held = select(log_holder.c.origin).where(log_holder.c.origin == origin)
        if conn.execute(held).first() is None:
            conn.execute(insert(log_holder).values(origin=origin, vkey=vkey, since=at))


def _head(conn: Connection, state_id: int, stored: StoredEntry, entry: NoteEntry) -> None:
    head = entry.checkpoint
    if not queries.exists(conn, head.origin) or "/state/" in head.origin:
        return
    subject = queries.info(conn, head.origin)
    if subject.size < head.size:
        return
    held = select(log_head.c.size).where(
        log_head.c.log_id == subject.id, log_head.c.size == head.size
    )
    if conn.execute(held).first() is None:
        conn.execute(
            insert(log_head).values(
                log_id=subject.id,
                size=head.size,
                root=head.root,
                note=stored.entry,
                signed_at=stored.time,
            )
        )
    conn.execute(
        insert(log_admission).values(
            log_id=subject.id, size=head.size, state_log_id=state_id, state_index=stored.index
        )
    )
