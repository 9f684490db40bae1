"""Calling a meeting: the notice with its resolutions, the first entries of the meeting's log.

Everything decided is sealed in the meeting's own log: `meeting` (the notice), one `resolution` for
each; `drawing` adds the `roll` before voting opens, `closing` one `result` for each.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, select

from trust.formats import origins, records, times
from trust.formats.canon import Json, normalise_text
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry, Position
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Actor, Role
from voting import books, queries, rulebook
from voting import errors as e
from voting import tables as t
from voting.model import NewResolution
from voting.pure import count, notice
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
    """Give notice of a meeting now; its log begins with the notice. Returns the meeting's id.

    `kind` is a meeting type of a rule file; `opens` and `closes` are UTC seconds; `again` is the id
    of a meeting of the society that was given up and is called again hereby. Raises NoRuleError,
    NoticeTooShortError, MeetingTermsError, NotAllowedError.
    """
    actor.require(CONVENERS, people.need_society(conn, society))
    book = people_service.book_position(conn, society, now=now)
    # A clock that went back must not make a notice look older than what was sealed before it.
    now = max(now, log_queries.last_time(conn, book.origin))
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
    _seal_notice(conn, common, held_on, opens, closes, resolutions, book, now)
    return meeting_id


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
