"""Counting from the log: every sealed ballot is opened and judged again before it is counted.

The rows beside the log serve turnout and sequence while the vote is open. They decide nothing: at
the close the log is read entry by entry by the same function as a stranger with the meeting's
package runs (`voting.pure.replay`). In a meeting of version 2 a ballot that does not count is left
out, with its reason, and stops nothing. In one of version 1, whose result could not say so, it
stops the close and is named.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from trust.formats import b64, times
from trust.formats.canon import Json
from trust.log import sealed
from trust.people import queries as people
from voting import books, queries
from voting.errors import CountError, RollAlteredError
from voting.model import Meeting
from voting.pure import replay, roll
from voting.pure.ballot import Ballot, Officer, Poll
from voting.pure.replay import Event, Judged, Keys, KeysByLog, KeysByTime, Replayed
from voting.pure.roll import RollLine, parse_line

PRIVATE = ("ballot", "roll-change")
"""What the replay reads of a meeting's log."""


def from_log(conn: Connection, meeting: Meeting) -> Replayed:
    """The meeting's log replayed: what counts, and what is left out.

    Raises RollAlteredError for a roll that is not the one that was sealed; in version 1
    AlteredError for a payload that does not open its entry, CountError for a ballot that
    breaks the rules.
    """
    drawn = sealed_roll(conn, meeting)
    lines = _lines(conn, meeting, drawn)
    poll = _poll(conn, meeting, drawn)
    found = sealed.events(conn, meeting.origin, PRIVATE)
    events = (Event(one.index, one.time, one.kind, one.record) for one in found)
    judged = list(replay.judge(poll, lines, _keys(conn, meeting, drawn), events))
    if meeting.version == 1:
        _all_good(meeting, judged)
    return replay.gather(poll, judged)


def sealed_notice(conn: Connection, meeting: Meeting) -> dict[str, Any]:
    """The notice as it is sealed: a longer voting time in a row must make no late ballot count."""
    return dict(sealed.record(conn, meeting.origin, 0, "meeting"))


def _poll(conn: Connection, meeting: Meeting, drawn: Mapping[str, Json]) -> Poll:
    notice = sealed_notice(conn, meeting)
    return Poll(
        meeting.origin,
        b64.decode(str(drawn["root"])),
        times.parse_time(notice["opens"]),
        times.parse_time(notice["closes"]),
        frozenset(item.digest for item in meeting.resolutions),
        meeting.version,
    )


def sealed_roll(conn: Connection, meeting: Meeting) -> dict[str, Any]:
    """The roll that was drawn last, as it is sealed; raises RollAlteredError if there is none."""
    found = [one.record for one in sealed.events(conn, meeting.origin, ("roll",))]
    if not found or found[-1] is None:
        raise RollAlteredError
    return dict(found[-1])


def _keys(conn: Connection, meeting: Meeting, drawn: Mapping[str, Json]) -> Keys:
    if meeting.version == 1:
        return KeysByTime(lambda ballot, at: _officers(conn, meeting.society, ballot, at))
    officers = books.officer_keys(conn, meeting.society, books.head_of(drawn))
    return KeysByLog(officers.in_force, ended=officers.ended)


def _all_good(meeting: Meeting, judged: list[Judged]) -> None:
    for one in judged:
        if one.fault is not None:
            raise CountError(index=one.index, origin=meeting.origin, why=one.fault)
        if one.ballot is None:
            raise sealed.altered(meeting.origin, one.index)


def _lines(conn: Connection, meeting: Meeting, drawn: Mapping[str, Json]) -> dict[int, RollLine]:
    documents = queries.roll_documents(conn, meeting.id)
    if b64.encode(roll.root(documents)) != drawn["root"] or len(documents) != drawn["count"]:
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
