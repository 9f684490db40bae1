"""A year opens once, and its movements come either as a sum or voucher by voucher."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from trust.books.plan import Made, Plan
from trust.books.pure.balances import OPENING_TYPE
from trust.books.pure.faultwords import fault
from trust.books.pure.trial_balance import MOVEMENTS_TYPE
from trust.books.tables import book_import, book_voucher

_LIVE = ("open", "posted")


class Overlaps:
    """The step that finds new vouchers which would count a year twice."""

    def __init__(self, conn: Connection, society: str) -> None:
        self._conn, self._society = conn, society
        self._types: dict[str, set[str]] = {}

    def take(self, made: Sequence[Made]) -> None:
        """Remember the types of the new vouchers of each book year; corrections add nothing."""
        for record, _, _ in made:
            if record["corrects"] is None:
                self._types.setdefault(str(record["book_year"]), set()).add(str(record["type"]))

    def finish(self, plan: Plan) -> None:
        """Refuse the file if a year would be opened or counted twice."""
        for year, types in sorted(self._types.items()):
            standing = _standing_types(self._conn, self._society, year)
            if OPENING_TYPE in types and standing["opening"]:
                plan.refuse(fault("opened-already", year=year))
            if MOVEMENTS_TYPE in types and standing["movements"]:
                plan.refuse(fault("year-posted-already/vouchers", year=year))
            if types - {OPENING_TYPE, MOVEMENTS_TYPE} and standing["summed"]:
                plan.refuse(fault("year-posted-already/sum", year=year))


def _standing_types(conn: Connection, society: str, year: str) -> dict[str, bool]:
    query = (
        select(book_voucher.c.type, book_voucher.c.opening)
        .join(book_import, book_import.c.id == book_voucher.c.import_id)
        .where(
            book_voucher.c.society == society,
            book_voucher.c.book_year == year,
            book_import.c.state.in_(_LIVE),
        )
        .distinct()
    )
    rows = conn.execute(query).all()
    return {
        "opening": any(row.opening for row in rows),
        "movements": any(not row.opening for row in rows),
        "summed": any(row.type == MOVEMENTS_TYPE for row in rows),
    }
