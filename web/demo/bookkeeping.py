"""Three years of bookkeeping for a society that does not exist, month by month.

Amounts come from the society's own dice; what makes a society healthy (sales that grow a little,
cash that never runs out, stock that agrees) is kept on purpose, so that an alert in the demo is
always one that was planted. What the sheets show agrees with itself: members hold whole shares,
the reserve fund is invested, a profit is appropriated by the meeting that adopted it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from trust.books.pure.years import book_year_of, first_day, last_day, year_after
from web.demo import appropriation
from web.demo.appropriation import CARRIED, INVESTED, MEMBERS_SHARES, RESERVE
from web.demo.model import Ledger, Posted

CASH = "Cash on hand: head office"
BANK = "Kerala Bank current account"


@dataclass(frozen=True, slots=True)
class Trade:
    """The accounts of a trading society, and its turnover in lakh a month."""

    sales: str
    purchases: str
    stock: str
    turnover: int


@dataclass(frozen=True, slots=True)
class Lending:
    """The accounts of a society that takes deposits and lends, and its loan book in lakh."""

    deposits: str
    loans: str
    book: int


TRADES = {
    "dairy": Trade("Sales: milk and milk products", "Milk purchase from members",
                   "Closing stock: milk and milk products, feed", 18),
    "consumer": Trade("Sales: consumer goods", "Purchases: consumer goods",
                      "Closing stock: consumer goods and PDS", 14),
    "marketing": Trade("Sales: agricultural produce", "Produce procurement from members",
                       "Closing stock: produce held", 22),
    "handloom": Trade("Sales: cloth and yarn", "Yarn, dyes and weaving wages",
                      "Closing stock: yarn, dyes, cloth", 9),
    "fisheries": Trade("Sales: fish / auction proceeds", "Fish procurement from members",
                       "Closing stock: fish, ice, diesel, nets", 12),
}  # fmt: skip
LENDINGS = {
    "credit": Lending("Savings deposits: members", "Surety / ordinary loans", 620),
    "housing": Lending("Members deposits for housing allotment", "Housing loans", 480),
    "women": Lending("Thrift deposits of members", "SHG / JLG / Kudumbashree linkage loans", 140),
}
_PAY = {"credit": 74_000, "housing": 74_000, "women": 22_000}
"""Rupees a month for salaries, where they are not those of a trading society."""
_SHARE = 100 * 100
"""Paise of a share."""
STOCK_OPENED = "Opening stock charged to trading"
STOCK_CLOSED = "Closing stock credited to trading"


class Bookkeeper:
    """Writes one society's books from the first day of a book year up to a day."""

    def __init__(
        self, dice: Random, sector: str, first_year: str, upto: date, members: int
    ) -> None:
        self._dice, self._sector, self._upto = dice, sector, upto
        self._members = members
        self._meetings: Mapping[str, date] = {}
        self._first = date.fromisoformat(first_day(first_year))
        self._falls_from = date.max
        self._numbers: dict[tuple[str, str], int] = defaultdict(int)
        self.ledger = Ledger()

    def let_sales_fall(self, since: date) -> None:
        """From that day on the society sells a good third less."""
        self._falls_from = since

    def let_profit_be_shared(self, meetings: Mapping[str, date]) -> None:
        """The general meetings that adopt the accounts of a year, by book year."""
        self._meetings = meetings

    def write(self) -> Ledger:
        """The books, in order of date."""
        self.ledger.opening = _opening(self._dice, self._sector, self._members)
        drafts = [item for month in self._months() for item in self._month(month)]
        drafts += self._year_ends()
        drafts += self._appropriated(drafts)
        limit = self._upto.isoformat()
        for item in sorted(drafts, key=lambda item: item.day):
            if item.day <= limit:
                self.ledger.vouchers.append(self.numbered(item))
        return self.ledger

    def numbered(self, item: Posted) -> Posted:
        """The voucher with the next number of its series (type and book year)."""
        year = book_year_of(item.day)
        self._numbers[item.type, year] += 1
        number = f"{item.type[:3].upper()}/{year}/{self._numbers[item.type, year]}"
        return Posted(item.day, item.type, item.lines, item.narration, item.party, number)

    def _appropriated(self, drafts: list[Posted]) -> list[Posted]:
        first = book_year_of(self._first.isoformat())
        paid_up = appropriation.paid_up(self.ledger.opening)
        return [
            item
            for year, held in self._meetings.items()
            if year >= first
            for item in appropriation.vouchers(
                year, appropriation.profit_of(drafts, year), paid_up, held, BANK
            )
        ]

    def late(self, days: list[date]) -> list[Posted]:
        """Vouchers of the past that come to the books only now."""
        return [
            self.numbered(
                _move(
                    day,
                    "Payment",
                    "Travelling and conveyance",
                    BANK,
                    self._about(40_000),
                    f"Bill found in the old file, number {at}",
                )
            )
            for at, day in enumerate(days, 1)
        ]

    def _months(self) -> Iterator[date]:
        month = self._first
        while month <= self._upto:
            yield month
            month = (month + timedelta(days=32)).replace(day=1)

    def _about(self, rupees: float, spread: float = 0.02) -> int:
        """An amount near so many rupees, in paise, to whole rupees."""
        return round(rupees * (1 + self._dice.uniform(-spread, spread))) * 100

    def _month(self, month: date) -> list[Posted]:
        made = self._trading(month) if self._sector in TRADES else self._lending(month)
        pay = self._about(_PAY.get(self._sector, 52_000))
        bills = self._about(9_500)
        made += [
            _move(month.replace(day=2), "Contra", CASH, BANK, self._about(15_000),
                  "Cash drawn for the month"),
            _move(month.replace(day=11), "Payment", "Rent, taxes, electricity, repairs", CASH,
                  bills, "Electricity and repairs"),
            _move(month.replace(day=26), "Payment", "Salaries and allowances", BANK, pay,
                  f"Pay of {month:%B}"),
        ]  # fmt: skip
        return made

    def _trading(self, month: date) -> list[Posted]:
        trade = TRADES[self._sector]
        years = (month - self._first).days / 365
        made = []
        for day in (8, 22):
            when = month.replace(day=day)
            rupees = trade.turnover * 50_000 * (1 + 0.07 * years)
            if when >= self._falls_from:
                rupees *= 0.62
            made += [
                _move(when, "Sales", BANK, trade.sales, self._about(rupees),
                      f"Sales of the fortnight to {when:%d/%m/%Y}"),
                _move(when - timedelta(days=3), "Purchase", trade.purchases, BANK,
                      self._about(rupees * 0.9), f"Bought up to {when:%d/%m/%Y}"),
            ]  # fmt: skip
        return made

    def _lending(self, month: date) -> list[Posted]:
        terms = LENDINGS[self._sector]
        unit = terms.book * 1_000
        moves = [
            (5, "Receipt", BANK, terms.deposits, unit * 1.4, "Deposits of the week"),
            (9, "Payment", terms.loans, BANK, unit * 1.9, "Loans paid out"),
            (16, "Receipt", BANK, terms.loans, unit * 1.2, "Loans repaid"),
            (17, "Receipt", BANK, "Interest on other loans", unit * 0.8, "Interest received"),
            (19, "Payment", terms.deposits, BANK, unit * 0.7, "Deposits paid back"),
            (
                24,
                "Payment",
                "Interest paid on fixed and other deposits",
                BANK,
                unit * 0.45,
                "Interest on deposits",
            ),
        ]
        return [
            _move(month.replace(day=day), kind, debit, credit, self._about(rupees, 0.1), text)
            for day, kind, debit, credit, rupees, text in moves
        ]

    def _year_ends(self) -> Iterator[Posted]:
        """Depreciation and audit fee on 31 March; stock out on 31 March and back on 1 April."""
        year = book_year_of(self._first.isoformat())
        stock = TRADES[self._sector].stock if self._sector in TRADES else ""
        held = self.ledger.opening.get(stock, 0)
        while date.fromisoformat(last_day(year)) <= self._upto:
            end = date.fromisoformat(last_day(year))
            start = date.fromisoformat(first_day(year))
            yield _move(
                end,
                "Journal",
                "Depreciation",
                "Accumulated depreciation",
                self._about(60_000),
                f"Depreciation of {year}",
            )
            yield _move(
                end,
                "Journal",
                "Audit fees",
                "Audit cost / audit fees payable to Government",
                self._about(18_000),
                f"Audit fee of {year}",
            )
            if stock:
                yield _move(start, "Journal", STOCK_OPENED, stock, held, "Opening stock")
                held = self._about(held / 100, 0.15)
                yield _move(end, "Journal", stock, STOCK_CLOSED, held, "Stock counted")
            year = year_after(year)
        if stock:
            start = date.fromisoformat(first_day(year))
            yield _move(start, "Journal", STOCK_OPENED, stock, held, "Opening stock")


