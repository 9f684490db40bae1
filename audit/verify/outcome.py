"""The end of a meeting: each result counted again, and nothing after the close."""

from dataclasses import replace

from audit.verify.assembly import Meeting, belongs, notice_days
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Record
from audit.verify.report import Check
from trust.formats import times
from trust.formats.entries import Entry
from trust.formats.errors import ProofError
from voting.pure import count
from voting.pure.rules import RuleSet


def check_results(chain: Chain, meeting: Meeting, check: Check) -> None:
    """One result for each resolution, equal to the count; hidden ballots leave it open."""
    done: set[str] = set()
    for index, record in meeting.results.items():
        with saying(check, entry=chain.ref(index)):
            belongs(chain, record)
            digest = str(record["resolution"])
            if digest not in meeting.resolutions:
                raise ProofError("A result names a resolution this meeting does not have.")
            if digest in done:
                raise ProofError("A resolution has two results.")
            done.add(digest)
            if meeting.notice is None or meeting.roll is None:
                raise ProofError("A result stands here without a notice or without a roll.")
            _check_alike(record, meeting)
            if meeting.hidden or meeting.unseen or meeting.refused or _no_roll(meeting):
                check.leave(
                    "A result was not counted again, because not every ballot is open and right "
                    "here, or the roll is not.",
                    entry=chain.ref(index),
                )
            else:
                _recount(chain, record, digest, meeting)
                _say_counted(record, digest, meeting, check)
    if not done:
        check.leave(_without_result(chain, meeting))
    elif missing := set(meeting.resolutions) - done:
        check.wrong(f"{len(missing)} resolutions have no result.")


ALIKE = ("left_out", "opened", "from_opening", "admissions", "ended", "reissues", "stops")
"""What is said of the whole meeting, and so is the same in each of its results."""


def _check_alike(record: Record, meeting: Meeting) -> None:
    first = meeting.results[min(meeting.results)]
    if meeting.version > 1 and (differs := [n for n in ALIKE if record[n] != first[n]]):
        raise ProofError(f"Two results of this meeting differ in {differs[0]}.")


def _no_roll(meeting: Meeting) -> bool:
    """Without the roll's lines it cannot be told which ballots are left out."""
    return meeting.version > 1 and meeting.lines is None


def _without_result(chain: Chain, meeting: Meeting) -> str:
    """Open, or overdue by what this log and the heads of the state log that are here show."""
    times_seen = [chain.time(index) for index in range(len(chain.parsed))]
    if meeting.notice is None or max(times_seen, default=0) < meeting.time("closes"):
        return (
            "The meeting is not closed: there is no result yet. By its notice voting closes at "
            f"{times.Moment(meeting.time('closes'))}; after that the result has to be sealed."
        )
    return "Voting was over when the last entry was sealed, but there is no result."


def _say_counted(record: Record, digest: str, meeting: Meeting, check: Check) -> None:
    if meeting.rules is None:
        check.leave(
            "The votes were counted again, but quorum and majority not decided again without the "
            "rule file of the notice."
        )
        return
    check.ok()
    if not meeting.lost:
        return
    number = meeting.resolutions[digest]["number"]
    could = _could_turn(record, digest, meeting, meeting.rules)
    said = "could change whether it is carried" if could else "are too few to change it"
    check.leave(f"Resolution {number}: the ballots that do not open ({meeting.lost}) {said}.")


def _could_turn(record: Record, digest: str, meeting: Meeting, rule_set: RuleSet) -> bool:
    """Whether so many unknown ballots, each of another member, could give another decision."""
    tally = count.tally(meeting.accepted.get(digest, []))
    lost, yes, no, abstain = meeting.lost, tally.yes, tally.no, tally.abstain
    most = replace(tally, yes=yes + lost, no=max(no - lost, 0), abstain=max(abstain - lost, 0))
    least = replace(tally, yes=max(yes - lost, 0), no=no + lost)
    present = _present(meeting)
    ends = (
        _carried(meeting, digest, rule_set, least, present),
        _carried(meeting, digest, rule_set, most, present + lost),
    )
    return any(end != record["carried"] for end in ends)


def _carried(
    meeting: Meeting, digest: str, rule_set: RuleSet, tally: count.Tally, present: int
) -> bool:
    assert meeting.roll is not None
    resolution, members = meeting.resolutions[digest], meeting.roll["count"]
    assert isinstance(members, int)
    majority, quorum = str(resolution["majority"]), str(resolution["quorum"])
    return count.decide(rule_set, majority, quorum, tally, members, present).carried


def _recount(chain: Chain, record: Record, digest: str, meeting: Meeting) -> None:
    want = _counted(meeting, digest)
    if meeting.version > 1:
        want |= _told(chain, meeting, digest)
        _check_left_out(record, meeting)
    if meeting.rules is None:
        want |= _held_together(record)
    else:
        want |= _decided(meeting, digest, meeting.rules)
    wrong = [name for name, value in want.items() if record[name] != value]
    if wrong:
        number = meeting.resolutions[digest]["number"]
        said = ", ".join(f"{name}: sealed {record[name]}, counted {want[name]}" for name in wrong)
        raise ProofError(f"The result of resolution {number} is not what its ballots give: {said}.")


