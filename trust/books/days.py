"""Days that books cannot have: those to come, and those before the society was registered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trust.books.model import Fault, ReadFile, SourceVoucher
from trust.books.parts import SOURCE
from trust.books.pure.faultwords import fault


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day that something in a society's books can bear, as ISO days."""

    registered: str
    today: str

    def wrong(self, day: str, row: int | None, column: str) -> Fault | None:
        """The fault of a day; None if there is none."""
        if day > self.today:
            return fault("day-ahead", row, column, day=day, today=self.today)
        if day < self.registered:
            return fault("day-before-society", row, column, day=day, registered=self.registered)
        return None

    def vouchers(
        self, sources: Sequence[SourceVoucher], refused: list[Fault]
    ) -> Iterator[SourceVoucher]:
        """The vouchers whose day can be; the others are refused one by one."""
        for item in sources:
            found = self.wrong(item.date, item.row or None, "date")
            if found is None:
                yield item
            else:
                refused.append(found)

    def checked(self, read: ReadFile) -> ReadFile:
        """A file without the rows of registers whose days cannot be; whole if its own day cannot.

        Raises nothing: what is left out is among the refused.
        """
        whole = self._whole(read)
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

    def _whole(self, read: ReadFile) -> Fault | None:
        """The fault of a trial balance or a register that is of a day which cannot be."""
        days = [voucher.date for voucher in read.vouchers] if read.format == SOURCE else []
        days += [read.as_of] if read.loans and read.as_of else []
        return next((bad for day in days if (bad := self.wrong(day, None, "as_of"))), None)
