"""What the vouchers of a society say of its loans, day by day; added up by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, and_, case, func, select

from trust.books.counting import counted
from trust.books.published import mapping_for
from trust.books.pure.mapping import loan_accounts
from trust.books.pure.trial_balance import CLOSINGS_TYPE, MOVEMENTS_TYPE
from trust.books.pure.years import book_year_of, year_before
from trust.books.tables import book_posting, book_voucher

_NEWEST = "9999-12-31"


class _Day(NamedTuple):
    """The vouchers of a book year and day that are alike: openings or not, corrections or not.

    `summed`: some of them are sums of a trial balance. `net`: what they change on the loan
    accounts, debit positive; `paid`: what those take off that take something off. Paise.
    """

    book_year: str
    date: str
    opening: bool
    corrects: bool
    summed: bool
    net: int
    paid: int


@dataclass(frozen=True, slots=True)
class LoanBooks:
    """The loan accounts of a society in its books."""

    days: Sequence[_Day]

    def booked(self, day: str) -> int | None:
        """What stands on the loan accounts at the end of a day, in paise, debit positive.

        None if the books do not say it: nothing of that month is in them, or the year came as a
        trial balance of a later day.
        """
        year = book_year_of(day)
        dated = [one for one in self.days if one.book_year == year and not one.opening]
        late = any(one.date > day and one.summed for one in dated)
        if late or not any(day[:7] <= one.date[:7] for one in dated):
            return None
        return self._standing(year, day)

    def _standing(self, year: str, day: str) -> int:
        first = min(one.book_year for one in self.days)
        mine = [one for one in self.days if one.book_year == year and one.date <= day]
        moved = sum(one.net for one in mine if not one.opening)
        if any(one.opening for one in mine):
            return moved + sum(one.net for one in mine if one.opening)
        return moved + (self._standing(year_before(year), day) if year > first else 0)

    def repaid(self, after: str, upto: str) -> int | None:
        """What vouchers dated after one day and up to another take off the loan accounts, in paise.

        Each voucher counts by what it changes in all, so that two lines that undo each other repay
        nothing; openings and corrections do not count. None if no voucher lies between.
        """
        between = [
            one.paid
            for one in self.days
            if after < one.date <= upto and not one.opening and not one.corrects
        ]
        return sum(between) if between else None


def loan_books(conn: Connection, society: str) -> LoanBooks:
    """What the sealed vouchers of a society say of its loans."""
    v, p = book_voucher.c, book_posting.c
    codes = sorted(loan_accounts(mapping_for(_NEWEST)))
    mine = and_(p.log_id == v.log_id, p.idx == v.idx, p.account.in_(codes))
    net = func.coalesce(func.sum(p.paise), 0)
    kind = (v.book_year, v.date, v.opening, v.corrects.is_not(None).label("corrects"))
    summed = case((v.type.in_((MOVEMENTS_TYPE, CLOSINGS_TYPE)), 1), else_=0)
    one = select(*kind, summed.label("summed"), net.label("net"))
    one = counted(one.outerjoin_from(book_voucher, book_posting, mine), society)
    each = one.group_by(v.log_id, v.idx, *kind, v.type).subquery().c
    alike = (each.book_year, each.date, each.opening, each.corrects)
    paid = func.sum(case((each.net < 0, -each.net), else_=0))
    query = select(*alike, func.max(each.summed), func.sum(each.net), paid).group_by(*alike)
    return LoanBooks(
        [
            _Day(year, day, bool(opening), bool(corrects), bool(sums), int(total), int(less))
            for year, day, opening, corrects, sums, total, less in conn.execute(query)
        ]
    )
