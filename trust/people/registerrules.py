"""What a member's row says, as a function of what is sealed of the member, entry by entry."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from trust.formats import canon, merkle, times
from trust.formats.canon import Json
from trust.formats.commitments import commit_private

Row = Mapping[str, Any]


def today(now: int) -> date:
    """The day in Indian time of a moment in UTC seconds."""
    return datetime.fromtimestamp(now, UTC).astimezone(times.IST).date()


def member_row(row: Any) -> dict[str, Any]:
    """The columns of a member that sealed records decide, from a row of the table."""
    names = ("number", "name", "class_", "joined", "share_paid_on", "left_on")
    return {name: getattr(row, name) for name in (*names, "joined_counts", "share_counts")}


def held(row: Row) -> dict[str, Json]:
    """What a record says of a member: the columns that decide whether there is a vote."""
    paid = row["share_paid_on"]
    return {
        "member": row["number"],
        "name": row["name"],
        "class": row["class_"],
        "joined": row["joined"].isoformat(),
        "share_paid_on": None if paid is None else paid.isoformat(),
    }


def in_opening(line: Mapping[str, Any]) -> dict[str, Any]:
    """A member's row by the line of the opening register: the days stated count."""
    return stated(line) | {"joined_counts": None, "share_counts": None, "left_on": None}


def admitted(detail: Mapping[str, Any], sealed: date) -> dict[str, Any]:
    """A member's row by an admission sealed on that day (Indian time): no day before it counts."""
    row = stated(detail)
    return row | {
        "joined_counts": _later(row["joined"], sealed),
        "share_counts": _later(row["share_paid_on"], sealed),
        "left_on": None,
    }


def changed(before: Row, detail: Mapping[str, Any], sealed: date) -> dict[str, Any]:
    """A member's row by a change sealed on that day.

    What a change moves to an earlier day goes on counting from the day it counted from; a class or
    a payment that is new counts from the day of the sealing.
    """
    row = stated(detail)
    joined = before["joined_counts"] or before["joined"]
    if row["class_"] != before["class_"]:
        joined = max(joined, sealed)
    paid = before["share_counts"] or before["share_paid_on"] or sealed
    return row | {
        "joined_counts": _later(row["joined"], joined),
        "share_counts": _later(row["share_paid_on"], paid),
        "left_on": before["left_on"],
    }


def ended(before: Row, detail: Mapping[str, Any]) -> dict[str, Any]:
    """A member's row by the end of the membership."""
    return dict(before) | {"left_on": times.parse_date(str(detail["left_on"]))}


def register_line(row: Row) -> bytes:
    """The `register-line` record of a member, in canonical bytes."""
    return canon.canonical({"kind": "register-line", "v": 1, **held(row)})


def register_root(lines: Sequence[tuple[bytes, bytes]]) -> bytes:
    """RFC 6962 root over the salted commitments of register lines: (salt, record) in order of the
    member number, shorter numbers first."""
    return merkle.root_of(
        [merkle.leaf_hash(commit_private("register-line", salt, line)) for salt, line in lines]
    )


def stated(record: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a record of a member states."""
    paid = record["share_paid_on"]
    return {
        "number": record["member"],
        "name": record["name"],
        "class_": record["class"],
        "joined": times.parse_date(str(record["joined"])),
        "share_paid_on": None if paid is None else times.parse_date(str(paid)),
    }


def _later(stated: date | None, floor: date) -> date | None:
    """The least day if it is later than the day stated; None if the day stated counts."""
    return floor if stated is not None and floor > stated else None
