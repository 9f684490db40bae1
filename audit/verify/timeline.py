"""What a society's own logs say of its people, entry by entry in the order of their sealing.

A meeting of version 2 names places in these logs: the notice, the roll and each result say how far
the society's books reached. From these places the verifier takes whose key was in force, and counts
who was admitted and which keys were stopped since. A place that lies outside the packages given is
said to be not checked, with the package that is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.verify.chain import Chain
from audit.verify.openings import Opened, Record
from audit.verify.register import ADMISSIONS
from audit.verify.report import EntryRef
from audit.verify.states import order
from audit.verify.years import continues
from trust.books.pure.booked import Position
from trust.formats import b64
from trust.formats.entries import Entry
from trust.formats.errors import NotCheckedError, ProofError
from voting.pure.ballot import Officer

OFFICER_KINDS = ("officer-key", "officer-key-loss")
KINDS = (*OFFICER_KINDS, "enrolment", "register-opening", *ADMISSIONS)
"""Kinds of people that decide votes."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry about people; `record` is None if it is not open here. Time: UTC seconds."""

    at: Position
    time: int
    kind: str
    commitment: bytes
    record: Record | None
    where: EntryRef

    @property
    def key(self) -> bytes:
        """The key that an open entry about a key is about."""
        assert self.record is not None
        return b64.decode(str(self.record["key"]))

    @property
    def action(self) -> str:
        """What was done to that key, in the words of a `roll-change`; carry stays carry."""
        assert self.record is not None
        if self.kind == "officer-key-loss":
            return "stop"
        word = str(self.record["action"])
        return "stop" if word == "revoke" else word

    @property
    def holder(self) -> str:
        """Whose key it is, in the words of a `roll-change`."""
        assert self.record is not None
        return "member" if self.kind == "enrolment" else str(self.record["role"])


@dataclass(frozen=True, slots=True)
class Timeline:
    """The logs of one society, oldest first; `whole` from the first log that it ever had."""

    logs: tuple[Chain, ...]
    steps: tuple[Step, ...]
    whole: bool

    def place(self, origin: str, size: int) -> Position:
        """The place behind the first `size` entries of a log.

        Raises NotCheckedError for a place that these packages do not reach.
        """
        for number, log in enumerate(self.logs):
            if log.origin != origin:
                continue
            if size > len(log.entries):
                raise NotCheckedError(
                    f"The package of {origin} holds {len(log.entries)} entries of {size}: a newer "
                    "one is needed."
                )
            return number, size
        raise NotCheckedError(f"The package of {origin} is needed, too (--society).")

    def root(self, at: Position) -> bytes:
        """Root of the log at a place."""
        number, size = at
        return self.logs[number].root_at(size)

    def between(self, start: Position, end: Position, *kinds: str) -> Iterator[Step]:
        """The entries of these kinds from one place to another."""
        for step in self.steps:
            if step.kind in kinds and start <= step.at < end:
                yield step

    def before(self, end: Position, *kinds: str) -> Iterator[Step]:
        """The entries of these kinds up to a place."""
        return self.between((0, 0), end, *kinds)

    def officers(self, end: Position) -> tuple[dict[bytes, Officer], set[bytes]]:
        """Officers' keys in force at a place, and those that had ended. Keys name no person, so
        each key is its own holder."""
        bound: dict[bytes, Officer] = {}
        ended: set[bytes] = set()
        for step in self.before(end, *OFFICER_KINDS):
            if step.record is None:
                continue
            if step.action == "bind":
                bound[step.key] = Officer(step.key.hex(), step.holder)
                ended.discard(step.key)
            else:
                bound.pop(step.key, None)
                ended.add(step.key)
        return bound, ended

    def members(self, end: Position) -> tuple[set[bytes], int]:
        """Members' keys in force at a place, and how many enrolments before it are not open.

        Packages never open an enrolment of version 1. Keys in force at the upgrade are carried
        over by enrolments of version 2, so what is closed before the first of these is not missed.
        """
        bound: set[bytes] = set()
        hidden = closed = 0
        for step in self.before(end, "enrolment"):
            if step.record is None:
                closed += 1
                hidden += bool(bound)
            elif step.action == "stop":
                bound.discard(step.key)
            else:
                bound.add(step.key)
        return bound, hidden if bound else closed

    def opening(self, end: Position) -> Step | None:
        """The last opening of the register before a place, if one stands in these logs."""
        found = list(self.before(end, "register-opening"))
        return found[-1] if found else None

    def first_opening(self) -> Step | None:
        """The first opening of the register, wherever it stands in these logs."""
        return next(self.before((len(self.logs), 0), "register-opening"), None)


def timeline_of(logs: Sequence[tuple[Chain, Opened]]) -> Timeline:
    """The entries about people in the logs of a society, which are given oldest first."""
    steps: list[Step] = []
    for number, (found, opened) in enumerate(logs):
        for index, entry in enumerate(found.parsed):
            if isinstance(entry, Entry) and entry.kind in KINDS:
                record = opened.records.get(index)
                steps.append(
                    Step(
                        (number, index),
                        entry.time,
                        entry.kind,
                        entry.commitment,
                        record,
                        found.ref(index),
                    )
                )
    chains = tuple(found for found, _ in logs)
    return Timeline(chains, tuple(steps), bool(chains) and not continues(chains[0]))


def named(record: Record) -> tuple[str, int]:
    """The place that a record names by its `book_origin` and `book_size`."""
    size = record["book_size"]
    assert isinstance(size, int)
    return str(record["book_origin"]), size


def check_order(first: Record, later: Record) -> None:
    """Raise ProofError if one place lies before another that was named earlier."""
    one, two = named(first), named(later)
    if (order(one[0]), one[1]) > (order(two[0]), two[1]):
        raise ProofError(
            f"The {later['kind']} names the society's books at {two[1]} entries of {two[0]}, the "
            f"{first['kind']} before it at {one[1]} of {one[0]}: books never shrink."
        )


def check_root(timeline: Timeline, record: Mapping[str, object], at: Position) -> None:
    """Raise ProofError unless the record names the root that the log has at that place."""
    if b64.encode(timeline.root(at)) != record["book_root"]:
        raise ProofError(
            f"The {record['kind']} names another root of the society's books at {at[1]} entries "
            "than their package has: one of the two is forged."
        )
