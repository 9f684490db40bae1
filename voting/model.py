"""Types of voting: meetings, resolutions, rolls, results. Times are UTC seconds."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from trust.formats.canon import Json

State = Literal["notice", "roll-drawn", "open", "over", "closed"]
Choice = Literal["yes", "no", "abstain"]


@dataclass(frozen=True, slots=True)
class NewResolution:
    """A resolution to be put; `majority` and `quorum` name rules of the rule file."""

    text_en: str
    text_ml: str
    majority: str = "ordinary"
    quorum: str = "general-body"


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolution as it stands in the meeting log; `digest` is the hex SHA-256 of its document."""

    number: int
    digest: str
    text_en: str
    text_ml: str
    majority: str
    quorum: str

    def record(self, origin: str) -> dict[str, Json]:
        """The record that stands in the meeting's log of that origin."""
        return {
            "kind": "resolution",
            "v": 1,
            "meeting": origin,
            "number": self.number,
            "text_en": self.text_en,
            "text_ml": self.text_ml,
            "majority": self.majority,
            "quorum": self.quorum,
        }


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting with its resolutions. The roll's members are None until it is drawn.

    `version` is that of the notice, under which the meeting ends (docs/adr/0009). `told` is the
    time of its log's last entry (UTC seconds): a clock that went back is not believed.
    """

    id: str
    society: str
    origin: str
    type: str
    title_en: str
    title_ml: str
    held_on: date
    notice_given: int
    opens: int
    closes: int
    rules: str
    version: int
    roll_root: bytes | None
    roll_count: int | None
    roll_with_key: int | None
    roll_from_opening: int | None
    cut_off: int | None
    closed_at: int | None
    resolutions: tuple[Resolution, ...]
    told: int

    def moment(self, now: int) -> int:
        """The time at which something happens at this meeting now: never before its log's last."""
        return max(now, self.told)

    def state(self, now: int) -> State:
        """Where it stands: notice, roll-drawn, open, over (time up) or closed (counted)."""
        now = self.moment(now)
        if self.closed_at is not None:
            return "closed"
        if now >= self.closes:
            return "over"
        if self.roll_root is None:
            return "notice"
        return "open" if now >= self.opens else "roll-drawn"


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many of the roll have an accepted ballot on any resolution; no choice is told."""

    members: int
    present: int
    assisted: int


@dataclass(frozen=True, slots=True)
class Since:
    """What was done between the notice and a later moment: members admitted, memberships ended,
    members' keys re-issued and stopped."""

    admissions: int
    ended: int
    reissues: int
    stops: int


@dataclass(frozen=True, slots=True)
class Besides:
    """What can move a vote too, between the notice and a later moment, and stands in no result:
    changes of the register (class, days), first keys bound to members, and officers' keys bound,
    ended or given up: without two of these nobody is helped to vote."""

    changes: int
    bindings: int
    officer_keys: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a result of version 2 says beside the counts.

    Attributes:
        since: what was done from the notice to the result.
        from_opening: of the roll's names, those of the opening register.
        assisted: of the votes counted on this resolution, those entered by two officers.
        opened: how often officers opened an assisted ballot at this meeting.
        left_out: index and reason of every ballot of the log that does not count.
    """

    since: Since
    from_opening: int
    assisted: int
    opened: int
    left_out: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """Officers opened an assisted ballot of a member; `number` is the resolution's, `at` UTC s."""

    number: int
    roll_number: int
    index: int
    at: int


@dataclass(frozen=True, slots=True)
class Result:
    """The sealed outcome of one resolution: the counts of Rule 9(iii) and what they decide.

    `told` is what version 2 adds, None in version 1.
    """

    resolution: Resolution
    document: bytes
    digest: str
    index: int
    held_on: date
    closed: int
    notice_days_given: int
    notice_days_required: int
    members: int
    quorum: int
    present: int
    voted: int
    votes_for: int
    against: int
    abstained: int
    accepted: int
    superseded: int
    quorate: bool
    carried: bool
    rules: str
    told: Told | None


@dataclass(frozen=True, slots=True)
class StoredBallot:
    """One accepted ballot: where its sealed entry stands, and what counting needs of it."""

    number: int
    roll_number: int
    sequence: int
    choice: Choice
    assisted: bool
    index: int
    at: int


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A meeting whose log lost released entries in a disaster and was given up in public.

    Attributes:
        at: when, UTC seconds.
        size: entries that were released; the first `kept` of them are left.
        reason: why, as the state log says for ever.
        again: id of the meeting that is called in its place.
        called: whether that one has been called.
    """

    at: int
    size: int
    kept: int
    reason: str
    again: str
    called: bool


def ballot_key(number: int, roll_number: int, sequence: int) -> str:
    """The idempotency key under which casting seals a ballot; `number` is the resolution's."""
    return f"ballot {number} {roll_number} {sequence}"
