"""A meeting's log read entry by entry: for each ballot that it counts, or why it does not.

The close and the verifier run it over the same entries, so that a ballot is left out only for a
reason that everybody finds again (docs/adr/0009-versions-and-votes.md). Order is told by the log's
index: a ballot is judged by the ballots and the changes of keys that stand before it, never by
seconds. One bad ballot, or one that does not open, changes nothing for the others.

In version 1 no changes of keys stand in the meeting's log: whose key was an officer's is told by
the society's log and the time of the ballot.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from trust.formats import b64
from trust.formats.canon import Json
from voting.pure import ballot as rules
from voting.pure.ballot import Ballot, Officer, Poll, Standing
from voting.pure.count import Counted
from voting.pure.errors import NOT_OPEN, VotingError
from voting.pure.roll import RollLine

Record = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Event:
    """A private entry of the meeting's log; `record` is None if it does not open. Time: UTC s."""

    index: int
    time: int
    kind: str
    record: Record | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the ballot at one index: it counts, or it has a `fault` or did not open."""

    index: int
    time: int
    ballot: Ballot | None
    fault: VotingError | None = None

    @property
    def counted(self) -> Counted:
        """The ballot as counting sees it; only of one that counts."""
        assert self.ballot is not None
        one = self.ballot
        return Counted(one.roll_number, one.choice, one.sequence, one.assisted)

    @property
    def reason(self) -> str | None:
        """The slug that stands in `left_out`; None for a ballot that counts."""
        if self.fault is not None:
            return self.fault.code
        return NOT_OPEN if self.ballot is None else None


@dataclass(frozen=True, slots=True)
class Replayed:
    """A whole meeting: accepted ballots by the digest of their resolution, and the others.

    `left_out` are index and reason in the order of the log, the member of that name in `result` 2.
    """

    accepted: dict[str, list[Counted]]
    left_out: tuple[tuple[int, str], ...]

    @property
    def present(self) -> int:
        """Different roll numbers with an accepted ballot on any resolution."""
        return len({one.roll_number for cast in self.accepted.values() for one in cast})

    def listed(self) -> list[Json]:
        """`left_out` as it stands in the record."""
        return [{"index": index, "reason": reason} for index, reason in self.left_out]


class Keys(Protocol):
    """Which keys are in force at a place of the log."""

    def change(self, record: Record) -> None:
        """A `roll-change` that stands here."""

    def officers(self, ballot: Ballot, at: int) -> Mapping[bytes, Officer]:
        """Officers' keys in force for this ballot; `at` is the time of its entry."""

    def stopped(self, ballot: Ballot, at: int) -> bool:
        """Whether the member's key that the ballot is signed with was stopped before."""


class KeysByLog:
    """Version 2: the officers at the drawing, and the changes sealed in this log since.

    A key that was stopped stays stopped, whatever is said of it later.

    Args:
        officers: keys in force when the roll was drawn.
        claimed: whether a key of which nothing is known here is taken for what the ballot says it
            is. Only for a verifier without the society's whole log, who says so.
        ended: officers' keys known to have ended before the drawing.
        denied: digests of ballots whose claim is not believed, because the result denies it.
    """

    def __init__(
        self,
        officers: Mapping[bytes, Officer],
        *,
        claimed: bool = False,
        ended: Iterable[bytes] = (),
        denied: Collection[str] = (),
    ) -> None:
        self._officers = dict(officers)
        self._claimed = claimed
        self._ended = set(ended)
        self._denied = denied
        self._stopped: set[bytes] = set()

    def change(self, record: Record) -> None:
        """Follow one `roll-change`."""
        key, holder = b64.decode(str(record["key"])), str(record["holder"])
        stops = record["action"] == "stop"
        if holder == rules.MEMBER_ROLE:
            if stops:
                self._stopped.add(key)
        elif stops:
            self._ended.add(key)
            self._officers.pop(key, None)
        elif key not in self._ended:
            self._officers[key] = Officer(key.hex(), holder)

    def officers(self, ballot: Ballot, at: int) -> Mapping[bytes, Officer]:
        """The officers now; with `claimed` also whoever the ballot says is one."""
        if not self._claimed or (self._denied and ballot.digest in self._denied):
            return self._officers
        strangers = {
            key: officer for key, officer in claims(ballot).items() if key not in self._ended
        }
        return strangers | self._officers

    def stopped(self, ballot: Ballot, at: int) -> bool:
        """Whether the key of an own ballot was stopped earlier in this log."""
        return not ballot.assisted and any(key in self._stopped for key in ballot.listed_keys)


