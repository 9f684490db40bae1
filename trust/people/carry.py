"""What an upgrade seals again: members' keys without the member, and whose officers' keys are.

An `enrolment` of version 1 holds key and member number together, and auditors' packages opened it:
with a meeting's package it showed who voted how. Each such key still in force gets an `enrolment` 2
with the action `carry`. The order is drawn by lot and all of a society bear one time, so that it
says nothing of the order in which the keys were bound; no officer is named, because none did it; no
meeting is told, because nothing changed (docs/adr/0009).

Before, only a row said whose an officer's key is. Each such key gets an `officer-holder`, in the
order in which the keys were bound.

A second run finds no key left.
"""

import random
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from trust.log import annex
from trust.log import service as logs
from trust.log.context import Context
from trust.log.model import NewEntry
from trust.people import keyentries, queries, rolls
from trust.people import tables as t
from trust.people.keyprojections import BOUND_AT
from trust.people.keyreads import HOLDS


def carry_over(ctx: Context) -> int:
    """Seal again what earlier versions left, a transaction a society; returns how many keys.

    Done on every start of a state; costs two short reads if no key is left.
    """
    with ctx.db.read() as conn:
        waiting = {
            row.society for query in (_members(), _officers()) for row in conn.execute(query)
        }
    done = 0
    for society in sorted(waiting):
        with ctx.db.write() as conn:
            done += _carry(conn, society, ctx.clock())
    return done


def _carry(conn: Connection, society: str, now: int) -> int:
    book = rolls.lock_book(conn, society, now=now)
    members = list(conn.execute(_members().where(t.member_key.c.society == society)))
    random.SystemRandom().shuffle(members)
    officers = conn.execute(_officers().where(t.officer_key.c.society == society)).all()
    items = [_member(conn, row) for row in members]
    items += [keyentries.holder(society, bytes(row.public_key), row.login) for row in officers]
    logs.append(conn, book.origin, items, now=now)
    return len(items)


def _member(conn: Connection, row: Row[Any]) -> NewEntry:
    beside = {annex.ID: row.id, BOUND_AT: row.bound_at}
    member, key = queries.member(conn, row.member_id), bytes(row.public_key)
    return keyentries.entry(member, key, row.medium, "carry", (), "", beside)


def _members() -> Select[Any]:
    """Keys in force whose newest enrolment is of version 1."""
    k = t.member_key.c
    query = select(t.member_key, t.member.c.id.label("member_id")).join(t.member, HOLDS)
    return query.where(k.version < keyentries.VERSION, k.revoked_at.is_(None)).order_by(k.id)


def _officers() -> Select[Any]:
    """Keys without an entry that says whose they are."""
    k, a = t.officer_key.c, t.account.c
    query = select(t.officer_key, a.login).join(t.account, a.id == k.account_id)
    return query.where(k.holder_idx.is_(None)).order_by(k.id)
