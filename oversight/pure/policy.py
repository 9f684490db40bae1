"""The oversight policy: rules, thresholds and words as dated data.

A policy is one TOML text. Everything that decides whether a society is alerted stands in it, with
the source of each figure and whether that source still has to be confirmed; the code holds none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

ANY = "*"
"""Matches every society class or sector in a threshold."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which value a measure is worth watching and from which acting on.

    Attributes:
        society_class: class it holds for, or ``*``.
        sector: sector it holds for, or ``*``.
        watch: first value that is worth watching.
        act: first value that calls for action.
        clear: the value at which, or on the good side of which, the alert's condition is over.
        source: Act, circular or measurement the figures come from.
        confirm: the source still has to be confirmed by the department.
    """

    society_class: str
    sector: str
    watch: int
    act: int
    clear: int
    source: str
    confirm: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator within a rule, with its words (``en`` and ``ml``) and thresholds.

    `zero`: the sentence if nothing is found; empty if the other one fits.
    """

    id: str
    indicator: str
    unit: str
    higher_is_worse: bool
    params: Mapping[str, int]
    formula: Mapping[str, str]
    filled: Mapping[str, str]
    sentence: Mapping[str, str]
    thresholds: tuple[Threshold, ...]
    zero: Mapping[str, str] = field(default_factory=dict)

    def words(self, value: object) -> Mapping[str, str]:
        """The sentence for a value: the one for zero, if the measure has one and it is zero."""
        return self.zero if value == 0 and self.zero else self.sentence

    def threshold(self, society_class: str, sector: str) -> Threshold | None:
        """The most particular threshold for a society: by class and sector, class, sector, any."""
        wanted = ((society_class, sector), (society_class, ANY), (ANY, sector), (ANY, ANY))
        for pair in wanted:
            for item in self.thresholds:
                if (item.society_class, item.sector) == pair:
                    return item
        return None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it watches, when an alert of it is over, and what usually helps.

    Attributes:
        clears: ``same-period`` figures of that period, ``later-period`` also those of a later one,
            ``officer`` never by figures: what was done stays done.
        reopens: after closing, ``severer`` only when the severity rises, ``worse`` also when the
            leading figure passes the one it was closed with.
        look_back: how many of the latest periods may open an alert.
        measures: the first is the rule's own, the others stand beside it.
    """

    id: str
    version: int
    title: Mapping[str, str]
    clears: str
    clear_text: Mapping[str, str]
    reopens: str
    look_back: int
    help: Mapping[str, str]
    legal: str
    legal_confirm: bool
    measures: tuple[Measure, ...]

    def measure(self, measure_id: str) -> Measure | None:
        """The measure of that id, if the rule has it."""
        return next((m for m in self.measures if m.id == measure_id), None)


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of the policy, as adopted. ``text`` is the TOML it was read from."""

    version: str
    valid_from: date
    rules: tuple[Rule, ...]
    text: str

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, if the policy has it."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)
