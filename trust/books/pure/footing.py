"""Does the sheet foot? Questions that need only the sheets themselves, this year's and last year's.

Published sheets do not always cast: one bank's comparative column is out by exactly Rs 119 crore.
So both columns are cast, and the comparative column is compared with what was filed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trust.books.model import Check, Figures
from trust.books.pure.faultwords import fault
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
    if sheet is not None:
        sums = summed(filed_amounts(sheet.record), mapping)
        gap = sums["assets"] - sums["liabilities"]
    elif current is not None:
        gap = current.assets - current.liabilities
    else:
        return unchecked(7, "no-sheet")
    return verdict(
        7,
        "Both sides are equal.",
        [fault("sides-differ", gap=format_paise(abs(gap)))] if gap else [],
    )


def _casts(
    sheet: Sheet | None, _current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    if sheet is None:
        return unchecked(8, "no-sheet")
    said = sheet.record["totals"]
    sums = summed(filed_amounts(sheet.record), mapping)
    faults = []
    if isinstance(said, Mapping):
        faults = [
            fault(f"does-not-cast/{side}", None, side, sum=format_paise(sums[side]))
            for side in ("assets", "liabilities")
            if said.get(side) != sums[side]
        ]
    if has_prior(sheet.record):
        old = summed(filed_amounts(sheet.record, "prior"), mapping)
        gap = old["assets"] - old["liabilities"]
        if gap:
            faults.append(fault("prior-does-not-cast", None, "prior", gap=format_paise(abs(gap))))
    return verdict(8, "Both columns cast.", faults)


def _as_filed_before(
    sheet: Sheet | None, _current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    if sheet is None or sheet.filed_before is None:
        return unchecked(9, "none-filed-before")
    if not has_prior(sheet.record):
        return verdict(9, "", [fault("prior-missing", None, "prior")])
    before = filed_amounts(sheet.filed_before)
    shown = filed_amounts(sheet.record, "prior")
    faults = [
        fault(
            "prior-differs",
            None,
            name_,
            line=mapping.line[name_].label if name_ in mapping.line else name_,
            filed=format_paise(before.get(name_, 0)),
            shown=format_paise(shown.get(name_, 0)),
        )
        for name_ in sorted({*before, *shown})
        if before.get(name_, 0) != shown.get(name_, 0)
    ]
    return verdict(9, "Last year's figures stand as filed.", faults)


def _profit_agrees(
    sheet: Sheet | None, current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    if sheet is None:
        return unchecked(10, "no-sheet")
    said = sheet.record["totals"]
    real = summed(filed_amounts(sheet.record), mapping)["profit"]
    faults = []
    if isinstance(said, Mapping) and said.get("profit") != real:
        faults.append(fault("profit-differs/sheet", None, "profit", profit=format_paise(real)))
    if current is not None and current.profit != real:
        booked = format_paise(current.profit)
        faults.append(fault("profit-differs/books", None, "profit", profit=booked))
    return verdict(10, "The profit is the same everywhere.", faults)


def _gross_bridges(
    sheet: Sheet | None, current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    amounts = filed_amounts(sheet.record) if sheet is not None else {}
    if sheet is None or current is None:
        return unchecked(11, "no-sheet-against-books")
    full = with_headings(amounts, mapping)
    pairs = (("TD12", "I1"), ("TC7", "E1"))
    faults = [
        fault("gross-differs")
        for trading, result in pairs
        if full[trading] != full[result] or full[trading] != current.lines[trading]
    ]
    return verdict(11, "The trading result is taken over whole.", faults)


def _stock_agrees(
    sheet: Sheet | None, current: Figures | None, _: Figures | None, mapping: StatementMapping
) -> Check:
    amounts: Mapping[str, int] = {}
    if sheet is not None:
        amounts = filed_amounts(sheet.record)
    elif current is not None:
        amounts = current.lines
    if not amounts.get("TC6", 0):
        return unchecked(12, "no-stock")
    gap = amounts["TC6"] - amounts.get("A6", 0)
    return verdict(
        12, "Stock agrees.", [fault("stock-differs", gap=format_paise(abs(gap)))] if gap else []
    )


def _not_repeated(
    sheet: Sheet | None, current: Figures | None, prior: Figures | None, mapping: StatementMapping
) -> Check:
    if sheet is not None and has_prior(sheet.record):
        now: Mapping[str, int] = filed_amounts(sheet.record)
        old: Mapping[str, int] = filed_amounts(sheet.record, "prior")
    elif current is not None and prior is not None:
        now, old = current.lines, prior.lines
    else:
        return unchecked(20, "nothing-to-compare")
    leaves = [line.id for line in mapping.lines if line.role == "leaf" and now.get(line.id, 0)]
    if len(leaves) < ENOUGH_LINES:
        return unchecked(20, "few-lines")
    same = [line for line in leaves if now[line] == old.get(line, 0)]
    faults = [fault("figures-repeated", count=len(same))] if len(same) == len(leaves) else []
    says = f"{len(leaves) - len(same)} of {len(leaves)} lines moved."
    return verdict(20, says, faults)


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
