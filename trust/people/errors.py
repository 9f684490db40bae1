"""Refusals of the people room, one class for each fault."""

from typing import ClassVar

from trust.formats.errors import SakshiError


class PeopleError(SakshiError):
    """Any refusal of this room."""

    default_code: ClassVar[str] = "people"


class NotAllowedError(PeopleError):
    """The account lacks the role, or its jurisdiction does not reach this society."""

    default_code = "not-allowed"


class UnknownPersonError(PeopleError):
    """No such society, account, member or key."""

    default_code = "unknown-person"


class AlreadyThereError(PeopleError):
    """A society, log-in name, member number or key exists already."""

    default_code = "already-there"


class BadDetailsError(PeopleError):
    """A name, number, gender or password is not usable."""

    default_code = "bad-details"


class BadKeyError(PeopleError):
    """These bytes are no usable Ed25519 public key."""

    default_code = "bad-key"


class KeyInUseError(PeopleError):
    """The key is or was bound to somebody; a key serves one person once."""

    default_code = "key-in-use"


class KeyStillBoundError(PeopleError):
    """The person has a key in force; it must be revoked before another is bound."""

    default_code = "key-still-bound"


class SameOfficerError(PeopleError):
    """Both steps of an enrolment by one officer."""

    default_code = "same-officer"


class RequestClosedError(PeopleError):
    """The enrolment was already confirmed, was replaced by a later one, or is too old."""

    default_code = "enrolment-closed"


class KeyRevokedError(PeopleError):
    """The key was revoked already."""

    default_code = "key-revoked"


class LoginRefusedError(PeopleError):
    """Wrong name, password or key; which of them is not told."""

    default_code = "login-refused"


class LoginExpiredError(PeopleError):
    """The challenge is older than it may be."""

    default_code = "login-expired"


class LoginUsedError(PeopleError):
    """The challenge was used before."""

    default_code = "login-used"
