"""Casting: the one path by which a ballot gets into a meeting's log.

One short write transaction: a few reads by key, one signature check by `voting/pure/ballot`, one
append. The meeting's row is held, so that no ballot slips past a close and no two ballots of one
voter overtake each other. The very same bytes sent again, at any time, get the stored entry back.
"""

from typing import Any

from sqlalchemy import Connection, Integer, String, and_, bindparam, case, func, select

from trust.formats import records
from trust.log import preparing
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import Sequenced
from trust.log.service import Turn
from trust.people import queries as people
from voting import queries
from voting import tables as t
from voting.errors import NoRollError, NoSuchMeetingError
from voting.model import Meeting, ballot_key
from voting.pure import ballot as rules
from voting.pure.ballot import Ballot, Officer, Poll, Standing
from voting.pure.errors import BallotShapeError
from voting.pure.roll import RollLine, parse_line


def _context_statement() -> Any:
    m, r, line = t.meeting, t.meeting_resolution, t.meeting_roll
    wanted = bindparam("resolution", type_=String), bindparam("roll_number", type_=Integer)
    return (
        select(
            m.c.log_id,
            m.c.origin,
            m.c.society,
            m.c.opens,
            m.c.closes,
            m.c.roll_root,
            m.c.version,
            r.c.number,
            r.c.digest,
            line.c.line,
            line.c.key_id,
        )
        .select_from(
            m.outerjoin(r, and_(r.c.log_id == m.c.log_id, r.c.digest == wanted[0])).outerjoin(
                line, and_(line.c.meeting_id == m.c.id, line.c.roll_number == wanted[1])
            )
        )
        .where(m.c.id == bindparam("meeting_id", type_=String))
        .with_for_update(of=m)
    )


# Built once: making these expressions anew for each ballot costs as much as running them.
_CONTEXT = _context_statement()
_EARLIER = select(
    func.max(t.meeting_ballot.c.sequence).label("highest"),
    func.max(case((t.meeting_ballot.c.assisted, 0), else_=1)).label("voted_self"),
).where(
    t.meeting_ballot.c.log_id == bindparam("log_id", type_=Integer),
    t.meeting_ballot.c.number == bindparam("number", type_=Integer),
    t.meeting_ballot.c.roll_number == bindparam("roll_number", type_=Integer),
)


def cast(
    conn: Connection, meeting_id: str, ballot: object, *, now: int, society: str | None = None
) -> Sequenced:
    """Check an open ballot and seal it; `repeated` is true when these bytes were sealed before.

    The result is sequenced, not yet a receipt: that needs a published head over its index. If
    `society` is given, a meeting of another society is as if it were not there.

    Raises:
        BallotError: a subclass for each fault; the transaction must then be rolled back.
        NoSuchMeetingError: there is no such meeting.
        NoRollError: its roll was not drawn.
    """
    parsed = _parse(conn, meeting_id, ballot, society)
    row = _context(conn, meeting_id, parsed, society)
    highest, voted_self = _earlier(conn, row, parsed)
    if parsed.sequence <= highest:
        index = _same_bytes(conn, row, parsed)
        if index is not None:
            return _again(conn, row.origin, index)
    # The log's own time decides: its entries never go back, whatever a clock does.
    turn = logs.hold(conn, row.origin, now=now)
    poll = _poll(row)
    line = None if row.line is None else parse_line(bytes(row.line))
    officers = _officers(conn, row.society, turn.time) if parsed.assisted else {}
    stopped = _is_stopped(conn, row.key_id, parsed)
    standing = Standing(highest, voted_self, stopped, officers)
    rules.check(parsed, poll, line, standing, turn.time)
    return _seal(conn, row, parsed, turn)


def eligible(conn: Connection, meeting_id: str, member_id: int) -> RollLine | None:
    """The member's line on the roll, or None: then they cannot vote at this meeting."""
    return queries.roll_line(conn, meeting_id, member_id)


def stands(conn: Connection, meeting: Meeting, line: RollLine, key_id: int | None) -> bool:
    """Whether the key of a roll line still signs for it at this meeting."""
    return line.key is not None and key_id is not None and people.key_stands(conn, key_id)


def _parse(conn: Connection, meeting_id: str, ballot: object, society: str | None) -> Ballot:
    """The ballot's shape; a wrong address is told before wrong content."""
    try:
        return rules.parse(ballot)
    except BallotShapeError:
        if society not in (None, queries.meeting(conn, meeting_id).society):
            raise _no_meeting(meeting_id) from None
        raise


def _no_meeting(meeting_id: str) -> NoSuchMeetingError:
    return NoSuchMeetingError(meeting=meeting_id)


def _context(conn: Connection, meeting_id: str, ballot: Ballot, society: str | None) -> Any:
    """Meeting, resolution and roll line in one read; the meeting's row is held from here on."""
    row = conn.execute(
        _CONTEXT,
        {
            "meeting_id": meeting_id,
            "resolution": ballot.resolution,
            "roll_number": ballot.roll_number,
        },
    ).first()
    if row is None or society not in (None, row.society):
        raise _no_meeting(meeting_id)
    if row.roll_root is None:
        raise NoRollError
    return row


def _poll(row: Any) -> Poll:
    known = frozenset() if row.digest is None else frozenset([row.digest])
    return Poll(row.origin, bytes(row.roll_root), row.opens, row.closes, known, row.version)


def _earlier(conn: Connection, row: Any, ballot: Ballot) -> tuple[int, bool]:
    """The greatest sequence accepted from this number on this resolution (0 if none), and
    whether one of those ballots was the member's own.

    A statement of its own: on PostgreSQL one that waited for the meeting's row would still see
    the ballots of before its wait.
    """
    values = {"log_id": row.log_id, "number": row.number, "roll_number": ballot.roll_number}
    found = conn.execute(_EARLIER, values).one()
    return found.highest or 0, bool(found.voted_self)


def _same_bytes(conn: Connection, row: Any, ballot: Ballot) -> int | None:
    """The log position of this very ballot, if it was accepted before."""
    b = t.meeting_ballot.c
    query = select(b.idx).where(
        b.log_id == row.log_id,
        b.number == row.number,
        b.roll_number == ballot.roll_number,
        b.sequence == ballot.sequence,
        b.digest == ballot.digest,
    )
    found = conn.execute(query).scalar()
    return None if found is None else int(found)


def _again(conn: Connection, origin: str, index: int) -> Sequenced:
    entry = log_queries.entry(conn, origin, index)
    return Sequenced(origin, index, entry.entry, entry.leaf, entry.time, True)


def _officers(conn: Connection, society: str, at: int) -> dict[bytes, Officer]:
    return {
        key.public_key: Officer(str(key.account_id), key.role)
        for key in people.officer_keys(conn, society, at)
        if key.revoked_at is None
    }


def _is_stopped(conn: Connection, key_id: int | None, ballot: Ballot) -> bool:
    """The key on the roll line may have been revoked since the roll was drawn."""
    if ballot.assisted or key_id is None:
        return False
    return not people.key_stands(conn, key_id)


def _seal(conn: Connection, row: Any, ballot: Ballot, turn: Turn) -> Sequenced:
    key = ballot_key(row.number, ballot.roll_number, ballot.sequence)
    # Its shape was checked and its canonical form made when it was read.
    kind = records.kind("ballot", ballot.version)
    entry = preparing.prepare_checked(kind, key, ballot.record, ballot.document)
    (sealed,) = logs.append_prepared(conn, row.origin, [entry], now=turn.time, turn=turn)
    return sealed
