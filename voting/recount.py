"""Counting from the log: every sealed ballot is opened and judged again before it is counted.

The ballots' rows beside the log serve turnout and sequence while the vote is open. They decide
nothing: at the close each ballot entry must open, and pass the same rule as a stranger with the
meeting's package applies (`voting.pure.ballot`). One that does not stops the close and is named.
"""

from sqlalchemy import Connection

from trust.log import sealed
from trust.people import queries as people
from voting import queries
from voting.errors import CountError, RollAlteredError
from voting.model import Meeting
from voting.pure import roll
from voting.pure.ballot import Ballot, Officer, Poll
from voting.pure.count import Counted
from voting.pure.replay import Event, KeysByTime, gather, judge
from voting.pure.roll import RollLine, parse_line

Count = dict[str, list[Counted]]
"""Accepted ballots by the digest of their resolution."""


def from_log(conn: Connection, meeting: Meeting) -> Count:
    """Every ballot of the meeting's log, opened and checked.

    Raises AlteredError for a payload that does not open its entry, CountError for a ballot that
    breaks the rules or a roll that is not the one ballots were cast under.
    """
    lines = _lines(conn, meeting)
    assert meeting.roll_root is not None
    poll = Poll(
        meeting.origin,
        meeting.roll_root,
        meeting.opens,
        meeting.closes,
        frozenset(item.digest for item in meeting.resolutions),
        1,
    )
    keys = KeysByTime(lambda ballot, at: _officers(conn, meeting.society, ballot, at))
    events = (
        Event(index, at, "ballot", record)
        for index, at, record in sealed.opened(conn, meeting.origin, "ballot")
    )
    judged = list(judge(poll, lines, keys, events))
    for one in judged:
        if one.fault is not None:
            raise CountError(index=one.index, origin=meeting.origin, why=one.fault)
    return gather(poll, judged).accepted


def _lines(conn: Connection, meeting: Meeting) -> dict[int, RollLine]:
    documents = queries.roll_documents(conn, meeting.id)
    if roll.root(documents) != meeting.roll_root or len(documents) != meeting.roll_count:
        raise RollAlteredError
    lines = (parse_line(document) for document in documents)
    return {line.roll_number: line for line in lines}


def _officers(conn: Connection, society: str, ballot: Ballot, at: int) -> dict[bytes, Officer]:
    if not ballot.assisted:
        return {}
    return {
        key.public_key: Officer(str(key.account_id), key.role)
        for key in people.officer_keys(conn, society, at)
    }
