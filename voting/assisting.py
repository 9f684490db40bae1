"""Opening an assisted ballot: officers see a roll number, and the meeting's log says so.

Who knows a roll number and holds a meeting's package can read the vote behind it. So a number is
shown to officers here only, and each time is sealed as `assistance`, told to the member and counted
in the result.
"""

from typing import Any

from sqlalchemy import Connection, func, insert, select

from trust.formats.canon import Json
from trust.formats.times import Moment
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people import queries as people
from trust.people.model import OFFICERS, Actor, Role
from voting import queries
from voting import tables as t
from voting.errors import NoRollError, NotOnThisRollError
from voting.model import Meeting
from voting.pure import errors as e

ASSISTANTS: tuple[Role, ...] = (*OFFICERS, "returning-officer")
"""Who may open the ballot paper of a member who is in the room."""


def open_assisted(
    conn: Connection, actor: Actor, meeting_id: str, member_id: int, number: int, *, now: int
) -> dict[str, Json]:
    """The record that two officers sign for a member, its choice still `yes`.

    Sealed as `assistance` in a meeting of version 2, each time anew. Raises NotAllowedError,
    NoSuchResolutionError, NoRollError, NotOpenYetError, ClosedError, NotOnThisRollError, and
    OwnBallotStandsError for a member who has cast a ballot on it herself.
    """
    meeting = queries.locked(conn, meeting_id)
    actor.require(ASSISTANTS, people.need_society(conn, meeting.society))
    _check_time(meeting, now)
    line = queries.roll_line(conn, meeting_id, member_id)
    if line is None:
        raise NotOnThisRollError
    draft = queries.ballot_to_sign(conn, meeting_id, number, line.roll_number, "yes", assisted=True)
    own = queries.ballots_of(conn, meeting_id, line.roll_number)
    if any(ballot.number == number and not ballot.assisted for ballot in own):
        raise e.OwnBallotStandsError
    if meeting.version > 1:
        _seal(conn, meeting, number, str(draft["resolution"]), line.roll_number, now)
    return draft


def _check_time(meeting: Meeting, now: int) -> None:
    if meeting.roll_root is None:
        raise NoRollError
    if meeting.moment(now) < meeting.opens:
        raise e.NotOpenYetError(opens=Moment(meeting.opens))
    if meeting.closed_at is not None or meeting.moment(now) >= meeting.closes:
        raise e.ClosedError(closes=Moment(meeting.closes))


def _seal(
    conn: Connection, meeting: Meeting, number: int, digest: str, roll_number: int, now: int
) -> None:
    table = t.meeting_assistance
    before: Any = select(func.count()).where(table.c.meeting_id == meeting.id)
    record: dict[str, Json] = {
        "kind": "assistance",
        "v": 1,
        "meeting": meeting.origin,
        "resolution": digest,
        "roll_number": roll_number,
    }
    item = NewEntry("assistance", record, f"assistance {conn.execute(before).scalar_one() + 1}")
    (sealed,) = logs.append(conn, meeting.origin, [item], now=now)
    conn.execute(
        insert(table).values(
            meeting_id=meeting.id,
            entry_index=sealed.index,
            number=number,
            roll_number=roll_number,
            at=sealed.time,
        )
    )
