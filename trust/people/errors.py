"""Refusals of the people room, one class for each fault."""

from typing import ClassVar

from trust.formats.errors import SakshiError


class PeopleError(SakshiError):
    """Any refusal of this room."""

    default_code: ClassVar[str] = "people"


class NotAllowedError(PeopleError):
    """The account lacks the role, or its jurisdiction does not reach this society."""

    default_code = "not-allowed"
    status = 403
    text = "Your account may not do this for this society. Sign in with one that may."


class UnknownPersonError(PeopleError):
    """No such society, account, member or key."""

    default_code = "unknown-person"
    status = 404


class AlreadyThereError(PeopleError):
    """A society, log-in name, member number or key exists already."""

    default_code = "already-there"
    status = 409


class BadDetailsError(PeopleError):
    """A name, number, gender or password is not usable."""

    default_code = "bad-details"


class BadKeyError(PeopleError):
    """These bytes are no usable Ed25519 public key."""

    default_code = "bad-key"
    text = "These characters are no public key. Compare them with the other screen."


class KeyInUseError(PeopleError):
    """The key is or was bound to somebody; a key serves one person once."""

    default_code = "key-in-use"
    text = "This key or card was bound before. Make a new one."


class KeyStillBoundError(PeopleError):
    """The person has a key in force; it must be revoked before another is bound."""

    default_code = "key-still-bound"
    text = "There is a key in force. Revoke it first, then bind the new one."


class SameOfficerError(PeopleError):
    """Both steps of an enrolment by one officer."""

    default_code = "same-officer"
    status = 409
    text = "You did the first step yourself. Another officer of the society must do the second."


class RequestClosedError(PeopleError):
    """The enrolment was already confirmed, was replaced by a later one, or is too old."""

    default_code = "enrolment-closed"
    status = 409
    text = "This enrolment was confirmed, replaced or is too old. Begin a new one."


class KeyRevokedError(PeopleError):
    """The key was revoked already."""

    default_code = "key-revoked"
    status = 409
    text = "This key was revoked before."


class LoginRefusedError(PeopleError):
    """Wrong name, password or key; which of them is not told."""

    default_code = "login-refused"
    text = "The name, password or card does not fit. Try again, or ask at your society."


class LoginExpiredError(PeopleError):
    """The challenge is older than it may be."""

    default_code = "login-expired"
    text = "This took longer than five minutes. Start again."


class LoginUsedError(PeopleError):
    """The challenge was used before."""

    default_code = "login-used"
    text = "This log-in was used before. Start again."
