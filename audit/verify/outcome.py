"""The end of a meeting: each result counted again, and nothing after the close."""

from audit.verify.assembly import Meeting, belongs, notice_days
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record
from audit.verify.report import Check
from trust.formats import times
from trust.formats.entries import Entry
from trust.formats.errors import ProofError
from voting.pure import count
from voting.pure.rules import RuleSet


def check_results(
    chain: Chain, opened: Opened, meeting: Meeting, hidden: int, check: Check
) -> None:
    """One result for each resolution, equal to the count; `hidden` ballots leave it open."""
    done: set[str] = set()
    for index, record in opened.of("result"):
        with saying(check, entry=chain.ref(index)):
            belongs(chain, record)
            digest = str(record["resolution"])
            if digest not in meeting.resolutions:
                raise ProofError("A result names a resolution this meeting does not have.")
            if digest in done:
                raise ProofError("A resolution has two results.")
            done.add(digest)
            if hidden or meeting.refused:
                check.skip(
                    "A result was not counted again, because not every ballot is open and right "
                    "here.",
                    entry=chain.ref(index),
                )
            elif meeting.rules is None:
                check.skip("A result was not decided again without the rule file of the notice.")
            elif meeting.notice is not None and meeting.roll is not None:
                _recount(record, digest, meeting, meeting.rules)
                check.ok()
    if not done:
        check.skip("The meeting is not closed: there is no result yet.")
    elif missing := set(meeting.resolutions) - done:
        check.wrong(f"{len(missing)} resolutions have no result.")


def _recount(record: Record, digest: str, meeting: Meeting, rule_set: RuleSet) -> None:
    assert meeting.notice is not None and meeting.roll is not None
    resolution = meeting.resolutions[digest]
    tally = count.tally(meeting.accepted.get(digest, []))
    voters = {one.roll_number for many in meeting.accepted.values() for one in many}
    members = meeting.roll["count"]
    assert isinstance(members, int)
    majority, quorum = str(resolution["majority"]), str(resolution["quorum"])
    found = count.decide(rule_set, majority, quorum, tally, members, len(voters))
    want: Record = {
        "members": found.members,
        "quorum": found.quorum,
        "present": found.present,
        "voted": found.voted,
        "for": tally.yes,
        "against": tally.no,
        "abstained": tally.abstain,
        "accepted": tally.accepted,
        "superseded": tally.superseded,
        "quorate": found.quorate,
        "carried": found.carried,
        "held_on": meeting.notice["held_on"],
        "notice_days_given": notice_days(meeting, rule_set),
        "notice_days_required": rule_set.notice.days,
        "rules": rule_set.pin,
    }
    wrong = [name for name, value in want.items() if record[name] != value]
    if wrong:
        said = ", ".join(f"{name}: sealed {record[name]}, counted {want[name]}" for name in wrong)
        raise ProofError(
            f"The result of resolution {resolution['number']} is not what its ballots give: {said}."
        )


def check_close(chain: Chain, opened: Opened, meeting: Meeting, check: Check) -> None:
    """No ballot, open or not, stands after the closing time or after a result."""
    results = [index for index, _ in opened.of("result")]
    first = min(results, default=len(chain.parsed))
    closes = meeting.time("closes")
    for index, record in opened.of("result"):
        entry = chain.parsed[index]
        sealed = times.parse_time(str(record["closed"]))
        if meeting.notice is not None and sealed < closes:
            check.wrong("A result was made before voting closed.", entry=chain.ref(index))
        if isinstance(entry, Entry) and sealed > entry.time:
            check.wrong("A result says a later close than its sealing.", entry=chain.ref(index))
    for index, entry in enumerate(chain.parsed):
        if not isinstance(entry, Entry) or entry.kind == "result":
            continue
        late = entry.kind == "ballot" and meeting.notice is not None and entry.time >= closes
        if late or (index > first and entry.kind != "erasure"):
            check.wrong(f"{chain.ref(index)} was sealed after the close.", entry=chain.ref(index))
        else:
            check.ok()
