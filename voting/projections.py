"""The projections of voting: a meeting's log as rows (`trust.log.projections`)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Boolean, Connection, Insert, bindparam, exists, insert, or_, select, update

from trust.formats import b64, origins, times
from trust.log.model import Placed
from trust.log.projections import ReadTable, projects, without_rows
from trust.log.replay.subjects import beside
from trust.people import service as people_service
from voting import lines
from voting import tables as t
from voting.model import ballot_key

_NOTICE = ("society", "origin", "type", "title_en", "title_ml", "rules")
_RESOLUTION = ("number", "text_en", "text_ml", "majority", "quorum")

MEETING = ReadTable(t.meeting)
Row = dict[str, Any]

# Built once: on the path of every ballot.
_NUMBERS = select(t.meeting_resolution.c.digest, t.meeting_resolution.c.number).where(
    t.meeting_resolution.c.log_id == bindparam("log_id")
)


def _ballot_statement() -> Insert:
    b, before = t.meeting_ballot.c, t.meeting_ballot.alias()
    same = [before.c[name] == bindparam(name) for name in ("log_id", "number", "roll_number")]
    follows = exists().where(*same, before.c.sequence == bindparam("sequence") - 1)
    row = select(*(bindparam(column.name, type_=column.type) for column in b))
    query = row.where(or_(bindparam("first", type_=Boolean), follows))
    return insert(t.meeting_ballot).from_select(list(b.keys()), query)


_BALLOTS = _ballot_statement()

without_rows("roll-change")
beside("meeting")(lines.check)


@projects("meeting", tables=(MEETING,))
def project_notices(conn: Connection, placed: Sequence[Placed]) -> None:
    """A meeting begins with its notice."""
    for one in placed:
        notice = one.said
        row: Row = {name: notice[name] for name in _NOTICE}
        row |= {
            name: times.parse_time(notice[name]) for name in ("notice_given", "opens", "closes")
        }
        row["id"] = origins.parse_origin(one.origin).subject
        row["held_on"] = times.parse_date(notice["held_on"])
        conn.execute(insert(t.meeting), row | one.place | {"version": one.version})


@projects("resolution", tables=(ReadTable(t.meeting_resolution),))
def project_resolutions(conn: Connection, placed: Sequence[Placed]) -> None:
    """Each is known to ballots and results by the hash of its document."""
    rows = [
        one.place
        | {name: one.said[name] for name in _RESOLUTION}
        | {"digest": sha256(one.document).hexdigest()}
        for one in placed
    ]
    conn.execute(insert(t.meeting_resolution), rows)


@projects("roll", tables=(MEETING, people_service.DRAWN_ROLL), lost=lines.LOST)
def project_rolls(conn: Connection, placed: Sequence[Placed]) -> None:
    """The roll that was drawn last; from now on the meeting's log holds changes of keys."""
    for one in placed:
        roll = one.said
        values = {
            "roll_root": b64.decode(roll["root"]),
            "roll_count": roll["count"],
            "roll_with_key": roll["with_key"],
            "roll_from_opening": roll.get("from_opening"),
            "cut_off": times.parse_time(roll["cut_off"]),
        }
        here = t.meeting.c.log_id == one.log_id
        conn.execute(update(t.meeting).where(here).values(values))
        if one.version > 1:
            society = conn.execute(select(t.meeting.c.society).where(here)).scalar_one()
            people_service.roll_drawn(conn, society, one.origin)


@projects("ballot", tables=(ReadTable(t.meeting_ballot),))
def project_ballots(conn: Connection, placed: Sequence[Placed]) -> None:
    """Accepted ballots, superseded ones included.

    A ballot appended past `ballots.cast` has no row, so that it holds up nobody's own ballot: it
    has another key, or in version 2 not the next sequence. The close decides whether it counts.
    """
    numbers = _numbers(conn, placed)
    rows = [_ballot(one, numbers[one.said["resolution"]]) for one in placed]
    cast = [row for one, row in zip(placed, rows, strict=True) if one.key == _key(row)]
    if cast:
        conn.execute(_BALLOTS, cast)


def _key(row: Row) -> str:
    return ballot_key(row["number"], row["roll_number"], row["sequence"])


def _ballot(one: Placed, number: int) -> Row:
    said = one.said
    return one.place | {
        "number": number,
        "roll_number": said["roll_number"],
        "sequence": said["sequence"],
        "choice": said["choice"],
        "assisted": said["assisted"],
        "digest": sha256(one.document).hexdigest(),
        "at": one.time,
        "first": one.version == 1 or said["sequence"] == 1,
    }


@projects("assistance", tables=(ReadTable(t.meeting_assistance),))
def project_openings(conn: Connection, placed: Sequence[Placed]) -> None:
    """Each time that officers opened an assisted ballot."""
    numbers = _numbers(conn, placed)
    rows = [
        one.place
        | {"number": numbers[one.said["resolution"]], "at": one.time}
        | {"roll_number": one.said["roll_number"]}
        for one in placed
    ]
    conn.execute(insert(t.meeting_assistance), rows)


@projects("result", tables=(ReadTable(t.meeting_result), MEETING, people_service.DRAWN_ROLL))
def project_results(conn: Connection, placed: Sequence[Placed]) -> None:
    """With its results a meeting is closed, and changes of keys no longer matter to it."""
    numbers = _numbers(conn, placed)
    rows = [one.place | {"number": numbers[one.said["resolution"]]} for one in placed]
    conn.execute(insert(t.meeting_result), rows)
    last = placed[-1]
    closed = {"closed_at": times.parse_time(last.said["closed"])}
    conn.execute(update(t.meeting).where(t.meeting.c.log_id == last.log_id).values(closed))
    people_service.roll_closed(conn, last.origin)


def _numbers(conn: Connection, placed: Sequence[Placed]) -> dict[str, int]:
    """The numbers of the meeting's resolutions by the hash that ballots name them by."""
    found = conn.execute(_NUMBERS, {"log_id": placed[0].log_id})
    return {row.digest: row.number for row in found}
