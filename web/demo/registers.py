"""Loan registers and dates of governance for societies that do not exist."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from trust.books.pure.years import first_day, last_day, year_before
from web.demo import files

CONCENTRATED = 46
"""Loans to one payee in one month, as in the collapse that the rule K2 was written after."""

_AMOUNT, _LEFT, _LATE = 3, 4, 5
"""Columns of a row: sanctioned, outstanding, overdue."""


def loan_rows(dice: Random, as_of: date, purpose: str, *, concentrated: bool) -> list[list[str]]:
    """A register of healthy loans, each payee and security once; with 46 to one payee if asked."""
    rows = []
    for at in range(1, 31):
        granted = as_of - timedelta(days=dice.randrange(60, 700))
        rows.append(_loan(dice, at, granted, as_of, purpose, f"SB-{1000 + at}", f"DEED-{200 + at}"))
    if concentrated:
        month = (as_of - timedelta(days=150)).replace(day=1)
        for at in range(31, 31 + CONCENTRATED):
            granted = month + timedelta(days=dice.randrange(0, 27))
            deed = "DEED-77" if at % 8 == 0 else f"DEED-{300 + at}"
            rows.append(_loan(dice, at, granted, as_of, "property", "SB-4410", deed))
    return rows


def _loan(
    dice: Random, at: int, granted: date, as_of: date, purpose: str, payee: str, deed: str
) -> list[str]:
    amount = dice.randrange(8, 30) * 10_000
    left = round(amount * dice.uniform(0.4, 0.9))
    late = dice.random() < 0.1
    return [
        f"L-{at:04d}",
        f"M-{at}",
        granted.isoformat(),
        str(amount),
        str(left),
        str(left // 10) if late else "0",
        str(dice.randrange(31, 180)) if late else "0",
        purpose,
        payee,
        deed,
        "yes",
        as_of.isoformat(),
    ]


def date_rows(newest_year: str, today: date, *, overdue: bool) -> list[Sequence[str]]:
    """Three ended years with accounting date, audit and general meeting, as far as they have come.

    ``overdue``: the last two general meetings were never held.
    """
    rows: list[Sequence[str]] = []
    year = year_before(year_before(newest_year))
    for back in (2, 1, 0):
        end = date.fromisoformat(last_day(year))
        listed = [
            ("accounting_date", end, "Books closed"),
            ("audit", end + timedelta(days=95), "Audit finished"),
            ("general_meeting", end + timedelta(days=142), "Annual general body meeting"),
        ]
        rows += [
            (kind, day.isoformat(), year, note)
            for kind, day, note in listed
            if day <= today and not (overdue and kind == "general_meeting" and back < 2)
        ]
        year = f"{int(year[:4]) + 1}-{(int(year[:4]) + 2) % 100:02d}"
    rows.append(
        (
            "election",
            (date.fromisoformat(first_day(newest_year)) - timedelta(days=500)).isoformat(),
            "",
            "Committee elected",
        )
    )
    return rows


def loans_csv(
    dice: Random, as_of: date, purpose: str, *, concentrated: bool, booked: int | None = None
) -> bytes:
    """The register as a file; its loans sum to what the books show, if that is given (paise)."""
    rows = loan_rows(dice, as_of, purpose, concentrated=concentrated)
    if booked is not None:
        _fit(rows, booked)
    return files.loan_register(rows)


def _fit(rows: Sequence[list[str]], booked: int) -> None:
    """Make every loan larger or smaller alike, until they sum to an amount in paise."""
    whole = sum(int(row[_LEFT]) for row in rows)
    rest = booked
    for number, row in enumerate(rows, 1):
        for at in (_AMOUNT, _LATE):
            row[at] = str(int(row[at]) * booked // (100 * whole))
        paise = rest if number == len(rows) else int(row[_LEFT]) * booked // whole
        row[_LEFT] = f"{paise // 100}.{paise % 100:02d}"
        rest -= paise
