"""The balance picture: two stacked columns, what a society has and what it owes.

Both columns stand to the same scale, so that a sheet that does not foot looks like one. Parts too
small to carry a name are gathered as "other"; the table beside the picture has every figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards import svg
from dashboards.model import Chart, Table
from dashboards.words import word
from oversight.pure.wording import rupees
from oversight.words import Lang

_WIDTH, _HEIGHT = 640, 400
_TOP, _COLUMN = 44, 340
_BAR = 300
_GAP = 20
_SHADES = 5
_LINE = 18


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a column: its name in the page's language and its amount in paise."""

    label: str
    paise: int


def balance_picture(
    id_: str, year: str, assets: Sequence[Part], liabilities: Sequence[Part], lang: Lang
) -> Chart:
    """The picture of one sheet.

    Args:
        id_: unique on the page.
        assets, liabilities: leaf or group amounts; amounts under zero stand in the table and lower
            the total, but cannot be drawn.
    """
    left, right = sum(p.paise for p in assets), sum(p.paise for p in liabilities)
    tallest = max(_drawn(assets), _drawn(liabilities), 1)
    title = word("chart", "balance-title", lang, year=year)
    figures = {"assets": rupees(left), "liabilities": rupees(right)}
    description = word("chart", "balance-desc", lang, **figures)
    if left != right:
        gap = word("chart", "balance-gap", lang, gap=rupees(abs(left - right)))
        description = f"{description} {gap}"
    sides = ((0, "assets", assets, left), (_BAR + 2 * _GAP, "liabilities", liabilities, right))
    parts = [
        drawn
        for x, name, side, total in sides
        for drawn in (
            svg.text(f"{word('chart', name, lang)} {rupees(total)}", x=x, y=26, class_="side"),
            *_column(x, side, tallest, lang),
        )
    ]
    rows: list[tuple[str | int, ...]] = [
        (word("chart", name, lang), part.label, part.paise)
        for _, name, side, _ in sides
        for part in side
    ]
    heads = ("", word("chart", "item", lang), word("chart", "amount", lang))
    picture = svg.picture(id_, title, description, _WIDTH, _HEIGHT, parts)
    return Chart(picture, Table(title, heads, rows))


def gathered(parts: Sequence[Part], lang: Lang) -> list[Part]:
    """The largest parts, largest first, the rest as one; parts of zero or less are left out."""
    drawn = sorted((p for p in parts if p.paise > 0), key=lambda p: -p.paise)
    if len(drawn) <= _SHADES:
        return drawn
    rest = sum(part.paise for part in drawn[_SHADES - 1 :])
    return [*drawn[: _SHADES - 1], Part(word("chart", "other", lang), rest)]


def _drawn(parts: Sequence[Part]) -> int:
    return sum(part.paise for part in parts if part.paise > 0)


def _column(x: int, parts: Sequence[Part], tallest: int, lang: Lang) -> list[str]:
    found: list[str] = []
    done = 0
    for shade, part in enumerate(gathered(parts, lang), 1):
        top = _TOP + done * _COLUMN // tallest
        done += part.paise
        height = max(1, _TOP + done * _COLUMN // tallest - top)
        label = f"{part.label} {rupees(part.paise)}"
        tooltip = svg.tooltip(label)
        box = svg.element(
            "rect", tooltip, x=x, y=top, width=_BAR, height=height, class_=f"b{shade} edge"
        )
        found.append(box)
        if height >= _LINE:
            middle = top + height // 2 + 5
            found.append(svg.text(label, x=x + 10, y=middle, class_=f"t{shade}"))
    return found
