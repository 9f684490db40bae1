"""Facts of loan registers compared: with one another, with the books, and with the sheets.

The comparisons are those of the books (`trust.books.pure.comparing`), told in the same words. What
left a register without a record keeps an alert about loans from being cleared by that register.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oversight.pure import periods
from oversight.pure.facts import NO_PERIOD, Fact, Gap, made
from trust.formats.places import Place

Read = tuple[list[Fact], list[Gap]]

LEFT = "register.left"
"""Fact: something is owed no more, or told otherwise, and no record says why. Value: how often."""

_VALUES = {
    "loans-vanished": "count",
    "loans-lowered": "amount",
    "loans-retold": "count",
    "register-replaced": "count",
    "register-void": "count",
    "register-not-comparable": "",
}
"""Findings that are facts of their year, each with the figure that is its value; the last one
counts itself."""

_CONTROL, _BESIDE = "register-control", "register-beside-sheet"
_LEAVES = (*_VALUES.keys() - {"loans-lowered"}, "register-ahead")
"""Findings after which a register cannot clear anything."""


@dataclass(frozen=True, slots=True)
class NoticedRow:
    """A finding about a register, as the books tell it.

    `figures` are those of its sentence: paise, counts, ISO days.
    """

    code: str
    day: str
    figures: Mapping[str, int | str]
    sealed: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A register that stands: its day, what is owed in paise, and its entries.

    `booked`: paise on the loan accounts of the books on its day, None if they do not say it.
    `unexplained`: something is owed no more since the register before and no record says why.
    """

    day: str
    outstanding: int
    booked: int | None
    unexplained: bool
    sealed: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class LentRow:
    """What a filed balance sheet shows as lent, in paise.

    `known`: day on which the first sheet of the year was sealed.
    """

    book_year: str
    as_of: str
    lent: int
    sealed: Place
    known: str


def compared_facts(
    registers: Sequence[RegisterRow], noticed: Iterable[NoticedRow], sheets: Sequence[LentRow]
) -> Read:
    """What is found about the registers of each book year, and about years without one.

    Args:
        registers: those that stand, the earliest first.
    """
    found: dict[str, list[NoticedRow]] = defaultdict(list)
    for row in noticed:
        found[_year(row.day)].append(row)
    by_year: dict[str, list[RegisterRow]] = defaultdict(list)
    for register in registers:
        by_year[_year(register.day)].append(register)
    facts = [*_lent_facts(registers, sheets), *_left(registers, found)]
    for year in sorted({*found, *by_year}):
        facts += _noticed_facts(year, by_year[year], found[year])
        facts += _control(year, by_year[year])
        facts += _beside(year, by_year[year], sheets)
    if not registers:
        missing = (*_VALUES, _CONTROL, _BESIDE)
        return facts, [Gap(name, NO_PERIOD, "no-loan-register") for name in missing]
    told = {(fact.name, fact.period) for fact in facts}
    years = [year for year, rows in by_year.items() if rows]
    gaps = [Gap(_CONTROL, year, "books-not-of-that-day") for year in years]
    gaps += [Gap(_BESIDE, year, "no-filed-sheet") for year in years]
    return facts, [gap for gap in gaps if (gap.name, gap.period) not in told]


def _noticed_facts(
    year: str, registers: Sequence[RegisterRow], found: Sequence[NoticedRow]
) -> list[Fact]:
    """For each kind the worst finding of a year, or that the year's newest register shows none."""
    facts = []
    for code, figure in _VALUES.items():
        rows = [row for row in found if row.code == code]
        if rows:
            worst = max(rows, key=lambda row: (int(row.figures.get(figure, 0)), row.day))
            value = int(worst.figures[figure]) if figure else len(rows)
            labels = {name: str(said) for name, said in worst.figures.items()}
            facts.append(made(code, year, value, worst.sealed, worst.day, labels))
        elif registers:
            newest = registers[-1]
            labels = {"before": newest.day, "day": newest.day}
            facts.append(made(code, year, 0, newest.sealed, newest.day, labels))
    return facts


def _control(year: str, registers: Sequence[RegisterRow]) -> list[Fact]:
    """The newest register of a year on whose day the books speak of loans."""
    told = [row for row in registers if row.booked is not None]
    if not told:
        return []
    row = told[-1]
    booked = row.booked or 0
    labels = {"day": row.day, "register": str(row.outstanding), "books": str(booked)}
    gap = abs(row.outstanding - booked)
    return [made(_CONTROL, year, gap, row.sealed, row.day, labels)]


def _beside(year: str, registers: Sequence[RegisterRow], sheets: Sequence[LentRow]) -> list[Fact]:
    """The newest register of a year beside the filed sheet whose day is nearest."""
    if not sheets or not registers:
        return []
    row = registers[-1]
    day = _ordinal(row.day)
    near = min(sheets, key=lambda sheet: (abs(_ordinal(sheet.as_of) - day), sheet.as_of))
    labels = {"day": row.day, "book_year": near.book_year, "as_of": near.as_of}
    labels |= {"lent": str(near.lent), "register": str(row.outstanding)}
    labels["apart"] = str(abs(_ordinal(near.as_of) - day))
    gap = abs(row.outstanding - near.lent)
    return [made(_BESIDE, year, gap, (*row.sealed, near.sealed), row.day, labels)]


def _left(
    registers: Sequence[RegisterRow], found: Mapping[str, Sequence[NoticedRow]]
) -> list[Fact]:
    """How often in each year something left the registers without a record."""
    left: dict[str, list[tuple[str, tuple[Place, ...]]]] = defaultdict(list)
    for row in registers:
        if row.unexplained:
            left[_year(row.day)].append((row.day, row.sealed))
    for year, rows in found.items():
        left[year] += [(row.day, row.sealed) for row in rows if row.code in _LEAVES]
    return [
        made(LEFT, year, len(items), [at for _, seals in items for at in seals], max(items)[0])
        for year, items in sorted(left.items())
        if items
    ]


def _lent_facts(registers: Sequence[RegisterRow], sheets: Sequence[LentRow]) -> list[Fact]:
    """Sheets that show loans, with the newest register of their year or later (empty if none)."""
    newest = max((row.day for row in registers), default="")
    facts = []
    for sheet in sheets:
        answered = newest if newest >= periods.first_day(sheet.book_year) else ""
        if sheet.lent > 0:
            seals = (sheet.sealed, *(at for row in registers[-1:] for at in row.sealed if answered))
            labels = {"register": answered, "known": sheet.known}
            facts.append(
                made("sheet.lent", sheet.book_year, sheet.lent, seals, sheet.as_of, labels)
            )
    return facts


def _year(day: str) -> str:
    return periods.book_year_of(periods.day(day))


def _ordinal(day: str) -> int:
    return periods.day(day).toordinal()
