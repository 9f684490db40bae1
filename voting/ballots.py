"""Casting: the one path by which a ballot gets into a meeting's log.

Ballots of a meeting that come together are cast in one short piece of a write transaction: a few
reads for all of them, a signature check each by `voting/pure/ballot`, one append. The meeting's row
is held, so that no ballot slips past a close and no two ballots of one voter overtake each other.
The very same bytes sent again, at any time, get the stored entry back.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from trust.formats import records
from trust.formats.errors import SakshiError
from trust.log import preparing
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import Sequenced
from trust.log.preparing import Prepared
from trust.people import queries as people
from trust.people.model import OfficerKey
from voting import polling, queries
from voting.errors import NoRollError, NoSuchMeetingError
from voting.model import Meeting, ballot_key
from voting.polling import Before, Voting
from voting.pure import ballot as rules
from voting.pure.ballot import Ballot, Officer, Standing
from voting.pure.roll import RollLine, parse_line

Asked = tuple[object, str | None]
"""A ballot as it came in, and whose meeting it must be, if that is asked."""
Outcome = Sequenced | SakshiError
Keys = tuple[Collection[int], Mapping[bytes, Officer]]
"""Roll numbers whose key was stopped, and the officers' keys in force."""


def cast(
    conn: Connection, meeting_id: str, ballot: object, *, now: int, society: str | None = None
) -> Sequenced:
    """Check an open ballot and seal it; `repeated` is true when these bytes were sealed before.

    The result is sequenced, not yet a receipt: that needs a published head over its index. If
    `society` is given, a meeting of another society is as if it were not there.

    Raises:
        BallotError: a subclass for each fault.
        NoSuchMeetingError: there is no such meeting.
        NoRollError: its roll was not drawn.
    """
    (outcome,) = cast_all(conn, meeting_id, [(ballot, society)], now=now)
    if isinstance(outcome, SakshiError):
        raise outcome
    return outcome


def cast_all(
    conn: Connection, meeting_id: str, asked: Sequence[Asked], *, now: int
) -> list[Outcome]:
    """`cast` for ballots of one meeting that come together, each with its own outcome, in order.

    A refusal writes nothing and is returned, not raised.
    """
    row = polling.hold(conn, meeting_id)
    outcomes: dict[int, Outcome] = {}
    left: dict[int, Ballot] = {}
    for place, (ballot, society) in enumerate(asked):
        try:
            left[place] = _read(meeting_id, row, ballot, society)
        except SakshiError as refused:
            outcomes[place] = refused
    voting = polling.of_meeting(conn, meeting_id, row) if left else None
    while left and voting is not None:
        # Of one roll number one at a time: the next must see what this one has changed.
        first = {ballot.roll_number: place for place, ballot in reversed(left.items())}
        some = {place: left.pop(place) for place in sorted(first.values())}
        outcomes |= _cast(conn, voting, some, now)
    return [outcomes[place] for place in range(len(asked))]


def eligible(conn: Connection, meeting_id: str, member_id: int) -> RollLine | None:
    """The member's line on the roll, or None: then they cannot vote at this meeting."""
    return queries.roll_line(conn, meeting_id, member_id)


def stands(conn: Connection, meeting: Meeting, line: RollLine, key_id: int | None) -> bool:
    """Whether the key of a roll line still signs for it at this meeting."""
    return line.key is not None and key_id in people.standing_keys(conn, [key_id])


def _read(meeting_id: str, row: Any, ballot: object, society: str | None) -> Ballot:
    """The ballot's shape; a wrong address is told before wrong content."""
    if row is None or society not in (None, row.society):
        raise NoSuchMeetingError(meeting=meeting_id)
    parsed = rules.parse(ballot)
    if row.roll_root is None:
        raise NoRollError
    return parsed


def _cast(
    conn: Connection, voting: Voting, some: Mapping[int, Ballot], now: int
) -> dict[int, Outcome]:
    """Ballots of different roll numbers, by their places."""
    before = polling.before(conn, voting, some.values())
    outcomes: dict[int, Outcome] = {}
    fresh: dict[int, Ballot] = {}
    for place, ballot in some.items():
        try:
            again = _again(conn, voting, before, ballot)
        except SakshiError as altered:
            outcomes[place] = altered
            continue
        if again is None:
            fresh[place] = ballot
        else:
            outcomes[place] = again
    return outcomes | (_seal(conn, voting, before, fresh, now) if fresh else {})


def _again(conn: Connection, voting: Voting, before: Before, ballot: Ballot) -> Sequenced | None:
    """The stored entry of this very ballot, if it was accepted before."""
    number = voting.numbers.get(ballot.resolution)
    highest, _ = before.of(number, ballot)
    if ballot.sequence > highest:
        return None
    index = polling.place_of(conn, voting, number, ballot)
    if index is None:
        return None
    entry = log_queries.entry(conn, voting.poll.origin, index)
    return Sequenced(voting.poll.origin, index, entry.entry, entry.leaf, entry.time, True)


def _seal(
    conn: Connection, voting: Voting, before: Before, fresh: Mapping[int, Ballot], now: int
) -> dict[int, Outcome]:
    """Check each and append those that pass."""
    origin = voting.poll.origin
    try:
        # The log's own time decides: its entries never go back, whatever a clock does.
        turn = logs.hold(conn, origin, now=now)
    except SakshiError as given_up:
        return dict.fromkeys(fresh, given_up)
    keys = _keys(conn, voting, before, fresh.values(), turn.time)
    outcomes: dict[int, Outcome] = {}
    passed: dict[int, Prepared] = {}
    for place, ballot in fresh.items():
        try:
            passed[place] = _checked(voting, before, keys, ballot, turn.time)
        except SakshiError as refused:
            outcomes[place] = refused
    sealed = logs.append_prepared(conn, origin, list(passed.values()), now=turn.time, turn=turn)
    return outcomes | dict(zip(passed, sealed, strict=True))


def _checked(voting: Voting, before: Before, keys: Keys, ballot: Ballot, at: int) -> Prepared:
    """A ballot that passed every check; its canonical form was made when it was read."""
    number, roll_number = voting.numbers.get(ballot.resolution), ballot.roll_number
    document = before.lines.get(roll_number)
    line = None if document is None else parse_line(document)
    stopped, officers = roll_number in keys[0], keys[1]
    standing = Standing(*before.of(number, ballot), stopped, officers)
    rules.check(ballot, voting.poll, line, standing, at)
    assert number is not None, "checked: it is on one of the meeting's resolutions"
    key = ballot_key(number, roll_number, ballot.sequence)
    kind = records.kind("ballot", ballot.version)
    return preparing.prepare_checked(kind, key, ballot.record, ballot.document)


def _keys(
    conn: Connection, voting: Voting, before: Before, fresh: Collection[Ballot], at: int
) -> Keys:
    """Keys as they are now that the log is held: a stop that was waited for must be seen."""
    officers: Sequence[OfficerKey] = ()
    if any(ballot.assisted for ballot in fresh):
        officers = people.officer_keys(conn, voting.society, at)
    return polling.stopped(conn, before), {
        key.public_key: Officer(str(key.account_id), key.role)
        for key in officers
        if key.revoked_at is None
    }
