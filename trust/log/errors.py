"""Faults of the log room."""

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


class LogClosedError(LogError):
    """The log is closed; `next` is the log in which it goes on, None while that is not open."""

    default_code = "log-closed"

    def __init__(self, message: str, next: str | None = None) -> None:
        super().__init__(message)
        self.next = next


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


class NotLinkedError(LogError):
    """A log of a new year whose entry 0, the last head of the old one, is not signed yet."""

    default_code = "not-linked"
    status = 503
    text = (
        "The log of the new year waits for the last head of the log of the old year. "
        "Try again in a minute."
    )
