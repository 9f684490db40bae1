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
    rows = _masters(society, read)
    for kind in ("group", "ledger"):
        _replace(conn, society, kind, [row["key"] for row in rows if row["kind"] == kind])
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
            row = _row(society, "ledger", fold(name), ledger.name, ledger.parent, "")
            rows.setdefault(("ledger", row["key"]), row)
    return [row for row in rows.values() if row["key"]]


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
