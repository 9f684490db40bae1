"""Errors of the log."""

from trust.formats.errors import SakshiError


class LogError(SakshiError):
    """A log cannot do what was asked."""

    default_code = "log"


class UnknownLogError(LogError):
    """There is no log of that origin here."""

    default_code = "unknown-log"
    status = 404
    text = "There is no log {origin} here."


class NoEntryError(LogError):
    """The log is not that long."""

    default_code = "no-entry"
    status = 404
    text = "{origin} has no entry {index}."


class NoLogError(LogError):
    """The society has no book log of that year here."""

    default_code = "no-log"
    status = 404
    text = "The society {slug} has no book log of that year here."


class NoHeadError(LogError):
    """No head of the log was released yet."""

    default_code = "no-head"
    status = 409
    text = "No head of {origin} has been released yet. Wait a moment and try again."


class NoHeadOfSizeError(LogError):
    """No head of that size was released."""

    default_code = "no-head-of-size"
    status = 404
    text = "No head of size {size} of {origin} was released."


class NotInstalledError(LogError):
    """There is no state in this place."""

    default_code = "not-installed"
    status = 503
    text = "There is no state here yet. `sakshi init` or `make demo` makes one."


class NotTrialError(LogError):
    """The clock of a state that is no trial is to be moved."""

    default_code = "not-trial"
    status = 409
    text = (
        "{host} is not a trial: its clock is the time of day and cannot be moved. A new state in "
        "another folder, made with `sakshi init --trial`, has a clock of its own."
    )


class TrialLabelError(LogError):
    """The host label of a trial without the wish for one, or the other way round."""

    default_code = "trial-label"
    status = 409
    text = (
        "The label of a trial begins with “trial-”, and only that of a trial: {host}. Make a trial "
        "with `sakshi init --trial`, or choose another label (SAKSHI_HOST_LABEL of a signer "
        "service)."
    )


class ClockAheadError(LogError):
    """The trial's clock is to be moved back, or too far."""

    default_code = "clock-ahead"
    status = 409
    text = "The clock of a trial moves ahead only, up to ten years in all. Write +16d, +3h or +20m."


class LogClosedError(LogError):
    """The log is closed; `next` is the log in which it goes on, None while that is not open."""

    default_code = "log-closed"
    status = 409
    text = "{origin} is closed. Load the page again; entries go on in another log."

    def __init__(self, *, next: str | None = None, **places: object) -> None:
        super().__init__(None, code=None, next=next, **places)
        self.next = next


class ContinuedError(LogClosedError):
    """The log is closed and goes on in another."""

    default_code = "log-continued"
    text = "{origin} is closed; it goes on in {next}. Load the page again."


class YearOverError(LogClosedError):
    """The year of the log is over."""

    default_code = "log-year-over"
    text = "The year of {origin} is over: it takes no entry any more. Try again in a minute."


class NotContinuedError(LogClosedError):
    """The log is closed and no other continues it."""

    default_code = "log-not-continued"
    text = "{origin} is closed and nothing continues it. Please tell the State's office."


class GivenUpError(LogError):
    """The log was given up; its successor takes what belongs there."""

    default_code = "log-given-up"
    status = 409
    text = "{origin} was given up; what belongs there goes to its successor."


class NotPublishedError(LogError):
    """No published head covers the entry yet."""

    default_code = "not-published"
    status = 409
    text = "Entry {index} of {origin} is not published yet; ask again in a few seconds."


class NothingPublishedError(LogError):
    """The log has no published head yet."""

    default_code = "nothing-published"
    status = 409
    text = "Nothing of {origin} is published yet; ask again in a few seconds."


class ErasedError(LogError):
    """The payload of the entry was erased by law; its commitment stands."""

    default_code = "erased"
    status = 404
    text = "The payload of entry {index} of {origin} was erased."


class NotErasableError(LogError):
    """A part of an entry that stays, because rows that decide something are made of it."""

    default_code = "not-erasable"
    status = 409
    text = (
        "That part of entry {index} of {origin} is not erased: what counts is computed from it. "
        "If the entry has a second payload, that can be erased."
    )


class SignerError(LogError):
    """The signer refused or does not answer."""

    default_code = "signer"
    status = 503


class StaleHeadError(SignerError):
    """The signer has released another size than the caller thought (`size` says which)."""

    default_code = "stale-head"

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class ConcurrentPublishError(LogError):
    """Another publisher integrated this log first; nothing was changed, try again."""

    default_code = "concurrent-publish"
    status = 409
    text = "Another publisher integrated one of these logs first. Nothing was changed; try again."


class MirrorError(LogError):
    """A mirror cannot be written or does not hold what it should."""

    default_code = "mirror"


class PutBackError(LogError):
    """The database is older than what the signer has released: nothing may be appended to it."""

    default_code = "put-back"
    status = 503


class AlteredError(LogError):
    """What the database holds of an entry is not what the entry commits to."""

    default_code = "altered"
    status = 500
    text = (
        "What is stored here for entry {index} of {origin} is not what was sealed there, so it is "
        "neither shown nor counted. Please tell the State's office; `sakshi fsck` says more."
    )


class NotLinkedError(LogError):
    """A log of a new year whose entry 0, the last head of the old one, is not signed yet."""

    default_code = "not-linked"
    status = 503
    text = (
        "The log of the new year waits for the last head of the log of the old year. "
        "Try again in a minute."
    )


class WithheldError(LogError):
    """An opening that nobody gets: with a meeting's roll it would tell who voted how."""

    default_code = "opening-withheld"
    status = 403
    text = (
        "Entry {index} is opened for nobody: together with the roll of a meeting it would tell "
        "who voted how. That it is in the log can be checked without."
    )
