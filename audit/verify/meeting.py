"""A meeting's package: notice, roll, every ballot, and the result counted again.

The rules of a ballot and of the count are those of `voting/pure`, the very functions the server
runs; the figures of law come from the rule file whose hash stands in the notice. Assisted ballots
are signed by officers whose keys stand in the society's own log: that these two keys are officers'
keys is not checked here and said so.
"""

from dataclasses import dataclass, field

from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record, many
from audit.verify.report import Check, Report
from trust.formats import b64, times
from trust.formats.entries import Entry
from trust.formats.errors import FormatError, ProofError
from voting.pure import ballot as ballots
from voting.pure import count
from voting.pure.ballot import Ballot, Officer, Poll
from voting.pure.count import Counted
from voting.pure.roll import RollLine, parse_line, root
from voting.pure.rules import RuleBook, RuleSet

PLAN = (
    ("notice", "The log begins with one notice of this meeting, and the days given were enough."),
    ("resolutions", "Every resolution was put before voting opened, each number once."),
    ("roll", "The roll was fixed before voting opened; its lines give the root sealed."),
    ("ballots", "Every ballot is signed, on the roll, in time, and no replay."),
    ("assisted", "Assisted ballots are signed by two officers of the society."),
    ("results", "Each resolution has one result, and the count gives the same."),
    ("close", "Nothing was cast at or after the close."),
)


Before = dict[tuple[int, str], tuple[int, bool]]
"""By roll number and resolution: the last sequence, and whether the member ever voted in person."""


@dataclass
class Meeting:
    """What the log says of the meeting; indexes are positions in the log."""

    notice: Record | None = None
    resolutions: dict[str, Record] = field(default_factory=dict)
    roll: Record | None = None
    lines: dict[int, RollLine] | None = None
    accepted: dict[str, list[Counted]] = field(default_factory=dict)
    refused: int = 0
    rules: RuleSet | None = None

    def time(self, name: str) -> int:
        """A time of the notice (UTC seconds); 0 without a notice."""
        return times.parse_time(str(self.notice[name])) if self.notice is not None else 0


def check_meeting(chain: Chain, opened: Opened, rules: RuleBook, report: Report) -> None:
    """All checks of a meeting log; `rules` are the rule files this verifier knows."""
    meeting = Meeting()
    for identity, _ in PLAN:
        report[identity].ok(0)
    _notice(chain, opened, meeting, report["notice"])
    _rules(chain, meeting, rules, report)
    _resolutions(chain, opened, meeting, report["resolutions"])
    _roll(chain, opened, meeting, report["roll"])
    hidden = _ballots(chain, opened, meeting, report)
    _results(chain, opened, meeting, hidden, report["results"])
    _close(chain, opened, meeting, report["close"])


def _notice(chain: Chain, opened: Opened, meeting: Meeting, check: Check) -> None:
    notices = list(opened.of("meeting"))
    if not notices or notices[0][0] != 0 or len(notices) > 1:
        check.wrong("A meeting's log begins with its notice and holds no other.")
        return
    meeting.notice = notices[0][1]
    with saying(check, entry=chain.ref(0)):
        if meeting.notice["origin"] != chain.origin:
            raise ProofError(f"The notice is of {meeting.notice['origin']}.")
        if chain.subject != chain.origin.split("/")[-1]:
            raise ProofError(f"The package is said to be of {chain.subject}.")
        entry = chain.parsed[0]
        if isinstance(entry, Entry) and entry.time > meeting.time("opens"):
            raise ProofError("The notice was sealed after voting opened.")
        if isinstance(entry, Entry) and entry.time > meeting.time("notice_given"):
            raise ProofError("The notice claims to have been given before it was sealed.")
        check.ok()


def _rules(chain: Chain, meeting: Meeting, rules: RuleBook, report: Report) -> None:
    """The rule file of the notice, and the days of notice by it."""
    if meeting.notice is None:
        return
    pin = str(meeting.notice["rules"])
    meeting.rules = next((one for one in rules.sets if one.pin == pin), None)
    if meeting.rules is None:
        report["notice"].skip(
            f"The rule file of the notice ({pin}) is not among those this version has, so the days "
            "of notice were not checked."
        )
    elif (given := _notice_days(meeting, meeting.rules)) < meeting.rules.notice.days:
        report["notice"].wrong(
            f"{given} days of notice were given; the rule asks for {meeting.rules.notice.days}.",
            entry=chain.ref(0),
        )


def _notice_days(meeting: Meeting, rules: RuleSet) -> int:
    given, opens = (count.ist_date(meeting.time(name)) for name in ("notice_given", "opens"))
    return count.notice_days(given, opens, rules.notice)


def _resolutions(chain: Chain, opened: Opened, meeting: Meeting, check: Check) -> None:
    numbers: set[object] = set()
    for index, record in opened.of("resolution"):
        with saying(check, entry=chain.ref(index)):
            _belongs(chain, record)
            entry = chain.parsed[index]
            assert isinstance(entry, Entry)
            if record["number"] in numbers:
                raise ProofError(f"There are two resolutions number {record['number']}.")
            if entry.time >= meeting.time("opens"):
                raise ProofError("A resolution was put after voting had opened.")
            numbers.add(record["number"])
            meeting.resolutions[entry.commitment.hex()] = record
            check.ok()


def _belongs(chain: Chain, record: Record) -> None:
    if record["meeting"] != chain.origin:
        raise ProofError(f"This {record['kind']} is of {record['meeting']}.")


