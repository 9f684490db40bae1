"""A filed statement as people read it: accounts side by side, headings summed, with its seal.

Everything here is computed from the sealed document alone. Every listed line keeps its exact
figures for the browser's check; headings and totals of sides are sums of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from trust.books.model import FiledStatement, Line, Side
from trust.books.published import line_labels_ml, mapping_by_hash
from trust.books.pure import years
from trust.books.pure.money import in_words
from trust.formats import receipts
from trust.log import queries as logs
from trust.log.model import Head
from trust.log.witnesses import standing
from web import i18n

SIDES: Final[tuple[tuple[str, Side], ...]] = (
    ("BS", "liabilities"), ("BS", "assets"), ("PL", "expenditure"), ("PL", "income"),
    ("TR", "debit"), ("TR", "credit"),
)  # fmt: skip
_PICTURE_BLOCKS: Final = 5
_BAR: Final = 300
_TOP: Final = 28
_TEXT: Final = 38
"""Pixels that a label of two lines needs."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What the seal line says."""

    as_of: str | None
    root: str | None
    published: bool
    witnesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of an account. ``listed``: it stands in the document; headings are sums."""

    id: str
    label_en: str
    label_ml: str
    paise: int
    prior: int | None
    style: str
    listed: bool


@dataclass(frozen=True, slots=True)
class SheetSide:
    """One side of an account with its total; ``total_id`` if the document states that total."""

    name: Side
    rows: tuple[SheetRow, ...]
    total: int
    prior_total: int | None
    total_id: str


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the balance picture, in paise and in pixels."""

    label: str
    paise: int
    y: int
    height: int
    text_y: int


@dataclass(frozen=True, slots=True)
class PictureSide:
    """One bar of the picture."""

    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Two bars of equal height."""

    height: int
    sides: tuple[PictureSide, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filed statement, ready to be shown."""

    filed: FiledStatement
    code: str
    seal: Seal
    sides: tuple[SheetSide, ...]
    picture: Picture
    total_in_words: str

    @property
    def record(self) -> Mapping[str, Any]:
        """The sealed document."""
        return self.filed.record

    @property
    def book_year(self) -> str:
        """The year it is about."""
        return self.filed.book_year

    @property
    def as_of(self) -> str:
        """The date of the sheet."""
        return str(self.record["as_of"])

    @property
    def prior_as_of(self) -> str:
        """The end of the year before, whose filed figures stand in the second column."""
        return years.last_day(years.year_before(self.book_year))

    @property
    def has_prior(self) -> bool:
        """Whether a year before was filed."""
        return any(line["prior"] is not None for line in self.record["lines"])

    @property
    def assets(self) -> int:
        """Total of the assets in paise."""
        return int(self.record["totals"]["assets"])

    @property
    def profit(self) -> int:
        """Profit of the year in paise, negative for a loss."""
        return int(self.record["totals"]["profit"])

    @property
    def difference(self) -> int:
        """By how much the two sides differ, in paise."""
        return abs(self.assets - int(self.record["totals"]["liabilities"]))

    @property
    def foots(self) -> bool:
        """Whether both sides come to the same total."""
        return self.difference == 0

    @property
    def origin(self) -> str:
        """The book it is sealed in."""
        return self.filed.at.origin

    @property
    def index(self) -> int:
        """Its position there."""
        return self.filed.at.index

    @property
    def sha256(self) -> str:
        """Fingerprint of the document."""
        return self.filed.sha256

    @property
    def filed_at(self) -> int:
        """When it was sealed, UTC seconds."""
        return self.filed.at.time

    @property
    def signers(self) -> list[str]:
        """Offices of those who signed."""
        return [str(signature["role"]) for signature in self.record["signatures"]]


def load(conn: Connection, filed: FiledStatement, lang: str) -> Sheet:
    """Make a sheet of a filed statement, with the seal as it stands now."""
    head = standing.published(conn, filed.at.origin, filed.at.index)
    entry = logs.entry(conn, filed.at.origin, filed.at.index)
    record: Mapping[str, Any] = filed.record
    sides = accounts(record)
    return Sheet(
        filed=filed,
        code=receipts.code(entry.leaf),
        seal=seal_of(head, filed.at.index, str(record["as_of"]), standing.seen_outside(conn, head)),
        sides=sides,
        picture=picture(sides, lang),
        total_in_words=in_words(int(record["totals"]["assets"]), "ml" if lang == "ml" else "en"),
    )


