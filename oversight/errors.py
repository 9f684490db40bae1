"""Faults of the oversight desk, each a sentence an officer can act on."""

from __future__ import annotations

from trust.formats.errors import SakshiError


class OversightError(SakshiError):
    """Base of the faults of this room."""

    default_code = "oversight"


class PolicyError(OversightError):
    """The policy text cannot be used: it says where and why."""

    default_code = "policy"


class NoPolicyError(OversightError):
    """No policy has been adopted, so nothing may be judged."""

    default_code = "no-policy"


class UnknownAlertError(OversightError):
    """There is no alert of that name."""

    default_code = "unknown-alert"
    status = 404


class AlertChangedError(OversightError):
    """Somebody else acted on the alert first."""

    default_code = "alert-changed"
    status = 409
    text = (
        "Somebody else acted on this alert after you opened the page, so your step was not "
        "taken. Read the history, then decide again."
    )


class StepRefusedError(OversightError):
    """The step does not fit the state the alert is in."""

    default_code = "step-refused"
    status = 409
    text = "The alert is not in a state where this step is possible. Read its history."


class ReasonMissingError(OversightError):
    """A step that needs a written reason came without one."""

    default_code = "reason-missing"
    text = "Write a reason; it is sealed with the step."


class NotEntitledError(OversightError):
    """The officer's grants do not cover this society."""

    default_code = "not-entitled"
    status = 403
    text = "This society is outside your jurisdiction."
