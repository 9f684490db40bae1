"""Indicators: pure functions from facts to one number each (`reading` says what they return)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from oversight.pure import periods
from oversight.pure.facts import FactBook
from oversight.pure.reading import (
    BASIS_POINTS,
    KEPT,
    TODAY,
    Compute,
    Indicator,
    Params,
    Reading,
    missing,
    reading,
)
from oversight.pure.registerfacts import LEFT
from oversight.pure.registerreadings import COMPARED


def one_payee_in_a_month(book: FactBook, period: str, params: Params) -> Reading:
    """Most live loans paid out to one payee in one calendar month (K2)."""
    if (loans := book.get("loans", period)) is None:
        return missing(book, "loans", period)
    if loans.value == 0:
        return reading(0, [loans], loans=0, payee="", month="")
    if (paid := book.get("loans.payee-month", period)) is None:
        return missing(book, "loans.payee-month", period)
    return reading(paid.value, [paid], loans=loans.value, **paid.labels)


def top_payee_share(book: FactBook, period: str, params: Params) -> Reading:
    """Share of all outstanding loans that was paid out to one payee, in basis points (K1).

    A register with fewer than ``min_loans`` live loans is not assessable: in a handful of loans any
    share is large.
    """
    if (loans := book.get("loans", period)) is None:
        return missing(book, "loans", period)
    if loans.value < params["min_loans"]:
        return Reading(None, figures={"loans": loans.value}, why="too-few-loans")
    total = book.get("loans.outstanding", period)
    owed = book.get("loans.payee", period)
    if total is None or owed is None:
        return missing(book, "loans.payee", period)
    share = owed.value * BASIS_POINTS // total.value
    inputs: dict[str, int | str] = {
        "owed": owed.value,
        "total": total.value,
        "paid": owed.labels["loans"],
    }
    # The evidence is the payee's own loans: pointing at the whole register would hide them.
    found = reading(share, [owed], loans=loans.value, payee=owed.labels["payee"], **inputs)
    return replace(found, known_at=max(owed.known_at, total.known_at))


def same_collateral(book: FactBook, period: str, params: Params) -> Reading:
    """Most live loans secured on the same collateral (K3)."""
    if (loans := book.get("loans", period)) is None:
        return missing(book, "loans", period)
    if loans.value == 0:
        return reading(0, [loans], loans=0, collateral="")
    if (pledged := book.get("loans.collateral", period)) is None:
        return missing(book, "loans.collateral", period)
    return reading(pledged.value, [pledged], loans=loans.value, **pledged.labels)


def sales_fall(book: FactBook, period: str, params: Params) -> Reading:
    """Fall of a quarter's sales against the same quarter a year before, in basis points (S1).

    A rise is a negative fall. The level of sales says nothing by itself, its change does.
    """
    if (now := book.get("sales", period)) is None:
        return missing(book, "sales", period)
    earlier = periods.quarter_year_before(period)
    before = book.get("sales", earlier)
    if before is None:
        return Reading(None, figures={"earlier": earlier}, why="no-quarter-a-year-before")
    if before.value <= 0:
        return Reading(None, figures={"earlier": earlier}, why="no-sales-a-year-before")
    if before.labels["spread"] != now.labels["spread"]:
        return Reading(None, figures={"earlier": earlier}, why="sales-not-by-quarter")
    fall = (before.value - now.value) * BASIS_POINTS // before.value
    facts = [before, now]
    figures: dict[str, int | str] = {"before": before.value, "now": now.value}
    if now.labels["spread"] == "year":
        figures |= {"quarter": period.split(" ")[0], "earlier": earlier.split(" ")[0]}
    else:
        figures |= {"quarter": period, "earlier": earlier}
    if int(before.labels["since_next"]) < 0 or int(now.labels["since_end"]) > 0:
        # The quarters were corrected towards each other once both were over: that clears nothing.
        return replace(reading(fall, facts, **figures, **{KEPT: "corrected"}), left=1)
    return reading(fall, facts, **figures)


def meeting_overdue(book: FactBook, period: str, params: Params) -> Reading:
    """Days past the last day for the general meeting of a book year; 0 once it was held (G1).

    Negative while the time is still running. ``months`` is the statutory time after year end.
    """
    if (end := book.get("accounting-date", period)) is None:
        return missing(book, "accounting-date", period)
    year_end = end.value
    due = periods.add_months(periods.day(end.as_of), params["months"])
    held = book.get("general-meeting", period)
    figures: dict[str, int | str] = {
        "book_year": period,
        "year_end": end.as_of,
        "due": due.isoformat(),
        "months": params["months"],
        "since_year_end": book.today.toordinal() - year_end,
    }
    if held is not None:
        figures["held"] = held.as_of
        figures["days_late"] = max(0, held.value - due.toordinal())
        return reading(0, [end, held], **figures)
    return reading(
        book.today.toordinal() - due.toordinal(), [end], today=book.today.isoformat(), **figures
    )


def on_day(figures: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Figures as they are on another day: with each day, days that are counted up to `today` grow
    by one."""
    if TODAY not in figures:
        return dict(figures)
    later = today.toordinal() - periods.day(figures[TODAY]).toordinal()
    counts = (name for name in ("value", "since_year_end") if name in figures)
    grown = {name: figures[name] + later for name in counts}
    return {**figures, **grown, TODAY: today.isoformat()}