def _roll(chain: Chain, opened: Opened, meeting: Meeting, check: Check) -> None:
    for index, record in opened.of("roll"):
        with saying(check, entry=chain.ref(index)):
            _belongs(chain, record)
            entry = chain.parsed[index]
            if isinstance(entry, Entry) and entry.time >= meeting.time("opens"):
                raise ProofError("The roll was changed after voting had opened.")
            meeting.roll = record
    data = chain.take("roll")
    if meeting.roll is None:
        if data is not None:
            check.wrong("Roll lines are enclosed, but no roll was sealed.", member="roll")
        return
    if data is None:
        check.skip(
            "The roll lines are not in this package (they are for the society's members and its "
            "auditors), so who stood on the roll is not checked."
        )
        return
    with saying(check, member="roll"):
        meeting.lines = _read_roll(data, meeting.roll)
        check.ok(len(meeting.lines))


def _read_roll(data: bytes, record: Record) -> dict[int, RollLine]:
    documents = data.split(b"\n")
    if documents.pop() != b"":
        raise FormatError("The roll does not end in a line feed.")
    lines = [parse_line(document) for document in documents]
    if [line.roll_number for line in lines] != list(range(1, len(lines) + 1)):
        raise FormatError("The roll's numbers do not run from 1 without a gap.")
    keys = [line.key for line in lines if line.key is not None]
    if b64.encode(root(documents)) != record["root"] or len(lines) != record["count"]:
        raise ProofError("The roll lines do not give the count and root that were sealed.")
    if len(keys) != record["with_key"]:
        raise ProofError("The roll has another number of lines with a key than was sealed.")
    if len(set(keys)) != len(keys):
        raise ProofError("Two lines of the roll have the same key: one person could vote twice.")
    return {line.roll_number: line for line in lines}


def _ballots(chain: Chain, opened: Opened, meeting: Meeting, report: Report) -> int:
    """Every ballot in the order of the log; gives how many are not open here."""
    before: Before = {}
    assisted = 0
    for index, record in opened.of("ballot"):
        name = f"openings/{index}.json"
        with saying(report["ballots"], member=name, entry=chain.ref(index)):
            parsed = ballots.parse(record)
            meeting.refused += 1
            _one_ballot(chain, index, parsed, meeting, before, report["ballots"])
            meeting.refused -= 1
            assisted += parsed.assisted
            place = (parsed.roll_number, parsed.resolution)
            itself = before.get(place, (0, False))[1] or not parsed.assisted
            before[place] = (parsed.sequence, itself)
            counted = Counted(parsed.roll_number, parsed.choice, parsed.sequence)
            meeting.accepted.setdefault(parsed.resolution, []).append(counted)
    if assisted:
        report["assisted"].skip(
            f"Ballots entered by two officers: {assisted}. Their signatures are right; that the "
            "keys are officers' keys stands in the society's log, not in this package."
        )
    hidden = sum(1 for i in opened.closed if chain.ref(i).kind == "ballot")
    if hidden:
        report["ballots"].skip(f"{many(hidden, 'ballot')} not open here.")
    return hidden


def _one_ballot(
    chain: Chain,
    index: int,
    parsed: Ballot,
    meeting: Meeting,
    earlier: Before,
    check: Check,
) -> None:
    entry = chain.parsed[index]
    assert isinstance(entry, Entry)
    if meeting.notice is None or meeting.roll is None:
        raise ProofError("There is a ballot without a notice or without a roll.")
    poll = Poll(
        chain.origin,
        b64.decode(str(meeting.roll["root"])),
        meeting.time("opens"),
        meeting.time("closes"),
        frozenset(meeting.resolutions),
    )
    last, itself = earlier.get((parsed.roll_number, parsed.resolution), (0, False))
    ballots.check_place(parsed, poll, entry.time)
    if meeting.lines is None:
        ballots.check_sequence(parsed, last, itself)
        check.skip(
            "The signer was not compared with the roll, which is not here.", entry=chain.ref(index)
        )
        return
    line = meeting.lines.get(parsed.roll_number)
    ballots.check(parsed, poll, line, _claimed(parsed), last, entry.time, itself)
    check.ok()


def _claimed(parsed: Ballot) -> dict[bytes, Officer]:
    """The officers an assisted ballot claims; whether they are is said to be not checked."""
    listed = parsed.record["signatures"]
    assert isinstance(listed, list)
    return {
        key: Officer(key.hex(), str(item["role"]))
        for key, item in zip(parsed.listed_keys, listed, strict=True)
        if isinstance(item, dict)
    }


def _results(chain: Chain, opened: Opened, meeting: Meeting, hidden: int, check: Check) -> None:
    done: set[str] = set()
    for index, record in opened.of("result"):
        with saying(check, entry=chain.ref(index)):
            _belongs(chain, record)
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
        "notice_days_given": _notice_days(meeting, rule_set),
        "notice_days_required": rule_set.notice.days,
        "rules": rule_set.pin,
    }
    wrong = [name for name, value in want.items() if record[name] != value]
    if wrong:
        said = ", ".join(f"{name}: sealed {record[name]}, counted {want[name]}" for name in wrong)
        raise ProofError(
            f"The result of resolution {resolution['number']} is not what its ballots give: {said}."
        )


def _close(chain: Chain, opened: Opened, meeting: Meeting, check: Check) -> None:
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
