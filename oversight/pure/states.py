"""The life of an alert, as a table of what may follow what.

An alert is ``open``, ``acknowledged``, ``closed`` or ``reopened``; beside that its condition
``holds`` or is ``cleared``. The engine opens, raises and clears; an officer acknowledges, comments,
closes and reopens; whoever follows in the office takes over. Clearing does not close: somebody has
to have looked. Severity only rises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from oversight.errors import (
    AcknowledgedError,
    AlreadyClosedError,
    ReasonMissingError,
    ReopenFirstError,
    StepRefusedError,
)
from oversight.pure.rules import Finding, Severity
from trust.formats.errors import Word

OPEN_STATES = ("open", "acknowledged", "reopened")
STATES = (*OPEN_STATES, "closed")

_FITS = {
    "acknowledge": ("open", "reopened"),
    "comment": STATES,
    "close": OPEN_STATES,
    "reopen": ("closed",),
    "take-over": ("acknowledged",),
}
_AFTER = {"open": "open", "acknowledge": "acknowledged", "close": "closed", "reopen": "reopened"}
_REFUSED: Mapping[tuple[str, str], type[StepRefusedError]] = {
    ("acknowledge", "acknowledged"): AcknowledgedError,
    ("acknowledge", "closed"): ReopenFirstError,
    ("close", "closed"): AlreadyClosedError,
}
_NEEDS_REASON = frozenset({"comment", "close", "reopen"})


@dataclass(frozen=True, slots=True)
class Life:
    """As much of an alert as decides what the engine does next.

    Attributes:
        lead: id of the measure the severity came from.
        value: that measure's figure, brought up to date when the alert is closed.
        measures: ids of every measure that was ever out of order in it.
        mark: how new the facts of its last engine step were (`Finding.mark`).
    """

    state: str
    cleared: bool
    severity: Severity
    lead: str
    value: int
    measures: frozenset[str]
    mark: tuple[int, int]


@dataclass(frozen=True, slots=True)
class EngineStep:
    """What the engine does: ``open``, ``raise`` or ``clear``, and the life after it."""

    action: str
    life: Life


def require_step(action: str, state: str, reason: str) -> None:
    """Require that an officer may take a step.

    Raises:
        StepRefusedError: the step does not fit the state.
        ReasonMissingError: the step needs words and has none.
    """
    if state not in _FITS[action]:
        if (action, state) in _REFUSED:
            raise _REFUSED[action, state]
        raise StepRefusedError(
            state=Word("oversight.state", state), action=Word("oversight.action", action)
        )
    if action in _NEEDS_REASON and not reason.strip():
        raise ReasonMissingError


def officer_steps(state: str) -> tuple[str, ...]:
    """Steps an officer may take in a state; taking over is part of a hand-over."""
    return tuple(
        action for action, states in _FITS.items() if state in states and action != "take-over"
    )


def state_after(action: str, state: str) -> str:
    """The state after a step that was taken; the engine brings a closed alert back by a raise."""
    if action == "raise":
        return "reopened" if state == "closed" else state
    return _AFTER.get(action, state)


def engine_step(
    life: Life | None, finding: Finding, later: Sequence[Finding] = ()
) -> EngineStep | None:
    """What the engine does about a finding of the alert's own period; None for nothing.

    A finding that is not assessable does nothing at all: silence neither opens nor clears.

    Args:
        later: findings of later periods, by which the rule may clear an alert.
    """
    if finding.severity is None:
        return None
    if life is None:
        worth = finding.latest and finding.severity > Severity.none
        return EngineStep("open", _life(finding, "open")) if worth else None
    if finding.severity > Severity.none:
        return _raised(life, finding, later)
    return cleared(life, finding, [finding])


def cleared(life: Life, finding: Finding, since: Sequence[Finding]) -> EngineStep | None:
    """Clears an alert whose condition the finding says is over, on newer facts only.

    Args:
        since: findings of the rule from the alert's own period to that one. If something left
            without a record in any of them, what remains clears nothing: an officer closes.
    """
    if life.cleared or life.state == "closed" or finding.rule.clears == "officer":
        return None
    if any(one.left for one in since):
        return None
    if finding.mark <= life.mark or not finding.clears(life.measures):
        return None
    return EngineStep("clear", replace(life, cleared=True, mark=finding.mark))


def _raised(life: Life, finding: Finding, later: Sequence[Finding]) -> EngineStep | None:
    if life.cleared and any(one.clears(life.measures) for one in later):
        # What a later figure cleared stays cleared as long as that figure stands.
        return None
    severer = finding.severity is not None and finding.severity > life.severity
    back = life.cleared
    if life.state == "closed":
        back = finding.rule.reopens == "worse" and _worse(life, finding)
    if not severer and not back:
        return None
    raised = _life(finding, state_after("raise", life.state))
    kept = replace(
        raised,
        severity=max(life.severity, raised.severity),
        measures=life.measures | raised.measures,
        mark=max(life.mark, raised.mark),
    )
    return EngineStep("raise", kept)


def _worse(life: Life, finding: Finding) -> bool:
    same = next((m for m in finding.measured if m.measure.id == life.lead), None)
    if same is None or same.reading.value is None:
        return False
    sign = 1 if same.measure.higher_is_worse else -1
    return sign * same.reading.value > sign * life.value


def _life(finding: Finding, state: str) -> Life:
    value = finding.lead.reading.value
    return Life(
        state=state,
        cleared=False,
        severity=finding.severity or Severity.none,
        lead=finding.lead.measure.id,
        value=0 if value is None else value,
        measures=frozenset(m.measure.id for m in finding.measured if m.severity),
        mark=finding.mark,
    )
