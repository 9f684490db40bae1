"""What stands on suspense, ledger by ledger: postings that count, by the names in the details."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from trust.books.counting import counted, joined
from trust.books.pure.mapping import SUSPENSE
from trust.books.pure.spellings import fold
from trust.books.pure.tally import DIFFERENCE
from trust.books.tables import book_import, book_posting, book_voucher
from trust.log import queries as log_queries

_PART = 500
_LIVE = ("open", "posted")


def on_suspense(conn: Connection, society: str) -> dict[str, tuple[str, int, int]]:
    """Name, debits and credits in paise of each ledger with postings on suspense, by folded name.

    A voucher whose detail was erased names no ledger and is left out.
    """
    v, p = book_voucher.c, book_posting.c
    query: Select[Any] = select(v.log_id, v.idx, v.source_id, v.version, p.line, p.paise)
    query = counted(query.select_from(joined()), society).where(
        p.account.in_(SUSPENSE), v.reversal.is_(False)
    )
    rows = conn.execute(query.order_by(v.log_id, v.idx, p.line)).all()
    standing = _standing(conn, society, rows)
    sums: dict[str, tuple[str, int, int]] = {}
    for log_id, listed in _by_log(standing).items():
        for at in range(0, len(listed), _PART):
            part = listed[at : at + _PART]
            details = log_queries.details(conn, log_id, [row.idx for row in part])
            for row in part:
                if row.idx in details:
                    _add(sums, json.loads(details[row.idx])["ledgers"][row.line], row.paise)
    return sums


def _add(sums: dict[str, tuple[str, int, int]], name: str, paise: int) -> None:
    if name != DIFFERENCE:
        known, debit, credit = sums.get(fold(name), (name, 0, 0))
        sums[fold(name)] = (known, debit + max(paise, 0), credit + max(-paise, 0))


def _by_log(rows: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.log_id].append(row)
    return found


def _standing(conn: Connection, society: str, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Of these, the postings of vouchers that no later version reversed."""
    v = book_voucher.c
    ids = sorted({row.source_id for row in rows})
    reversed_in: dict[str, int] = {}
    for at in range(0, len(ids), _PART):
        query = (
            select(v.source_id, v.version)
            .join(book_import, book_import.c.id == v.import_id)
            .where(v.society == society, v.source_id.in_(ids[at : at + _PART]))
            .where(v.reversal.is_(True), book_import.c.state.in_(_LIVE))
        )
        for name, version in conn.execute(query):
            reversed_in[name] = max(version, reversed_in.get(name, 0))
    return [row for row in rows if reversed_in.get(row.source_id, 0) <= row.version]
