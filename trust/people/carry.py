"""What an upgrade seals again: members' keys without the member, and whose officers' keys are.

An `enrolment` of version 1 holds key and member number together, and auditors' packages opened it:
with a meeting's package it showed who voted how. Each such key still in force gets an `enrolment` 2
with the action `carry`. The order is drawn by lot and all of a society bear one time, so that it
says nothing of the order in which the keys were bound; no officer is named, because none did it; no
meeting is told, because nothing changed (docs/adr/0009).

A row alone moves no key: the member is the one whom the sealed enrolment names, and a key that no
enrolment binds, or that was stopped or carried over, is left to `sakshi fsck --rooms`. The row is
believed only if the payload of the enrolment at its place was erased.

Before, only a row said whose an officer's key is, and no entry can verify it. Each such key gets an
`officer-holder`, in the order in which the keys were bound.

A second run finds no key left.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from trust.formats import b64
from trust.log import annex, lineage
from trust.log import service as logs
from trust.log.context import Context
from trust.log.model import NewEntry
from trust.log.replay.entries import pieces
from trust.people import keyentries, queries, rolls
from trust.people import tables as t
from trust.people.errors import NoSuchMemberError
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
    items = [_member(conn, row, number) for row, number in _bound(conn, society, members)]
    items += [keyentries.holder(society, bytes(row.public_key), row.login) for row in officers]
    logs.append(conn, book.origin, items, now=now)
    return len(items)


def _member(conn: Connection, row: Row[Any], number: str) -> NewEntry:
    beside = {annex.ID: row.id, BOUND_AT: row.bound_at}
    member, key = queries.member_by_number(conn, row.society, number), bytes(row.public_key)
    if member is None:
        raise NoSuchMemberError
    return keyentries.entry(member, key, row.medium, "carry", (), "", beside)


def _bound(
    conn: Connection, society: str, rows: Sequence[Row[Any]]
) -> Iterator[tuple[Row[Any], str]]:
    """The keys that an `enrolment` 1 binds, each with the number of the member it names."""
    whose, erased = dict[bytes, str | None](), set[tuple[int, int]]()
    for info in lineage.shards(conn, "coop", society) if rows else ():
        for piece in pieces(conn, info, ["enrolment"]):
            for one in piece.entries:
                if one.record is None:
                    erased.add((one.log_id, one.index))
                    continue
                binds = one.version < keyentries.VERSION and one.said["action"] == "bind"
                whose[b64.decode(one.said["key"])] = one.said["member"] if binds else None
    for row in rows:
        believed = row.member if (row.log_id, row.idx) in erased else None
        number = whose.get(bytes(row.public_key), believed)
        if number is not None:
            yield row, number


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
