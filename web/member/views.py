"""What a member may see of her own: reads only, each entitled by the signed-in account."""

from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from trust.formats import receipts
from trust.log import queries as log_queries
from trust.log.model import StoredEntry
from trust.log.witnesses import witness_status
from trust.people.model import Actor
from voting import queries as voting
from voting.model import Meeting, Opening, Resolution, StoredBallot
from voting.offers import Offer, offer
from voting.pure.roll import RollLine


@dataclass(frozen=True, slots=True)
class Vote:
    """One resolution with what I have cast on it; the last ballot counts."""

    resolution: Resolution
    ballots: tuple[StoredBallot, ...]

    @property
    def last(self) -> StoredBallot | None:
        """The ballot that counts, if any."""
        return self.ballots[-1] if self.ballots else None

    @property
    def entered(self) -> StoredBallot | None:
        """The ballot that counts, if two officers entered it: she may not know of it."""
        return self.last if self.last is not None and self.last.assisted else None


@dataclass(frozen=True, slots=True)
class MyMeeting:
    """A meeting of my society as I stand to it.

    `openings`: each time that officers opened an assisted ballot of mine.
    """

    meeting: Meeting
    state: str
    offer: Offer
    votes: tuple[Vote, ...]
    openings: tuple[Opening, ...]

    @property
    def line(self) -> RollLine | None:
        """My line on the roll; None when I am not on it."""
        return self.offer.line

    @property
    def open_votes(self) -> int:
        """Resolutions I may vote on now and have not."""
        if not self.offer.may_vote:
            return 0
        return sum(vote.last is None for vote in self.votes)

    @property
    def next_vote(self) -> Vote | None:
        """The first resolution on which I may vote now and have not."""
        if not self.offer.may_vote:
            return None
        return next((vote for vote in self.votes if vote.last is None), None)

    @property
    def entered(self) -> int:
        """Votes that count for me and were entered by two officers."""
        return sum(vote.entered is not None for vote in self.votes)

    @property
    def only_with_help(self) -> bool:
        """Whether voting is open and two officers can enter my vote, but I cannot."""
        return self.state == "open" and self.line is not None and not self.offer.may_vote


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sealed ballot of mine: a receipt only when `published`."""

    meeting: Meeting
    resolution: Resolution
    ballot: StoredBallot
    entry: StoredEntry
    published: bool
    superseded: bool

    @property
    def code(self) -> str:
        """What is printed and can be looked up by anybody."""
        return receipts.code(self.entry.leaf)


def member_of(actor: Actor) -> tuple[str, int]:
    """Society and member row of the signed-in member; 403 for anybody else."""
    account = actor.account
    if account.kind != "member" or account.society is None or account.member_id is None:
        raise HTTPException(403)
    return account.society, account.member_id


def my_meeting(conn: Connection, actor: Actor, meeting_id: str, now: int) -> MyMeeting:
    """A meeting of my own society; 404 for one of another, as if it were not there."""
    slug, member_id = member_of(actor)
    meeting = voting.meeting(conn, meeting_id)
    if meeting.society != slug:
        raise HTTPException(404)
    return _mine(conn, meeting, member_id, now)


def my_meetings(conn: Connection, actor: Actor, now: int) -> list[MyMeeting]:
    """All meetings of my society, the latest first."""
    slug, member_id = member_of(actor)
    return [_mine(conn, found, member_id, now) for found in voting.meetings(conn, slug)]


def my_receipt(conn: Connection, actor: Actor, meeting_id: str, index: int, now: int) -> Receipt:
    """One sealed ballot of mine; 404 if the entry is not a ballot of mine."""
    mine = my_meeting(conn, actor, meeting_id, now)
    for vote in mine.votes:
        for ballot in vote.ballots:
            if ballot.index == index:
                return _receipt(conn, mine.meeting, vote, ballot)
    raise HTTPException(404)


def my_receipts(conn: Connection, meetings: list[MyMeeting]) -> list[Receipt]:
    """Every sealed ballot of mine, the newest first."""
    found = [
        _receipt(conn, mine.meeting, vote, ballot)
        for mine in meetings
        for vote in mine.votes
        for ballot in vote.ballots
    ]
    return sorted(found, key=lambda receipt: receipt.entry.time, reverse=True)


def _mine(conn: Connection, meeting: Meeting, member_id: int, now: int) -> MyMeeting:
    mine = offer(conn, meeting, member_id, now)
    line = mine.line
    cast = [] if line is None else voting.ballots_of(conn, meeting.id, line.roll_number)
    votes = tuple(
        Vote(resolution, tuple(b for b in cast if b.number == resolution.number))
        for resolution in meeting.resolutions
    )
    opened = [] if line is None else voting.openings(conn, meeting.id, line.roll_number)
    return MyMeeting(meeting, meeting.state(now), mine, votes, tuple(opened))


def _receipt(conn: Connection, meeting: Meeting, vote: Vote, ballot: StoredBallot) -> Receipt:
    return Receipt(
        meeting,
        vote.resolution,
        ballot,
        log_queries.entry(conn, meeting.origin, ballot.index),
        witness_status.published(conn, meeting.origin, ballot.index) is not None,
        ballot != vote.last,
    )
