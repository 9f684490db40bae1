"""Types of oversight, as the layers above see them."""

from collections.abc import Mapping
from dataclasses import dataclass

from oversight.pure.rules import Severity
from trust.formats.places import Place
from trust.people.model import SocietyProfile

Figures = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One step that was taken and sealed.

    Attributes:
        action: ``open``, ``raise``, ``clear``, ``acknowledge``, ``comment``, ``close``, ``reopen``.
        version: the alert's version after the step, for the next optimistic check.
    """

    alert: str
    society: str
    rule: str
    period: str
    action: str
    severity: Severity
    state: str
    version: int


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands.

    Attributes:
        cleared: newer figures satisfied the clear condition; an officer still has to close it.
        lead: id of the measure the severity comes from.
        figures: numbers at the engine's last step.
        evidence: sealed entries behind them, by origin of the log and index.
        policy: SHA-256 of the policy document it was last judged under.
        opened_at, changed_at: UTC seconds.
        owner: account of the officer who acknowledged it, if any.
        version: grows by one with every step.
    """

    id: str
    society: str
    rule: str
    rule_version: int
    period: str
    policy: str
    state: str
    cleared: bool
    severity: Severity
    lead: str
    figures: Figures
    evidence: tuple[tuple[str, int], ...]
    opened_at: int
    changed_at: int
    owner: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an alert's life and the entry of the oversight log that seals it."""

    alert: str
    number: int
    action: str
    state: str
    severity: Severity
    officer: int | None
    reason: str
    figures: Figures
    sealed: Place


@dataclass(frozen=True, slots=True)
class MeasureReading:
    """The newest reading of one measure; ``severity`` None and ``why`` when not assessable."""

    measure: str
    value: int | None
    severity: Severity | None
    figures: Figures
    why: str


@dataclass(frozen=True, slots=True)
class RuleReading:
    """The newest judgement of one rule about one period of a society."""

    society: str
    rule: str
    period: str
    severity: Severity | None
    policy: str
    measures: tuple[MeasureReading, ...]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A society on the Registrar's board: its alerts that are not closed, worst first, then oldest.

    Attributes:
        severity: the worst of its alerts that are still holding; ``none`` when all were cleared.
        alerts: number of alerts not closed.
        oldest: when the oldest of those of that severity was opened, UTC seconds.
        owner: account of the officer who has the leading alert, if any.
    """

    profile: SocietyProfile
    severity: Severity
    alerts: int
    acknowledged: int
    cleared: int
    oldest: int
    owner: int | None
    leading: Alert

    @property
    def society(self) -> str:
        """Its slug."""
        return self.profile.slug


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """A finding that a proposed policy would change; None: not assessable, or no such rule."""

    society: str
    rule: str
    period: str
    before: Severity | None
    after: Severity | None


@dataclass(frozen=True, slots=True)
class AdoptedPolicy:
    """A policy version and the public entry that made it the rule."""

    sha256: str
    version: str
    toml: str
    sealed: Place


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a society was judged last.

    Attributes:
        at: when, UTC seconds; None if it never was.
        fails: its judgement fails now.
        waiting: its books have changed since.
    """

    at: int | None
    fails: bool
    waiting: bool

    @property
    def stands(self) -> bool:
        """Whether the judgement speaks of the books as they are."""
        return self.at is not None and not self.fails and not self.waiting


@dataclass(frozen=True, slots=True)
class Tally:
    """How many societies there are to judge, and of how many a judgement stands."""

    societies: int
    standing: int
