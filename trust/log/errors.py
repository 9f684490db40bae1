"""Faults of the log room."""

from trust.formats.errors import SakshiError


class LogError(SakshiError):
    """A log cannot do what was asked."""

    default_code = "log"


class UnknownLogError(LogError):
    """There is no log of that origin here."""

    default_code = "unknown-log"


class LogClosedError(LogError):
    """The log is closed; `next` is the log in which it goes on, None while that is not open."""

    default_code = "log-closed"

    def __init__(self, message: str, next: str | None = None) -> None:
        super().__init__(message)
        self.next = next


class SignerError(LogError):
    """The signer refused or does not answer."""

    default_code = "signer"


class StaleHeadError(SignerError):
    """The signer has released another size than the caller thought (`size` says which)."""

    default_code = "stale-head"

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class ConcurrentPublishError(LogError):
    """Another publisher integrated this log first; nothing was changed, try again."""

    default_code = "concurrent-publish"


class MirrorError(LogError):
    """A mirror cannot be written or does not hold what it should."""

    default_code = "mirror"


class PutBackError(LogError):
    """The database is older than what the signer has released: nothing may be appended to it."""

    default_code = "put-back"


class AlteredError(LogError):
    """What the database holds of an entry is not what the entry commits to."""

    default_code = "altered"
