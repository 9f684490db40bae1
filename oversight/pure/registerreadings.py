"""Indicators of loan registers compared, and of dates that cannot be.

Figures are those of the findings of the books, so that the sentences of a policy can be theirs.
"""

from datetime import date

from oversight.pure.facts import FactBook
from oversight.pure.reading import BASIS_POINTS, Indicator, Params, Reading, missing, reading

_FIGURES = ("count", "amount", "repaid", "gone")
"""Figures that a finding of registers may have; zero where nothing is found."""


def _noticed(name: str, unit: str, code: str) -> Indicator:
    def compute(book: FactBook, period: str, params: Params) -> Reading:
        if (fact := book.get(code, period)) is None:
            return missing(book, code, period)
        figures = dict.fromkeys(_FIGURES, "0") | dict(fact.labels)
        return reading(fact.value, [fact], **figures)

    return Indicator(name, unit, frozenset(), (code,), compute)


def control_gap(book: FactBook, period: str, params: Params) -> Reading:
    """Difference of a register and the loan accounts of the books on its day, in basis points of
    the larger; any difference is at least one (C1)."""
    if (fact := book.get("register-control", period)) is None:
        return missing(book, "register-control", period)
    largest = max(int(fact.labels["register"]), int(fact.labels["books"]))
    return reading(_share(fact.value, largest), [fact], gap=fact.value, **fact.labels)


def beside_sheet(book: FactBook, period: str, params: Params) -> Reading:
    """Difference of a register and the loans of the nearest filed sheet, in basis points of the
    larger (C1)."""
    if (fact := book.get("register-beside-sheet", period)) is None:
        return missing(book, "register-beside-sheet", period)
    if int(fact.labels["apart"]) > params["max_days"]:
        return Reading(None, figures=dict(fact.labels), why="no-sheet-near")
    largest = max(int(fact.labels["register"]), int(fact.labels["lent"]))
    return reading(_share(fact.value, largest), [fact], gap=fact.value, **fact.labels)


def _share(gap: int, whole: int) -> int:
    return -(-gap * BASIS_POINTS // whole) if whole > 0 else (BASIS_POINTS if gap else 0)


def register_missing(book: FactBook, period: str, params: Params) -> Reading:
    """Days since a year that shows loans was first filed, while no register of that year or a
    later one was brought; zero once one was (C1)."""
    if (fact := book.get("sheet.lent", period)) is None:
        return missing(book, "sheet.lent", period)
    figures: dict[str, int | str] = {"book_year": period, "as_of": fact.as_of, "lent": fact.value}
    known = fact.labels["known"]
    figures["known"] = known
    if fact.labels["register"]:
        return reading(0, [fact], **figures)
    days = book.today.toordinal() - date.fromisoformat(known).toordinal()
    return reading(days, [fact], today=book.today.isoformat(), **figures)


def dated_ahead(book: FactBook, period: str, params: Params) -> Reading:
    """Entries sealed in a book year that bear a day which was still to come (T1)."""
    if (fact := book.get("dated-ahead", period)) is None:
        return missing(book, "dated-ahead", period)
    return reading(fact.value, [fact], book_year=period, **fact.labels)


def meeting_recorded(book: FactBook, period: str, params: Params) -> Reading:
    """Days from a general meeting to the sealing of its date (G1)."""
    if (fact := book.get("meeting-recorded", period)) is None:
        return Reading(None, why="no-meeting-recorded")
    return reading(fact.value, [fact], book_year=period, held=fact.as_of)


COMPARED = (
    _noticed("loans-vanished", "count", "loans-vanished"),
    _noticed("loans-lowered", "paise", "loans-lowered"),
    _noticed("loans-retold", "count", "loans-retold"),
    _noticed("loans-in-replaced-register", "count", "register-replaced"),
    _noticed("loans-in-void-register", "count", "register-void"),
    _noticed("registers-not-comparable", "count", "register-not-comparable"),
    Indicator("register-control-gap", "basis-points", frozenset(), ("register-control",),
              control_gap),
    Indicator("register-beside-sheet", "basis-points", frozenset({"max_days"}),
              ("register-beside-sheet",), beside_sheet),
    Indicator("register-missing", "days", frozenset(), ("sheet.lent",), register_missing),
    Indicator("dated-ahead", "count", frozenset(), ("dated-ahead",), dated_ahead),
    Indicator("meeting-recorded-late", "days", frozenset(), ("meeting-recorded",),
              meeting_recorded),
)  # fmt: skip
