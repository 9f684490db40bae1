"""A meeting's package: notice, roll, every ballot, and the result counted again.

The rules of a ballot and of the count are those of `voting/pure`, the very functions the server
runs; the figures of law come from the rule file whose hash stands in the notice. Keys, and what a
meeting of version 2 says of its society's books, stand in the society's own logs: with these
packages it is looked up there (`bookside`), without them it is said to be not checked.
"""

from audit.verify import bookside
from audit.verify.assembly import Meeting, Officers, belongs, notice_days
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record
from audit.verify.outcome import check_close, check_results
from audit.verify.polling import check_ballots
from audit.verify.report import Check, Report
from trust.formats import b64
from trust.formats.entries import Entry
from trust.formats.errors import FormatError, ProofError
from voting.pure.roll import RollLine, parse_line, root
from voting.pure.rules import RuleBook

PLAN = (
    ("versions", "Roll, ballots and results are of the version of the notice."),
    ("notice", "The log begins with one notice of this meeting, and the days given were enough."),
    ("resolutions", "Every resolution was put before voting opened, each number once."),
    ("roll", "The roll was fixed before voting opened; its lines give the root sealed."),
    ("ballots", "Every ballot that counts is signed, on the roll, in time, and no replay."),
    ("assisted", "Assisted ballots are signed by two officers of the society."),
    ("stopped", "No ballot that counts is signed by a key that had been stopped before."),
    ("results", "Each resolution has one result; the count, and what was left out, is the same."),
    ("close", "Nothing was cast at or after the close."),
    *bookside.PLAN,
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
    meeting.results = dict(opened.of("result"))
    _versions(chain, opened, meeting, report["versions"])
    if report["versions"].state == "wrong":
        return
    check_ballots(chain, opened, meeting, report)
    check_results(chain, meeting, report["results"])
    check_close(chain, meeting, report["close"])
    bookside.check_books(chain, opened, meeting, report)


def _versions(chain: Chain, opened: Opened, meeting: Meeting, check: Check) -> None:
    """What ends a meeting is of the version of its notice; nobody chooses the weaker rules."""
    if meeting.notice is None:
        return
    version = meeting.version
    for index, record in opened.of("roll", "result"):
        if record["v"] == version:
            check.ok()
            continue
        check.wrong(
            f"The meeting was called in version {version}, but this {record['kind']} is of version "
            f"{record['v']}.",
            entry=chain.ref(index),
        )
    if version > 1:
        return
    for index, entry in enumerate(chain.parsed):
        if isinstance(entry, Entry) and entry.kind in ("roll-change", "assistance"):
            check.wrong(
                f"A meeting called in version 1 has no {entry.kind}.", entry=chain.ref(index)
            )
    opening = None if meeting.timeline is None else meeting.timeline.first_opening()
    if opening is not None and _time(chain, 0) > opening.time:
        check.wrong(
            "The meeting was called in version 1, but the society's register had been sealed by "
            f"{opening.where}: from then on a meeting is called in a later version.",
            entry=chain.ref(0),
        )


def _time(chain: Chain, index: int) -> int:
    entry = chain.parsed[index]
    return entry.time if isinstance(entry, Entry) else 0


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
        report["notice"].leave(
            f"The rule file of the notice ({pin}) is not among those this version has, so the days "
            "of notice were not checked: bring it along with --rules."
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
            meeting.roll, meeting.roll_index = record, index
            meeting.first_roll = meeting.first_roll or (index, record)
    data = chain.take("roll")
    if meeting.roll is None:
        if data is not None:
            check.wrong("Roll lines are enclosed, but no roll was sealed.", member="roll")
        return
    if data is None:
        check.leave(
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
    if any(line.version != record["v"] for line in lines):
        raise ProofError("The roll has lines of another version than was sealed.")
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