class KeysByTime:
    """Version 1: officers by the society's log at the time of the ballot; nothing is stopped here.

    Args:
        officers: the officers' keys in force for a ballot sealed at a time (UTC seconds).
    """

    def __init__(self, officers: Callable[[Ballot, int], Mapping[bytes, Officer]]) -> None:
        self._at = officers

    def change(self, record: Record) -> None:
        """A meeting of version 1 has no `roll-change`: it moves nothing."""

    def officers(self, ballot: Ballot, at: int) -> Mapping[bytes, Officer]:
        """The officers at that time."""
        return self._at(ballot, at) if ballot.assisted else {}

    def stopped(self, ballot: Ballot, at: int) -> bool:
        """Never: a stopped key was refused when it was cast, and the verifier looks for it."""
        return False


def claims(ballot: Ballot) -> dict[bytes, Officer]:
    """The officers that an assisted ballot says it is signed by, unchecked."""
    if not ballot.assisted:
        return {}
    listed = ballot.record["signatures"]
    assert isinstance(listed, list)
    return {
        key: Officer(key.hex(), str(item["role"]))
        for key, item in zip(ballot.listed_keys, listed, strict=True)
        if isinstance(item, dict)
    }


Before = dict[tuple[int, str], tuple[int, bool]]
"""By roll number and resolution: the last sequence, and whether the member ever voted herself."""


def judge(
    poll: Poll, lines: Mapping[int, RollLine] | None, keys: Keys, events: Iterable[Event]
) -> Iterator[Judged]:
    """Each ballot among the events, in the order of the log.

    Args:
        lines: the roll by its numbers; None if it is not here: then signers are not compared.
        events: ballots and changes of keys in the order of their index; others are passed over.
    """
    before: Before = {}
    for event in events:
        if event.kind == "roll-change" and event.record is not None:
            if event.record["meeting"] == poll.origin:
                keys.change(event.record)
        elif event.kind == "ballot":
            one = _judge_one(event, poll, lines, keys, before)
            if one.ballot is not None and one.reason is None:
                place = (one.ballot.roll_number, one.ballot.resolution)
                itself = before.get(place, (0, False))[1] or not one.ballot.assisted
                before[place] = (one.ballot.sequence, itself)
            yield one


def _judge_one(
    event: Event, poll: Poll, lines: Mapping[int, RollLine] | None, keys: Keys, before: Before
) -> Judged:
    if event.record is None:
        return Judged(event.index, event.time, None)
    parsed = None
    try:
        parsed = rules.parse(event.record)
        last, itself = before.get((parsed.roll_number, parsed.resolution), (0, False))
        standing = Standing(
            last, itself, keys.stopped(parsed, event.time), keys.officers(parsed, event.time)
        )
        _check(parsed, poll, lines, standing, event.time)
    except VotingError as error:
        return Judged(event.index, event.time, parsed, error)
    return Judged(event.index, event.time, parsed)


def gather(poll: Poll, judged: Iterable[Judged]) -> Replayed:
    """The whole meeting: what counts by resolution, and what is left out by index."""
    accepted: dict[str, list[Counted]] = {digest: [] for digest in poll.resolutions}
    left_out: list[tuple[int, str]] = []
    for one in judged:
        if one.reason is not None:
            left_out.append((one.index, one.reason))
            continue
        assert one.ballot is not None
        accepted[one.ballot.resolution].append(one.counted)
    return Replayed(accepted, tuple(left_out))


def _check(
    ballot: Ballot, poll: Poll, lines: Mapping[int, RollLine] | None, standing: Standing, at: int
) -> None:
    if lines is None:
        rules.check_place(ballot, poll, at)
        rules.check_standing(ballot, standing)
        return
    rules.check(ballot, poll, lines.get(ballot.roll_number), standing, at)
