"""What the rows of an entry hold and no log seals: who typed it, a file's name, a row's number.

One table for all packages, keyed by log and index. A replay reads it beside the entries, so that
rows come out as they were. No check can verify it, so it holds no value that decides a right.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Table, delete, insert, select

from trust.bulk import next_numbers
from trust.formats.canon import Json
from trust.log.model import Placed
from trust.log.tables import log_annex

ID = "id"
"""Where the annex holds the number that other tables know a row by."""


def put(conn: Connection, log_id: int, annexes: Mapping[int, Mapping[str, Json]]) -> None:
    """Write annexes by index; one that is there is replaced."""
    if not annexes:
        return
    a = log_annex.c
    conn.execute(delete(log_annex).where(a.log_id == log_id, a.idx.in_(list(annexes))))
    conn.execute(
        insert(log_annex),
        [
            {"log_id": log_id, "idx": index, "data": json.dumps(values, ensure_ascii=False)}
            for index, values in annexes.items()
        ],
    )


def of(conn: Connection, log_id: int, index: int) -> dict[str, Json]:
    """The annex of one entry; empty if missing."""
    return between(conn, log_id, index, index).get(index, {})


def between(conn: Connection, log_id: int, first: int, last: int) -> dict[int, dict[str, Json]]:
    """The annexes of entries from `first` to `last`, by index."""
    a = log_annex.c
    query = select(a.idx, a.data).where(a.log_id == log_id, a.idx >= first, a.idx <= last)
    return {row.idx: json.loads(row[1]) for row in conn.execute(query)}


def change(conn: Connection, log_id: int, index: int, values: Mapping[str, Json]) -> None:
    """Replace some members of an entry's annex."""
    put(conn, log_id, {index: of(conn, log_id, index) | dict(values)})


def numbered(conn: Connection, table: Table, entries: Sequence[Placed]) -> list[Placed]:
    """These entries, each with a number `id` in its annex; one that has none gets the next free."""
    without = [one for one in entries if ID not in one.annex]
    if not without:
        return list(entries)
    numbers = next_numbers(conn, table, len(without))
    given = {
        one.index: dict(one.annex) | {ID: number}
        for one, number in zip(without, numbers, strict=True)
    }
    put(conn, without[0].log_id, given)
    return [replace(one, annex=given.get(one.index, one.annex)) for one in entries]
