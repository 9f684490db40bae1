"""Reads of voting. No choice can be read here before the meeting is closed, except a
voter's own ballots by their roll number (`ballots_of`), which the caller must entitle."""

from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Connection, Row, ScalarSelect, and_, case, distinct, func, select

from trust.formats import b64, canon, origins, times
from trust.formats.canon import Json
from trust.formats.commitments import commit_public
from trust.log import queries as log_queries
from trust.log import sealed
from voting import books
from voting import tables as t
from voting.errors import (
    NoRollError,
    NoSuchMeetingError,
    NoSuchResolutionError,
    ResultAlteredError,
    TextAlteredError,
)
from voting.model import (
    Besides,
    GivenUp,
    Meeting,
    Opening,
    Resolution,
    Result,
    Since,
    StoredBallot,
    Told,
    Turnout,
)
from voting.pure.roll import RollLine, parse_line


def meetings(conn: Connection, society: str) -> list[Meeting]:
    """The society's meetings, the latest first."""
    query = select(t.meeting).where(t.meeting.c.society == society)
    rows = conn.execute(query.order_by(t.meeting.c.opens.desc(), t.meeting.c.id)).all()
    return [_meeting(conn, row) for row in rows]


def meeting(conn: Connection, meeting_id: str) -> Meeting:
    """One meeting; raises NoSuchMeetingError."""
    row = conn.execute(select(t.meeting).where(t.meeting.c.id == meeting_id)).first()
    if row is None:
        raise NoSuchMeetingError(meeting=meeting_id)
    return _meeting(conn, row)


def given_up(conn: Connection, meeting_id: str) -> GivenUp | None:
    """What became of a meeting whose log was given up; None for one that was not."""
    said = sealed.abandonment(conn, meeting(conn, meeting_id).origin)
    if said is None:
        return None
    at, record = said[0], cast(dict[str, Any], said[1])
    again = str(origins.parse_origin(record["successor"]).subject)
    there = select(t.meeting.c.id).where(t.meeting.c.id == again)
    called = conn.execute(there).first() is not None
    return GivenUp(at, record["size"], record["kept"], record["reason"], again, called)


def to_call_again(conn: Connection, society: str) -> list[str]:
    """Ids of the society's meetings that were given up and not called again yet."""
    query = select(t.meeting.c.id).where(t.meeting.c.society == society).order_by(t.meeting.c.id)
    found = ((name, given_up(conn, name)) for name in conn.execute(query).scalars().all())
    return [name for name, lost in found if lost is not None and not lost.called]


def locked(conn: Connection, meeting_id: str) -> Meeting:
    """The meeting, its row held until the end of the transaction, against a ballot in flight."""
    conn.execute(select(t.meeting.c.id).where(t.meeting.c.id == meeting_id).with_for_update())
    return meeting(conn, meeting_id)


def turnout(conn: Connection, meeting_id: str) -> Turnout:
    """How many of the roll have voted so far. No choice is told before the close."""
    found = meeting(conn, meeting_id)
    b = t.meeting_ballot.c
    counted = func.count(distinct(b.roll_number))
    present = conn.execute(select(counted).where(b.log_id == _log(meeting_id))).scalar_one()
    assisted = conn.execute(
        select(counted).where(b.log_id == _log(meeting_id), b.assisted)
    ).scalar_one()
    return Turnout(found.roll_count or 0, int(present), int(assisted))


def votes(conn: Connection, meeting_id: str) -> dict[int, Turnout]:
    """Turnout on each resolution by its number: of the ballots that stand, those assisted."""
    b = t.meeting_ballot
    last = (
        select(b.c.number, b.c.roll_number, func.max(b.c.sequence).label("sequence"))
        .where(b.c.log_id == _log(meeting_id))
        .group_by(b.c.number, b.c.roll_number)
        .subquery()
    )
    same = [b.c[name] == last.c[name] for name in ("number", "roll_number", "sequence")]
    query = (
        select(b.c.number, func.count(), func.sum(case((b.c.assisted, 1), else_=0)))
        .join(last, and_(*same))
        .where(b.c.log_id == _log(meeting_id))
        .group_by(b.c.number)
    )
    found = meeting(conn, meeting_id)
    none = Turnout(found.roll_count or 0, 0, 0)
    cast = {n: Turnout(none.members, int(v), int(a)) for n, v, a in conn.execute(query)}
    return {item.number: cast.get(item.number, none) for item in found.resolutions}


