"""Balance sheet, profit and loss and trading account from a trial balance.

Every account lands on one line of the form; a line's amount has the sign of its side (liabilities,
income and credits positive when credit; assets, expenditure and debits positive when debit). The
trading result goes into profit and loss, the year's profit or loss together with what was
accumulated stands as one figure on the liabilities (profit) or the assets (loss).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from trust.books.model import Fault, Figures, Line, TrialRow
from trust.books.pure.faultwords import fault
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.money import format_paise
from trust.formats.canon import Json

_DEBIT_SIDES = frozenset({"assets", "expenditure", "debit"})
LISTED = frozenset({"leaf", "carried"})


def figures(rows: Iterable[TrialRow], mapping: StatementMapping, book_year: str) -> Figures:
    """The statements of a year. Accounts outside the chart are left out: check 6 names them."""
    amounts = {line.id: 0 for line in mapping.lines}
    for row in rows:
        account = mapping.accounts.get(row.account)
        if account is not None:
            line = mapping.line[account.line]
            amounts[line.id] += row.closing if line.side in _DEBIT_SIDES else -row.closing
    gross = _net(amounts, mapping, "credit", "debit")
    profit = _net(amounts, mapping, "income", "expenditure") + gross
    accumulated = _carried(amounts, mapping, "profit") - _carried(amounts, mapping, "loss")
    results = _results(gross, profit, accumulated + profit)
    for line in mapping.lines:
        if line.carries:
            amounts[line.id] = results[line.carries, line.side]
    return _finish(amounts, mapping, book_year, profit, gross)


def _net(amounts: Mapping[str, int], mapping: StatementMapping, plus: str, minus: str) -> int:
    leaves = [line for line in mapping.lines if line.role == "leaf"]
    return sum(amounts[line.id] for line in leaves if line.side == plus) - sum(
        amounts[line.id] for line in leaves if line.side == minus
    )


def _carried(amounts: Mapping[str, int], mapping: StatementMapping, carries: str) -> int:
    return sum(
        amounts[line.id]
        for line in mapping.lines
        if line.role == "carried" and line.carries == carries
    )


def _results(gross: int, profit: int, standing: int) -> dict[tuple[str, str], int]:
    """What each result line shows: a gain on one side or a loss on the other, never both."""
    return {
        ("profit", "liabilities"): max(standing, 0),
        ("loss", "assets"): max(-standing, 0),
        ("gross_profit", "debit"): max(gross, 0),
        ("gross_profit", "income"): max(gross, 0),
        ("gross_loss", "credit"): max(-gross, 0),
        ("gross_loss", "expenditure"): max(-gross, 0),
        ("net_profit", "expenditure"): max(profit, 0),
        ("net_loss", "income"): max(-profit, 0),
    }


def _finish(
    amounts: dict[str, int], mapping: StatementMapping, book_year: str, profit: int, gross: int
) -> Figures:
    for line in mapping.lines:
        if line.parent:
            amounts[line.parent] += amounts[line.id]
    return Figures(
        book_year,
        amounts,
        _total(amounts, mapping, "assets"),
        _total(amounts, mapping, "liabilities"),
        profit,
        gross,
    )


def _total(amounts: Mapping[str, int], mapping: StatementMapping, side: str) -> int:
    tops = (line for line in mapping.lines if line.side == side and not line.parent)
    return sum(amounts[line.id] for line in tops)


def statement_lines(
    current: Figures, prior: Figures | Mapping[str, int] | None, mapping: StatementMapping
) -> list[Json]:
    """The ``lines`` of a statement record: listed lines in order, with the comparative column.

    A line is listed if either year has an amount on it; without a year before, ``prior`` is null.
    """
    before = prior.lines if isinstance(prior, Figures) else prior
    listed: list[Json] = []
    for line in mapping.lines:
        if line.role not in LISTED:
            continue
        paise = current.lines[line.id]
        old = None if before is None else before.get(line.id, 0)
        if paise or old:
            listed.append({"id": line.id, "paise": paise, "prior": old})
    return listed


def totals(current: Figures) -> dict[str, Json]:
    """The ``totals`` of a statement record."""
    return {"assets": current.assets, "liabilities": current.liabilities, "profit": current.profit}


def filed_amounts(record: Mapping[str, Json], column: str = "paise") -> dict[str, int]:
    """Amounts by line id of a filed statement (``paise`` or ``prior``); null counts as zero."""
    lines = cast(Sequence[Mapping[str, Json]], record["lines"])
    return {str(line["id"]): cast(int, line[column] or 0) for line in lines}


def has_prior(record: Mapping[str, Json]) -> bool:
    """True if a filed statement shows a comparative column."""
    lines = cast(Sequence[Mapping[str, Json]], record["lines"])
    return any(line["prior"] is not None for line in lines)


def differences(
    record: Mapping[str, Json], current: Figures, mapping: StatementMapping
) -> list[Fault]:
    """Where a statement's current column or totals differ from the books; empty if nowhere."""
    said = filed_amounts(record)
    faults: list[Fault] = []
    for line in mapping.lines:
        if line.role in LISTED and said.pop(line.id, 0) != current.lines[line.id]:
            faults.append(_differs(line, filed_amounts(record), current))
    faults += [fault("line-unknown", None, name, line=name) for name in said]
    said_totals = cast(Mapping[str, Json], record["totals"])
    for name, real in totals(current).items():
        if said_totals.get(name) != real:
            faults.append(fault("total-differs/books", None, name, total=name))
    return faults


def _differs(line: Line, said: Mapping[str, int], current: Figures) -> Fault:
    return fault(
        "figure-differs",
        None,
        line.id,
        line=line.label,
        said=format_paise(said.get(line.id, 0)),
        real=format_paise(current.lines[line.id]),
    )


def summed(amounts: Mapping[str, int], mapping: StatementMapping) -> dict[str, int]:
    """Sums of the listed lines of one column by side, and the profit they give."""
    sides: dict[str, int] = {}
    for line in mapping.lines:
        if line.role == "leaf" or (line.role == "carried"):
            sides[line.side] = sides.get(line.side, 0) + amounts.get(line.id, 0)
    result = sides["income"] - sides["expenditure"] + sides["credit"] - sides["debit"]
    return {"assets": sides["assets"], "liabilities": sides["liabilities"], "profit": result}


def with_headings(amounts: Mapping[str, int], mapping: StatementMapping) -> dict[str, int]:
    """A filed column completed with headings and computed lines, for display."""
    full = {line.id: 0 for line in mapping.lines} | dict(amounts)
    gross = _net(full, mapping, "credit", "debit")
    profit = _net(full, mapping, "income", "expenditure") + gross
    results = _results(gross, profit, 0)
    for line in mapping.lines:
        if line.role == "computed":
            full[line.id] = results[line.carries, line.side]
        if line.parent:
            full[line.parent] += full[line.id]
    return full
