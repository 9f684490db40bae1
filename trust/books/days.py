"""Days that books cannot have: those to come, and those before the society was registered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trust.books.model import Fault, ReadFile, SourceVoucher
from trust.books.parts import SOURCE
from trust.books.pure.balances import OPENING_TYPE
from trust.books.pure.faultwords import fault
from trust.books.pure.years import book_year_of, first_day, last_day


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day that something in a society's books can bear, as ISO days."""

    registered: str
    today: str

    def wrong(self, day: str, row: int | None, column: str) -> Fault | None:
        """The fault of a day; None if there is none, or no day."""
        if day > self.today:
            return fault("day-ahead", row, column, day=day, today=self.today)
        if day and day < self.registered:
            return fault("day-before-society", row, column, day=day, registered=self.registered)
        return None

    def vouchers(
        self, sources: Sequence[SourceVoucher], refused: list[Fault]
    ) -> Iterator[SourceVoucher]:
        """The vouchers whose day can be; the others are refused one by one."""
        for item in sources:
            found = self._of(item)
            if found is None:
                yield item
            else:
                refused.append(found)

    def _of(self, item: SourceVoucher) -> Fault | None:
        """The fault of a voucher's day; a year may open before the society was registered in it."""
        row = item.row or None
        if item.type == OPENING_TYPE and item.date <= self.today:
            return self.wrong(min(last_day(book_year_of(item.date)), self.today), row, "date")
        return self.wrong(item.date, row, "date")

    def checked(self, read: ReadFile, book_year: str) -> ReadFile:
        """A file without the rows of registers whose days cannot be; none if its own day cannot.

        Args:
            book_year: of a trial balance.
        """
        whole = self._whole(read, book_year)
        if whole is not None:
            return replace(read, vouchers=(), loans=(), dates=(), refused=(*read.refused, whole))
        bad: list[Fault] = []
        loans = tuple(loan for loan in read.loans if self._kept(loan.sanctioned_on, loan.row, bad))
        dates = tuple(row for row in read.dates if self._kept(row.date, row.row, bad))
        return replace(read, loans=loans, dates=dates, refused=(*read.refused, *bad))

    def _kept(self, day: str, row: int, bad: list[Fault]) -> bool:
        found = self.wrong(day, row or None, "date")
        if found is not None:
            bad.append(found)
        return found is None

    def _whole(self, read: ReadFile, book_year: str) -> Fault | None:
        """The fault of a trial balance or a register that is of a day which cannot be."""
        if read.loans and (found := self.wrong(read.as_of, None, "as_of")):
            return found
        if read.format != SOURCE or not read.vouchers:
            return None
        if first_day(book_year) > self.today:
            return self.wrong(first_day(book_year), None, "as_of")
        return next((bad for item in read.vouchers if (bad := self._of(item))), None)
