"""What a meeting's log says, as the checks of a meeting gather it."""

from dataclasses import dataclass, field

from audit.verify.chain import Chain
from audit.verify.openings import Record
from trust.formats import times
from trust.formats.errors import ProofError
from voting.pure import count
from voting.pure.ballot import Officer
from voting.pure.count import Counted
from voting.pure.roll import RollLine
from voting.pure.rules import RuleSet

Before = dict[tuple[int, str], tuple[int, bool]]
"""By roll number and resolution: the last sequence, and whether the member ever voted in person."""


@dataclass(frozen=True)
class Officers:
    """Officers' keys of a society by its own verified book log: time, key, role if bound.

    A log that continues another is not `whole`: keys may have been bound in an earlier log year.
    """

    society: str
    steps: tuple[tuple[int, bytes, str | None], ...]
    whole: bool = True

    def knows(self, key: bytes) -> bool:
        """Whether this log can say what the key was; a whole log can say it of every key."""
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
