"""The picture of a balance sheet: what is owned beside what is owed, in proportion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from trust.books.model import Side
from web import i18n
from web.public.accounts import SheetSide

_PICTURE_BLOCKS: Final = 5
_BAR: Final = 300
_TOP: Final = 28
_TEXT: Final = 38
"""Pixels that a label of two lines needs."""


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
    named = [
        (row.label_ml if lang == "ml" and row.label_ml else row.label_en, row.paise) for row in tops
    ]
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
