"""Every table as CSV and JSON.

CSV is RFC 4180 with a byte order mark, because spreadsheets otherwise read Malayalam as noise; a
text that a spreadsheet would run as a formula is written with an apostrophe before it (OWASP, CSV
injection). JSON is UTF-8 with the same rows as objects.
"""

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from dashboards.model import BoardLine, Table

BOARD_COLUMNS = (
    "society", "name", "district", "severity", "alerts", "acknowledged", "cleared", "unassessed",
    "opened_at", "age_days", "alert", "rule", "title", "state", "sentence", "owner",
)  # fmt: skip
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def table_csv(table: Table) -> bytes:
    """A table as CSV."""
    return csv_bytes(table.heads, table.rows)


def table_json(table: Table) -> bytes:
    """A table as JSON: ``{"caption", "rows": [{head: cell}]}``."""
    rows = [dict(zip(table.heads, row, strict=True)) for row in table.rows]
    return _json({"caption": table.caption, "rows": rows})


def board_csv(lines: Iterable[BoardLine]) -> bytes:
    """The Registrar's board as CSV."""
    return csv_bytes(BOARD_COLUMNS, [_board_cells(line) for line in lines])


def board_json(lines: Iterable[BoardLine]) -> bytes:
    """The Registrar's board as JSON: ``{"rows": [...]}``."""
    rows = [dict(zip(BOARD_COLUMNS, _board_cells(line), strict=True)) for line in lines]
    return _json({"rows": rows})


def _board_cells(line: BoardLine) -> tuple[str | int, ...]:
    values = dataclasses.asdict(line)
    return tuple(values[name] for name in BOARD_COLUMNS)


def csv_bytes(heads: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> bytes:
    """Any table as CSV; an absent cell is empty."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_harmless(head) for head in heads])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str | int | None) -> str | int | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
