"""Calling a meeting and drawing its roll: the officers' verbs before the vote.

Everything decided is sealed in the meeting's own log: `meeting` (the notice), one `resolution` for
each, `roll` before voting opens; `closing` adds one `result` for each.
"""

import os
import random
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, delete, insert, select, update

from trust.formats import b64, canon, origins, records, times
from trust.formats.canon import Json, normalise_text
from trust.formats.commitments import SALT, commit_public
from trust.log import queries as logs_read
from trust.log import service as logs
from trust.log.model import NewEntry, Position
from trust.people import queries as people
from trust.people import service as persons
from trust.people.model import Actor, Role, Voter
from voting import books, queries, rows, rulebook
from voting import errors as e
from voting import tables as t
from voting.model import Meeting, NewResolution
from voting.pure import count, notice, roll
from voting.pure.rules import RuleBook, RuleSet

CONVENERS: tuple[Role, ...] = ("secretary", "president", "returning-officer")
"""Who may call a meeting, draw its roll and close it."""

VERSION = records.newest("meeting").version
"""Of a new notice; a meeting ends under the version of its own (docs/adr/0009)."""

_SLUG_IN_ID = 50
"""Characters of a slug kept in a meeting's id, so that year and number fit in an origin."""


def call_meeting(
    conn: Connection,
    actor: Actor,
    society: str,
    title_en: str,
    title_ml: str,
    kind: str,
    held_on: date,
    opens: int,
    closes: int,
    resolutions: Sequence[NewResolution],
    *,
    now: int,
    rules: RuleBook | None = None,
    again: str | None = None,
) -> str:
    """Give notice of a meeting now; its log begins with the notice. Gives the meeting's id.

    `kind` is a meeting type of a rule file; `opens` and `closes` are UTC seconds; `again` is the id
    of a meeting of the society that was given up and is called again hereby. Raises NoRuleError,
    NoticeTooShortError, MeetingTermsError, NotAllowedError.
    """
    actor.require(CONVENERS, people.need_society(conn, society))
    rule_set = (rules or rulebook.standard()).applicable(society, kind, held_on)
    _check_texts(title_en, title_ml, resolutions)
    _check_times(held_on, opens, closes, now)
    _check_notice(rule_set, opens, now)
    for item in resolutions:
        rule_set.majority_of(item.majority)
        rule_set.quorum_of(item.quorum)
    meeting_id = _id_again(conn, society, again) if again else _free_id(conn, society, held_on)
    common = {
        "society": society,
        "origin": origins.meeting_origin(people.host(conn), meeting_id),
        "type": kind,
        "title_en": normalise_text(title_en.strip()),
        "title_ml": normalise_text(title_ml.strip()),
        "rules": rule_set.pin,
    }
    conn.execute(
        insert(t.meeting).values(
            id=meeting_id,
            **common,
            held_on=held_on,
            notice_given=now,
            opens=opens,
            closes=closes,
            version=VERSION,
            roll_version=0,
        )
    )
    book = persons.book_position(conn, society, now=now)
    _seal_notice(conn, meeting_id, common, held_on, opens, closes, resolutions, book, now)
    return meeting_id


