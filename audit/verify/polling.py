"""The ballots of a meeting, each judged in the order of the log by the rules of the notice.

Version 1: a ballot that breaks a rule is wrong, because nothing said what was left out. Version 2:
it is left out, and the results must list it with the same reason (`outcome`).
"""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

from audit.verify.assembly import Meeting, Officers
from audit.verify.chain import Chain
from audit.verify.openings import Opened, many
from audit.verify.report import Check, Report
from audit.verify.timeline import named
from trust.formats import b64, canon, times
from trust.formats.entries import Entry
from trust.formats.errors import NotCheckedError
from voting.pure.ballot import Ballot, Officer, Poll
from voting.pure.errors import NOT_OPEN, NotAnOfficerError
from voting.pure.replay import Event, Judged, Keys, KeysByLog, KeysByTime, claims, gather, judge

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
        _by_time(chain, meeting, events, report)
    else:
        meeting.hidden = len(closed - _left_out(meeting, NOT_OPEN))
        _by_log(chain, meeting, events, report)
    if meeting.hidden:
        report["ballots"].skip(f"{many(meeting.hidden, 'ballot')} not open here.")


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


def _poll(chain: Chain, meeting: Meeting) -> Poll:
    assert meeting.notice is not None and meeting.roll is not None
    return Poll(
        chain.origin,
        b64.decode(str(meeting.roll["root"])),
        meeting.time("opens"),
        meeting.time("closes"),
        frozenset(meeting.resolutions),
        meeting.version,
    )


def _seen(chain: Chain, one: Judged, meeting: Meeting, check: Check) -> None:
    """A ballot that counts."""
    if meeting.lines is None:
        check.skip(
            "The signer was not compared with the roll, which is not here.",
            entry=chain.ref(one.index),
        )
    else:
        check.ok()


# ---- version 2


def _by_log(chain: Chain, meeting: Meeting, events: Sequence[Event], report: Report) -> None:
    """What stands before a ballot in this log decides."""
    keys, known = _keys_by_log(meeting, events)
    poll = _poll(chain, meeting)
    judged = list(judge(poll, meeting.lines, keys, events))
    found = gather(poll, judged)
    meeting.accepted, meeting.left_out = found.accepted, found.left_out
    closed = 0
    for one in judged:
        if one.reason is None:
            _seen(chain, one, meeting, report["ballots"])
        elif one.fault is not None:
            report["ballots"].note(
                f"A ballot does not count ({one.reason}): {one.fault}",
                member=f"openings/{one.index}.json",
                entry=chain.ref(one.index),
            )
        else:
            closed += 1
    if listed := closed - meeting.hidden:
        report["ballots"].skip(
            f"{many(listed, 'ballot')} left out because what was stored does not open the entry; "
            "not open here either, so not checked."
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
    meeting: Meeting,
    judged: Sequence[Judged],
    known: bool,
    events: Sequence[Event],
    report: Report,
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
        report["stopped"].skip(
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


# ---- version 1


def _by_time(chain: Chain, meeting: Meeting, events: Sequence[Event], report: Report) -> None:
    """Keys by the society's log and the second; each open ballot is right or wrong."""
    assisted = unknown = own = last = 0
    gaps: list[int] = []
    sequences: dict[tuple[int, str], int] = {}
    keys = KeysByTime(lambda ballot, at: _officers(ballot, meeting, at))
    ballots = [one for one in events if one.record is not None]
    for one in judge(_poll(chain, meeting), meeting.lines, keys, ballots):
        if not _counts(chain, one, meeting, report):
            meeting.refused += 1
            continue
        assert one.ballot is not None
        parsed = one.ballot
        own += not parsed.assisted
        last = max(last, one.time)
        assisted += parsed.assisted
        if meeting.officers is not None and parsed.assisted:
            unknown += any(not meeting.officers.knows(key) for key in parsed.listed_keys)
        place = (parsed.roll_number, parsed.resolution)
        if parsed.sequence != sequences.get(place, 0) + 1:
            gaps.append(one.index)
        sequences[place] = parsed.sequence
        meeting.accepted.setdefault(parsed.resolution, []).append(one.counted)
    _say_gaps(chain, gaps, report["ballots"])
    _say_stopped(meeting.officers, own, last, report["stopped"])
    _say_assisted(meeting, assisted, unknown, report["assisted"])


def _counts(chain: Chain, one: Judged, meeting: Meeting, report: Report) -> bool:
    """Whether a ballot counts; if not, it is said why."""
    where = chain.ref(one.index)
    if one.fault is not None:
        name = f"openings/{one.index}.json"
        report["ballots"].wrong(f"{where}: {one.fault}", member=name, entry=where)
        return False
    assert one.ballot is not None
    _seen(chain, one, meeting, report["ballots"])
    return not _is_stopped(chain, one, one.ballot, meeting, report["stopped"])


def _is_stopped(chain: Chain, one: Judged, parsed: Ballot, meeting: Meeting, check: Check) -> bool:
    """Whether a member's own ballot came later than the stopping of the key it is signed with."""
    line = (meeting.lines or {}).get(parsed.roll_number)
    if parsed.assisted or meeting.officers is None or line is None or line.key is None:
        return False
    since = meeting.officers.stopped.get(line.key)
    if since is None or one.time <= since:
        return False
    check.wrong(
        f"A ballot is signed by a key that was stopped at {times.Moment(since)}, before it "
        "was cast; it must not count.",
        member=f"openings/{one.index}.json",
        entry=chain.ref(one.index),
    )
    return True


def _say_gaps(chain: Chain, gaps: Sequence[int], check: Check) -> None:
    if gaps:
        check.note(
            f"Ballots whose sequence is not the next one of their number: {len(gaps)}. A meeting "
            "called today would not count them: with a great sequence an earlier ballot could shut "
            "out the member's own.",
            entry=chain.ref(gaps[0]),
        )


def _say_stopped(known: Officers | None, own: int, last: int, check: Check) -> None:
    """What the society's packages can say of stopped keys, and what not."""
    if own and known is None:
        check.skip(
            "Whether a key was stopped before its ballot stands in the society's log: give its "
            "packages with --society."
        )
    if not own or known is None:
        return
    check.ok(own)
    if known.unopened:
        check.skip(
            f"{many(known.unopened, 'enrolment')} not open in the society's package; a key that "
            "one of them stops is not known."
        )
    if not known.whole:
        check.skip("Keys stopped in an earlier log year of the society are not known.")
    if known.until < last:
        check.skip(
            "The society's package ends before the last ballot; a key stopped between is not known."
        )


def _say_assisted(meeting: Meeting, assisted: int, unknown: int, check: Check) -> None:
    if unknown:
        check.skip(
            f"Ballots entered by officers whose keys were bound in an earlier log year: {unknown}."
        )
    if assisted and meeting.officers is not None:
        check.ok(assisted - unknown)
    elif assisted:
        check.skip(
            f"Ballots entered by two officers: {assisted}. Their signatures are right; that the "
            "keys are officers' keys stands in the society's log: give its package with --society."
        )


def _officers(parsed: Ballot, meeting: Meeting, when: int) -> dict[bytes, Officer]:
    """The officers bound at a time; those of whom nothing here can tell, as they claim."""
    if meeting.officers is None:
        return claims(parsed)
    unknown = {k: v for k, v in claims(parsed).items() if not meeting.officers.knows(k)}
    return meeting.officers.at(when) | unknown