def _counted(meeting: Meeting, digest: str) -> Record:
    """What a result of every version says that no rule file is needed for."""
    assert meeting.notice is not None and meeting.roll is not None
    tally = count.tally(meeting.accepted.get(digest, []))
    return {
        "members": meeting.roll["count"],
        "present": _present(meeting),
        "for": tally.yes,
        "against": tally.no,
        "abstained": tally.abstain,
        "accepted": tally.accepted,
        "superseded": tally.superseded,
        "held_on": meeting.notice["held_on"],
        "rules": meeting.notice["rules"],
    }


def _present(meeting: Meeting) -> int:
    return len({one.roll_number for many in meeting.accepted.values() for one in many})


def _decided(meeting: Meeting, digest: str, rule_set: RuleSet) -> Record:
    """What the rule file makes of the count."""
    assert meeting.roll is not None
    resolution = meeting.resolutions[digest]
    tally = count.tally(meeting.accepted.get(digest, []))
    members = meeting.roll["count"]
    assert isinstance(members, int)
    majority, quorum = str(resolution["majority"]), str(resolution["quorum"])
    found = count.decide(rule_set, majority, quorum, tally, members, _present(meeting))
    return {
        "quorum": found.quorum,
        "voted": found.voted,
        "quorate": found.quorate,
        "carried": found.carried,
        "notice_days_given": notice_days(meeting, rule_set),
        "notice_days_required": rule_set.notice.days,
    }


def _held_together(record: Record) -> Record:
    """Without the rule file: what a result says of itself, by the quorum that it names."""
    present, quorum, cast = (record[name] for name in ("present", "quorum", "for"))
    against, abstained = record["against"], record["abstained"]
    assert isinstance(present, int) and isinstance(quorum, int) and isinstance(cast, int)
    assert isinstance(against, int) and isinstance(abstained, int)
    votes = (cast + against, cast + against + abstained)
    return {
        "quorate": present >= quorum,
        "voted": record["voted"] if record["voted"] in votes else votes[0],
        "carried": record["carried"] and present >= quorum and cast > 0,
    }


def _told(chain: Chain, meeting: Meeting, digest: str) -> Record:
    """What version 2 says of officers' help, and of where the roll's names come from."""
    assert meeting.roll is not None
    return {
        "assisted": count.tally(meeting.accepted.get(digest, [])).assisted,
        "opened": _opened_before(chain, min(meeting.results)),
        "from_opening": meeting.roll["from_opening"],
    }


def _opened_before(chain: Chain, end: int) -> int:
    """How often officers opened an assisted ballot before the close; no opening is needed."""
    found = chain.parsed[:end]
    return sum(isinstance(one, Entry) and one.kind == "assistance" for one in found)


def _check_left_out(record: Record, meeting: Meeting) -> None:
    """The list of what does not count is that of the replay, index by index."""
    listed = record["left_out"]
    assert isinstance(listed, list)
    said = [(int(str(one["index"])), one["reason"]) for one in listed if isinstance(one, dict)]
    if said == list(meeting.left_out):
        return
    given, found = dict(said), dict(meeting.left_out)
    for index in sorted({*given, *found}):
        reason, other = found.get(index), given.get(index)
        if reason == other:
            continue
        if reason is None:
            raise ProofError(
                f"The result leaves out the ballot at entry {index} ({other}), but it counts."
            )
        raise ProofError(
            f"The ballot at entry {index} does not count ({reason}), but the result "
            + ("counts it." if other is None else f"gives another reason ({other}).")
        )
    raise ProofError("The list of ballots left out is not in the order of the log.")


def check_close(chain: Chain, meeting: Meeting, check: Check) -> None:
    """Nothing stands after a result. Of version 1 no ballot, open or not, stands after the closing
    time; of version 2 such a ballot is left out."""
    first = min(meeting.results, default=len(chain.parsed))
    closes = meeting.time("closes")
    for index, record in meeting.results.items():
        entry = chain.parsed[index]
        sealed = times.parse_time(str(record["closed"]))
        if meeting.notice is not None and sealed < closes:
            check.wrong("A result was made before voting closed.", entry=chain.ref(index))
        if isinstance(entry, Entry) and sealed > entry.time:
            check.wrong("A result says a later close than its sealing.", entry=chain.ref(index))
    for index, entry in enumerate(chain.parsed):
        if not isinstance(entry, Entry) or entry.kind == "result":
            continue
        late = entry.kind == "ballot" and meeting.version == 1 and entry.time >= closes
        late = late and meeting.notice is not None
        if late or (index > first and entry.kind != "erasure"):
            check.wrong(f"{chain.ref(index)} was sealed after the close.", entry=chain.ref(index))
        else:
            check.ok()
