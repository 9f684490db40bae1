"""The step that keeps every sum of a society's books a number that records can hold.

A record holds whole numbers below 2^53 (`trust.formats.canon`). The absolute amounts on an account,
and on a line of the statements, stay below that together, in everything sealed and this file.
"""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection, func, select

from trust.books.counting import counted, joined
from trust.books.model import ReadFile
from trust.books.plan import Made, Plan
from trust.books.pure.faultwords import fault
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.money import MAX_PAISE, format_paise
from trust.books.tables import book_posting


class Limits:
    """What stands on each account and line, with the new vouchers of a file."""

    def __init__(
        self, conn: Connection, society: str, read: ReadFile, mapping: StatementMapping
    ) -> None:
        self._read, self._mapping = read, mapping
        query = counted(
            select(
                book_posting.c.account, func.sum(func.abs(book_posting.c.paise)).label("paise")
            ).select_from(joined()),
            society,
        ).group_by(book_posting.c.account)
        self._accounts = {row.account: int(row.paise) for row in conn.execute(query)}
        self._lines: dict[str, int] = {}
        for code, paise in self._accounts.items():
            line = self._line(code)
            self._lines[line] = self._lines.get(line, 0) + paise
        self._over: tuple[str, str] | None = None

    def _line(self, code: str) -> str:
        account = self._mapping.accounts.get(code)
        return "" if account is None else account.line

    def take(self, made: Sequence[Made]) -> None:
        """Add the vouchers of a chunk; the first that goes too far is remembered."""
        for record, _, _ in made:
            for posting in cast(list[dict[str, int]], record["lines"]):
                code, paise = str(posting["account"]), abs(posting["paise"])
                line = self._line(code)
                account = self._accounts[code] = self._accounts.get(code, 0) + paise
                whole = self._lines[line] = self._lines.get(line, 0) + paise
                if (account > MAX_PAISE or (line and whole > MAX_PAISE)) and self._over is None:
                    self._over = (str(record["id"]), code)

    def finish(self, plan: Plan) -> None:
        """Refuse the file if a sum is too large to be held; loans are summed payee by payee."""
        if self._over is not None:
            name, code = self._over
            row = next((one.row for one in self._read.vouchers if one.id and one.id == name), None)
            plan.refuse(fault("sum-too-large/account", row, code, account=code, most=_most()))
        for what in ("sanctioned", "outstanding", "overdue"):
            held = 0
            for loan in self._read.loans:
                held += abs(getattr(loan, what))
                if held > MAX_PAISE:
                    plan.refuse(fault("sum-too-large/loans", loan.row, what, most=_most()))
                    break


def _most() -> str:
    return format_paise(MAX_PAISE)
