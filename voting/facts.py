"""What a meeting's pages tell beside notice and result: turnout, help, changes of the register."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from trust.people import queries as people
from voting import queries
from voting.model import Besides, Meeting, Since, Turnout


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of a meeting while it runs and afterwards; how votes fall is not.

    Attributes:
        turnout: on any resolution; None before the roll is drawn.
        votes: by the number of the resolution.
        opened: how often officers opened an assisted ballot.
        since: what was done to register and keys since the notice, until now or the result; None
            in a meeting of version 1.
        besides: what else was done meanwhile that can move a vote and stands in no result.
        opening: day of the opening register, which `Meeting.roll_from_opening` counts.
    """

    turnout: Turnout | None
    votes: dict[int, Turnout]
    opened: int
    since: Since | None
    besides: Besides | None
    opening: date | None


def facts(conn: Connection, meeting: Meeting, now: int) -> Facts:
    """Everything that a meeting's pages tell."""
    drawn = meeting.roll_root is not None
    opening = None
    if meeting.roll_from_opening is not None:
        opening = people.register_opening(conn, meeting.society)
    return Facts(
        queries.turnout(conn, meeting.id) if drawn else None,
        queries.votes(conn, meeting.id) if drawn else {},
        len(queries.openings(conn, meeting.id)),
        queries.since_notice(conn, meeting, now),
        queries.besides_notice(conn, meeting, now),
        None if opening is None else opening.as_of,
    )
