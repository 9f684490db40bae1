"""The accounts of a sheet side by side, headings summed, with the column of the year before.

Over that column stands "as filed" only where it was compared with the filed sheet and is it;
otherwise the filed figures stand beside it, line by line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trust.books.model import Line, Side
from trust.books.published import line_labels_ml, mapping_by_hash
from trust.books.pure import statements

SIDES: Final[tuple[tuple[str, Side], ...]] = (
    ("BS", "liabilities"),
    ("BS", "assets"),
    ("PL", "expenditure"),
    ("PL", "income"),
    ("TR", "debit"),
    ("TR", "credit"),
)


@dataclass(frozen=True, slots=True)
class Prior:
    """The column of the year before.

    ``label``: the phrase over it, which says where its figures are from. ``filed``: what the sheet
    of that year states line by line, where it is to be shown beside; None if the column was
    compared with it and is the same, or where no such sheet is known.
    """

    label: str
    filed: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of an account. ``listed``: it stands in the document; headings are sums.

    ``filed``: the figure of the sheet of the year before, where it is shown beside ``prior``.
    """

    id: str
    label_en: str
    label_ml: str
    paise: int
    prior: int | None
    filed: int | None
    style: str
    listed: bool

    @property
    def differs(self) -> bool:
        """Whether the filed figure of the year before is another than the one shown."""
        return self.filed is not None and self.filed != (self.prior or 0)


@dataclass(frozen=True, slots=True)
class SheetSide:
    """One side of an account with its totals; ``total_id`` if the document states that total."""

    name: Side
    rows: tuple[SheetRow, ...]
    total: int
    prior_total: int | None
    filed_total: int | None
    total_id: str


def prior_of(record: Mapping[str, Any], earlier: Mapping[str, Any] | None, same: bool) -> Prior:
    """Where the column of the year before is from.

    Args:
        earlier: the sheet of the year before that the record names, where it is known.
        same: the column was compared with that sheet and is the same, line by line.
    """
    if same:
        return Prior("sheet.last_year", None)
    if earlier is not None:
        return Prior("sheet.last_year_said", statements.filed_amounts(earlier))
    from_books = record["previous"] is None
    return Prior("sheet.last_year_books" if from_books else "sheet.last_year_said", None)


def accounts(record: Mapping[str, Any], prior: Prior) -> tuple[SheetSide, ...]:
    """The sides of the balance sheet, income and expenditure, and trading account."""
    listed = {str(line["id"]): line for line in record["lines"]}
    mapping = mapping_by_hash(str(record["mapping"]))
    forms = mapping.lines if mapping else tuple(_unknown(name) for name in listed)
    found = [
        _side(name, [f for f in forms if (f.statement, f.side) == (statement, name)], listed, prior)
        for statement, name in SIDES
    ]
    return tuple(side for side in found if side.rows)


def _unknown(name: str) -> Line:
    """A line of a mapping this version does not hold: shown by its number, under assets."""
    return Line(name, "BS", "assets", 0, "", "leaf", "", name)


def _side(name: Side, forms: Sequence[Line], listed: Mapping[str, Any], prior: Prior) -> SheetSide:
    with_prior = any(line["prior"] is not None for line in listed.values())
    filed = prior.filed
    rows = [
        _row(form, [part.id for part in (form, *_below(form, forms))], listed, with_prior, filed)
        for form in forms
    ]
    shown = tuple(row for row in rows if row is not None)
    leaves = [listed[form.id] for form in forms if form.id in listed]
    return SheetSide(
        name=name,
        rows=shown,
        total=sum(int(leaf["paise"]) for leaf in leaves),
        prior_total=sum(int(leaf["prior"] or 0) for leaf in leaves) if with_prior else None,
        filed_total=None if filed is None else sum(filed.get(form.id, 0) for form in forms),
        total_id=f"total-{name}" if name in ("assets", "liabilities") else "",
    )


def _row(
    form: Line,
    ids: Sequence[str],
    listed: Mapping[str, Any],
    with_prior: bool,
    filed: Mapping[str, int] | None,
) -> SheetRow | None:
    """The row of a line with what stands below it; None if neither sheet has any of it."""
    parts = [listed[name] for name in ids if name in listed]
    before = [filed[name] for name in ids if filed and filed.get(name)]
    if not parts and not before:
        return None
    return SheetRow(
        id=form.id,
        label_en=form.label,
        label_ml=line_labels_ml().get(form.id, ""),
        paise=sum(int(part["paise"]) for part in parts),
        prior=sum(int(part["prior"] or 0) for part in parts) if with_prior else None,
        filed=None if filed is None else sum(before),
        style="heading" if form.role == "heading" else "within" if form.parent else "",
        listed=form.id in listed,
    )


def _below(form: Line, forms: Sequence[Line]) -> list[Line]:
    children = [other for other in forms if other.parent == form.id]
    return children + [line for child in children for line in _below(child, forms)]
