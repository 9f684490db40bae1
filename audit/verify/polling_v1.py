"""The ballots of a meeting of version 1: keys by the society's log and the second.

Each open ballot is right or wrong. What version 2 refuses, and version 1 took, is noted.
"""

from collections.abc import Sequence

from audit.verify.assembly import Meeting, Officers, poll_of
from audit.verify.chain import Chain
from audit.verify.openings import many
from audit.verify.report import Check, Report
from trust.formats import times
from voting.pure.ballot import Ballot, Officer
from voting.pure.replay import Event, Judged, KeysByTime, claims, judge


def seen(chain: Chain, one: Judged, meeting: Meeting, check: Check) -> None:
    """A ballot that counts."""
    if meeting.lines is None:
        check.skip(
            "The signer was not compared with the roll, which is not here.",
            entry=chain.ref(one.index),
        )
    else:
        check.ok()


def by_time(chain: Chain, meeting: Meeting, events: Sequence[Event], report: Report) -> None:
    """Keys by the society's log and the second; each open ballot is right or wrong."""
    assisted = unknown = own = last = 0
    gaps: list[int] = []
    sequences: dict[tuple[int, str], int] = {}
    keys = KeysByTime(lambda ballot, at: _officers(ballot, meeting, at))
    ballots = [one for one in events if one.record is not None]
    for one in judge(poll_of(chain, meeting), meeting.lines, keys, ballots):
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
    seen(chain, one, meeting, report["ballots"])
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
