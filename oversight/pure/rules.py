"""Rules: from readings and thresholds to a finding for one period.

A finding is ``none``, ``watch`` or ``act``, or not assessable. A rule is as severe as its severest
measure. More of what is bad never makes a finding milder: severity is monotone in every measure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum

from oversight.pure.facts import FAULTY, TOO_LARGE, UNREADABLE, FactBook, Gap, merged
from oversight.pure.indicators import INDICATORS
from oversight.pure.policy import Measure, Policy, Rule, Threshold
from oversight.pure.reading import TODAY, Reading
from oversight.pure.salvage import MOST_PLACES
from oversight.pure.wording import fill
from trust.formats.canon import MAX_INT
from trust.formats.places import Place


class Severity(IntEnum):
    """How serious a finding is; ordered."""

    none = 0
    watch = 1
    act = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure read for one period and compared with the society's threshold."""

    measure: Measure
    reading: Reading
    threshold: Threshold | None
    severity: Severity | None
    clear: bool

    @property
    def figures(self) -> Mapping[str, int | str]:
        """The reading's figures with the threshold's, for the sentence."""
        if self.threshold is None:
            return self.reading.figures
        limits = {"watch": self.threshold.watch, "act": self.threshold.act}
        return {**self.reading.figures, **limits, "clear": self.threshold.clear}

    def changes_on(self, today: date) -> date | None:
        """The first day on which a count of days reaches or passes a limit, if it is one."""
        value = self.reading.value
        if self.threshold is None or value is None or TODAY not in self.reading.figures:
            return None
        limits = (self.threshold.watch, self.threshold.act, self.threshold.clear)
        ahead = [n - value for limit in limits for n in (limit, limit + 1) if n > value]
        days = min(ahead, default=None)
        reachable = days is not None and days <= date.max.toordinal() - today.toordinal()
        return today + timedelta(days=days) if days is not None and reachable else None

    def sentence(self, lang: str) -> str:
        """What it says, with the numbers filled in.

        Raises:
            PolicyError: the policy's sentence asks for a figure that is not there.
        """
        return fill(self.measure.words(self.reading.value)[lang], self.figures)

    def filled(self, lang: str) -> str:
        """The formula with the numbers filled in."""
        return fill(self.measure.filled[lang], self.figures)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one period of one society.

    Attributes:
        severity: None when no measure of the rule could be assessed.
        lead: the measure the severity comes from; the rule's own where several are equal.
        latest: the period is among those that may open an alert.
    """

    rule: Rule
    period: str
    severity: Severity | None
    lead: Measured
    measured: tuple[Measured, ...]
    latest: bool = False

    @property
    def as_of(self) -> str:
        """The day the newest figure speaks of."""
        return max(item.reading.as_of for item in self.measured)

    @property
    def known_at(self) -> int:
        """When the newest figure was sealed, UTC seconds; 0 when there is none."""
        return max(item.reading.known_at for item in self.measured)

    @property
    def evidence(self) -> tuple[Place, ...]:
        """Entries behind the measures that are not in order, or behind all if all are."""
        bad = [m for m in self.measured if m.severity] or list(self.measured)
        return tuple(sorted({at for item in bad for at in item.reading.evidence}))

    @property
    def entries(self) -> int:
        """How many entries those are at least (a long list of evidence is cut)."""
        bad = [m for m in self.measured if m.severity] or list(self.measured)
        return max(len(self.evidence), *(item.reading.entries for item in bad))

    @property
    def mark(self) -> tuple[int, int]:
        """How new the facts are: time and index of the newest entry. Entries sealed later, even
        in the same second, compare greater."""
        return self.known_at, max((at.index for at in self.evidence), default=-1)

    @property
    def left(self) -> int:
        """How often something of the subject disappeared in this period without a record."""
        return max(item.reading.left for item in self.measured)

    def clears(self, held: frozenset[str]) -> bool:
        """Whether the figures say that it is over.

        Args:
            held: ids of the measures the alert rests on. Each must have been read again and be on
                the good side of its clear value; a measure that cannot be read clears nothing.
        """
        assessable = {m.measure.id: m for m in self.measured if m.severity is not None}
        return held <= assessable.keys() and all(m.clear for m in assessable.values())


def severity_of(value: int, threshold: Threshold, *, higher_is_worse: bool) -> Severity:
    """Holds a value against a threshold."""
    sign = 1 if higher_is_worse else -1
    if sign * value >= sign * threshold.act:
        return Severity.act
    if sign * value >= sign * threshold.watch:
        return Severity.watch
    return Severity.none


def measure(item: Measure, book: FactBook, period: str, cls: str, sector: str) -> Measured:
    """Reads one measure for one period."""
    reading = _reading(item, book, period)
    threshold = item.threshold(cls, sector)
    if threshold is None:
        reading = Reading(None, why="no-threshold-for-class")
    if threshold is None or reading.value is None:
        return Measured(item, reading, threshold, None, clear=False)
    severity = severity_of(reading.value, threshold, higher_is_worse=item.higher_is_worse)
    sign = 1 if item.higher_is_worse else -1
    clear = sign * reading.value <= sign * threshold.clear
    return Measured(item, reading, threshold, severity, clear)


def _reading(item: Measure, book: FactBook, period: str) -> Reading:
    """The indicator's reading; not assessable if it cannot be computed or no record holds it."""
    try:
        reading = INDICATORS[item.indicator].read(book, period, item.params)
    except Exception:  # Pure, so the facts are the cause; the other rules are judged.
        behind = merged(fact for fact in book.facts if fact.period == period)
        return Reading(None, evidence=behind, entries=len(behind), why=UNREADABLE)
    numbers = [n for n in reading.figures.values() if isinstance(n, int)]
    if all(abs(n) <= MAX_INT for n in numbers):
        return reading
    return Reading(None, evidence=reading.evidence, entries=reading.entries, why=TOO_LARGE)


