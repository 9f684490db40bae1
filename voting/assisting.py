"""Opening an assisted ballot: officers see a roll number, and the meeting's log says so.

Who knows a roll number and holds a meeting's package can read the vote behind it. So a number is
shown to officers here only, and each time is sealed as `assistance`, told to the member and counted
in the result.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from trust.formats.canon import Json
from trust.formats.times import Deadline, Moment
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people import queries as people
from trust.people.model import OFFICERS, Actor, Role
from voting import queries
from voting.errors import NoRollError, NotOnThisRollError
from voting.model import Meeting
from voting.pure import errors as e

ASSISTANTS: tuple[Role, ...] = (*OFFICERS, "returning-officer")
"""Who may open the ballot paper of a member who is in the room."""


@dataclass(frozen=True, slots=True)
class Paper:
    """An opened assisted ballot.

    Attributes:
        draft: the record that two officers sign for the member, its choice still `yes`.
        fault: why it would not be taken: the member has cast a ballot on it herself.
    """

    draft: dict[str, Json]
    fault: e.OwnBallotStandsError | None


def open_assisted(
    conn: Connection, actor: Actor, meeting_id: str, member_id: int, number: int, *, now: int
) -> Paper:
    """Open the paper of a member who is in the room.

    Sealed as `assistance` in a meeting of version 2, each time again, also if the member has
    voted herself: that she has must not be found out without a trace. Raises NotAllowedError,
    NoSuchResolutionError, NoRollError, NotOpenYetError, ClosedError, NotOnThisRollError.
    """
    meeting = queries.locked(conn, meeting_id)
    actor.require(ASSISTANTS, people.need_society(conn, meeting.society))
    _check_time(meeting, now)
    line = queries.roll_line(conn, meeting_id, member_id)
    if line is None:
        raise NotOnThisRollError
    draft = queries.ballot_to_sign(conn, meeting_id, number, line.roll_number, "yes", assisted=True)
    if meeting.version > 1:
        _seal(conn, meeting, str(draft["resolution"]), line.roll_number, now)
    cast = queries.ballots_of(conn, meeting_id, line.roll_number)
    herself = any(ballot.number == number and not ballot.assisted for ballot in cast)
    return Paper(draft, e.OwnBallotStandsError() if herself else None)


def _check_time(meeting: Meeting, now: int) -> None:
    if meeting.roll_root is None:
        raise NoRollError
    if meeting.moment(now) < meeting.opens:
        raise e.NotOpenYetError(opens=Moment(meeting.opens))
    if meeting.closed_at is not None or meeting.moment(now) >= meeting.closes:
        raise e.ClosedError(closes=Deadline(meeting.closes))


def _seal(conn: Connection, meeting: Meeting, digest: str, roll_number: int, now: int) -> None:
    before = len(queries.openings(conn, meeting.id))
    record: dict[str, Json] = {
        "kind": "assistance",
        "v": 1,
        "meeting": meeting.origin,
        "resolution": digest,
        "roll_number": roll_number,
    }
    item = NewEntry("assistance", record, f"assistance {before + 1}")
    logs.append(conn, meeting.origin, [item], now=now)
