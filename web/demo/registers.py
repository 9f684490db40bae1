"""Loan registers and dates of governance for societies that do not exist."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from trust.books.pure.years import first_day, last_day, year_before
from web.demo import files

CONCENTRATED = 46
"""Loans to one payee in one month, as in the collapse that the rule K2 was written after."""

CONCENTRATED_PAYEE = "SB-4410"

_AMOUNT, _LEFT, _LATE, _PAYEE = 3, 4, 5, 8
"""Columns of a row: sanctioned, outstanding, overdue, payee."""


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
            rows.append(_loan(dice, at, granted, as_of, "property", CONCENTRATED_PAYEE, deed))
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


def meeting_days(
    newest_year: str, today: date, *, overdue: bool, newest: date | None = None
) -> dict[str, date]:
    """The general meetings that adopted the accounts of three ended years, as far as held.

    Args:
        overdue: the last two were never held.
        newest: when that of the newest year was held, if not on its usual day.
    """
    years = [year_before(year_before(newest_year)), year_before(newest_year), newest_year]
    usual = {year: date.fromisoformat(last_day(year)) + timedelta(days=142) for year in years}
    held = usual | ({newest_year: newest} if newest else {})
    kept = years[:1] if overdue else years
    return {year: held[year] for year in kept if held[year] <= today}


def date_rows(newest_year: str, today: date, meetings: Mapping[str, date]) -> list[Sequence[str]]:
    """Three ended years with accounting date, audit and general meeting, as far as they have come.

    Args:
        meetings: those that were held (`meeting_days`).
    """
    rows: list[Sequence[str]] = []
    for year in (year_before(year_before(newest_year)), year_before(newest_year), newest_year):
        end = date.fromisoformat(last_day(year))
        listed = [
            ("accounting_date", end, "Books closed"),
            ("audit", end + timedelta(days=95), "Audit finished"),
        ]
        if year in meetings:
            listed.append(("general_meeting", meetings[year], "Annual general body meeting"))
        rows += [(kind, day.isoformat(), year, note) for kind, day, note in listed if day <= today]
    rows.append(
        (
            "election",
            (date.fromisoformat(first_day(newest_year)) - timedelta(days=500)).isoformat(),
            "",
            "Committee elected",
        )
    )
    return rows


def vanished(rows: Sequence[list[str]], as_of: date) -> list[list[str]]:
    """The register of a later day, from which the loans to one payee have vanished."""
    day = as_of.isoformat()
    return [[*row[:-1], day] for row in rows if row[_PAYEE] != CONCENTRATED_PAYEE]


def loans_csv(
    dice: Random, as_of: date, purpose: str, *, concentrated: bool, booked: int | None = None
) -> bytes:
    """The register as a file; its loans sum to what the books show, if that is given (paise)."""
    rows = loan_rows(dice, as_of, purpose, concentrated=concentrated)
    if booked is not None:
        fit(rows, booked)
    return files.loan_register(rows)


def fit(rows: Sequence[list[str]], booked: int) -> None:
    """Make every loan larger or smaller alike, until they sum to an amount in paise."""
    whole = sum(int(row[_LEFT]) for row in rows)
    rest = booked
    for number, row in enumerate(rows, 1):
        for at in (_AMOUNT, _LATE):
            row[at] = str(int(row[at]) * booked // (100 * whole))
        paise = rest if number == len(rows) else int(row[_LEFT]) * booked // whole
        row[_LEFT] = f"{paise // 100}.{paise % 100:02d}"
        rest -= paise
