"""The trial balances that a book year holds already, each with everything that corrects it.

A part is what one trial balance brought: the balances of the whole society, of a branch, or of a
further period. Vouchers that name one of its vouchers, or a correction of it, belong to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from trust.books.counting import counted
from trust.books.pure.balances import OPENING_TYPE
from trust.books.pure.closings import Balances, tag_in, total
from trust.books.pure.trial_balance import CLOSINGS_TYPE
from trust.books.tables import book_posting, book_voucher

SOURCE = "trial-balance"


@dataclass(slots=True)
class Part:
    """A trial balance in the books.

    Attributes:
        tag: mark of the set of books it is of; empty if it has no name.
        day: newest date of its own vouchers.
        opening, moves: what it comes to now, with whatever corrects it.
        own: what its own vouchers move, corrections by later trial balances included.
        opened, root: ids of its vouchers: of the opening balances, and of the rest.
        closes: whether it is a closing list.
    """

    tag: str
    day: str = ""
    opening: Balances = field(default_factory=dict)
    moves: Balances = field(default_factory=dict)
    own: Balances = field(default_factory=dict)
    opened: str | None = None
    root: str | None = None
    closes: bool = False

    @property
    def named(self) -> str | None:
        """The voucher that a correction of this part names."""
        return self.root or self.opened


def parts(conn: Connection, society: str, year: str) -> list[Part]:
    """The trial balances of a year that count, in the order in which they were sealed."""
    found: dict[str, Part] = {}
    owner: dict[str, Part] = {}
    v = book_voucher.c
    query = counted(select(book_voucher), society).where(
        v.book_year == year, (v.source == SOURCE) | v.corrects.is_not(None)
    )
    rows = conn.execute(query.order_by(v.time, v.log_id, v.idx)).all()
    lines = _lines(conn, society, year) if rows else {}
    for row in rows:
        part = owner.get(row.corrects) if row.corrects is not None else None
        if part is None:
            if row.source != SOURCE:
                continue
            part = found.setdefault(row.import_id, Part(tag_in(row.voucher_id)))
        owner[row.voucher_id] = part
        _add(part, row.voucher_id, row, lines.get((row.log_id, row.idx), {}))
    return [part for part in found.values() if part.own or part.opening]


def _add(part: Part, name: str, row: Row[Any], lines: Balances) -> None:
    kind, source = row.type, row.source
    if source == SOURCE:
        part.day = max(part.day, row.date)
        part.closes = part.closes or kind == CLOSINGS_TYPE
    if kind == OPENING_TYPE:
        part.opening = total(part.opening, lines)
        part.opened = part.opened or name
        return
    part.moves = total(part.moves, lines)
    if source == SOURCE:
        part.own = total(part.own, lines)
        part.root = part.root or name


def _lines(conn: Connection, society: str, year: str) -> Mapping[tuple[int, int], Balances]:
    """The lines of the vouchers that `parts` reads, by their place."""
    v, p = book_voucher.c, book_posting.c
    query = counted(
        select(p.log_id, p.idx, p.account, p.paise).select_from(
            book_voucher.join(book_posting, (p.log_id == v.log_id) & (p.idx == v.idx))
        ),
        society,
    ).where(v.book_year == year, (v.source == SOURCE) | v.corrects.is_not(None))
    found: dict[tuple[int, int], dict[str, int]] = {}
    for row in conn.execute(query):
        held = found.setdefault((row.log_id, row.idx), {})
        held[row.account] = held.get(row.account, 0) + row.paise
    return found


def years_with_sums(conn: Connection, society: str) -> dict[str, bool]:
    """The book years that a trial balance brought; true if it was a closing list."""
    v = book_voucher.c
    query = counted(select(v.book_year, v.type).distinct(), society).where(v.source == SOURCE)
    found: dict[str, bool] = {}
    for row in conn.execute(query):
        found[row.book_year] = found.get(row.book_year, False) or row.type == CLOSINGS_TYPE
    return found
