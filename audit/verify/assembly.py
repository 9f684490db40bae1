"""What a meeting's log says, as the checks of a meeting gather it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from audit.verify.chain import Chain
from audit.verify.openings import Opened, Record
from audit.verify.timeline import OFFICER_KINDS, Timeline, timeline_of
from trust.formats import b64, times
from trust.formats.entries import Entry
from trust.formats.errors import ProofError
from voting.pure import count
from voting.pure.ballot import Officer, Poll
from voting.pure.count import Counted
from voting.pure.notice import voting_days
from voting.pure.roll import RollLine
from voting.pure.rules import RuleSet


@dataclass(frozen=True, slots=True)
class Officers:
    """A society's keys by its own verified book logs: officers' keys, and members' that were
    stopped.

    Logs that begin by continuing another are not `whole`: keys may have been bound or stopped in
    an earlier log year.

    Attributes:
        steps: time, key, and the role if bound, of each officer's key.
        stopped: when each member's key was revoked.
        unopened: enrolments that are not open in the package.
        until: time of the last entry; what came later is not known.
        timeline: the same and the register by their places in the logs, for version 2.
    """

    society: str
    steps: tuple[tuple[int, bytes, str | None], ...]
    whole: bool = True
    stopped: Mapping[bytes, int] = field(default_factory=dict)
    unopened: int = 0
    until: int = 0
    timeline: Timeline | None = None

    def knows(self, key: bytes) -> bool:
        """Whether these logs can say what the key was; whole ones can say it of every key."""
        return self.whole or any(step[1] == key for step in self.steps)

    def at(self, when: int) -> dict[bytes, Officer]:
        """The keys bound at a time (UTC seconds). Two keys of one person cannot be told apart."""
        bound: dict[bytes, Officer] = {}
        for time, key, role in self.steps:
            if time <= when:
                bound.pop(key, None)
                if role is not None:
                    bound[key] = Officer(key.hex(), role)
        return bound


def officers_of(logs: Sequence[tuple[Chain, Opened | None]]) -> Officers | None:
    """The keys that the logs of a society speak of, oldest first; None for other logs."""
    read = [(found, opened) for found, opened in logs if opened is not None]
    if not logs or len(read) < len(logs) or any(found.kind != "society" for found, _ in logs):
        return None
    timeline = timeline_of(read)
    steps: list[tuple[int, bytes, str | None]] = []
    stopped: dict[bytes, int] = {}
    unopened = 0
    for step in timeline.steps:
        if step.kind in OFFICER_KINDS and step.record is not None:
            steps.append((step.time, step.key, None if step.action == "stop" else step.holder))
        elif step.kind == "enrolment" and step.record is None:
            unopened += 1
        elif step.kind == "enrolment" and step.action == "stop":
            stopped.setdefault(step.key, step.time)
    first, last = read[0][0], read[-1][0]
    until = _time(last, len(last.parsed) - 1)
    return Officers(first.subject, tuple(steps), timeline.whole, stopped, unopened, until, timeline)


def _time(found: Chain, index: int) -> int:
    entry = found.parsed[index]
    return entry.time if isinstance(entry, Entry) else 0


@dataclass(slots=True)
class Meeting:
    """What the log says of the meeting; indexes are positions in the log.

    Attributes:
        roll_index: where the roll that stands was sealed.
        first_roll: index and record of the first drawing: from it on changes take two.
        accepted: ballots that count, by the digest of their resolution.
        refused: of a meeting of version 1, open ballots that are wrong.
        left_out: of version 2, index and reason of each ballot that does not count.
        hidden: ballots that are not open here, and that no result leaves out as such.
        lost: ballots that a result leaves out as not open, and that are not open here either.
        unseen: changes of keys that are not open here.
        results: results by their index.
    """

    notice: Record | None = None
    resolutions: dict[str, Record] = field(default_factory=dict)
    roll: Record | None = None
    roll_index: int = 0
    first_roll: tuple[int, Record] | None = None
    lines: dict[int, RollLine] | None = None
    accepted: dict[str, list[Counted]] = field(default_factory=dict)
    refused: int = 0
    left_out: tuple[tuple[int, str], ...] = ()
    hidden: int = 0
    lost: int = 0
    unseen: int = 0
    results: dict[int, Record] = field(default_factory=dict)
    rules: RuleSet | None = None
    officers: Officers | None = None

    @property
    def version(self) -> int:
        """The version of the notice, by which the whole meeting ends; 1 without a notice."""
        version = 1 if self.notice is None else self.notice["v"]
        assert isinstance(version, int)
        return version

    @property
    def timeline(self) -> Timeline | None:
        """The society's own logs, if they were given."""
        return None if self.officers is None else self.officers.timeline

    def time(self, name: str) -> int:
        """A time of the notice (UTC seconds); 0 without a notice."""
        return times.parse_time(str(self.notice[name])) if self.notice is not None else 0

    def last_day(self) -> date:
        """The day of the meeting by its notice, but none after the last on which a vote can fall:
        a later one would let in who was admitted too late."""
        assert self.notice is not None
        held = times.parse_date(str(self.notice["held_on"]))
        return min(held, voting_days(self.time("opens"), self.time("closes"))[1])


def poll_of(chain: Chain, meeting: Meeting) -> Poll:
    """What every ballot is checked against, for a meeting with notice and roll."""
    assert meeting.notice is not None and meeting.roll is not None
    return Poll(
        chain.origin,
        b64.decode(str(meeting.roll["root"])),
        meeting.time("opens"),
        meeting.time("closes"),
        frozenset(meeting.resolutions),
        meeting.version,
    )


def belongs(chain: Chain, record: Record) -> None:
    """The record is of this meeting."""
    if record["meeting"] != chain.origin:
        raise ProofError(f"This {record['kind']} is of {record['meeting']}.")


def notice_days(meeting: Meeting, rules: RuleSet) -> int:
    """Days of notice given, as the rule counts them."""
    given, opens = (count.ist_date(meeting.time(name)) for name in ("notice_given", "opens"))
    return count.notice_days(given, opens, rules.notice)
