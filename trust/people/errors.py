"""Refusals about people, one class each."""

from datetime import date
from typing import ClassVar

from trust.formats.errors import SakshiError


class PeopleError(SakshiError):
    """Any refusal of this package."""

    default_code: ClassVar[str] = "people"


class NotAllowedError(PeopleError):
    """The account lacks the role, or its jurisdiction does not reach this society."""

    default_code = "not-allowed"
    status = 403
    text = (
        "For {society} this needs one of these roles: {roles}. Sign in with an account that has it."
    )


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
    field = "key"
    text = "These characters are no public key. Compare them with the other screen."


class KeyInUseError(PeopleError):
    """The key is or was bound to somebody; a key serves one person once."""

    default_code = "key-in-use"
    field = "key"
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
    """What was asked for was already confirmed, replaced by a later request, or is too old."""

    default_code = "enrolment-closed"
    status = 409
    text = "This request was confirmed, replaced, taken back or is too old. Begin a new one."


class OfficerGoneError(RequestClosedError):
    """Whoever asked holds no office of the society any more."""

    default_code = "officer-gone"
    text = "Whoever began this is no officer of the society any more. Begin a new one."


class KeyRevokedError(PeopleError):
    """The key was revoked already."""

    default_code = "key-revoked"
    status = 409
    text = "This key was revoked before."


class NoSuchSocietyError(UnknownPersonError):
    """No society has that slug."""

    default_code = "no-such-society"
    text = "No society is registered here as {slug}."


class NoSuchAccountError(UnknownPersonError):
    """The account does not exist or was closed."""

    default_code = "no-such-account"
    text = "This account does not exist or was closed. Sign in again."


class NoSuchMemberError(UnknownPersonError):
    """No member has that id."""

    default_code = "no-such-member"
    text = "There is no such member. Look for the number in the register."


class NoSuchKeyError(UnknownPersonError):
    """No key has that id."""

    default_code = "no-such-key"
    text = "There is no such key. Load the page again."


class NotOnStaffError(UnknownPersonError):
    """The account is no officer of the society."""

    default_code = "not-on-staff"
    field = "account"
    text = "That account is no officer of this society. Choose one of the list."


class NotThatOfficerError(NotAllowedError):
    """The account does not hold the role that its key is bound for."""

    default_code = "not-that-officer"
    field = "role"
    text = "That account is not {role} of a society. Choose the role that it has."


class RegistrarBindsError(NotAllowedError):
    """Somebody of the society binds an officer's key."""

    default_code = "registrar-binds"
    text = "The Registrar's office binds officers' keys, nobody of a society."


class NumberTakenError(AlreadyThereError):
    """The member number is another member's."""

    default_code = "number-taken"
    field = "number"
    text = "Member number {number} is in the register already. Give the next free number."


class MemberNameError(BadDetailsError):
    """The member's number or name is missing or too long."""

    default_code = "member-name"
    field = "number"
    text = "A member needs a number (at most 40 characters) and a name."


class GenderError(BadDetailsError):
    """The letter for the gender is another."""

    default_code = "gender"
    field = "gender"
    text = "Gender is f, m or o, not {found}."


class MemberLeftError(BadDetailsError):
    """The member has left the society."""

    default_code = "member-left"
    text = "The member has left the society; no key can be bound."


class MediumError(BadDetailsError):
    """A key is on something else."""

    default_code = "medium"
    field = "medium"
    text = "Say whether the key is on a card or on the member's device."


class FutureDateError(PeopleError):
    """A date of the register that has not come yet."""

    default_code = "future-date"
    text = "The date {day} lies in the future. Enter the day on which it happened."

    def __init__(self, field: str, day: date) -> None:
        super().__init__(None, code=None, day=day.isoformat())
        self.field = field


class MembershipEndedError(PeopleError):
    """The membership ended before."""

    default_code = "membership-ended"
    status = 409
    text = "This membership has ended. Admit the person under a new number."


class NumberTwiceError(AlreadyThereError):
    """A list of new members has one number twice."""

    default_code = "number-twice"
    text = "A member number stands twice in the list."


class TextTooLongError(BadDetailsError):
    """A text of the register is longer than its record takes."""

    default_code = "text-too-long"
    text = "This text has more than {most} characters: {begins}… Shorten it."


class NoSuchRequestError(UnknownPersonError):
    """Nothing of that id waits for a second officer."""

    default_code = "no-such-request"
    text = "There is no such request. Load the page again."


class ReferenceMissingError(BadDetailsError):
    """The committee's decision has no number."""

    default_code = "reference-missing"
    field = "reference"
    text = "Give the number of the committee's decision in the minutes."


class BulkAdmissionError(PeopleError):
    """Many members at once while a roll is drawn."""

    default_code = "bulk-admission"
    status = 409
    text = (
        "While the roll of a meeting is drawn, each admission takes two officers. "
        "Admit members one by one, or wait until the meeting is closed."
    )


class RegisterSealedError(PeopleError):
    """The opening register is sealed once."""

    default_code = "register-sealed"
    status = 409
    text = "The register of this society was sealed before. Each change of it is sealed by itself."


class RegisterEmptyError(PeopleError):
    """There is nobody to seal."""

    default_code = "register-empty"
    text = "The register holds no member. Enter the members first, then seal it."


class RegisterMovedError(PeopleError):
    """The register is not the one that the first officer looked at."""

    default_code = "register-moved"
    status = 409
    text = (
        "The register was changed after the first officer asked to seal it. "
        "Take the request back, look at the register again and ask again."
    )


class KeySuspendedError(PeopleError):
    """One officer asked to stop the key; told only to whoever holds it."""

    default_code = "key-suspended"
    status = 403
    text = (
        "An officer of the society asked to stop this card or key on {at}; until a second officer "
        "decides, it does not sign in. If you did not ask for it, tell the society or the "
        "Registrar's office: two officers can enter your vote with you present."
    )


class RoleNeededError(NotAllowedError):
    """The account has none of these roles anywhere."""

    default_code = "role-needed"
    text = "This needs one of these roles: {roles}. Sign in with an account that has it."
