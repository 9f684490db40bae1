"""What ballots of a meeting that come together are checked against, read for all of them at once.

The meeting's row is locked first. The reads after it are statements of their own: on PostgreSQL a
statement that waited for the row would still see the ballots of before its wait.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, String, bindparam, case, func, select

from trust.people import queries as people
from voting import tables as t
from voting.pure.ballot import Ballot, Poll

# Built once: making these expressions for each ballot costs as much as running them.
_m, _b = t.meeting.c, t.meeting_ballot.c
_MEETING = (
    select(_m.log_id, _m.origin, _m.society, _m.opens, _m.closes, _m.roll_root, _m.version)
    .where(_m.id == bindparam("meeting_id", type_=String))
    .with_for_update()
)
_NUMBERS = select(t.meeting_resolution.c.digest, t.meeting_resolution.c.number).where(
    t.meeting_resolution.c.log_id == bindparam("log_id", type_=Integer)
)
_LINES = select(t.meeting_roll.c.roll_number, t.meeting_roll.c.line, t.meeting_roll.c.key_id).where(
    t.meeting_roll.c.meeting_id == bindparam("meeting_id", type_=String),
    t.meeting_roll.c.roll_number.in_(bindparam("roll_numbers", expanding=True)),
)
_EARLIER = (
    select(
        _b.number,
        _b.roll_number,
        func.max(_b.sequence).label("highest"),
        func.max(case((_b.assisted, 0), else_=1)).label("voted_self"),
    )
    .where(
        _b.log_id == bindparam("log_id", type_=Integer),
        _b.number.in_(bindparam("numbers", expanding=True)),
        _b.roll_number.in_(bindparam("roll_numbers", expanding=True)),
    )
    .group_by(_b.number, _b.roll_number)
)


@dataclass(frozen=True, slots=True)
class Voting:
    """A meeting whose row is held: what its ballots are checked against."""

    id: str
    log_id: int
    society: str
    poll: Poll
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Before:
    """What was known of these ballots' roll numbers when the meeting's row was taken.

    Attributes:
        lines: documents of the roll's lines by roll number.
        keys: rows of the keys on those lines, by roll number.
        earlier: by number of the resolution and roll number, the greatest sequence accepted, and
            whether one of those ballots was the member's own.
    """

    lines: Mapping[int, bytes]
    keys: Mapping[int, int]
    earlier: Mapping[tuple[int | None, int], tuple[int, bool]]

    def of(self, number: int | None, ballot: Ballot) -> tuple[int, bool]:
        """What was accepted of a ballot's roll number on the resolution that it is on."""
        return self.earlier.get((number, ballot.roll_number), (0, False))


def hold(conn: Connection, meeting_id: str) -> Any:
    """The meeting's row, held until the transaction ends; None if there is no such meeting."""
    return conn.execute(_MEETING, {"meeting_id": meeting_id}).first()


def of_meeting(conn: Connection, meeting_id: str, row: Any) -> Voting:
    """A meeting whose roll is drawn; `row` is that of `hold`."""
    found = conn.execute(_NUMBERS, {"log_id": row.log_id})
    numbers = {one.digest: one.number for one in found}
    root, digests = bytes(row.roll_root), frozenset(numbers)
    poll = Poll(row.origin, root, row.opens, row.closes, digests, row.version)
    return Voting(meeting_id, row.log_id, row.society, poll, numbers)


def before(conn: Connection, voting: Voting, some: Iterable[Ballot]) -> Before:
    """Read what is known of the roll numbers of these ballots."""
    rolls = [ballot.roll_number for ballot in some]
    found = conn.execute(_LINES, {"meeting_id": voting.id, "roll_numbers": rolls}).all()
    wanted = {"log_id": voting.log_id, "numbers": list(voting.numbers.values())}
    earlier = conn.execute(_EARLIER, wanted | {"roll_numbers": rolls})
    return Before(
        {row.roll_number: bytes(row.line) for row in found},
        {row.roll_number: row.key_id for row in found if row.key_id is not None},
        {(row.number, row.roll_number): (row.highest, bool(row.voted_self)) for row in earlier},
    )


def stopped(conn: Connection, before: Before) -> frozenset[int]:
    """Roll numbers whose key was stopped since the roll was drawn.

    To be read once the meeting's log is held: a stop is told there without the meeting's row, so
    one that was waited for is seen, and a later one stands behind these ballots.
    """
    standing = people.standing_keys(conn, before.keys.values())
    return frozenset(number for number, key in before.keys.items() if key not in standing)


def place_of(conn: Connection, voting: Voting, number: int | None, ballot: Ballot) -> int | None:
    """Index of the entry of this very ballot, byte for byte; None if it was not accepted before."""
    query = select(_b.idx).where(
        _b.log_id == voting.log_id,
        _b.number == number,
        _b.roll_number == ballot.roll_number,
        _b.sequence == ballot.sequence,
        _b.digest == ballot.digest,
    )
    return conn.execute(query).scalar()
