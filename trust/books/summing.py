"""What sealed vouchers sum to, and what they say of loans; added up by the database."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, case, func, select

from trust.books.counting import counted, joined
from trust.books.published import mapping_for
from trust.books.pure import balances
from trust.books.pure.balances import YearSums
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.trial_balance import CLOSINGS_TYPE, MOVEMENTS_TYPE
from trust.books.pure.years import book_year_of
from trust.books.tables import book_posting, book_voucher


def year_sums(
    conn: Connection, society: str, upto: tuple[str, int] | None = None, *, until: str | None = None
) -> dict[str, YearSums]:
    """Sums by book year and account, added up by the database.

    Args:
        upto: a head, as a statement over it counts.
        until: the last day that counts, if not all do.
    """
    debit = func.sum(case((book_posting.c.paise > 0, book_posting.c.paise), else_=0))
    credit = func.sum(case((book_posting.c.paise < 0, -book_posting.c.paise), else_=0))
    columns = (
        book_voucher.c.book_year,
        book_voucher.c.opening,
        book_posting.c.account,
        debit.label("debit"),
        credit.label("credit"),
    )
    days = () if until is None else (book_voucher.c.date <= until,)
    query = select(*columns).select_from(joined()).where(*days)
    query = counted(query, society, upto).group_by(
        book_voucher.c.book_year, book_voucher.c.opening, book_posting.c.account
    )
    sums: dict[str, YearSums] = defaultdict(YearSums)
    for row in conn.execute(query):
        year = sums[row.book_year]
        if row.opening:
            year.opened = True
            year.opening[row.account] = int(row.debit) - int(row.credit)
        else:
            year.debit[row.account] = int(row.debit)
            year.credit[row.account] = int(row.credit)
    return dict(sums)


def loan_accounts(mapping: StatementMapping) -> frozenset[str]:
    """Codes of the accounts of the chart on which loans stand."""
    accounts = mapping.accounts.values()
    return frozenset(account.code for account in accounts if account.member_ledger == "loan")


def loans_booked(conn: Connection, society: str, day: str) -> int | None:
    """What stands on the loan accounts at the end of a day, in paise, debit positive.

    None if the books do not say it: nothing of that month is in them, or the year came as a trial
    balance of a later day.
    """
    if not _covered(conn, society, day):
        return None
    mapping, year = mapping_for(day), book_year_of(day)
    rows = balances.roll(year_sums(conn, society, until=day), mapping).get(year, ())
    accounts = loan_accounts(mapping)
    return sum(row.closing for row in rows if row.account in accounts)


def _covered(conn: Connection, society: str, day: str) -> bool:
    """Whether the books of a day's year reach its month, voucher by voucher or with a sum of by
    then."""
    v = book_voucher.c
    query = counted(select(v.date, v.type).distinct(), society)
    dated = conn.execute(query.where(v.book_year == book_year_of(day), v.opening.is_(False))).all()
    late = any(row.date > day and row.type in (MOVEMENTS_TYPE, CLOSINGS_TYPE) for row in dated)
    return not late and any(day[:7] <= row.date[:7] for row in dated)


def loans_repaid(conn: Connection, society: str, after: str, upto: str) -> int | None:
    """What vouchers dated after one day and up to another take off the loan accounts, in paise.

    Each voucher counts by what it changes in all, so that two lines that undo each other repay
    nothing; openings and corrections do not count. None if no voucher lies between.
    """
    v, p = book_voucher.c, book_posting.c
    between = (v.date > after, v.date <= upto, v.opening.is_(False), v.corrects.is_(None))
    some = counted(select(v.idx), society).where(*between).limit(1)
    if conn.execute(some).first() is None:
        return None
    codes: Collection[str] = loan_accounts(mapping_for(upto))
    query = select(func.sum(p.paise).label("net")).select_from(joined())
    query = counted(query, society).where(*between, p.account.in_(codes))
    net = query.group_by(p.log_id, p.idx).subquery().c.net
    paid = select(func.sum(case((net < 0, -net), else_=0)))
    return int(conn.execute(paid).scalar() or 0)
