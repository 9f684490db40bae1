"""What is known of a society's own ledgers: its masters as imported and its own mapping.

Names of ledgers may be names of persons; they stay in this table and in sealed details only.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from trust.books.model import ReadFile, SourceGroup, SourceLedger
from trust.books.pure.accounts import Ledgers, codes_fit, fold, resolver
from trust.books.pure.mapping import StatementMapping
from trust.books.tables import book_account_map as table


def resolver_for(
    conn: Connection, society: str, mapping: StatementMapping, read: ReadFile
) -> Ledgers:
    """A resolver that knows the society's mapping and masters, those of this file included."""
    rows = conn.execute(select(table).where(table.c.society == society)).all()
    own = {row.key: row.account for row in rows if row.kind == "own"}
    groups = [SourceGroup(r.name, r.parent, r.reserved) for r in rows if r.kind == "group"]
    ledgers = [SourceLedger(r.name, r.parent) for r in rows if r.kind == "ledger"]
    named = (line.ledger for voucher in read.vouchers for line in voucher.lines)
    return resolver(
        mapping,
        own=own,
        groups=[*groups, *read.groups],
        ledgers=[*read.ledgers, *ledgers],
        codes=codes_fit(mapping, named),
    )


def remember(conn: Connection, society: str, read: ReadFile) -> None:
    """Keep the masters of a file for later day books; a newer master replaces an older one."""
    groups = {fold(group.name): group for group in read.groups}
    ledgers: dict[str, SourceLedger] = {}
    for ledger in read.ledgers:
        for name in (ledger.name, *ledger.aliases):
            ledgers.setdefault(fold(name), ledger)
    _replace(conn, society, "group", list(groups))
    _replace(conn, society, "ledger", list(ledgers))
    rows = [
        _row(society, "group", key, group.name, group.parent, group.reserved)
        for key, group in groups.items()
        if key
    ]
    rows += [
        _row(society, "ledger", key, ledger.name, ledger.parent, "")
        for key, ledger in ledgers.items()
        if key
    ]
    if rows:
        conn.execute(insert(table), rows)


def set_account(conn: Connection, society: str, ledger: str, account: str) -> None:
    """The society says on which account a ledger belongs; counts for imports from now on."""
    _replace(conn, society, "own", [fold(ledger)])
    row = _row(society, "own", fold(ledger), ledger, "", "") | {"account": account}
    conn.execute(insert(table).values(row))


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


def _replace(conn: Connection, society: str, kind: str, keys: Iterable[str]) -> None:
    listed = [key[:400] for key in keys]
    for start in range(0, len(listed), 500):
        conn.execute(
            delete(table).where(
                table.c.society == society,
                table.c.kind == kind,
                table.c.key.in_(listed[start : start + 500]),
            )
        )
