"""The register as it is written: rows, and sealed entries once the register was sealed.

No rights are checked here: `trust/people/membership.py` does, and asks a second officer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, update

from trust.formats import times
from trust.formats.canon import Json, normalised
from trust.log import annex
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people import queries
from trust.people import registerrules as rules
from trust.people import tables as t
from trust.people.model import Member
from trust.people.rolls import Book

Parts = tuple[dict[str, Json], Mapping[str, Json]]
"""Detail and annex of an entry about a member."""


def enter(
    conn: Connection,
    book: Book,
    society: str,
    checked: Sequence[dict[str, Any]],
    officers: Sequence[str],
    now: int,
) -> list[int]:
    """Admit members: by entries if the register is sealed, else as rows; returns their ids.

    `checked` are the columns that the officers state; `officers` the log-in names.
    """
    if queries.register_sealed(conn, society):
        parts: list[Parts] = [
            (rules.held(row) | {"reason": ""}, {"gender": row["gender"]}) for row in checked
        ]
        _seal(conn, book, society, "admission", parts, officers, now)
    else:
        listed = {"society": society, "admitted_at": now}
        conn.execute(insert(t.member), [row | listed for row in checked])
    found = queries.ids(conn, society, [row["number"] for row in checked])
    return [found[row["number"]] for row in checked]


def change(
    conn: Connection,
    book: Book,
    member: Member,
    body: dict[str, Json],
    officers: Sequence[str],
    now: int,
) -> None:
    """Write what the register says of a member from now on."""
    if queries.register_sealed(conn, member.society):
        parts: Parts = (body, {annex.ID: member.id})
        _seal(conn, book, member.society, "admission-change", [parts], officers, now)
    else:
        _write(conn, member, rules.stated(body))


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
        parts: Parts = (body, {annex.ID: member.id})
        _seal(conn, book, member.society, "admission-end", [parts], officers, now)
    else:
        _write(conn, member, {"left_on": times.parse_date(str(body["left_on"]))})


def _write(conn: Connection, member: Member, values: dict[str, Any]) -> None:
    """Change the list that a register is before it is sealed."""
    conn.execute(update(t.member).where(t.member.c.id == member.id).values(**values))


def _seal(
    conn: Connection,
    book: Book,
    society: str,
    kind: str,
    parts: Sequence[Parts],
    officers: Sequence[str],
    now: int,
) -> None:
    first = log_queries.info(conn, book.origin).next_index
    record: dict[str, Json] = {"kind": kind, "v": 1, "society": society, "officers": list(officers)}
    entries = [
        NewEntry(
            kind,
            record,
            f"{kind} {index}",
            normalised({"kind": f"{kind}-detail", "v": 1, **detail}),
            beside,
        )
        for index, (detail, beside) in enumerate(parts, first)
    ]
    logs.append(conn, book.origin, entries, now=now)
