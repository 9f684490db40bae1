"""A meeting's package: notice, roll, every ballot, and the result counted again.

The rules of a ballot and of the count are those of `voting/pure`, the very functions the server
runs; the figures of law come from the rule file whose hash stands in the notice. Assisted ballots
are signed by officers whose keys stand in the society's own log: with that society's package the
keys are looked up, without it that they are officers' keys is said to be not checked.
"""

from audit.verify.assembly import Meeting, Officers, belongs, notice_days
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record, many
from audit.verify.outcome import check_close, check_results
from audit.verify.report import Check, Report
from trust.formats import b64, times
from trust.formats.entries import Entry
from trust.formats.errors import FormatError, ProofError
from voting.pure.ballot import Ballot, Officer, Poll
from voting.pure.count import Counted
from voting.pure.replay import Event, Judged, KeysByTime, claims, judge
from voting.pure.roll import RollLine, parse_line, root
from voting.pure.rules import RuleBook

PLAN = (
    ("notice", "The log begins with one notice of this meeting, and the days given were enough."),
    ("resolutions", "Every resolution was put before voting opened, each number once."),
    ("roll", "The roll was fixed before voting opened; its lines give the root sealed."),
    ("ballots", "Every ballot is signed, on the roll, in time, and no replay."),
    ("assisted", "Assisted ballots are signed by two officers of the society."),
    ("stopped", "No ballot is signed by a key that had been stopped before it was cast."),
    ("results", "Each resolution has one result, and the count gives the same."),
    ("close", "Nothing was cast at or after the close."),
)


def check_meeting(
    chain: Chain, opened: Opened, rules: RuleBook, officers: Officers | None, report: Report
) -> None:
    """All checks of a meeting log.

    Args:
        rules: the rule files this verifier knows.
        officers: from the package of the meeting's society, if one was given.
    """
    meeting = Meeting(officers=officers)
    for identity, _ in PLAN:
        report[identity].ok(0)
    _notice(chain, opened, meeting, report["notice"])
    _rules(chain, meeting, rules, report)
    _whose_officers(meeting, report["assisted"])
    _resolutions(chain, opened, meeting, report["resolutions"])
    _roll(chain, opened, meeting, report["roll"])
    hidden = _ballots(chain, opened, meeting, report)
    check_results(chain, opened, meeting, hidden, report["results"])
    check_close(chain, opened, meeting, report["close"])


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
    elif (given := notice_days(meeting, meeting.rules)) < meeting.rules.notice.days:
        report["notice"].wrong(
            f"{given} days of notice were given; the rule asks for {meeting.rules.notice.days}.",
            entry=chain.ref(0),
        )


def _whose_officers(meeting: Meeting, check: Check) -> None:
    """Officers' keys of another society say nothing about this one's."""
    society = meeting.notice["society"] if meeting.notice is not None else None
    if meeting.officers is not None and meeting.officers.society != society:
        check.skip(f"The package given with this one is of {meeting.officers.society}.")
        meeting.officers = None


def _resolutions(chain: Chain, opened: Opened, meeting: Meeting, check: Check) -> None:
    numbers: set[object] = set()
    for index, record in opened.of("resolution"):
        with saying(check, entry=chain.ref(index)):
            belongs(chain, record)
            entry = chain.parsed[index]
            assert isinstance(entry, Entry)
            if record["number"] in numbers:
                raise ProofError(f"There are two resolutions number {record['number']}.")
            if entry.time >= meeting.time("opens"):
                raise ProofError("A resolution was put after voting had opened.")
            numbers.add(record["number"])
            meeting.resolutions[entry.commitment.hex()] = record
            check.ok()


def _roll(chain: Chain, opened: Opened, meeting: Meeting, check: Check) -> None:
    for index, record in opened.of("roll"):
        with saying(check, entry=chain.ref(index)):
            belongs(chain, record)
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
    hidden = sum(1 for i in opened.closed if chain.ref(i).kind == "ballot")
    if hidden:
        report["ballots"].skip(f"{many(hidden, 'ballot')} not open here.")
    if meeting.notice is None or meeting.roll is None:
        if any(True for _ in opened.of("ballot")):
            report["ballots"].wrong("There is a ballot without a notice or without a roll.")
        return hidden
    assisted = unknown = own = last = 0
    keys = KeysByTime(lambda ballot, at: _officers(ballot, meeting, at))
    events = (
        Event(index, _time(chain, index), "ballot", record) for index, record in opened.of("ballot")
    )
    for one in judge(_poll(chain, meeting), meeting.lines, keys, events):
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
        counted = Counted(parsed.roll_number, parsed.choice, parsed.sequence)
        meeting.accepted.setdefault(parsed.resolution, []).append(counted)
    _say_stopped(meeting, own, last, report["stopped"])
    _say_assisted(meeting, assisted, unknown, report["assisted"])
    return hidden


def _counts(chain: Chain, one: Judged, meeting: Meeting, report: Report) -> bool:
    """Whether a ballot counts; if not, it is said why."""
    where = chain.ref(one.index)
    if one.fault is not None:
        name = f"openings/{one.index}.json"
        report["ballots"].wrong(f"{where}: {one.fault}", member=name, entry=where)
        return False
    assert one.ballot is not None
    if meeting.lines is None:
        report["ballots"].skip(
            "The signer was not compared with the roll, which is not here.", entry=where
        )
    else:
        report["ballots"].ok()
    return not _is_stopped(chain, one.index, one.ballot, meeting, report["stopped"])


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


def _time(chain: Chain, index: int) -> int:
    entry = chain.parsed[index]
    assert isinstance(entry, Entry)
    return entry.time


def _is_stopped(chain: Chain, index: int, parsed: Ballot, meeting: Meeting, check: Check) -> bool:
    """Whether a member's own ballot came later than the stopping of the key it is signed with."""
    line = (meeting.lines or {}).get(parsed.roll_number)
    if parsed.assisted or meeting.officers is None or line is None or line.key is None:
        return False
    since = meeting.officers.stopped.get(line.key)
    if since is None or _time(chain, index) <= since:
        return False
    check.wrong(
        f"A ballot is signed by a key that was stopped at {times.format_time(since)}, before it "
        "was cast; it must not count.",
        member=f"openings/{index}.json",
        entry=chain.ref(index),
    )
    return True


def _say_stopped(meeting: Meeting, own: int, last: int, check: Check) -> None:
    """What the society's packages can say of stopped keys, and what not."""
    known = meeting.officers
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


def _poll(chain: Chain, meeting: Meeting) -> Poll:
    assert meeting.notice is not None and meeting.roll is not None
    return Poll(
        chain.origin,
        b64.decode(str(meeting.roll["root"])),
        meeting.time("opens"),
        meeting.time("closes"),
        frozenset(meeting.resolutions),
        1,
    )


def _officers(parsed: Ballot, meeting: Meeting, when: int) -> dict[bytes, Officer]:
    """The officers bound at a time; those of whom nothing here can tell, as they claim."""
    if meeting.officers is None:
        return claims(parsed)
    unknown = {k: v for k, v in claims(parsed).items() if not meeting.officers.knows(k)}
    return meeting.officers.at(when) | unknown