def _move(day: date, kind: str, debit: str, credit: str, paise: int, narration: str) -> Posted:
    return Posted(day.isoformat(), kind, ((debit, paise), (credit, -paise)), narration)


def _opening(dice: Random, sector: str, members: int) -> dict[str, int]:
    """Balances on the first day, debit plus; undistributed profit makes them balance.

    Each member holds the same number of shares, and the reserve fund is invested.
    """

    def lakh(most: float) -> int:
        return round(most * dice.uniform(0.8, 1.2) * 1_000) * 100 * 100

    held = {
        MEMBERS_SHARES: -lakh(24),
        "Share capital: Government": -lakh(6),
        RESERVE: -lakh(9),
        "Building fund": -lakh(4),
        CASH: lakh(1),
        BANK: lakh(60),
        INVESTED: lakh(9),
        "Shares in other co-operatives": lakh(2),
        "Buildings and godowns": lakh(18),
        "Furniture and fixtures": lakh(3),
        "Accumulated depreciation": -lakh(5),
    }
    each = -held[MEMBERS_SHARES] // (members * _SHARE)
    held[MEMBERS_SHARES] = -each * members * _SHARE
    held[INVESTED] = -held[RESERVE]
    if sector in TRADES:
        trade = TRADES[sector]
        held[trade.stock] = lakh(trade.turnover / 5)
        held["Sundry creditors: goods"] = -lakh(trade.turnover / 3)
    else:
        terms = LENDINGS[sector]
        held[terms.deposits] = -lakh(terms.book)
        held["Fixed deposits: members"] = -lakh(terms.book / 4)
        held[terms.loans] = lakh(terms.book * 1.3)
        held["Interest accrued on deposits"] = -lakh(terms.book / 60)
    gap = sum(held.values())
    if gap > 0:
        held[CARRIED] = -min(gap, lakh(5))
        held["Borrowings: other institutions and persons"] = -(gap + held[CARRIED])
    elif gap < 0:
        held["Other term deposits with banks"] = -gap
    return {name: paise for name, paise in held.items() if paise}
