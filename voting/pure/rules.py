"""Rule files: the figures of law and bye-laws, as dated data with their source.

A rule file says for which meetings it holds, from when, and gives for every figure the source it
was taken from and whether a lawyer has still to confirm it (`confirm = true`). Nothing is decided
without a rule file; no figure of law stands in code. The *pin* of a rule set is its id, date and
SHA-256: it goes into the notice and the result, so that the figures cannot be changed afterwards.

Sources: Kerala Co-operative Societies Act 1969 (Act 21 of 1969) and Rules 1969; each file names
section and rule.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, TypeVar

from voting.pure.errors import NoRuleError, NoRuleNamedError, RuleFileError, RulesLostError

T = TypeVar("T")

BASES = ("votes", "for-and-against", "members")


@dataclass(frozen=True, slots=True)
class Fraction:
    """A share as the law writes it, `numerator` out of `denominator`."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a figure comes from; `confirm` is true until a person of law has confirmed it."""

    source: str
    confirm: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """Days of notice. Clear days leave out both the day of notice and the day of the meeting."""

    days: int
    clear: bool
    cited: Cited


@dataclass(frozen=True, slots=True)
class RollRule:
    """Who stands on the roll: classes of member, days of membership and of full share before."""

    classes: tuple[str, ...]
    admission_days: int
    share_days: int
    cited: Cited


@dataclass(frozen=True, slots=True)
class QuorumRule:
    """A share of the members on the roll, but at most and at least so many, if the rule says so."""

    share: Fraction
    at_least: int | None
    at_most: int | None
    cited: Cited


@dataclass(frozen=True, slots=True)
class MajorityRule:
    """A share of a base that the votes for must reach, or exceed when `more_than`."""

    share: Fraction
    more_than: bool
    of: str
    cited: Cited


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One rule file: see the module's docstring."""

    id: str
    title: str
    valid_from: date
    meeting_types: tuple[str, ...]
    societies: tuple[str, ...]
    notice: Notice
    roll: RollRule
    quorum: Mapping[str, QuorumRule]
    majority: Mapping[str, MajorityRule]
    abstention_votes: bool
    digest: str

    @property
    def pin(self) -> str:
        """What a notice and a result name it by."""
        return f"{self.id} {self.valid_from.isoformat()} sha256:{self.digest}"

    def majority_of(self, name: str) -> MajorityRule:
        """The majority rule of that name; raises NoRuleError when the file has none."""
        return _rule(self.majority, name, "majority", self.id)

    def quorum_of(self, name: str) -> QuorumRule:
        """The quorum rule of that name; raises NoRuleError when the file has none."""
        return _rule(self.quorum, name, "quorum", self.id)

    def unconfirmed(self) -> list[str]:
        """Names of the figures that a person of law has still to confirm, for pages to show."""
        parts: dict[str, Cited] = {"notice": self.notice.cited, "roll": self.roll.cited}
        parts |= {f"quorum.{name}": rule.cited for name, rule in self.quorum.items()}
        parts |= {f"majority.{name}": rule.cited for name, rule in self.majority.items()}
        return [name for name, cited in parts.items() if cited.confirm]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rule files an installation has."""

    sets: tuple[RuleSet, ...]

    def applicable(self, society: str, meeting_type: str, on: date) -> RuleSet:
        """The rule set for a meeting of that type held on that day (date in IST).

        One that names the society goes before one for all; of several the youngest in force holds.

        Raises:
            NoRuleError: there is none; the meeting cannot be called on this platform.
        """
        fitting = [
            rules
            for rules in self.sets
            if meeting_type in rules.meeting_types
            and rules.valid_from <= on
            and (not rules.societies or society in rules.societies)
        ]
        if not fitting:
            raise NoRuleError(type=meeting_type, on=on)
        return max(fitting, key=lambda rules: (bool(rules.societies), rules.valid_from))

    def pinned(self, pin: str) -> RuleSet:
        """The rule set a notice was given under; raises NoRuleError if it is gone or changed."""
        for rules in self.sets:
            if rules.pin == pin:
                return rules
        raise RulesLostError(rules=pin.split(" sha256")[0])


def read_book(texts: Iterable[str]) -> RuleBook:
    """All rule files read together; two files with the same id and date are refused."""
    sets = tuple(read_rules(text) for text in texts)
    names = [(rules.id, rules.valid_from) for rules in sets]
    if len(set(names)) != len(names):
        raise RuleFileError("Two rule files have the same id and date.")
    return RuleBook(sets)


def read_rules(text: str) -> RuleSet:
    """Read one rule file (TOML); raises RuleFileError naming the table and figure at fault."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleFileError(f"The rule file is not TOML: {error}") from None
    head, applies, counting = (_table(data, name) for name in ("ruleset", "applies", "counting"))
    _cited(counting, "counting")
    return RuleSet(
        id=_get(head, "ruleset", "id", str),
        title=_get(head, "ruleset", "title", str),
        valid_from=_get(head, "ruleset", "from", date),
        meeting_types=_words(applies, "applies", "meeting_types"),
        societies=_words(applies, "applies", "societies"),
        notice=_notice(_table(data, "notice")),
        roll=_roll(_table(data, "roll")),
        quorum={n: _quorum(_table(v, n, "quorum"), n) for n, v in _each(data, "quorum")},
        majority={n: _majority(_table(v, n, "majority"), n) for n, v in _each(data, "majority")},
        abstention_votes=_get(counting, "counting", "abstention_is_a_vote", bool),
        digest=sha256(text.encode()).hexdigest(),
    )