def openings(conn: Connection, meeting_id: str, roll_number: int | None = None) -> list[Opening]:
    """Each time that officers opened an assisted ballot, of one number or of all, oldest first."""
    table = t.meeting_assistance
    query = select(table).where(table.c.log_id == _log(meeting_id)).order_by(table.c.idx)
    if roll_number is not None:
        query = query.where(table.c.roll_number == roll_number)
    return [Opening(row.number, row.roll_number, row.idx, row.at) for row in conn.execute(query)]


def since_notice(conn: Connection, found: Meeting, now: int) -> Since | None:
    """What was done to register and keys since the notice, until now or until the result; None for
    a meeting of version 1, whose notice does not say where the book log stood."""
    if found.version == 1:
        return None
    if found.closed_at is not None:
        told = results(conn, found.id)[0].told
        assert told is not None
        return told.since
    notice = sealed.record(conn, found.origin, 0, "meeting")
    here = books.now_at(conn, found.society, now)
    return books.since(conn, found.society, books.head_of(notice), here)


def besides_notice(conn: Connection, found: Meeting, now: int) -> Besides | None:
    """What was done besides `since_notice` that can move a vote, over the same stretch of the book
    log; None for a meeting of version 1."""
    if found.version == 1:
        return None
    here = books.now_at(conn, found.society, now)
    if found.closed_at is not None:
        here = books.head_of(canon.parse(results(conn, found.id)[0].document))
    notice = sealed.record(conn, found.origin, 0, "meeting")
    return books.besides(conn, found.society, books.head_of(notice), here)


def results(conn: Connection, meeting_id: str) -> list[Result]:
    """The sealed results in the order of the agenda; empty before the meeting is closed."""
    found = meeting(conn, meeting_id)
    rows = conn.execute(
        select(t.meeting_result)
        .where(t.meeting_result.c.log_id == _log(meeting_id))
        .order_by(t.meeting_result.c.number)
    ).all()
    by_number = {resolution.number: resolution for resolution in found.resolutions}
    return [_result(conn, found.origin, by_number[row.number], row) for row in rows]


def roll_line(conn: Connection, meeting_id: str, member_id: int) -> RollLine | None:
    """The member's line on the meeting's roll, or None if they are not on it."""
    found = roll_place(conn, meeting_id, member_id)
    return None if found is None else found[0]


def roll_place(
    conn: Connection, meeting_id: str, member_id: int
) -> tuple[RollLine, int | None] | None:
    """The member's line and the row id of its key; None if they are not on the roll."""
    r = t.meeting_roll.c
    query = select(r.line, r.key_id).where(r.meeting_id == meeting_id, r.member_id == member_id)
    row = conn.execute(query).first()
    return None if row is None else (parse_line(bytes(row.line)), row.key_id)


def roll_documents(conn: Connection, meeting_id: str) -> list[bytes]:
    """The canonical roll lines in roll number order, for the meeting package."""
    r = t.meeting_roll.c
    query = select(r.line).where(r.meeting_id == meeting_id).order_by(r.roll_number)
    return [bytes(row.line) for row in conn.execute(query)]


def roll_opening(conn: Connection, meeting_id: str, member_id: int) -> tuple[int, bytes] | None:
    """Roll number and salt with which the member opens the commitment in their own line."""
    r = t.meeting_roll.c
    query = select(r.roll_number, r.salt).where(
        r.meeting_id == meeting_id, r.member_id == member_id
    )
    row = conn.execute(query).first()
    return None if row is None else (row.roll_number, bytes(row.salt))


def has_ballots(conn: Connection, meeting_id: str) -> bool:
    """Whether any ballot was accepted."""
    b = t.meeting_ballot.c
    query = select(b.idx).where(b.log_id == _log(meeting_id)).limit(1)
    return conn.execute(query).first() is not None


def ballots(conn: Connection, meeting_id: str) -> list[StoredBallot]:
    """Every accepted ballot in the order of the log; each opens with `trust.log` by its index."""
    b = t.meeting_ballot.c
    query = select(t.meeting_ballot).where(b.log_id == _log(meeting_id)).order_by(b.idx)
    return [_ballot(row) for row in conn.execute(query)]


def ballots_of(conn: Connection, meeting_id: str, roll_number: int) -> list[StoredBallot]:
    """One voter's accepted ballots in the order of the log, superseded ones included."""
    b = t.meeting_ballot.c
    query = (
        select(t.meeting_ballot)
        .where(b.log_id == _log(meeting_id), b.roll_number == roll_number)
        .order_by(b.idx)
    )
    return [_ballot(row) for row in conn.execute(query)]


