"""Rows of a measurement and how they are printed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure: what, how much, its unit, and what it is compared with.

    Not a number where something to measure with is missing; `beside` says what.
    """

    what: str
    value: float
    unit: str
    beside: str = ""


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def show(title: str, rows: list[Row]) -> None:
    """Print one measurement as a Markdown table."""
    print(f"\n### {title}\n")
    print("| what | value | unit | beside |")
    print("|---|---|---|---|")
    for row in rows:
        value = f"{row.value:,.0f}" if row.value >= 100 else f"{row.value:,.2f}"
        if math.isnan(row.value):
            value = "–"
        print(f"| {row.what} | {value} | {row.unit} | {row.beside} |", flush=True)
