"""Turns an alert's figures into the sentences of the policy it was judged under."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from dashboards.words import word
from oversight import queries as oversight
from oversight.model import Alert, MeasureReading
from oversight.pure.policy import Measure, Policy, Rule
from oversight.pure.policy_text import parse
from oversight.pure.reading import KEPT
from oversight.pure.rules import Severity
from oversight.pure.wording import STYLES, fill
from oversight.words import Lang
from oversight.words import word as oversight_word
from trust.people import queries as people
from trust.people.errors import UnknownPersonError

_STYLE_OF_UNIT = {"count": "number", "days": "number", "basis-points": "percent", "paise": "rupees"}


class Policies:
    """The adopted policies, each read once for a page."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._read: dict[str, tuple[str, Policy]] = {}

    def of(self, sha256: str) -> tuple[str, Policy]:
        """Version and rules of a policy.

        Raises:
            LookupError: it was never adopted here; the database is damaged.
        """
        if sha256 not in self._read:
            adopted = oversight.policy(self._conn, sha256)
            if adopted is None:
                raise LookupError(f"policy {sha256} was never adopted")
            self._read[sha256] = adopted.version, parse(adopted.toml)
        return self._read[sha256]

    def rule(self, sha256: str, rule_id: str) -> Rule:
        """A rule of a policy; raises LookupError if the policy has none of that id."""
        rule = self.of(sha256)[1].rule(rule_id)
        if rule is None:
            raise LookupError(f"policy {sha256} has no rule {rule_id}")
        return rule


@dataclass(frozen=True, slots=True)
class Said:
    """A measure with the words of one language."""

    formula: str
    filled: str
    sentence: str


def of_alert(policies: Policies, alert: Alert, lang: Lang) -> Said:
    """What an alert was opened or last raised for."""
    measure = _need(policies.rule(alert.policy, alert.rule), alert.lead)
    return _said(measure, alert.figures, lang)


def of_reading(measure: Measure, reading: MeasureReading, lang: Lang) -> Said:
    """What a measure reads now, or why it cannot be judged."""
    if reading.severity is None:
        why = oversight_word("why", reading.why or "no-facts", lang)
        return Said(measure.formula[lang], "", why)
    said = _said(measure, reading.figures, lang)
    if KEPT not in reading.figures:
        return said
    why = oversight_word("left", str(reading.figures[KEPT]), lang)
    return replace(said, sentence=f"{said.sentence} {why}")


def severity_word(severity: Severity | None, lang: Lang) -> str:
    """The word for a severity; for none at all, that it is not assessable."""
    if severity is None:
        return oversight_word("severity", "not-assessable", lang)
    return oversight_word("severity", severity.name, lang)


def state_word(state: str, cleared: bool, lang: Lang) -> str:
    """The word for the state; a cleared alert says so until it is closed."""
    return oversight_word("state", "cleared" if cleared and state != "closed" else state, lang)


def limit(measure: Measure, value: int) -> str:
    """A threshold as people write it."""
    return STYLES[_STYLE_OF_UNIT[measure.unit]](value)


def age(days: int, lang: Lang) -> str:
    """How old, in words."""
    if days < 1:
        return word("board", "today", lang)
    if days == 1:
        return word("board", "one-day", lang)
    return word("board", "days", lang, days=days)


def officer(conn: Connection, account: int | None, lang: Lang) -> str:
    """An officer's display name; a closed account keeps its number."""
    if account is None:
        return word("board", "nobody", lang)
    try:
        return people.actor(conn, account, 0).account.display_name  # the name alone
    except UnknownPersonError:
        return word("board", "officer", lang, id=account)


def _need(rule: Rule, measure_id: str) -> Measure:
    measure = rule.measure(measure_id)
    if measure is None:
        raise LookupError(f"rule {rule.id} has no measure {measure_id}")
    return measure


def _said(measure: Measure, figures: object, lang: Lang) -> Said:
    assert isinstance(figures, dict)
    return Said(
        measure.formula[lang],
        fill(measure.filled[lang], figures),
        fill(measure.words(figures.get("value"))[lang], figures),
    )