def next_sequence(conn: Connection, meeting_id: str, number: int, roll_number: int) -> int:
    """The sequence a voter's next ballot on resolution `number` should carry."""
    b = t.meeting_ballot.c
    query = select(func.max(b.sequence)).where(
        b.log_id == _log(meeting_id), b.number == number, b.roll_number == roll_number
    )
    return int(conn.execute(query).scalar() or 0) + 1


def ballot_to_sign(
    conn: Connection,
    meeting_id: str,
    number: int,
    roll_number: int,
    choice: str,
    *,
    assisted: bool = False,
) -> dict[str, Json]:
    """The ballot record a voter (or two officers) must sign, without its signatures.

    Raises NoRollError before the roll is drawn, NoSuchMeetingError for an unknown resolution.
    """
    found = meeting(conn, meeting_id)
    if found.roll_root is None:
        raise NoRollError
    digests = [item.digest for item in found.resolutions if item.number == number]
    if not digests:
        raise NoSuchResolutionError(number=number)
    return {
        "kind": "ballot",
        "v": found.version,
        "meeting": found.origin,
        "resolution": digests[0],
        "roll_root": b64.encode(found.roll_root),
        "roll_number": roll_number,
        "choice": choice,
        "sequence": next_sequence(conn, meeting_id, number, roll_number),
        "assisted": assisted,
    }


def _log(meeting_id: str) -> ScalarSelect[int]:
    """The log that all rows of a meeting name."""
    return select(t.meeting.c.log_id).where(t.meeting.c.id == meeting_id).scalar_subquery()


def _meeting(conn: Connection, row: Row[Any]) -> Meeting:
    query = select(t.meeting_resolution).where(t.meeting_resolution.c.log_id == row.log_id)
    listed = tuple(
        _resolution(row.origin, r)
        for r in conn.execute(query.order_by(t.meeting_resolution.c.number))
    )
    return Meeting(
        id=row.id,
        society=row.society,
        origin=row.origin,
        type=row.type,
        title_en=row.title_en,
        title_ml=row.title_ml,
        held_on=row.held_on,
        notice_given=row.notice_given,
        opens=row.opens,
        closes=row.closes,
        rules=row.rules,
        version=row.version,
        roll_root=None if row.roll_root is None else bytes(row.roll_root),
        roll_count=row.roll_count,
        roll_with_key=row.roll_with_key,
        roll_from_opening=row.roll_from_opening,
        cut_off=row.cut_off,
        closed_at=row.closed_at,
        resolutions=listed,
        told=log_queries.last_time(conn, row.origin),
    )


def _resolution(origin: str, row: Row[Any]) -> Resolution:
    """A resolution whose text is the one that ballots name by its digest.

    A member votes on what the page shows; a text changed in the database must not be shown.
    """
    found = Resolution(row.number, row.digest, row.text_en, row.text_ml, row.majority, row.quorum)
    if commit_public(canon.canonical(found.record(origin))).hex() != row.digest:
        raise TextAlteredError(number=row.number, origin=origin)
    return found


def _result(conn: Connection, origin: str, resolution: Resolution, row: Row[Any]) -> Result:
    """A result as it stands in the meeting's log, which the row only points at."""
    document = sealed.document(conn, origin, row.idx, "result")
    record = cast(dict[str, Any], canon.parse(document))
    if record["resolution"] != resolution.digest:
        raise ResultAlteredError(index=row.idx, origin=origin, number=resolution.number)
    return Result(
        resolution=resolution,
        document=document,
        digest=sha256(document).hexdigest(),
        index=row.idx,
        held_on=times.parse_date(record["held_on"]),
        closed=times.parse_time(record["closed"]),
        notice_days_given=record["notice_days_given"],
        notice_days_required=record["notice_days_required"],
        members=record["members"],
        quorum=record["quorum"],
        present=record["present"],
        voted=record["voted"],
        votes_for=record["for"],
        against=record["against"],
        abstained=record["abstained"],
        accepted=record["accepted"],
        superseded=record["superseded"],
        quorate=record["quorate"],
        carried=record["carried"],
        rules=record["rules"],
        told=_told(record) if record["v"] > 1 else None,
    )


def _told(record: dict[str, Any]) -> Told:
    counts = (record[name] for name in ("admissions", "ended", "reissues", "stops"))
    left_out = tuple((item["index"], item["reason"]) for item in record["left_out"])
    return Told(
        Since(*counts), record["from_opening"], record["assisted"], record["opened"], left_out
    )


def _ballot(row: Row[Any]) -> StoredBallot:
    return StoredBallot(
        row.number, row.roll_number, row.sequence, row.choice, row.assisted, row.idx, row.at
    )