def draw_roll(
    conn: Connection,
    actor: Actor,
    meeting_id: str,
    *,
    now: int,
    rules: RuleBook | None = None,
) -> Meeting:
    """Draw the roll from the register as it stands now (the cut-off) and seal its root.

    Only members with a vote by the rule file stand on it; numbers are drawn by lot. It may be
    drawn again until voting opens, each time sealed. Gives the meeting with its roll root.
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
    book = persons.book_position(conn, meeting.society, now=now)
    opening = people.register_opening(conn, meeting.society)
    if opening is None:
        raise e.RegisterNotSealedError
    persons.roll_drawn(conn, meeting.society, meeting.origin)
    return books.named(book) | {"opening": opening.sha256}


def _moment_of_drawing(conn: Connection, meeting: Meeting, now: int) -> int:
    """The cut-off: now, or the last time that a log of this meeting or its society has told.

    A clock that went back must not bring stopped keys back, nor a second roll after ballots.
    """
    book = people.book_origin(conn, meeting.society, now)
    at = max(meeting.moment(now), logs_read.last_time(conn, book))
    if at >= meeting.opens:
        raise e.RollFixedError(opens=times.Moment(meeting.opens))
    if queries.has_ballots(conn, meeting.id):
        raise e.BallotsCastError
    return at


def membership(voter: Voter) -> roll.Membership:
    """What of a member decides whether they have a vote: the days that count, not those stated."""
    m = voter.member
    return roll.Membership(m.number, m.class_, voter.joined, voter.share_paid_on, m.left_on)


def _check_texts(title_en: str, title_ml: str, resolutions: Sequence[NewResolution]) -> None:
    if not title_en.strip() or not title_ml.strip():
        raise e.TitleMissingError
    if not resolutions:
        raise e.NothingToVoteOnError
    if any(not item.text_en.strip() or not item.text_ml.strip() for item in resolutions):
        raise e.ResolutionTextError


def _check_times(held_on: date, opens: int, closes: int, now: int) -> None:
    if opens >= closes:
        raise e.VotingTimeError(opens=times.Moment(opens), closes=times.Deadline(closes))
    if notice.too_far_ahead(now, closes):
        raise e.TooFarAheadError(closes=times.Deadline(closes))
    first, last = notice.voting_days(opens, closes)
    if not first <= held_on <= last:
        raise e.MeetingDayError(first=first, last=last)


def _check_notice(rules: RuleSet, opens: int, now: int) -> None:
    given = count.notice_days(count.ist_date(now), count.ist_date(opens), rules.notice)
    if given < rules.notice.days:
        fault = e.ClearNoticeTooShortError if rules.notice.clear else e.NoticeTooShortError
        raise fault(days=rules.notice.days, given=given)


def _id_again(conn: Connection, society: str, again: str) -> str:
    """The id that the abandonment of a meeting names for the one in its place."""
    if again not in queries.to_call_again(conn, society):
        raise e.NotToBeCalledAgainError(meeting=again)
    lost = queries.given_up(conn, again)
    assert lost is not None
    return lost.again


def _free_id(conn: Connection, society: str, held_on: date) -> str:
    """ "<society>-<year>-<n>", the first that is free."""
    stem = f"{society[:_SLUG_IN_ID].rstrip('-')}-{held_on.year}-"
    query = select(t.meeting.c.id).where(t.meeting.c.id.startswith(stem, autoescape=True))
    taken = set(conn.execute(query).scalars())
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _seal_notice(
    conn: Connection,
    meeting_id: str,
    common: dict[str, str],
    held_on: date,
    opens: int,
    closes: int,
    resolutions: Sequence[NewResolution],
    book: Position,
    now: int,
) -> None:
    """The first entries of the meeting's log: the notice, then each resolution."""
    origin = common["origin"]
    notice: dict[str, Json] = {
        **common,
        **books.named(book),
        "kind": "meeting",
        "v": VERSION,
        "notice_given": times.format_time(now),
        "held_on": held_on.isoformat(),
        "opens": times.format_time(opens),
        "closes": times.format_time(closes),
    }
    listed = [_resolution(origin, n, item) for n, item in enumerate(resolutions, start=1)]
    _store_resolutions(conn, meeting_id, listed)
    logs.open_log(conn, origin, now=now)
    entries = [NewEntry("meeting", notice, "meeting")]
    entries += [NewEntry("resolution", r, f"resolution {r['number']}") for r in listed]
    logs.append(conn, origin, entries, now=now)


def _resolution(origin: str, number: int, item: NewResolution) -> dict[str, Json]:
    return {
        "kind": "resolution",
        "v": 1,
        "meeting": origin,
        "number": number,
        "text_en": normalise_text(item.text_en.strip()),
        "text_ml": normalise_text(item.text_ml.strip()),
        "majority": item.majority,
        "quorum": item.quorum,
    }


def _store_resolutions(conn: Connection, meeting_id: str, listed: list[dict[str, Json]]) -> None:
    columns = ("number", "text_en", "text_ml", "majority", "quorum")
    conn.execute(
        insert(t.meeting_resolution),
        [
            {name: record[name] for name in columns}
            | {
                "meeting_id": meeting_id,
                "digest": commit_public(canon.canonical(record)).hex(),
            }
            for record in listed
        ],
    )


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
    (version,) = conn.execute(
        select(t.meeting.c.roll_version + 1).where(t.meeting.c.id == meeting.id)
    ).one()
    drawn = rows.drawn_row(record, version)
    conn.execute(update(t.meeting).where(t.meeting.c.id == meeting.id).values(**drawn))
    logs.append(conn, meeting.origin, [NewEntry("roll", record, f"roll {root.hex()}")], now=now)
