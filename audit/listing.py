"""What stands in a package, entry by entry, for somebody who wants to look. Nothing is verified."""

import json
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from audit.verify.package import read_archive, read_folder
from audit.verify.report import Check
from trust.formats import times
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import SakshiError


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: its position, kind, time, the file that opens it, and the record in it."""

    index: int
    kind: str
    time: str
    member: str | None
    record: str | None

    def as_json(self, openings: bool) -> dict[str, object]:
        """The row for programs."""
        row: dict[str, object] = {
            "index": self.index,
            "kind": self.kind,
            "time": self.time,
            "file": self.member,
        }
        if openings:
            row["record"] = self.record
        return row


def rows(data: bytes, files: dict[str, bytes] | None) -> list[Row] | None:
    """The entries of a package or folder; None if it cannot be read at all."""
    check = Check("container", "")
    box = read_archive(data, check) if files is None else read_folder(files, check)
    entries = box.members.get("log/entries")
    if not box.readable or entries is None:
        return None
    found: list[Row] = []
    at = 0
    while at + 2 <= len(entries):
        end = at + 2 + int.from_bytes(entries[at : at + 2], "big")
        found.append(_row(len(found), entries[at + 2 : end], box.members))
        at = end
    return found


def _row(index: int, data: bytes, members: dict[str, bytes]) -> Row:
    try:
        entry = parse_entry(data)
    except SakshiError:
        return Row(index, "not readable", "", None, None)
    if not isinstance(entry, Entry):
        return Row(index, "signed head", "", None, None)
    for name in (f"doc/{entry.commitment.hex()}", f"openings/{index}.json"):
        if name in members:
            text = members[name].decode("utf-8", "replace")
            record = _record(text) if name.startswith("openings/") else text
            return Row(index, entry.kind, str(times.Moment(entry.time)), name, record)
    return Row(index, entry.kind, str(times.Moment(entry.time)), None, None)


def _record(text: str) -> str | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    record = value.get("record") if isinstance(value, dict) else None
    return record if isinstance(record, str) else None


def show(found: list[Row], console: Console, *, openings: bool) -> None:
    """Write the list as a table."""
    table = Table("entry", "kind", "time", "opened by", box=None, pad_edge=False)
    for row in found:
        table.add_row(str(row.index), Text(row.kind), row.time, Text(_short(row.member)))
        if openings and row.record is not None:
            table.add_row("", Text(row.record), "", "")
    console.print(table)
    opened = sum(row.member is not None for row in found)
    console.print(f"{len(found)} entries, {opened} open here. This list verifies nothing.")


def _short(member: str | None) -> str:
    if member is None:
        return "not in this package"
    return member if len(member) < 24 else f"{member[:16]}…"
