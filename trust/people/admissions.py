"""The register as it is written: rows, and sealed entries once the register was sealed.

No rights are checked here: `trust/people/membership.py` does, and asks a second officer.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from trust.formats import times
from trust.formats.canon import Json, normalised
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import queries, rows
from trust.people import tables as t
from trust.people.model import Member
from trust.people.rolls import Book


def today(now: int) -> date:
    """The day in Indian time of a moment in UTC seconds."""
    return datetime.fromtimestamp(now, UTC).astimezone(times.IST).date()


def enter(
    conn: Connection,
    book: Book,
    society: str,
    checked: Sequence[dict[str, Any]],
    officers: Sequence[str],
    now: int,
) -> list[int]:
    """Write admissions: sealed, if the register is, and as rows; gives their ids.

    `checked` are the columns that the officers state; `officers` the log-in names.
    """
    counts: list[dict[str, Any]] = [{}] * len(checked)
    if queries.register_sealed(conn, society):
        details = [rows.held(row) | {"reason": ""} for row in checked]
        sealed = _seal(conn, book, society, "admission", details, officers, now)
        counts = [
            rows.admitted(detail, today(entry.time))
            for detail, entry in zip(details, sealed, strict=True)
        ]
    ids = []
    for row, more in zip(checked, counts, strict=True):
        values = row | more | {"society": society, "admitted_at": now}
        added = conn.execute(insert(t.member).returning(t.member.c.id).values(**values))
        ids.append(int(added.scalar_one()))
    return ids


def change(
    conn: Connection,
    book: Book,
    member: Member,
    body: dict[str, Json],
    officers: Sequence[str],
    now: int,
) -> None:
    """Write what the register says of a member from now on."""
    here = t.member.c.id == member.id
    paid = body["share_paid_on"]
    values: dict[str, Any] = {
        "name": body["name"],
        "class_": body["class"],
        "joined": times.parse_date(str(body["joined"])),
        "share_paid_on": None if paid is None else times.parse_date(str(paid)),
    }
    if queries.register_sealed(conn, member.society):
        (sealed,) = _seal(conn, book, member.society, "admission-change", [body], officers, now)
        before = rows.member_row(conn.execute(select(t.member).where(here)).one())
        values = rows.changed(before, body, today(sealed.time))
    conn.execute(update(t.member).where(here).values(**values))


def end(
    conn: Connection,
    book: Book,
    member: Member,
    body: dict[str, Json],
    officers: Sequence[str],
    now: int,
) -> None:
    """Write the end of a membership."""
    if queries.register_sealed(conn, member.society):
        _seal(conn, book, member.society, "admission-end", [body], officers, now)
    left_on = times.parse_date(str(body["left_on"]))
    conn.execute(update(t.member).where(t.member.c.id == member.id).values(left_on=left_on))


def _seal(
    conn: Connection,
    book: Book,
    society: str,
    kind: str,
    details: Sequence[dict[str, Json]],
    officers: Sequence[str],
    now: int,
) -> list[Sequenced]:
    first = log_queries.info(conn, book.origin).next_index
    record: dict[str, Json] = {"kind": kind, "v": 1, "society": society, "officers": list(officers)}
    entries = [
        NewEntry(
            kind,
            record,
            f"{kind} {index}",
            normalised({"kind": f"{kind}-detail", "v": 1, **detail}),
        )
        for index, detail in enumerate(details, first)
    ]
    return logs.append(conn, book.origin, entries, now=now)
