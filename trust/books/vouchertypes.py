"""What is known of a society's own voucher types: learnt from masters, or said by an officer.

The answer to a question about a type counts for later files; each of them lists what it left out.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from trust.books.pure.tally_types import ANSWERS, VoucherTypes
from trust.books.tables import book_account_map as table

_KIND = "type"


def known(conn: Connection, society: str, answers: Mapping[str, str]) -> VoucherTypes:
    """The types of earlier files, and the answers about the one that is to be read."""
    query = select(table.c.key, table.c.parent)
    rows = conn.execute(query.where(table.c.society == society, table.c.kind == _KIND)).all()
    return VoucherTypes(
        {row.key: row.parent for row in rows if row.parent not in ANSWERS},
        {row.key: row.parent for row in rows if row.parent in ANSWERS},
        answers,
    )


def remember(conn: Connection, society: str, types: Mapping[str, str]) -> None:
    """Keep the types of a file; a newer word about a type replaces an older one."""
    for key, said in types.items():
        mine = (table.c.society == society) & (table.c.kind == _KIND) & (table.c.key == key[:400])
        conn.execute(delete(table).where(mine))
        row = {"name": key[:400], "parent": said[:400], "reserved": "", "account": ""}
        conn.execute(insert(table).values(society=society, kind=_KIND, key=key[:400], **row))
