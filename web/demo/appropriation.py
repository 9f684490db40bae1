"""What a general meeting does with the profit of a year, as vouchers.

Shares follow the appropriation of a Kerala society: reserve fund not less than 15 %, education fund
not more than 5 %, dividend not above 25 % of paid-up share capital, welfare fund not above 10 %.
They are those of one society's published bye-laws; section 56 of the Act is still to be compared.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from trust.books.published import mapping_for
from trust.books.pure.years import book_year_of, last_day
from web.demo.model import Posted

PROFIT = "Profit and loss account: accumulated"
CARRIED = "Profit and loss appropriation: undistributed"
RESERVE = "Reserve fund (statutory)"
INVESTED = "Reserve fund invested in term deposits"
EDUCATION = "Co-operative education fund payable to the State Co-operative Union"
WELFARE = "Member welfare fund"
BUILDING = "Building fund"
DIVIDEND = "Dividend payable / unclaimed dividend"
MEMBERS_SHARES = "Share capital: A class members (individuals)"
OF_PROFIT = {RESERVE: 20, EDUCATION: 5, WELFARE: 5, BUILDING: 10}
"""Per cent of the year's profit that go to each fund."""
DIVIDEND_RATE = 8
"""Per cent a year on what members have paid up, if the profit lasts."""
PAID_AFTER = 30
"""Days after the meeting on which the education fund and the dividend are paid."""


def profit_of(vouchers: Iterable[Posted], book_year: str) -> int:
    """The profit of a year in paise, negative if it is a loss."""
    mapping = mapping_for(last_day(book_year))
    result = {
        account.name
        for account in mapping.accounts.values()
        if mapping.line[account.line].statement in ("PL", "TR")
    }
    mine = (item for item in vouchers if book_year_of(item.day) == book_year)
    return -sum(paise for item in mine for name, paise in item.lines if name in result)


def parts(profit: int, paid_up: int) -> dict[str, int]:
    """Where a profit goes, in paise; nothing is appropriated from a loss."""
    if profit <= 0:
        return {}
    shares = {name: profit * per_cent // 100 for name, per_cent in OF_PROFIT.items()}
    left = profit - sum(shares.values())
    dividend = min(left, paid_up * DIVIDEND_RATE // 100)
    return {**shares, DIVIDEND: dividend, CARRIED: left - dividend}


def vouchers(book_year: str, profit: int, paid_up: int, held: date, bank: str) -> list[Posted]:
    """The meeting's appropriation, the reserve invested, and what is paid out of it later."""
    shared = parts(profit, paid_up)
    if not shared:
        return []
    credits = tuple((name, -paise) for name, paise in shared.items() if paise)
    day, paid = held.isoformat(), (held + timedelta(days=PAID_AFTER)).isoformat()
    return [
        Posted(day, "Journal", ((PROFIT, profit), *credits), f"Profit of {book_year} appropriated"),
        _pay(day, INVESTED, shared[RESERVE], bank, f"Reserve of {book_year} invested"),
        _pay(paid, EDUCATION, shared[EDUCATION], bank, f"Education fund of {book_year} remitted"),
        _pay(paid, DIVIDEND, shared[DIVIDEND], bank, f"Dividend for {book_year} paid"),
    ]


def paid_up(opening: Mapping[str, int]) -> int:
    """What members have paid on shares, in paise."""
    return -opening[MEMBERS_SHARES]


def _pay(day: str, name: str, paise: int, bank: str, narration: str) -> Posted:
    return Posted(day, "Payment", ((name, paise), (bank, -paise)), narration)
