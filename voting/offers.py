"""Whether casting would take a member's own ballot now: what pages ask before they offer a vote."""

from dataclasses import dataclass

from sqlalchemy import Connection

from trust.formats.times import Deadline, Moment
from trust.people import queries as people
from voting import ballots, queries
from voting.errors import NoRollError, NotOnMyRollError
from voting.model import Meeting
from voting.pure import errors as e
from voting.pure.errors import VotingError
from voting.pure.roll import RollLine


@dataclass(frozen=True, slots=True)
class Offer:
    """What a meeting offers to a member.

    Attributes:
        line: the member's line on the roll, None if they are not on it.
        fault: the refusal that their own ballot would meet now; None if it is taken.
        new_key: whether they hold another key by now than the roll's.
    """

    line: RollLine | None
    fault: VotingError | None
    new_key: bool = False

    @property
    def may_vote(self) -> bool:
        """Whether a ballot signed with the key of the line is taken now."""
        return self.fault is None


def offer(conn: Connection, meeting: Meeting, member_id: int, now: int) -> Offer:
    """What a meeting offers to a member now, by the rules of `voting.ballots.cast`."""
    found = queries.roll_place(conn, meeting.id, member_id)
    line = None if found is None else found[0]
    if meeting.closed_at is not None or meeting.moment(now) >= meeting.closes:
        return Offer(line, e.ClosedError(closes=Deadline(meeting.closes)))
    if meeting.roll_root is None:
        return Offer(line, NoRollError())
    if found is None:
        return Offer(line, NotOnMyRollError())
    if meeting.moment(now) < meeting.opens:
        return Offer(line, e.NotOpenYetError(opens=Moment(meeting.opens)))
    if found[0].key is None:
        return Offer(line, e.NoKeyError(number=found[0].roll_number))
    if ballots.stands(conn, meeting, *found):
        return Offer(line, None)
    held = any(key.revoked_at is None for key in people.keys_of(conn, member_id))
    return Offer(line, e.RevokedKeyError(), held)
