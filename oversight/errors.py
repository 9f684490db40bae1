"""Errors of oversight, each a sentence an officer can act on."""

from trust.formats.errors import SakshiError


class OversightError(SakshiError):
    """Base of the errors of this package."""

    default_code = "oversight"


class PolicyError(OversightError):
    """The policy text cannot be used: it says where and why."""

    default_code = "policy"


class NoPolicyError(OversightError):
    """No policy has been adopted, so nothing may be judged."""

    default_code = "no-policy"
    text = (
        "No oversight policy is in force, so no society can be judged. The Registrar has to "
        "adopt one first."
    )


class UnknownAlertError(OversightError):
    """There is no alert of that name."""

    default_code = "unknown-alert"
    status = 404
    text = "There is no alert {alert}."


class AlertChangedError(OversightError):
    """Somebody else acted on the alert first."""

    default_code = "alert-changed"
    status = 409
    text = (
        "This alert changed after you opened the page: the last step is “{action}”, and the alert "
        "is now “{state}”. Your step was not taken; read the history, then decide again."
    )


class StepRefusedError(OversightError):
    """The step does not fit the state the alert is in."""

    default_code = "step-refused"
    status = 409
    text = "An alert that is {state} cannot be given the step {action}."


class ReasonMissingError(OversightError):
    """A step that needs a written reason came without one."""

    default_code = "reason-missing"
    field = "reason"
    text = "Write a reason; it is sealed with the step."


class NotEntitledError(OversightError):
    """The officer's grants do not cover this society."""

    default_code = "not-entitled"
    status = 403
    text = (
        "{society} is outside your jurisdiction; only an officer of the Registrar for its "
        "district can act on its alerts."
    )


class WholeStateError(NotEntitledError):
    """A policy is adopted by somebody who is not for the whole state."""

    default_code = "whole-state"
    text = "Only the Registrar for the whole state can adopt a policy."


class AcknowledgedError(StepRefusedError):
    """The alert was acknowledged before."""

    default_code = "already-acknowledged"
    text = "This alert has already been acknowledged."


class ReopenFirstError(StepRefusedError):
    """A closed alert is to be acknowledged."""

    default_code = "reopen-first"
    text = "This alert is closed; reopen it first."


class AlreadyClosedError(StepRefusedError):
    """The alert was closed before."""

    default_code = "already-closed"
    text = "This alert is already closed."


class AlertOvertakenError(AlertChangedError):
    """Somebody else's step came in the moment between."""

    default_code = "alert-overtaken"
    text = (
        "Somebody else acted on this alert a moment ago, so your step was not taken. Read the "
        "newest entry in its history, then decide again."
    )


class KeepsChangingError(AlertChangedError):
    """The alerts of a society changed in every try of the engine."""

    default_code = "alerts-keep-changing"
    text = "The alerts of {society} kept changing while they were judged. Try again in a minute."
