"""Refusals about offices and appointments."""

from trust.people.errors import AlreadyThereError, NotAllowedError, PeopleError, UnknownPersonError


class OfficeError(PeopleError):
    """Any refusal of this package that has no other base."""

    default_code = "office"


class NoSuchOfficeError(UnknownPersonError):
    """No open office has that slug."""

    default_code = "no-such-office"
    field = "office"
    text = "There is no open office {slug}. The list of offices has them all."


class OfficeThereError(AlreadyThereError):
    """An open office has that slug or that jurisdiction."""

    default_code = "office-there"
    field = "office"
    text = "The office {slug} is there already, or one for the same jurisdiction is."


class OfficePlaceError(OfficeError):
    """The jurisdiction does not fit the level, or the office above does not."""

    default_code = "office-place"
    field = "scope"
    text = (
        "A district's office takes a district, a taluk's a district and a taluk such as "
        "thrissur/Chavakkad, a sector's a sector; the office above it must be open and higher."
    )


class OfficeHeldError(OfficeError):
    """Somebody is appointed to the office, or an office stands below it."""

    default_code = "office-held"
    status = 409
    text = "Somebody is appointed to this office, or another office is below it. End that first."


class NoSuchAppointmentError(UnknownPersonError):
    """No appointment has that number."""

    default_code = "no-such-appointment"
    field = "appointment"
    text = "There is no such appointment. Load the page again."


class JurisdictionNeededError(OfficeError):
    """Role and jurisdiction do not go together."""

    default_code = "jurisdiction-needed"
    field = "office"
    text = (
        "A role in a society needs the society; a Registrar, an administrator and a federation "
        "need an office. Give one of the two, the one that the role has."
    )


class NotYourOfficeError(NotAllowedError):
    """The actor's own jurisdiction does not reach what he asks for."""

    default_code = "not-your-office"
    text = (
        "This takes an administrator, or a Registrar whose jurisdiction reaches it and who is of "
        "no society's staff. Sign in with such an account."
    )


class OnlySecondError(NotAllowedError):
    """While there is one administrator, he may appoint only the second."""

    default_code = "only-second"
    text = (
        "There is one administrator so far. He may appoint only the second administrator; "
        "everything else takes two."
    )


class OwnAppointmentError(NotAllowedError):
    """Somebody appoints himself, or confirms it."""

    default_code = "own-appointment"
    status = 409
    text = "Nobody appoints himself. Two others must do it."


class SamePersonError(OfficeError):
    """Whoever asked also confirms."""

    default_code = "same-person"
    status = 409
    text = "You asked for this yourself. Another person must confirm it."


class RequestOverError(OfficeError):
    """What was asked for was confirmed, taken back or is too old, or whoever asked may no more."""

    default_code = "request-over"
    status = 409
    text = (
        "This request was confirmed or taken back, is too old, or whoever asked may not ask any "
        "more. Ask again."
    )


class NoSuchOfficeRequestError(UnknownPersonError):
    """Nothing of that number waits."""

    default_code = "no-such-office-request"
    field = "request"
    text = "Nothing of this number waits for a second person. Load the page again."


class AppointedError(AlreadyThereError):
    """The account holds this role there already."""

    default_code = "appointed"
    text = "This account holds that role there already, or it is asked for."


class NotStaffError(OfficeError):
    """A member's account, or one of another society's staff, cannot hold this."""

    default_code = "not-staff"
    field = "login"
    text = (
        "This account cannot hold the role: it is a member's, or it belongs to the staff of a "
        "society that is not this one. Make an account of its own for the office."
    )


class NoSuchLoginError(UnknownPersonError):
    """No account has that log-in name."""

    default_code = "no-such-login"
    status = 422
    field = "login"
    text = "There is no account {login}. Make it first."


class LastDayError(OfficeError):
    """The last day is before the first, or over."""

    default_code = "last-day"
    field = "ends"
    text = "The last day is over, or before the first. Give a later one, or none."


class AppointmentOverError(OfficeError):
    """The appointment ended, or it ends earlier than asked."""

    default_code = "appointment-over"
    status = 409
    text = "This appointment has ended, or ends before that day."


class LastAdministratorError(OfficeError):
    """Nobody would be administrator any more."""

    default_code = "last-administrator"
    status = 409
    text = "This is the last administrator. Appoint another one first."


class NothingToTakeError(OfficeError):
    """Nobody can take this over from that appointment."""

    default_code = "nothing-to-take"
    field = "appointment"
    status = 409
    text = (
        "Only who holds the same role in the same jurisdiction takes over, and only from an "
        "appointment that has ended and whose holder has no such role any more."
    )


class AccessError(OfficeError):
    """The federation sees the society already, or does not."""

    default_code = "federation-access"
    status = 409
    field = "office"
    text = "The federation {slug} is let see this society already, or it is not."


class LinkOverError(UnknownPersonError):
    """The link was used, is older than an hour, or is none."""

    default_code = "link-over"
    text = (
        "This link works no more: it was used, a newer one was made, or an hour is over. Ask for "
        "another."
    )


class PasswordThereError(AlreadyThereError):
    """A first password for an account that has one."""

    default_code = "password-there"
    field = "login"
    text = "{login} has a password already. A link gives a first password only."


class AdministratorThereError(AlreadyThereError):
    """A first administrator, where one was appointed before."""

    default_code = "administrator-there"
    text = (
        "There is or was an administrator here, so nobody can become the first. Administrators "
        "make links: `sakshi people link LOGIN --as ADMINISTRATOR`."
    )


class PasswordsDifferError(OfficeError):
    """The new password was not typed twice the same."""

    default_code = "passwords-differ"
    field = "password_again"
    text = "The two passwords differ. Type both again."


class NotYourPlaceError(OfficeError):
    """The account is no officer of the Registrar over that place."""

    default_code = "not-your-place"
    status = 403
    text = "Only an officer of the Registrar for {place} can register a society there."


class NoSuchTalukError(OfficeError):
    """The district has no taluk of that name."""

    default_code = "no-such-taluk"
    field = "taluk"
    text = "{district} has no taluk “{name}”. Write it as the Department does, in either script."


class ProfileNamesError(OfficeError):
    """A society needs its name in both languages."""

    default_code = "profile-names"
    field = "name_ml"
    text = "Write the society's name in English and in Malayalam."


class RegisteredLaterError(OfficeError):
    """The day of registration has not come yet."""

    default_code = "registered-later"
    field = "registered_on"
    text = "The day of registration is {day}; it cannot lie after today."
