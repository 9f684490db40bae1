"""The ledgers of the last file that was asked about, until somebody puts them on accounts.

They stand beside the log: a list to work from, which decides nothing.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, insert, select

from trust.books.model import UnplacedLedger
from trust.books.pure.spellings import fold
from trust.books.tables import book_unplaced as table

_KEY, _PART = 400, 500


def remember(
    conn: Connection, society: str, found: Mapping[str, UnplacedLedger], *, now: int
) -> None:
    """Keep the ledgers of a file in place of those of an earlier one."""
    conn.execute(delete(table).where(table.c.society == society))
    rows = {
        fold(one.name)[:_KEY]: {
            "society": society,
            "key": fold(one.name)[:_KEY],
            "name": one.name[:_KEY],
            "parent": one.parent[:_KEY],
            "debit": one.debit,
            "credit": one.credit,
            "seen_at": now,
        }
        for one in found.values()
    }
    if rows:
        conn.execute(insert(table), list(rows.values()))


def waiting(conn: Connection, society: str) -> list[UnplacedLedger]:
    """The ledgers kept, by name."""
    c = table.c
    query = select(c.name, c.parent, c.debit, c.credit).where(c.society == society)
    return [UnplacedLedger(*row) for row in conn.execute(query.order_by(c.name))]


def placed_now(conn: Connection, society: str, names: Iterable[str]) -> None:
    """Strike ledgers off the list: they have an account, or are on suspense by an answer."""
    keys = [fold(name)[:_KEY] for name in names]
    for at in range(0, len(keys), _PART):
        part = table.c.key.in_(keys[at : at + _PART])
        conn.execute(delete(table).where(table.c.society == society, part))
