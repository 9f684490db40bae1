"""Drawing the roll: who has a vote, under numbers drawn by lot, sealed before voting opens."""

import os
import random

from sqlalchemy import Connection, delete, insert

from trust.formats import b64, times
from trust.formats.canon import Json
from trust.formats.commitments import SALT
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Actor, Voter
from voting import books, queries, rulebook
from voting import errors as e
from voting import tables as t
from voting.meetings import CONVENERS
from voting.model import Meeting
from voting.pure import roll
from voting.pure.rules import RuleBook


def draw_roll(
    conn: Connection, actor: Actor, meeting_id: str, *, now: int, rules: RuleBook | None = None
) -> Meeting:
    """Draw the roll from the register as it stands now (the cut-off) and seal its root.

    Only members with a vote by the rule file stand on it; numbers are drawn by lot. It may be
    drawn again until voting opens, each time sealed. Returns the meeting with its roll root.
    Raises RollStateError once voting has opened by the clock or by the log, once a ballot is
    sealed, before the register is sealed (not in a meeting of version 1), or when nobody has a
    vote.
    """
    meeting = queries.locked(conn, meeting_id)
    actor.require(CONVENERS, people.need_society(conn, meeting.society))
    source = _source(conn, meeting, now) if meeting.version > 1 else None
    now = _moment_of_drawing(conn, meeting, now)
    rule = (rules or rulebook.standard()).pinned(meeting.rules).roll
    voters = [
        voter
        for voter in people.voters(conn, meeting.society)
        if roll.no_vote_because(rule, membership(voter), meeting.held_on) is None
    ]
    if not voters:
        raise e.NoVoterError
    random.SystemRandom().shuffle(voters)
    documents = _store_roll(conn, meeting, voters)
    _seal_roll(conn, meeting, documents, voters, source, now)
    return queries.meeting(conn, meeting_id)


def _source(conn: Connection, meeting: Meeting, now: int) -> dict[str, Json]:
    """Where the names of a roll of version 2 come from; locks the book log, so that no key changes
    between the drawing and the moment from which changes are told in the meeting's log."""
    book = people_service.book_position(conn, meeting.society, now=now)
    opening = people.register_opening(conn, meeting.society)
    if opening is None:
        raise e.RegisterNotSealedError
    return books.named(book) | {"opening": opening.sha256}


def _moment_of_drawing(conn: Connection, meeting: Meeting, now: int) -> int:
    """The cut-off: now, or the last time that a log of this meeting or its society has told.

    A clock that went back must not bring stopped keys back, nor a second roll after ballots.
    """
    book = people.book_origin(conn, meeting.society, now)
    at = max(meeting.moment(now), log_queries.last_time(conn, book))
    if at >= meeting.opens:
        raise e.RollFixedError(opens=times.Moment(meeting.opens))
    if queries.has_ballots(conn, meeting.id):
        raise e.BallotsCastError
    return at


def membership(voter: Voter) -> roll.Membership:
    """What of a member decides whether they have a vote: the days that count, not those stated."""
    m = voter.member
    return roll.Membership(m.number, m.class_, voter.joined, voter.share_paid_on, m.left_on)


def _store_roll(conn: Connection, meeting: Meeting, voters: list[Voter]) -> list[bytes]:
    conn.execute(delete(t.meeting_roll).where(t.meeting_roll.c.meeting_id == meeting.id))
    stored: list[dict[str, object]] = []
    documents: list[bytes] = []
    for number, voter in enumerate(voters, start=1):
        salt = os.urandom(SALT)
        line = roll.RollLine(
            number, roll.commit_member(salt, voter.member.number), voter.public_key, meeting.version
        )
        documents.append(line.document())
        stored.append(
            {
                "meeting_id": meeting.id,
                "roll_number": number,
                "member_id": voter.member.id,
                "key_id": voter.key_id,
                "line": documents[-1],
                "salt": salt,
            }
        )
    conn.execute(insert(t.meeting_roll), stored)
    return documents


def _seal_roll(
    conn: Connection,
    meeting: Meeting,
    documents: list[bytes],
    voters: list[Voter],
    source: dict[str, Json] | None,
    now: int,
) -> None:
    root = roll.root(documents)
    record: dict[str, Json] = {
        "kind": "roll",
        "v": meeting.version,
        "meeting": meeting.origin,
        "cut_off": times.format_time(now),
        "count": len(documents),
        "with_key": sum(voter.public_key is not None for voter in voters),
        "root": b64.encode(root),
    }
    if source is not None:
        record |= source | {"from_opening": sum(voter.from_opening for voter in voters)}
    logs.append(conn, meeting.origin, [NewEntry("roll", record, f"roll {root.hex()}")], now=now)
