"""Tables of an HTML page: what many programs save under the name .xls."""

import io
from collections.abc import Iterator

from lxml import etree

from trust.books.pure.csvtext import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Unreadable, clean, decode
from trust.books.pure.tables import Table

_MAX_SPAN = 1_000
_CELLS = ("td", "th")


def read_html(data: bytes) -> tuple[Table, ...]:
    """Every table of the page that holds no other table; rows are numbered through the page.

    Raises:
        Unreadable: too large, not text, or a page without a table.
    """
    text, encoding = decode(data)
    # The parser is told the encoding and does not look for it in the page.
    stream = io.BytesIO(text.encode("utf-8", errors="replace"))
    tables: list[Table] = []
    grid = _Grid()
    number = 0
    for element in _events(stream):
        if element.tag == "tr":
            if element.find(".//table") is None:
                number += 1
                grid.row(number, element)
        elif grid.rows:
            tables.append(Table(grid.rows, encoding, "xls-html", f"{len(tables) + 1}"))
            grid = _Grid()
        element.clear()
    if not tables:
        raise Unreadable("not-a-book/web-page")
    return tuple(tables)


def _events(stream: io.BytesIO) -> Iterator[etree._Element]:
    try:
        for _, element in etree.iterparse(
            stream,
            events=("end",),
            tag=("tr", "table"),
            html=True,
            encoding="utf-8",
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        ):
            yield element
    except (etree.XMLSyntaxError, ValueError, OSError) as error:
        raise Unreadable("broken/web-page", why=clean(str(error))[:160]) from None


class _Grid:
    """Rows of one table, with cells that reach over several columns or rows in their place."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, list[str]]] = []
        self.reaching: dict[int, int] = {}

    def row(self, number: int, element: etree._Element) -> None:
        cells: list[str] = []
        reaching: dict[int, int] = {}
        for cell in element:
            if cell.tag not in _CELLS:
                continue
            self._pass(cells, reaching)
            wide, deep = _span(cell, "colspan"), _span(cell, "rowspan")
            if deep > 1:
                reaching |= {len(cells) + at: deep - 1 for at in range(wide)}
            cells += [_text(cell)] + [""] * (wide - 1)
            if len(cells) > MAX_COLUMNS:
                raise Unreadable("too-large/columns", line=number, most=MAX_COLUMNS)
        self._pass(cells, reaching)
        self.reaching = reaching | {at: left for at, left in self.reaching.items() if left > 0}
        if any(len(cell) > MAX_CELL for cell in cells):
            raise Unreadable("too-large/line", line=number)
        if any(cells):
            self.rows.append((number, cells))
        if len(self.rows) > MAX_ROWS:
            raise Unreadable("too-large/sheet")

    def _pass(self, cells: list[str], reaching: dict[int, int]) -> None:
        """Leave out the columns that a cell of a row above reaches into."""
        while (left := self.reaching.pop(len(cells), 0)) > 0:
            if left > 1:
                reaching[len(cells)] = left - 1
            cells.append("")


def _span(cell: etree._Element, name: str) -> int:
    text = (cell.get(name) or "").strip()
    return min(max(int(text), 1), _MAX_SPAN) if text.isascii() and text.isdigit() else 1


def _text(cell: etree._Element) -> str:
    return clean(" ".join(str(part) for part in cell.itertext()))
