"""What a meeting of version 2 says of its society's books, compared with these books.

The notice, the roll and each result name how far the society's book log reached. With the packages
of the society it is looked up there: that the places are right, that every key of the roll was in
force, that the register had been sealed and the roll names no more of its members than it held,
that no more newcomers stand on the roll than were admitted early enough, what was done to members
and keys since the notice, and that each change of a key while the roll was drawn stands in both
logs, made by two officers or by the member herself. Without these packages each of it is said to be
not checked.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from audit.verify.assembly import Meeting
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record, many
from audit.verify.register import ADMISSIONS
from audit.verify.report import Check, Report
from audit.verify.rollchanges import check_changes, check_told
from audit.verify.timeline import OFFICER_KINDS, Step, Timeline, check_order, check_root, named
from trust.books.pure.booked import Position
from trust.formats import origins
from trust.formats.errors import NotCheckedError, ProofError
from voting.pure.count import ist_date

PLAN = (
    ("books", "Notice, roll and results name the society's books as they were."),
    ("register", "The roll rests on the sealed register and on admissions made early enough."),
    ("since", "Admissions, ends, re-issues and stops since the notice are as the results say."),
    ("changes", "Each change of a key while the roll was drawn stands in both logs, by two."),
)
NEEDED = "it stands in the society's own log: give its packages with --society."


@dataclass(frozen=True, slots=True)
class Places:
    """Where the society's books stood; None for what the packages given do not reach. `first` is
    of the first drawing: a roll may be drawn again, and was drawn from then on."""

    timeline: Timeline
    notice: Position | None
    first: Position | None
    roll: Position | None
    result: Position | None


def check_books(chain: Chain, opened: Opened, meeting: Meeting, report: Report) -> None:
    """All of it, for a meeting that is read and of one version."""
    if meeting.version == 1:
        report["register"].note(
            "A meeting of version 1 does not say where the society's books stood: how many of the "
            "roll were admitted shortly before, and whose keys were stopped or re-issued since the "
            "notice, is not told; and the order of a ballot and of the stop of a key is told by "
            "seconds."
        )
        return
    if meeting.notice is None or meeting.roll is None:
        return
    _named(chain, opened, meeting, report["books"])
    assert meeting.first_roll is not None
    check_told(chain, opened, meeting.first_roll[0], report["changes"])
    timeline = meeting.timeline
    if timeline is None:
        report["books"].skip(f"That the places named are those of the society's books: {NEEDED}")
        report["register"].skip(f"Where the names on the roll come from: {NEEDED}")
        report["since"].skip(f"What was done to members and keys since the notice: {NEEDED}")
        report["changes"].skip(f"That each change of a key stands in both logs: {NEEDED}")
        return
    places = _places(chain, opened, meeting, timeline, report["books"])
    _register(chain, meeting, places, report["register"])
    _roll_keys(chain, meeting, places, report["register"])
    _since(chain, meeting, places, report["since"])
    check = report["changes"]
    if places.first is not None and places.result is not None:
        drawn = meeting.first_roll[0], min(meeting.results)
        check_changes(chain, opened, drawn, timeline, (places.first, places.result), check)
    elif not meeting.results:
        check.skip("The meeting is not closed yet.")
    else:
        check.skip("The packages of the society do not reach from the drawing to the close.")


# ---- places


def _named(chain: Chain, opened: Opened, meeting: Meeting, check: Check) -> None:
    """What needs no package of the society: whose books are named, and in what order."""
    assert meeting.notice is not None and meeting.roll is not None
    host, society = origins.parse_origin(chain.origin).host, str(meeting.notice["society"])
    listed = [(0, meeting.notice), *opened.of("roll"), *meeting.results.items()]
    before = meeting.notice
    for index, record in listed:
        with saying(check, entry=chain.ref(index)):
            found = origins.parse_origin(str(record["book_origin"]))
            if (found.host, found.kind, found.subject) != (host, "coop", society):
                raise ProofError(f"{record['book_origin']} is no book log of {society}.")
            check_order(before, record)
            if before["kind"] == "result" and named(before) != named(record):
                raise ProofError("The results of this meeting name two places of the books.")
            before = record
            check.ok()


def _places(
    chain: Chain, opened: Opened, meeting: Meeting, timeline: Timeline, check: Check
) -> Places:
    assert meeting.notice is not None
    last = min(meeting.results, default=None)
    result = None if last is None else meeting.results[last]
    rolls = [_place(chain, *one, timeline, check) for one in opened.of("roll")]
    return Places(
        timeline,
        _place(chain, 0, meeting.notice, timeline, check),
        rolls[0],
        rolls[-1],
        None if result is None else _place(chain, last or 0, result, timeline, check),
    )


def _place(
    chain: Chain, index: int, record: Record, timeline: Timeline, check: Check
) -> Position | None:
    try:
        at = timeline.place(*named(record))
        check_root(timeline, record, at)
    except NotCheckedError as error:
        check.skip(f"Where the books stood at the {record['kind']}: {error}")
    except ProofError as error:
        check.wrong(str(error), entry=chain.ref(index))
    else:
        check.ok()
        return at
    return None


# ---- the register and the roll


def _register(chain: Chain, meeting: Meeting, places: Places, check: Check) -> None:
    """The opening that the roll names, and how many of it and of later admissions may stand there.

    Of later members the day of sealing counts, whatever date the register states.
    """
    roll, where = meeting.roll, chain.ref(meeting.roll_index)
    assert roll is not None
    if places.roll is None:
        return
    opening = places.timeline.opening(places.roll)
    if opening is None and not places.timeline.whole:
        check.skip("The register was sealed in an earlier log year of the society, if at all.")
        return
    with saying(check, entry=where):
        if opening is None or opening.record is None:
            raise ProofError("The roll was drawn before the society's register was sealed.")
        if opening.commitment.hex() != roll["opening"]:
            raise ProofError("The roll names another opening of the register than the society's.")
        count, old, drawn = (opening.record["count"], roll["from_opening"], roll["count"])
        assert isinstance(count, int) and isinstance(old, int) and isinstance(drawn, int)
        if not old <= min(count, drawn):
            raise ProofError(
                f"The roll says that {old} of its {drawn} names are of the opening register, which "
                f"held {count}."
            )
        check.ok()
        since = places.timeline.between(opening.at, places.roll, "admission")
        _newcomers(drawn - old, meeting, list(since), check)


def _newcomers(found: int, meeting: Meeting, since: Sequence[Step], check: Check) -> None:
    if meeting.rules is None:
        check.skip("Without the rule file of the notice it is not known who was admitted in time.")
        return
    rule = meeting.rules.roll
    days = timedelta(days=max(rule.admission_days, rule.share_days))
    latest = meeting.last_day() - days
    early = sum(ist_date(step.time) <= latest for step in since)
    if found > early:
        raise ProofError(
            f"{found} names on the roll are not of the opening register, but only {early} members "
            f"were admitted by {latest}: the others stand there too early."
        )
    check.ok()


def _roll_keys(chain: Chain, meeting: Meeting, places: Places, check: Check) -> None:
    """Every key of the roll was in force when it was drawn."""
    if places.roll is None or meeting.lines is None:
        return
    bound, hidden = places.timeline.members(places.roll)
    keys = {number: line.key for number, line in meeting.lines.items() if line.key is not None}
    strangers = [number for number, key in keys.items() if key not in bound]
    check.ok(len(keys) - len(strangers))
    if strangers and (hidden or not places.timeline.whole):
        check.skip(f"Keys of the roll that were bound by entries not open here: {len(strangers)}.")
    elif strangers:
        check.wrong(
            f"Number {strangers[0]} of the roll has a key that was not in force when the roll was "
            f"drawn (of {len(keys)} keys, {len(strangers)} are such).",
            member="roll",
            entry=chain.ref(meeting.roll_index),
        )


# ---- since the notice


def _besides(changes: int, bindings: int, officers: int, check: Check) -> None:
    """What can also move a vote, and no result counts."""
    if changes or bindings or officers:
        check.note(
            "Since the notice, besides what the results count: changes of the register (class, "
            f"days): {changes}; first keys bound to members: {bindings}; "
            f"officers' keys bound, ended or given up: {officers}."
        )


def _since(chain: Chain, meeting: Meeting, places: Places, check: Check) -> None:
    """The four counts of each result, counted again in the society's books."""
    if places.notice is None or places.result is None:
        return
    found = Counter(
        step.kind for step in places.timeline.between(places.notice, places.result, *ADMISSIONS)
    )
    enrolments = list(places.timeline.between(places.notice, places.result, "enrolment"))
    hidden = sum(step.record is None for step in enrolments)
    want = {"admissions": found["admission"], "ended": found["admission-end"]}
    if hidden:
        check.skip(
            f"{many(hidden, 'enrolment')} not open here, so re-issues and stops were not counted."
        )
    else:
        actions = Counter(step.action for step in enrolments)
        want |= {"reissues": actions["reissue"], "stops": actions["stop"]}
        officers = list(places.timeline.between(places.notice, places.result, *OFFICER_KINDS))
        _besides(found["admission-change"], actions["bind"], len(officers), check)
    for index, record in meeting.results.items():
        wrong = [name for name, value in want.items() if record[name] != value]
        if not wrong:
            check.ok()
            continue
        said = ", ".join(f"{name}: sealed {record[name]}, counted {want[name]}" for name in wrong)
        check.wrong(
            f"A result does not say what was done since the notice: {said}.", entry=chain.ref(index)
        )
