"""What a page shows: plain values with every word already chosen."""

from dataclasses import dataclass

from oversight.model import Figures
from trust.formats.places import Place


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A society on the Registrar's board, with its leading alert.

    Attributes:
        severity: ``act``, ``watch`` or ``none`` (all its alerts have cleared).
        alerts, acknowledged, cleared: numbers of alerts not closed, and of these.
        unassessed: rules that could not be judged for want of data.
        age_days: whole days since the leading alert was opened.
        sentence: what the leading alert says, with its figures.
        owner: the officer's display name, or who is missing.
    """

    society: str
    name: str
    district: str
    district_name: str
    severity: str
    severity_word: str
    alerts: int
    acknowledged: int
    cleared: int
    unassessed: int
    opened_at: int
    age_days: int
    age: str
    alert: str
    rule: str
    title: str
    state: str
    state_word: str
    sentence: str
    owner: str
    owned: bool


@dataclass(frozen=True, slots=True)
class DistrictCount:
    """A district of the filter: how many of its societies are on the board, and how many are
    overseen at all."""

    district: str
    name: str
    societies: int
    act: int
    watch: int


@dataclass(frozen=True, slots=True)
class Board:
    """The Registrar's page. ``last_event`` is where its live stream begins."""

    lines: tuple[BoardLine, ...]
    districts: tuple[DistrictCount, ...]
    chosen: str | None
    act: int
    watch: int
    cleared: int
    last_event: int


@dataclass(frozen=True, slots=True)
class EvidenceLink:
    """A sealed entry an alert rests on; ``receipt`` is the code by which anybody finds it."""

    at: Place
    kind: str
    receipt: str


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure of the alert's rule as it reads now.

    Attributes:
        assessed: False when ``sentence`` says why it could not be judged; then ``filled`` is empty.
        watch, act, clear: threshold figures as people write them.
        source, confirm: where the thresholds come from, and whether that is still to be confirmed.
    """

    measure: str
    leading: bool
    assessed: bool
    severity: str
    severity_word: str
    formula: str
    filled: str
    sentence: str
    watch: str
    act: str
    clear: str
    source: str
    confirm: bool


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One step of an alert's life; ``receipt`` finds its entry in the oversight log."""

    number: int
    action: str
    action_word: str
    who: str
    by_engine: bool
    reason: str
    severity: str
    severity_word: str
    state_word: str
    at: Place
    receipt: str


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Everything on the page of one alert.

    Attributes:
        sentence, filled: of the figures the alert was opened or last raised for.
        measures: the rule's measures as they read now.
        evidence: the first entries; ``evidence_count`` says how many there are.
        steps: steps an officer may take now.
        version: to be sent back with a step.
    """

    alert: str
    society: str
    name: str
    district_name: str
    rule: str
    rule_version: int
    policy: str
    policy_version: str
    title: str
    period: str
    severity: str
    severity_word: str
    state: str
    state_word: str
    cleared: bool
    sentence: str
    formula: str
    filled: str
    figures: Figures
    measures: tuple[MeasureLine, ...]
    help: str
    legal: str
    legal_confirm: bool
    clear_text: str
    evidence: tuple[EvidenceLink, ...]
    evidence_count: int
    timeline: tuple[TimelineLine, ...]
    owner: str
    owned: bool
    opened_at: int
    steps: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class StandingLine:
    """What one rule says of a society now, for the society itself: a finding or why there is
    none. ``alert`` is the id of an alert that is not closed."""

    rule: str
    title: str
    period: str
    severity: str
    severity_word: str
    sentence: str
    help: str
    alert: str | None
