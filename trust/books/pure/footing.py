"""Does the sheet foot? Questions that need only the sheets themselves, this year's and last year's.

Published sheets do not always cast: one bank's comparative column is out by exactly Rs 119 crore.
So both columns are cast, and the comparative column is held against what was filed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trust.books.model import Check, Fault, Figures
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.money import format_paise
from trust.books.pure.statements import filed_amounts, has_prior, summed, with_headings
from trust.books.pure.verdicts import unchecked, verdict
from trust.formats.canon import Json

ENOUGH_LINES = 5


@dataclass(frozen=True, slots=True)
class Sheet:
    """A statement record to be cast, and last year's filed record if there is one."""

    record: Mapping[str, Json]
    filed_before: Mapping[str, Json] | None = None


def check_sheet(sheet: Sheet, mapping: StatementMapping) -> tuple[Check, ...]:
    """The checks of a sheet alone, for a reader who has nothing else."""
    return tuple(check(sheet, None, None, mapping) for check in FOOTING)


def _sides_equal(
    sheet: Sheet | None, current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    name = "assets equal liabilities"
    if sheet is not None:
        sums = summed(filed_amounts(sheet.record), mapping)
        gap = sums["assets"] - sums["liabilities"]
    elif current is not None:
        gap = current.assets - current.liabilities
    else:
        return unchecked(7, name, "there is no sheet")
    text = f"Assets and liabilities differ by {format_paise(abs(gap))}."
    return verdict(7, name, "Both sides are equal.", [Fault("sides-differ", text)] if gap else [])


def _casts(
    sheet: Sheet | None, _current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    name = "lines sum to totals, in both columns"
    if sheet is None:
        return unchecked(8, name, "there is no sheet")
    said = sheet.record["totals"]
    sums = summed(filed_amounts(sheet.record), mapping)
    faults = []
    if isinstance(said, Mapping):
        faults = [
            Fault(
                "does-not-cast",
                f"The {side} lines sum to {format_paise(sums[side])}, the total says otherwise.",
                None,
                side,
            )
            for side in ("assets", "liabilities")
            if said.get(side) != sums[side]
        ]
    if has_prior(sheet.record):
        old = summed(filed_amounts(sheet.record, "prior"), mapping)
        gap = old["assets"] - old["liabilities"]
        if gap:
            text = (
                f"Last year's column does not cast: its sides differ by {format_paise(abs(gap))}."
            )
            faults.append(Fault("prior-does-not-cast", text, None, "prior"))
    return verdict(8, name, "Both columns cast.", faults)


def _as_filed_before(
    sheet: Sheet | None, _current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    name = "last year's column is what was filed last year"
    if sheet is None or sheet.filed_before is None:
        return unchecked(9, name, "no statement of the year before is filed here")
    if not has_prior(sheet.record):
        text = "Last year was filed, and this sheet shows no column for it."
        return verdict(9, name, "", [Fault("prior-missing", text, None, "prior")])
    before = filed_amounts(sheet.filed_before)
    shown = filed_amounts(sheet.record, "prior")
    faults = [
        Fault(
            "prior-differs",
            f"{mapping.line[name_].label if name_ in mapping.line else name_}: last year "
            f"{format_paise(before.get(name_, 0))} was filed, this sheet shows "
            f"{format_paise(shown.get(name_, 0))}.",
            None,
            name_,
        )
        for name_ in sorted({*before, *shown})
        if before.get(name_, 0) != shown.get(name_, 0)
    ]
    return verdict(9, name, "Last year's figures stand as filed.", faults)


def _profit_agrees(
    sheet: Sheet | None, current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    name = "profit in the account is profit in the sheet"
    if sheet is None:
        return unchecked(10, name, "there is no sheet")
    said = sheet.record["totals"]
    real = summed(filed_amounts(sheet.record), mapping)["profit"]
    faults = []
    if isinstance(said, Mapping) and said.get("profit") != real:
        text = f"Income less expenditure is {format_paise(real)}, the sheet says otherwise."
        faults.append(Fault("profit-differs", text, None, "profit"))
    if current is not None and current.profit != real:
        text = f"The books give a profit of {format_paise(current.profit)}."
        faults.append(Fault("profit-differs", text, None, "profit"))
    return verdict(10, name, "The profit is the same everywhere.", faults)


def _gross_bridges(
    sheet: Sheet | None, current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    name = "the trading result goes into profit and loss"
    amounts = filed_amounts(sheet.record) if sheet is not None else {}
    if sheet is None or current is None:
        return unchecked(11, name, "there is no sheet to hold against the books")
    full = with_headings(amounts, mapping)
    pairs = (("TD12", "I1"), ("TC7", "E1"))
    faults = [
        Fault("gross-differs", "The trading result is not the one taken to profit and loss.")
        for trading, result in pairs
        if full[trading] != full[result] or full[trading] != current.lines[trading]
    ]
    return verdict(11, name, "The trading result is taken over whole.", faults)


def _stock_agrees(
    sheet: Sheet | None, current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    name = "closing stock in trading is stock in the sheet"
    amounts: Mapping[str, int] = {}
    if sheet is not None:
        amounts = filed_amounts(sheet.record)
    elif current is not None:
        amounts = current.lines
    if not amounts.get("TC6", 0):
        return unchecked(12, name, "the trading account carries no closing stock")
    gap = amounts["TC6"] - amounts.get("A6", 0)
    text = f"Stock differs by {format_paise(abs(gap))} between trading account and sheet."
    return verdict(12, name, "Stock agrees.", [Fault("stock-differs", text)] if gap else [])


def _not_repeated(
    sheet: Sheet | None, current: Figures | None, prior: Figures | None, mapping: StatementMapping
) -> Check:
    name = "the year's figures are not last year's again"
    if sheet is not None and has_prior(sheet.record):
        now: Mapping[str, int] = filed_amounts(sheet.record)
        old: Mapping[str, int] = filed_amounts(sheet.record, "prior")
    elif current is not None and prior is not None:
        now, old = current.lines, prior.lines
    else:
        return unchecked(20, name, "there is no year before to compare with")
    leaves = [line.id for line in mapping.lines if line.role == "leaf" and now.get(line.id, 0)]
    if len(leaves) < ENOUGH_LINES:
        return unchecked(20, name, f"fewer than {ENOUGH_LINES} lines carry amounts")
    same = [line for line in leaves if now[line] == old.get(line, 0)]
    text = f"All {len(same)} lines carry exactly last year's amounts."
    faults = [Fault("figures-repeated", text)] if len(same) == len(leaves) else []
    says = f"{len(leaves) - len(same)} of {len(leaves)} lines moved."
    return verdict(20, name, says, faults)


FOOTING: tuple[
    Callable[[Sheet | None, Figures | None, Figures | None, StatementMapping], Check], ...
] = (
    _sides_equal,
    _casts,
    _as_filed_before,
    _profit_agrees,
    _gross_bridges,
    _stock_agrees,
    _not_repeated,
)