def judge(rule: Rule, book: FactBook, cls: str, sector: str) -> list[Finding]:
    """All findings of a rule, one per period it can say something of, in order of time.

    The latest are those of the newest periods that could be assessed: a quarter whose books have
    not come does not hide the one before it.
    """
    periods = sorted(
        {p for item in rule.measures for p in INDICATORS[item.indicator].periods(book)}
    )
    found = [_finding(rule, book, period, cls, sector) for period in periods]
    assessed = [finding.period for finding in found if finding.severity is not None]
    latest = frozenset(assessed[-rule.look_back :])
    return [replace(finding, latest=finding.period in latest) for finding in found]


def judge_all(policy: Policy, book: FactBook, cls: str, sector: str) -> list[Finding]:
    """All findings of a policy about one society."""
    return [finding for rule in policy.rules for finding in judge(rule, book, cls, sector)]


def _finding(rule: Rule, book: FactBook, period: str, cls: str, sector: str) -> Finding:
    measured = tuple(measure(item, book, period, cls, sector) for item in rule.measures)
    assessable = [item for item in measured if item.severity is not None]
    if not assessable:
        return Finding(rule, period, None, measured[0], measured)
    lead = max(assessable, key=lambda item: item.severity or Severity.none)
    return Finding(rule, period, lead.severity, lead, measured)


def holds_until(findings: Sequence[Finding], book: FactBook) -> date | None:
    """The first day on which the same books may give other findings; None if they never do."""
    counts = (item.changes_on(book.today) for found in findings for item in found.measured)
    return min((day for day in (book.changes_on, *counts) if day is not None), default=None)


def blinded(findings: Sequence[Finding], book: FactBook) -> list[Gap]:
    """What blinds the rules though it was sealed: rows and numbers that could not be read."""
    found = {(gap.name, gap.period): gap for gap in book.gaps if gap.why in FAULTY}
    for finding in findings:
        for item in finding.measured:
            reading = item.reading
            # Without evidence it only repeats a gap of the book.
            if reading.why in FAULTY and reading.evidence:
                places = reading.evidence[:MOST_PLACES]
                gap = Gap(item.measure.id, finding.period, reading.why, places)
                found.setdefault((gap.name, gap.period), gap)
    return list(found.values())
