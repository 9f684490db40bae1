"""Small multiples: one little picture of opened alerts for each district, all to one scale."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from dashboards import svg
from dashboards.model import Chart, Table
from dashboards.words import district as district_name
from dashboards.words import districts as all_districts
from dashboards.words import word
from oversight import queries as oversight
from oversight.pure.rules import Severity
from oversight.words import Lang
from oversight.words import word as oversight_word
from trust.people.model import Actor

MONTHS = 12
_COLUMNS = 4
_CELL_W, _CELL_H = 160, 110
_BARS_TOP, _BARS_H = 34, 62
_BAR, _STEP = 8, 12

Counts = Mapping[str, Mapping[str, tuple[int, int]]]
"""Per district and month: alerts that call for action, alerts to be watched."""


def opened_by_district(
    conn: Connection, actor: Actor, lang: Lang, *, now: int, id_: str = "districts"
) -> Chart:
    """Alerts opened in the last twelve months in every district the actor oversees."""
    where = {p.slug: p.district for p in oversight.jurisdiction(conn, actor)}
    months = last_months(now)
    counts: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in where.values()}
    for society, severity, at in oversight.opened(conn, _first_second(months[0])):
        if society in where:
            act, watch = counts[where[society]].get(_month(at), (0, 0))
            more = (act + 1, watch) if severity is Severity.act else (act, watch + 1)
            counts[where[society]][_month(at)] = more
    still = [where[a.society] for a in oversight.alerts(conn, open_only=True) if a.society in where]
    open_now = {name: still.count(name) for name in counts}
    return district_picture(id_, months, counts, open_now, lang)


def last_months(now: int) -> list[str]:
    """The last twelve months, this one included, oldest first, as ``2026-11``."""
    today = datetime.fromtimestamp(now, UTC)
    index = today.year * 12 + today.month - 1
    return [f"{n // 12}-{n % 12 + 1:02d}" for n in range(index - MONTHS + 1, index + 1)]


def district_picture(
    id_: str, months: Sequence[str], counts: Counts, open_now: Mapping[str, int], lang: Lang
) -> Chart:
    """Draws the counts, one cell a district from south to north, and puts them in a table."""
    order = {name: place for place, name in enumerate(all_districts())}
    names = sorted(counts, key=lambda name: (order.get(name, len(order)), name))
    most = max((sum(pair) for of in counts.values() for pair in of.values()), default=0)
    cells = [
        svg.element(
            "g",
            *_cell(name, months, counts[name], open_now.get(name, 0), most, lang),
            transform=f"translate({place % _COLUMNS * _CELL_W} {place // _COLUMNS * _CELL_H})",
        )
        for place, name in enumerate(names)
    ]
    title = word("chart", "districts-title", lang)
    period = {"first": _shown(months[0]), "last": _shown(months[-1])}
    description = word("chart", "districts-desc", lang, most=most, **period)
    height = max(1, -(-len(names) // _COLUMNS)) * _CELL_H
    picture = svg.picture(id_, title, description, _COLUMNS * _CELL_W, height, cells)
    return Chart(picture, _table(title, names, months, counts, lang))


def _cell(
    name: str,
    months: Sequence[str],
    found: Mapping[str, tuple[int, int]],
    open_now: int,
    most: int,
    lang: Lang,
) -> list[str]:
    base = _BARS_TOP + _BARS_H
    parts = [
        svg.text(district_name(name, lang), x=4, y=14, class_="side"),
        svg.text(word("chart", "open-now", lang, count=open_now), x=4, y=29),
        svg.element("line", x1=4, x2=4 + MONTHS * _STEP, y1=base, y2=base, stroke="currentColor"),
    ]
    for place, month in enumerate(months):
        act, watch = found.get(month, (0, 0))
        x = 4 + place * _STEP
        tall, more = _BARS_H * act // max(most, 1), _BARS_H * watch // max(most, 1)
        if act:
            parts.append(_bar(x, base - tall, tall, "currentColor", "multiples-act"))
        if watch:
            parts.append(_bar(x, base - tall - more, more, "none", "multiples-watch"))
    return parts


def _bar(x: int, y: int, height: int, fill: str, class_: str) -> str:
    return svg.element(
        "rect", x=x, y=y, width=_BAR, height=height, fill=fill, stroke="currentColor", class_=class_
    )


def _table(
    title: str, names: Sequence[str], months: Sequence[str], counts: Counts, lang: Lang
) -> Table:
    heads = (
        word("chart", "district", lang),
        word("chart", "month", lang),
        oversight_word("severity", "act", lang),
        oversight_word("severity", "watch", lang),
    )
    rows: list[tuple[str | int, ...]] = [
        (district_name(name, lang), _shown(month), *counts[name][month])
        for name in names
        for month in months
        if month in counts[name]
    ]
    return Table(title, heads, rows)


def _month(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


def _first_second(month: str) -> int:
    return int(datetime.fromisoformat(f"{month}-01T00:00:00+00:00").timestamp())


def _shown(month: str) -> str:
    year, number = month.split("-")
    return f"{number}/{year}"
