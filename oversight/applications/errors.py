"""Refusals about applications and bye-laws."""

from oversight.errors import OversightError


class NoSuchApplicationError(OversightError):
    """There is no application of that number."""

    default_code = "no-such-application"
    status = 404
    text = "There is no application {application}."


class NoSuchBylawsError(OversightError):
    """The society has no bye-laws of that version here."""

    default_code = "no-such-bye-laws"
    status = 404
    text = "There are no bye-laws of that version here."


class OfficeOnlyError(OversightError):
    """The account holds no office of the Registrar over that place."""

    default_code = "office-only"
    status = 403
    text = "Only an officer of the Registrar for {place} can do this."


class SocietyOnlyError(OversightError):
    """The account is not that of an officer of the society."""

    default_code = "society-only"
    status = 403
    text = "Only the secretary or the president of the society can do this."


class StepNotNowError(OversightError):
    """The step does not fit the state of the application."""

    default_code = "step-not-now"
    status = 409
    text = "An application that is {state} cannot be given the step “{action}”."


class OwnEntryError(OversightError):
    """The officer who entered the application cannot decide it."""

    default_code = "own-entry"
    status = 403
    text = "You entered this application; another officer of the office has to decide it."


class ReceivedLaterError(OversightError):
    """The day of receipt has not come yet."""

    default_code = "received-later"
    field = "received_on"
    text = "The day of receipt is {day}; it cannot lie after today."


class AdoptedLaterError(OversightError):
    """The day of adoption lies after the day of receipt."""

    default_code = "adopted-later"
    field = "adopted_on"
    text = "The general body cannot have adopted the bye-laws after they were received."


class SectionMissingError(OversightError):
    """A decision names no section."""

    default_code = "section-missing"
    field = "section"
    text = "Name the section that the decision rests on; it is public."


class WhyMissingError(OversightError):
    """A step without a reason."""

    default_code = "why-missing"
    field = "reason"
    text = "Write what is asked, answered or decided, and why; it is public."


class OrderMissingError(OversightError):
    """A registration without the number of its order."""

    default_code = "order-missing"
    field = "order"
    text = "Write the number of the order; it is public."


class TextMissingError(OversightError):
    """The bye-laws have no text."""

    default_code = "bye-laws-missing"
    field = "text"
    text = "Paste the whole text of the bye-laws as it is to stand."


class ApplicantMissingError(OversightError):
    """Nobody is named to whom the office can write."""

    default_code = "applicant-missing"
    field = "applicant"
    text = "Name the person to whom the office writes; the name is not public."


class NoSocietyThereError(OversightError):
    """The society whose bye-laws are to be amended is not here."""

    default_code = "no-society-there"
    field = "society"
    text = "There is no society of the short name “{slug}” here; it is in the address of its page."


class NameMissingError(OversightError):
    """A society to be registered has no proposed name."""

    default_code = "proposed-name-missing"
    field = "name_en"
    text = "Write the proposed name in both languages, and the taluk."


class PendingThereError(OversightError):
    """An amendment of the society is still undecided."""

    default_code = "amendment-pending"
    status = 409
    text = "Application {application} of this society is undecided; it must end first."


class OtherTextError(OversightError):
    """The text is not the one that the application committed to, or it was lost."""

    default_code = "other-text"
    field = "text"
    text = "This is not the text that application {application} committed to when it was received."


class NotRegisteredError(OversightError):
    """The application that bye-laws name was not registered, or is another society's."""

    default_code = "not-registered"
    field = "application"
    text = "Application {application} is not a registration that was granted, or it is used."