def seal_of(
    head: Head | None, index: int | None, as_of: str | None, witnesses: tuple[str, ...] = ()
) -> Seal:
    """The seal line of an entry (of a whole log if ``index`` is ``None``) under a head.

    ``witnesses`` are outside ones; our own give no independence and are never counted.
    """
    covered = head is not None and (index is None or index < head.size)
    root = head.root.hex() if head is not None and covered else None
    return Seal(as_of, root, covered, witnesses if covered else ())


def accounts(record: Mapping[str, Any]) -> tuple[SheetSide, ...]:
    """The sides of the balance sheet, income and expenditure, and trading account."""
    listed = {str(line["id"]): line for line in record["lines"]}
    mapping = mapping_by_hash(str(record["mapping"]))
    forms = mapping.lines if mapping else tuple(_unknown(name) for name in listed)
    found = [_side(name, [f for f in forms if (f.statement, f.side) == (statement, name)], listed)
             for statement, name in SIDES]  # fmt: skip
    return tuple(side for side in found if side.rows)


def _unknown(name: str) -> Line:
    """A line of a mapping this version does not hold: shown by its number, under assets."""
    return Line(name, "BS", "assets", 0, "", "leaf", "", name)


def _side(name: Side, forms: Sequence[Line], listed: Mapping[str, Any]) -> SheetSide:
    labels = line_labels_ml()
    with_prior = any(line["prior"] is not None for line in listed.values())
    rows: list[SheetRow] = []
    for form in forms:
        parts = [listed[f.id] for f in (form, *_below(form, forms)) if f.id in listed]
        if not parts:
            continue
        rows.append(
            SheetRow(
                id=form.id,
                label_en=form.label,
                label_ml=labels.get(form.id, ""),
                paise=sum(int(part["paise"]) for part in parts),
                prior=sum(int(part["prior"] or 0) for part in parts) if with_prior else None,
                style="heading" if form.role == "heading" else "within" if form.parent else "",
                listed=form.id in listed,
            )
        )
    mine = [row for row in rows if row.listed]
    return SheetSide(
        name=name,
        rows=tuple(rows),
        total=sum(row.paise for row in mine),
        prior_total=sum(row.prior or 0 for row in mine) if with_prior else None,
        total_id=f"total-{name}" if name in ("assets", "liabilities") else "",
    )


def _below(form: Line, forms: Sequence[Line]) -> list[Line]:
    children = [other for other in forms if other.parent == form.id]
    return children + [line for child in children for line in _below(child, forms)]


# --- the picture -----------------------------------------------------------------------------


def picture(sides: Sequence[SheetSide], lang: str) -> Picture:
    """What is owned beside what is owed: five blocks each, the largest first, in proportion."""
    by_name = {side.name: side for side in sides}
    bars = []
    names: tuple[Side, Side] = ("assets", "liabilities")
    for name in names:
        side = by_name.get(name)
        bars.append(PictureSide(name, _blocks(side, lang) if side else ()))
    lowest = max((b.text_y + 24 for bar in bars for b in bar.blocks), default=_TOP)
    return Picture(max(_TOP + _BAR + 4, lowest), tuple(bars))


def _blocks(side: SheetSide, lang: str) -> tuple[Block, ...]:
    tops = [row for row in side.rows if row.style != "within" and row.paise > 0]
    tops.sort(key=lambda row: -row.paise)
    named = [(row.label_ml if lang == "ml" and row.label_ml else row.label_en, row.paise)
             for row in tops]  # fmt: skip
    if len(named) > _PICTURE_BLOCKS:
        rest = sum(paise for _, paise in named[_PICTURE_BLOCKS - 1 :])
        named = [*named[: _PICTURE_BLOCKS - 1], (i18n.phrases()["picture.other"].text(lang), rest)]
    total = sum(paise for _, paise in named)
    blocks: list[Block] = []
    done, text_y = 0, 0
    for label, paise in named:
        y = _TOP + done * _BAR // total
        done += paise
        height = _TOP + done * _BAR // total - y
        text_y = max(y + 15, text_y + _TEXT if blocks else 0)
        blocks.append(Block(_short(label), paise, y, height, text_y))
    return tuple(blocks)


def _short(label: str) -> str:
    """As much of a label as fits beside the bar; the table has it whole."""
    label = label.partition("(")[0].strip()
    return label if len(label) <= 30 else label[:29].rstrip() + "…"
