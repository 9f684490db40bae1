"""Closing a meeting: count, decide by the rules the notice was given under, seal the results."""

from sqlalchemy import Connection

from trust.formats import times
from trust.formats.canon import Json
from trust.log import sealed
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Actor
from voting import books, queries, recount, rulebook
from voting.errors import NoRollError, TooEarlyError
from voting.meetings import CONVENERS
from voting.model import Meeting, Resolution, Result
from voting.pure import count
from voting.pure.count import Tally
from voting.pure.replay import Replayed
from voting.pure.rules import RuleBook, RuleSet


def close_meeting(
    conn: Connection, actor: Actor, meeting_id: str, *, now: int, rules: RuleBook | None = None
) -> list[Result]:
    """Count, decide by the rules of the notice, and seal one result for each resolution.

    Closing twice returns the stored results. Raises TooEarlyError before the closing time,
    NoRollError when no roll was drawn, NoRuleError when the rule file of the notice is gone,
    CountError when the roll is not the one that was sealed. A ballot that does not count is left
    out and listed; in a meeting of version 1 it raises CountError or AlteredError instead.
    """
    meeting = queries.locked(conn, meeting_id)
    actor.require(CONVENERS, people.need_society(conn, meeting.society))
    if meeting.closed_at is not None:
        return queries.results(conn, meeting_id)
    closes = times.parse_time(recount.sealed_notice(conn, meeting)["closes"])
    if meeting.moment(now) < closes:
        raise TooEarlyError(closes=times.Deadline(closes))
    if meeting.roll_root is None:
        raise NoRollError
    rule_set = (rules or rulebook.standard()).pinned(meeting.rules)
    told = _told(conn, meeting, now) if meeting.version > 1 else None
    now = logs.hold(conn, meeting.origin, now=now).time
    found = recount.from_log(conn, meeting)
    if told is not None:
        told |= {"opened": _opened(conn, meeting), "left_out": found.listed()}
    outcome = [
        (item.number, _result(meeting, rule_set, item, found, told, now))
        for item in meeting.resolutions
    ]
    _seal(conn, meeting, outcome, now)
    return queries.results(conn, meeting_id)


def _told(conn: Connection, meeting: Meeting, now: int) -> dict[str, Json]:
    """What a result of version 2 says of the society's book log; locks it before the meeting's."""
    book = people_service.book_position(conn, meeting.society, now=now)
    notice = recount.sealed_notice(conn, meeting)
    since = books.since(conn, meeting.society, books.head_of(notice), book)
    return books.named(book) | {
        "from_opening": recount.sealed_roll(conn, meeting)["from_opening"],
        "admissions": since.admissions,
        "ended": since.ended,
        "reissues": since.reissues,
        "stops": since.stops,
    }


def _opened(conn: Connection, meeting: Meeting) -> int:
    return sum(1 for _ in sealed.events(conn, meeting.origin, ("assistance",)))


def _result(
    meeting: Meeting,
    rules: RuleSet,
    resolution: Resolution,
    found: Replayed,
    told: dict[str, Json] | None,
    now: int,
) -> dict[str, Json]:
    counts = count.tally(found.accepted[resolution.digest])
    record = _counted(meeting, rules, resolution, counts, found.present, now)
    if told is not None:
        record |= told | {"assisted": counts.assisted}
    return record


def _counted(
    meeting: Meeting, rules: RuleSet, resolution: Resolution, counts: Tally, present: int, now: int
) -> dict[str, Json]:
    """What a result of every version says."""
    outcome = count.decide(
        rules, resolution.majority, resolution.quorum, counts, meeting.roll_count or 0, present
    )
    return {
        "kind": "result",
        "v": meeting.version,
        "meeting": meeting.origin,
        "resolution": resolution.digest,
        "held_on": meeting.held_on.isoformat(),
        "closed": times.format_time(now),
        "notice_days_given": count.notice_days(
            count.ist_date(meeting.notice_given), count.ist_date(meeting.opens), rules.notice
        ),
        "notice_days_required": rules.notice.days,
        "members": outcome.members,
        "quorum": outcome.quorum,
        "present": outcome.present,
        "voted": outcome.voted,
        "for": counts.yes,
        "against": counts.no,
        "abstained": counts.abstain,
        "accepted": counts.accepted,
        "superseded": counts.superseded,
        "quorate": outcome.quorate,
        "carried": outcome.carried,
        "rules": rules.pin,
    }


def _seal(
    conn: Connection, meeting: Meeting, outcome: list[tuple[int, dict[str, Json]]], now: int
) -> None:
    entries = [NewEntry("result", record, f"result {number}") for number, record in outcome]
    logs.append(conn, meeting.origin, entries, now=now)