def _rule(rules: Mapping[str, T], name: str, what: str, rule_set: str) -> T:
    if name not in rules:
        raise NoRuleNamedError(rules=rule_set, what=what, name=name)
    return rules[name]


def _notice(table: dict[str, Any]) -> Notice:
    return Notice(
        days=_count(table, "notice", "days"),
        clear=_get(table, "notice", "clear", bool),
        cited=_cited(table, "notice"),
    )


def _roll(table: dict[str, Any]) -> RollRule:
    return RollRule(
        classes=_words(table, "roll", "classes"),
        admission_days=_count(table, "roll", "admission_days"),
        share_days=_count(table, "roll", "share_days"),
        cited=_cited(table, "roll"),
    )


def _quorum(table: dict[str, Any], name: str) -> QuorumRule:
    where = f"quorum.{name}"
    return QuorumRule(
        share=_fraction(table, where),
        at_least=_count(table, where, "at_least") if "at_least" in table else None,
        at_most=_count(table, where, "at_most") if "at_most" in table else None,
        cited=_cited(table, where),
    )


def _majority(table: dict[str, Any], name: str) -> MajorityRule:
    where = f"majority.{name}"
    base = _get(table, where, "of", str)
    if base not in BASES:
        raise RuleFileError(f"[{where}] of = {base!r} is not one of {', '.join(BASES)}.")
    return MajorityRule(
        share=_fraction(table, where),
        more_than=_get(table, where, "more_than", bool),
        of=base,
        cited=_cited(table, where),
    )


def _fraction(table: dict[str, Any], where: str) -> Fraction:
    share = Fraction(_count(table, where, "numerator"), _count(table, where, "denominator"))
    if not 0 < share.numerator <= share.denominator:
        raise RuleFileError(f"[{where}] is not a share between nothing and the whole.")
    return share


def _cited(table: dict[str, Any], where: str) -> Cited:
    source = _get(table, where, "source", str)
    if not source.strip():
        raise RuleFileError(f"[{where}] does not name the source of its figures.")
    return Cited(source, _get(table, where, "confirm", bool))


def _words(table: dict[str, Any], where: str, name: str) -> tuple[str, ...]:
    words = _get(table, where, name, list)
    if not all(isinstance(word, str) for word in words):
        raise RuleFileError(f"[{where}] {name} is not a list of words.")
    return tuple(words)


def _count(table: dict[str, Any], where: str, name: str) -> int:
    value = _get(table, where, name, int)
    if value < 0:
        raise RuleFileError(f"[{where}] {name} is less than nothing.")
    return value


def _get(table: dict[str, Any], where: str, name: str, wanted: type[T]) -> T:
    value = table.get(name)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise RuleFileError(f"[{where}] {name} is missing or is not a {wanted.__name__}.")
    return value


def _table(data: dict[str, Any], name: str, above: str = "") -> dict[str, Any]:
    value = data if above else data.get(name)
    if not isinstance(value, dict):
        raise RuleFileError(f"The rule file has no table [{above + '.' if above else ''}{name}].")
    return value


def _each(data: dict[str, Any], name: str) -> list[tuple[str, Any]]:
    found = list(_table(data, name).items())
    if not found:
        raise RuleFileError(f"The rule file has no rule under [{name}].")
    return found
