"""What a meeting's log says, as the checks of a meeting gather it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from audit.verify.chain import Chain
from audit.verify.openings import Opened, Record
from audit.verify.years import continues
from trust.formats import b64, times
from trust.formats.entries import Entry
from trust.formats.errors import ProofError
from voting.pure import count
from voting.pure.ballot import Officer
from voting.pure.count import Counted
from voting.pure.roll import RollLine
from voting.pure.rules import RuleSet


@dataclass(frozen=True)
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
    """

    society: str
    steps: tuple[tuple[int, bytes, str | None], ...]
    whole: bool = True
    stopped: Mapping[bytes, int] = field(default_factory=dict)
    unopened: int = 0
    until: int = 0

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
    if not logs or any(found.kind != "society" or opened is None for found, opened in logs):
        return None
    steps: list[tuple[int, bytes, str | None]] = []
    stopped: dict[bytes, int] = {}
    unopened = 0
    for found, opened in logs:
        assert opened is not None
        for index, record in opened.of("officer-key", "enrolment"):
            time, key = _time(found, index), b64.decode(str(record["key"]))
            if record["kind"] == "officer-key":
                steps.append((time, key, str(record["role"]) if _binds(record) else None))
            elif not _binds(record):
                stopped.setdefault(key, time)
        unopened += sum(1 for index in opened.closed if found.ref(index).kind == "enrolment")
    first, last = logs[0][0], logs[-1][0]
    until = _time(last, len(last.parsed) - 1)
    return Officers(first.subject, tuple(steps), not continues(first), stopped, unopened, until)


def _binds(record: Record) -> bool:
    return record["action"] == "bind"


def _time(found: Chain, index: int) -> int:
    entry = found.parsed[index]
    return entry.time if isinstance(entry, Entry) else 0


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
    officers: Officers | None = None

    def time(self, name: str) -> int:
        """A time of the notice (UTC seconds); 0 without a notice."""
        return times.parse_time(str(self.notice[name])) if self.notice is not None else 0


def belongs(chain: Chain, record: Record) -> None:
    """The record is of this meeting."""
    if record["meeting"] != chain.origin:
        raise ProofError(f"This {record['kind']} is of {record['meeting']}.")


def notice_days(meeting: Meeting, rules: RuleSet) -> int:
    """Days of notice given, as the rule counts them."""
    given, opens = (count.ist_date(meeting.time(name)) for name in ("notice_given", "opens"))
    return count.notice_days(given, opens, rules.notice)
