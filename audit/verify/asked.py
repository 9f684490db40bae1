"""The platform's own checks of a filed sheet, made again over what a package opens."""

from typing import cast

from audit.verify.carried import Carried
from audit.verify.chain import Chain
from audit.verify.openings import Record
from audit.verify.prior import Rows
from trust.books.model import Check as Verdict
from trust.books.pure import balances, checks, statements, years
from trust.books.pure.findings import day_of
from trust.books.pure.footing import Sheet, check_sheet
from trust.books.pure.mapping import StatementMapping


def computed(
    chain: Chain,
    index: int,
    record: Record,
    books: Carried,
    mapping: StatementMapping,
    rows: Rows | None,
) -> tuple[Verdict, ...]:
    """The platform's own checks as far as they can be made here: all of them that need no detail
    of a voucher where every voucher is open, else those of the sheet alone."""
    shown = Sheet(record, books.filed.before(record))
    year = str(record["book_year"])
    if rows is None or year not in rows:
        return check_sheet(shown, mapping)
    before = rows.get(years.year_before(year))
    prior = None if before is None else statements.figures(before, mapping, year)
    return checks.run(
        checks.Books(
            book_year=year,
            mapping=mapping,
            vouchers=_sealed(index, record, books),
            rows=rows[year],
            figures=statements.figures(rows[year], mapping, year),
            today=min(day_of(chain.time(index)), str(record["as_of"])),
            carried=None if before is None else balances.carry(before, mapping),
            prior=prior,
            sheet=shown,
        )
    )


def _sealed(index: int, record: Record, books: Carried) -> list[checks.Checked]:
    """The vouchers of a sheet's year under its head; late are those after the sheet it replaces."""
    year, upto = record["book_year"], books.at(cast(int, record["book_size"]))
    replaced = books.filed.places.get(str(record["supersedes"]))
    return [
        checks.Checked(
            item.voucher, item.at[1], late=replaced is not None and item.at >= replaced.head
        )
        for item in books.vouchers
        if item.voucher.book_year == year and books.has(item, upto)
    ]
