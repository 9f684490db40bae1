"""Closing a meeting: count, decide by the rules the notice was given under, seal the results."""

from sqlalchemy import Connection, insert, update

from trust.formats import canon, times
from trust.formats.canon import Json
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people import queries as people
from trust.people.model import Actor
from voting import queries, recount, rulebook
from voting import tables as t
from voting.errors import NoRollError, TooEarlyError
from voting.meetings import CONVENERS
from voting.model import Meeting, Resolution, Result
from voting.pure import count
from voting.pure.rules import RuleBook, RuleSet


def close_meeting(
    conn: Connection,
    actor: Actor,
    meeting_id: str,
    *,
    now: int,
    rules: RuleBook | None = None,
) -> list[Result]:
    """Count, decide by the rules of the notice, and seal one result for each resolution.

    Closing twice gives the stored results. Raises TooEarlyError before the closing time,
    NoRollError when no roll was drawn, NoRuleError when the rule file of the notice is gone,
    AlteredError or CountError when the sealed ballots do not stand up to being checked again.
    """
    meeting = queries.locked(conn, meeting_id)
    actor.require(CONVENERS, people.need_society(conn, meeting.society))
    if meeting.closed_at is not None:
        return queries.results(conn, meeting_id)
    now = meeting.moment(now)
    if now < meeting.closes:
        raise TooEarlyError(closes=times.Moment(meeting.closes))
    if meeting.roll_root is None:
        raise NoRollError
    rule_set = (rules or rulebook.standard()).pinned(meeting.rules)
    ballots = recount.from_log(conn, meeting)
    outcome = [_result(meeting, rule_set, item, ballots, now) for item in meeting.resolutions]
    sealed = logs.append(
        conn,
        meeting.origin,
        [NewEntry("result", record, f"result {number}") for number, record in outcome],
        now=now,
    )
    for (number, record), entry in zip(outcome, sealed, strict=True):
        conn.execute(
            insert(t.meeting_result).values(
                meeting_id=meeting_id,
                number=number,
                document=canon.canonical(record),
                entry_index=entry.index,
            )
        )
    conn.execute(update(t.meeting).where(t.meeting.c.id == meeting_id).values(closed_at=now))
    return queries.results(conn, meeting_id)


def _result(
    meeting: Meeting, rules: RuleSet, resolution: Resolution, ballots: recount.Count, now: int
) -> tuple[int, dict[str, Json]]:
    counts = count.tally(ballots[resolution.digest])
    present = len({ballot.roll_number for cast in ballots.values() for ballot in cast})
    outcome = count.decide(
        rules, resolution.majority, resolution.quorum, counts, meeting.roll_count or 0, present
    )
    record: dict[str, Json] = {
        "kind": "result",
        "v": 1,
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
    return resolution.number, record