def entries_back_dated(book: FactBook, period: str, params: Params) -> Reading:
    """Entries sealed in a month, more than ``lag_days`` behind what the books held then (J1)."""
    return _count_late(book, period, lag=params["lag_days"])


def _count_late(book: FactBook, period: str, *, lag: int) -> Reading:
    late = book.all("late", period)
    counted = [fact for fact in late if fact.value > lag]
    if counted:
        many = sum(fact.entries for fact in counted)
        most = max(fact.value for fact in counted)
        return reading(many, counted, month=period, lag_days=lag, most_days=most)
    if other := [*late, *book.all("late.none", period)]:
        return reading(0, other, month=period, lag_days=lag, most_days=0)
    return missing(book, "late", period)


def entries_in_filed_period(book: FactBook, period: str, params: Params) -> Reading:
    """Entries sealed in a month although the sheet of their book year was already filed (J1)."""
    if (filed := book.get("late.filed", period)) is not None:
        return reading(filed.value, [filed], month=period)
    if other := [*book.all("late", period), *book.all("late.none", period)]:
        return reading(0, other, month=period)
    return missing(book, "late", period)


def _sheet(name: str, unit: str, fact_name: str) -> Indicator:
    def read(book: FactBook, period: str, params: Params) -> Reading:
        if (fact := book.get(fact_name, period)) is None:
            return missing(book, "sheet", period)
        return reading(fact.value, [fact], book_year=period, **fact.labels)

    return Indicator(name, unit, frozenset(), (fact_name, "sheet"), read)


def _loans(name: str, unit: str, compute: Compute, *params: str) -> Indicator:
    """An indicator of the newest register; what left the registers unexplained clears nothing."""
    return Indicator(name, unit, frozenset(params), ("loans",), compute, LEFT)


_ALL = (
    _loans("loans-to-one-payee-in-a-month", "count", one_payee_in_a_month),
    _loans("top-payee-share", "basis-points", top_payee_share, "min_loans"),
    _loans("loans-on-same-collateral", "count", same_collateral),
    Indicator("sales-fall", "basis-points", frozenset(), ("sales",), sales_fall),
    Indicator(
        "general-meeting-overdue",
        "days",
        frozenset({"months"}),
        ("accounting-date",),
        meeting_overdue,
    ),
    Indicator(
        "entries-back-dated",
        "count",
        frozenset({"lag_days"}),
        ("late", "late.none", "late.filed"),
        entries_back_dated,
    ),
    Indicator(
        "entries-in-filed-period",
        "count",
        frozenset(),
        ("late", "late.none", "late.filed"),
        entries_in_filed_period,
    ),
    _sheet("sheet-sums-wrong", "count", "sheet.sums"),
    _sheet("trial-balance-gap", "paise", "sheet.trial"),
    _sheet("comparative-lines-changed", "count", "sheet.comparative"),
    *COMPARED,
)

INDICATORS: Mapping[str, Indicator] = {indicator.name: indicator for indicator in _ALL}
"""Every indicator by the name a policy uses for it."""
