"""The ballots of a meeting, each judged in the order of the log by the rules of the notice.

Version 1: a ballot that breaks a rule is wrong, because nothing said what was left out. Version 2:
it is left out, and the results must list it with the same reason (`outcome`).
"""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

from audit.verify import polling_v1
from audit.verify.assembly import Meeting, poll_of
from audit.verify.chain import Chain
from audit.verify.openings import Opened, many
from audit.verify.report import Report
from audit.verify.timeline import named
from trust.formats import canon
from trust.formats.entries import Entry
from trust.formats.errors import NotCheckedError
from voting.pure.ballot import Officer
from voting.pure.errors import NOT_OPEN, NotAnOfficerError
from voting.pure.replay import Event, Judged, Keys, KeysByLog, gather, judge

KINDS = ("ballot", "roll-change")


def check_ballots(chain: Chain, opened: Opened, meeting: Meeting, report: Report) -> None:
    """Every ballot; of version 2 up to the first result: what follows it is no vote of any kind."""
    events = _events(chain, opened)
    if meeting.version > 1 and meeting.results:
        events = [event for event in events if event.index < min(meeting.results)]
    closed = {one.index for one in events if one.kind == "ballot" and one.record is None}
    if meeting.notice is None or meeting.roll is None:
        if len(closed) < sum(one.kind == "ballot" for one in events):
            report["ballots"].wrong("There is a ballot without a notice or without a roll.")
        meeting.hidden = len(closed)
    elif meeting.version == 1:
        meeting.hidden = len(closed)
        polling_v1.by_time(chain, meeting, events, report)
    else:
        meeting.hidden = len(closed - _left_out(meeting, NOT_OPEN))
        _by_log(chain, meeting, events, report)
    if meeting.hidden:
        report["ballots"].leave(f"{many(meeting.hidden, 'ballot')} not open here.")


def _events(chain: Chain, opened: Opened) -> list[Event]:
    return [
        Event(index, entry.time, entry.kind, opened.records.get(index))
        for index, entry in enumerate(chain.parsed)
        if isinstance(entry, Entry) and entry.kind in KINDS
    ]


def _left_out(meeting: Meeting, reason: str) -> set[int]:
    """Indexes of ballots that the results leave out for this reason."""
    said: set[int] = set()
    for record in meeting.results.values():
        listed = record.get("left_out", [])
        assert isinstance(listed, list)
        for one in listed:
            if isinstance(one, dict) and one["reason"] == reason:
                assert isinstance(one["index"], int)
                said.add(one["index"])
    return said


def _by_log(chain: Chain, meeting: Meeting, events: Sequence[Event], report: Report) -> None:
    """What stands before a ballot in this log decides."""
    keys, known = _keys_by_log(meeting, events)
    poll = poll_of(chain, meeting)
    judged = list(judge(poll, meeting.lines, keys, events))
    found = gather(poll, judged)
    meeting.accepted, meeting.left_out = found.accepted, found.left_out
    closed = 0
    for one in judged:
        if one.reason is None:
            polling_v1.seen(chain, one, meeting, report["ballots"])
        elif one.fault is not None:
            report["ballots"].note(
                f"A ballot does not count ({one.reason}): {one.fault}",
                member=f"openings/{one.index}.json",
                entry=chain.ref(one.index),
            )
        else:
            closed += 1
    meeting.lost = closed - meeting.hidden
    if meeting.lost:
        report["ballots"].leave(
            f"{many(meeting.lost, 'ballot')} left out because what was stored does not open the "
            "entry; not open here either, so not checked. Nobody can tell from this package that "
            "they were not good."
        )
    _say_keys(meeting, judged, known, events, report)


def _keys_by_log(meeting: Meeting, events: Sequence[Event]) -> tuple[Keys, bool]:
    """Officers' keys at the drawing by the society's logs; False if these cannot tell them.

    Then a ballot's officers are as it claims, unless the results say that they are none.
    """
    timeline, roll = meeting.timeline, meeting.roll
    assert roll is not None
    bound: dict[bytes, Officer] = {}
    ended: set[bytes] = set()
    if timeline is not None:
        with suppress(NotCheckedError):
            bound, ended = timeline.officers(timeline.place(*named(roll)))
            if timeline.whole:
                return KeysByLog(bound, ended=ended), True
    strangers = _left_out(meeting, NotAnOfficerError.default_code)
    denied = {
        sha256(canon.canonical(one.record)).hexdigest()
        for one in events
        if one.index in strangers and one.record is not None
    }
    return KeysByLog(bound, claimed=True, ended=ended, denied=denied), False


def _say_keys(
    meeting: Meeting, judged: Sequence[Judged], known: bool, events: Sequence[Event], report: Report
) -> None:
    strangers = sum(one.reason == NotAnOfficerError.default_code for one in judged)
    if strangers and not known:
        report["assisted"].skip(
            f"{many(strangers, 'ballot')} left out because a signer is no officer; that stands in "
            "the society's logs: give the packages of all its years with --society."
        )
    counted = [one.ballot for one in judged if one.ballot is not None and one.reason is None]
    assisted = sum(ballot.assisted for ballot in counted)
    report["stopped"].ok(len(counted) - assisted)
    hidden = sum(1 for one in events if one.kind == "roll-change" and one.record is None)
    meeting.unseen = hidden
    if hidden:
        report["stopped"].leave(
            f"{many(hidden, 'change of a key', 'changes of keys')} not open here; a key that one "
            "of them stops, or binds to an officer, is not known."
        )
    if assisted and known:
        report["assisted"].ok(assisted)
    elif assisted:
        report["assisted"].skip(
            f"Ballots entered by two officers: {assisted}. Their signatures are right; that the "
            "keys were officers' keys when the roll was drawn stands in the society's logs: give "
            "the packages of all its years with --society."
        )
