"""What is known of a society's own ledgers: its masters as imported and its own mapping.

Names of ledgers may be names of persons; they stay in these tables and in sealed details only.
"""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import Connection, delete, insert, select

from trust.books.model import ReadFile, SourceGroup, SourceLedger
from trust.books.published import head_words
from trust.books.pure.accounts import Ledgers, keyed, resolver
from trust.books.pure.codes import read_codes
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.spellings import fold, plain
from trust.books.tables import book_account_map as table
from trust.books.tables import book_ledger_map

SAMPLE = 5_000
"""Vouchers whose ledgers say whether a file uses our codes: more than a trial balance has."""


def resolver_for(
    conn: Connection, society: str, mapping: StatementMapping, read: ReadFile
) -> Ledgers:
    """A resolver that knows the society's mapping and masters, those of this file included."""
    groups, ledgers = masters(conn, society)
    own = chosen(conn, society)
    some = islice(read.vouchers, SAMPLE)
    named = dict.fromkeys(line.ledger for voucher in some for line in voucher.lines)
    made = resolver(
        mapping,
        own=own,
        groups=[*read.groups, *groups],
        ledgers=[*read.ledgers, *ledgers],
        codes=read_codes(mapping, head_words(), named),
    )
    before = resolver(mapping, own=own, groups=groups, ledgers=ledgers)
    known = {fold(ledger.name) for ledger in ledgers}
    for ledger in read.ledgers:
        if fold(ledger.name) in known:
            was, now = before.account(ledger.name), made.account(ledger.name)
            if was != now and was is not None and now is not None:
                made.moved[ledger.name] = (was, now)
    return made


def masters(conn: Connection, society: str) -> tuple[list[SourceGroup], list[SourceLedger]]:
    """Groups and ledgers of the masters imported so far."""
    rows = conn.execute(select(table).where(table.c.society == society)).all()
    return (
        [SourceGroup(r.name, r.parent, r.reserved) for r in rows if r.kind == "group"],
        [SourceLedger(r.name, r.parent) for r in rows if r.kind == "ledger"],
    )


def chosen(conn: Connection, society: str) -> dict[str, str]:
    """The accounts that the society chose for its ledgers, by the keys of their names.

    The newest sealed choice holds; rows of kind ``own`` are from before choices were sealed.
    """
    m = book_ledger_map.c
    query = select(m.ledger, m.account).where(m.society == society)
    sealed = conn.execute(query.order_by(m.time.desc(), m.log_id.desc(), m.idx.desc(), m.line))
    once = select(table.c.name, table.c.account)
    earlier = conn.execute(once.where(table.c.society == society, table.c.kind == "own"))
    newest: dict[str, tuple[str, str]] = {}
    for name, account in sealed:
        newest.setdefault(fold(name), (name, account))
    old = [(name, account) for name, account in earlier if fold(name) not in newest]
    return keyed([*newest.values(), *old])


def remember(conn: Connection, society: str, read: ReadFile) -> None:
    """Keep the masters of a file for later day books; a newer master replaces an older one."""
    rows = _masters(society, read)
    for kind in ("group", "ledger"):
        _forget(conn, society, kind, [row["name"] for row in rows if row["kind"] == kind])
    if rows:
        conn.execute(insert(table), rows)


def learns(conn: Connection, society: str, read: ReadFile) -> bool:
    """True if the masters of a file say something that is not known yet."""
    rows = _masters(society, read)
    if not rows:
        return False
    query = select(table).where(table.c.society == society, table.c.kind.in_(("group", "ledger")))
    known = {(row.kind, row.key): dict(row._mapping) for row in conn.execute(query)}
    return any(known.get((row["kind"], row["key"])) != row for row in rows)


def _masters(society: str, read: ReadFile) -> list[dict[str, str]]:
    """The masters of a file as rows, one for each name."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for group in read.groups:
        row = _row(society, "group", fold(group.name), group.name, group.parent, group.reserved)
        rows["group", row["key"]] = row
    for ledger in read.ledgers:
        for name in (ledger.name, *ledger.aliases):
            row = _row(society, "ledger", fold(name), name, ledger.parent, "")
            rows.setdefault(("ledger", row["key"]), row)
    return [row for row in rows.values() if row["key"]]


def _row(
    society: str, kind: str, key: str, name: str, parent: str, reserved: str
) -> dict[str, str]:
    return {
        "society": society,
        "kind": kind,
        "key": key[:400],
        "name": name,
        "parent": parent,
        "reserved": reserved,
        "account": "",
    }


def _forget(conn: Connection, society: str, kind: str, names: Iterable[str]) -> None:
    """Remove what is kept under names, in the form of their keys of once and of today."""
    listed = sorted({key[:400] for name in names for key in (plain(name), fold(name))})
    for start in range(0, len(listed), 500):
        conn.execute(
            delete(table).where(
                table.c.society == society,
                table.c.kind == kind,
                table.c.key.in_(listed[start : start + 500]),
            )
        )
