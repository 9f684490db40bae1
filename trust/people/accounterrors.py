"""Refusals about societies and accounts: making them and signing in."""

from trust.people.errors import AlreadyThereError, BadDetailsError, PeopleError


class LoginRefusedError(PeopleError):
    """Wrong name, password or key; which of them is not told."""

    default_code = "login-refused"
    field = "login"
    text = "The name, password or card does not fit. Try again, or ask at your society."


class LoginExpiredError(PeopleError):
    """The challenge is older than it may be."""

    default_code = "login-expired"
    text = "This took longer than five minutes. Start again."


class LoginUsedError(PeopleError):
    """The challenge was used before."""

    default_code = "login-used"
    text = "This log-in was used before. Start again."


class NotAChallengeError(PeopleError):
    """What was signed is no log-in challenge."""

    default_code = "not-a-challenge"
    text = "This is not a signed log-in challenge. Load the page again and sign in once more."


class SlugDiffersError(BadDetailsError):
    """The slug is not the one of the registration number."""

    default_code = "slug-differs"
    text = "The slug of {number} is {wanted}, not {found}."


class SocietyThereError(AlreadyThereError):
    """Two registration numbers give one slug."""

    default_code = "society-there"
    text = (
        "A society is registered here as {slug} already; two registration numbers that differ "
        "only in punctuation cannot both be used."
    )


class LoginTakenError(AlreadyThereError):
    """The log-in name is another account's."""

    default_code = "login-taken"
    field = "login"
    text = "The log-in name {login} is taken. Choose another."


class AccountThereError(AlreadyThereError):
    """The member has an account."""

    default_code = "account-there"
    text = "This member has an account already."


class LoginNameError(BadDetailsError):
    """The log-in name is empty, too long or has spaces."""

    default_code = "login-name"
    field = "login"
    text = "A log-in name has 1 to {most} characters and no spaces."


class AccountKindError(BadDetailsError):
    """A member's account without a member, or the other way round."""

    default_code = "account-kind"
    text = "A member's account names the member; a staff account does not."


class PasswordShortError(BadDetailsError):
    """The password is too short."""

    default_code = "password-short"
    text = "A password has at least {least} characters."
