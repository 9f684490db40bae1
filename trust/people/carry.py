"""Keys in force at the upgrade, sealed once more so that the record no longer names the member.

An `enrolment` of version 1 holds key and member number together, and auditors' packages opened it:
with a meeting's package it told who voted how. Each such key still in force gets an `enrolment` 2
with the action `carry`. The order is drawn by lot and all of a society bear one time, so that it
says nothing of the order in which the keys were bound; no officer is named, because none did it; no
meeting is told, because nothing changed (docs/adr/0009). Whoever comes second finds nothing to do.
"""

import random

from sqlalchemy import ColumnElement, Connection, Row, select, update

from trust.log import service as logs
from trust.log.runtime import Runtime
from trust.people import keyentries, queries, rolls
from trust.people import tables as t


def carry_over(rt: Runtime) -> int:
    """Seal anew what version 1 sealed, a transaction a society; gives how many keys.

    Done on every start of a state; costs one short read when there is nothing left.
    """
    with rt.db.read() as conn:
        waiting = _societies(conn)
    done = 0
    for society in waiting:
        with rt.db.write() as conn:
            done += _carry(conn, society, rt.clock())
    return done


def _societies(conn: Connection) -> list[str]:
    k, m = t.member_key, t.member
    query = select(m.c.society).join(k, k.c.member_id == m.c.id).where(*_waiting())
    return sorted(set(conn.execute(query).scalars()))


def _carry(conn: Connection, society: str, now: int) -> int:
    book = rolls.lock_book(conn, society, now=now)
    keys = _keys(conn, society)
    random.SystemRandom().shuffle(keys)
    items = [
        keyentries.entry(
            queries.member(conn, row.member_id), bytes(row.public_key), row.medium, "carry", (), ""
        )
        for row in keys
    ]
    k = t.member_key
    for row, sealed in zip(keys, logs.append(conn, book.origin, items, now=now), strict=True):
        place = {
            "origin": sealed.origin,
            "entry_index": sealed.index,
            "version": keyentries.VERSION,
        }
        conn.execute(update(k).where(k.c.id == row.id).values(**place))
    return len(keys)


def _keys(conn: Connection, society: str) -> list[Row[tuple[object, ...]]]:
    k, m = t.member_key, t.member
    query = select(k).join(m, k.c.member_id == m.c.id)
    return list(conn.execute(query.where(m.c.society == society, *_waiting())))


def _waiting() -> tuple[ColumnElement[bool], ...]:
    k = t.member_key.c
    return k.version < keyentries.VERSION, k.revoked_at.is_(None)
