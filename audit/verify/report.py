"""What a verification can say: an ordered list of checks, and one exit code that follows from it.

Four words only. *right*: looked at and right. *wrong*: looked at and not right. *missing*: an input
that should be there is not. *not-checked*: could not be looked at here, and why. Beside them stand
*notes*: what a reader should know and what makes nothing wrong. A check that was
planned but never reached is none of the first three: it counts as missing input, so that a fault
in the verifier itself can never read as "right". What a subject is all about (a meeting: its vote)
may be left *undecided*: that is not checked, and the exit code is that of missing input.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from trust.formats import origins

State = Literal["right", "wrong", "missing", "not-checked"]
Said = State | Literal["note"]

EXIT_RIGHT, EXIT_WRONG, EXIT_UNREADABLE = 0, 1, 2
MAX_FINDINGS = 200
"""Findings kept per check: a hostile input must not fill the screen or the memory."""


@dataclass(frozen=True, slots=True)
class EntryRef:
    """An entry a finding is about: its log, its 0-based position and, if it is known, its kind."""

    origin: str
    index: int
    kind: str | None = None

    def __str__(self) -> str:
        kind = f" ({self.kind})" if self.kind else ""
        return f"entry {self.index}{kind} of {self.origin}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check has to say, as a paragraph for a person."""

    state: Said
    text: str
    member: str | None = None
    entry: EntryRef | None = None


@dataclass(slots=True)
class Check:
    """One question of the plan and what came of it; `right` counts the things found right."""

    id: str
    sentence: str
    right: int = 0
    reached: bool = False
    findings: list[Finding] = field(default_factory=list)
    dropped: int = 0
    states: set[State] = field(default_factory=set)
    undecided: bool = False

    def ok(self, count: int = 1) -> None:
        """So many things were looked at and are right (0: there was nothing of this to look at)."""
        self.reached = True
        self.right += count

    def add(
        self, state: Said, text: str, *, member: str | None = None, entry: EntryRef | None = None
    ) -> None:
        """Keep a finding; beyond MAX_FINDINGS only its state and number are kept."""
        self.reached = True
        if state != "note":
            self.states.add(state)
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(state, text, member, entry))
        else:
            self.dropped += 1

    def wrong(self, text: str, *, member: str | None = None, entry: EntryRef | None = None) -> None:
        """Something was looked at and is not right."""
        self.add("wrong", text, member=member, entry=entry)

    def missing(
        self, text: str, *, member: str | None = None, entry: EntryRef | None = None
    ) -> None:
        """Something that should be there is not."""
        self.add("missing", text, member=member, entry=entry)

    def skip(self, text: str, *, member: str | None = None, entry: EntryRef | None = None) -> None:
        """Something could not be looked at here; the text says why."""
        self.add("not-checked", text, member=member, entry=entry)

    def leave(self, text: str, *, entry: EntryRef | None = None) -> None:
        """Not checked, and without it the subject is not verified: the exit code is not 0."""
        self.undecided = True
        self.skip(text, entry=entry)

    def note(self, text: str, *, member: str | None = None, entry: EntryRef | None = None) -> None:
        """Something a reader should know; it changes neither the state nor the exit code."""
        self.add("note", text, member=member, entry=entry)

    @property
    def state(self) -> State:
        """The worst that was said; a check never reached is not checked."""
        for state in ("wrong", "missing", "not-checked"):
            if state in self.states:
                return state
        return "right" if self.reached else "not-checked"


@dataclass(slots=True)
class Report:
    """All checks of one verification, in order, with what is known of its subject."""

    what: str
    facts: dict[str, str] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)

    def plan(self, questions: Iterable[tuple[str, str]]) -> None:
        """Name the checks that must be made, in order, before any of them is made."""
        for identity, sentence in questions:
            self.checks.setdefault(identity, Check(identity, sentence))

    def __getitem__(self, identity: str) -> Check:
        return self.checks[identity]

    @property
    def exit_code(self) -> int:
        """0 everything present is right, 1 something is wrong, 2 something is missing, or what the
        subject is about is undecided."""
        states = {check.state for check in self.checks.values()}
        if "wrong" in states:
            return EXIT_WRONG
        checks = self.checks.values()
        short = any(not check.reached or check.undecided for check in checks)
        if "missing" in states or short or not checks:
            return EXIT_UNREADABLE
        return EXIT_RIGHT

    @property
    def trial(self) -> bool:
        """Whether the log is of a trial: an installation whose clock is not the time of day."""
        return origins.is_trial(self.facts.get("log", ""))

    def findings(self, state: Said) -> list[Finding]:
        """All findings of one state, in the order of the checks."""
        return [
            found
            for check in self.checks.values()
            for found in check.findings
            if found.state == state
        ]

    def as_json(self) -> dict[str, object]:
        """The report for programs; the members are listed in docs/verify-it-yourself.md."""
        return {
            "format": "sakshi-report/1",
            "what": self.what,
            "exit": self.exit_code,
            "trial": self.trial,
            "facts": dict(self.facts),
            "checks": [_check_json(check) for check in self.checks.values()],
        }


def _check_json(check: Check) -> dict[str, object]:
    return {
        "id": check.id,
        "sentence": check.sentence,
        "state": check.state,
        "reached": check.reached,
        "right": check.right,
        "findings": [_finding_json(found) for found in check.findings],
        "further_findings": check.dropped,
    }


def _finding_json(found: Finding) -> dict[str, object]:
    entry = found.entry
    return {
        "state": found.state,
        "text": found.text,
        "member": found.member,
        "entry": None
        if entry is None
        else {"origin": entry.origin, "index": entry.index, "kind": entry.kind},
    }
