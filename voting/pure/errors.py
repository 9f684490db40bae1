"""Why a ballot, a meeting or a rule file is refused: one class for each fault.

Each has its own stable `code`; the sentence says what is wrong and what the person can do.
"""

from typing import ClassVar

from trust.formats.errors import SakshiError


class VotingError(SakshiError):
    """Any refusal of the voting floor."""

    default_code: ClassVar[str] = "voting"


class RuleFileError(VotingError):
    """A rule file is malformed, or a figure lacks its source."""

    default_code = "rule-file"


class NoRuleError(VotingError):
    """No rule file covers this decision; without one nothing is decided."""

    default_code = "no-rule"


class BallotError(VotingError):
    """Any refusal of a ballot. A refused ballot leaves nothing behind."""

    default_code = "ballot"


class BallotShapeError(BallotError):
    """The ballot is not a record of its kind."""

    default_code = "ballot-shape"


class WrongMeetingError(BallotError):
    """The ballot names another meeting's log."""

    default_code = "ballot-wrong-meeting"


class UnknownResolutionError(BallotError):
    """The ballot names a resolution that this meeting does not have."""

    default_code = "ballot-unknown-resolution"


class WrongRollError(BallotError):
    """The ballot was made for another drawing of the roll."""

    default_code = "ballot-wrong-roll"


class NotOpenYetError(BallotError):
    """Voting has not begun."""

    default_code = "ballot-before-open"


class ClosedError(BallotError):
    """Voting is over."""

    default_code = "ballot-after-close"


class NotOnRollError(BallotError):
    """No such number stands on the roll."""

    default_code = "ballot-not-on-roll"


class NoKeyError(BallotError):
    """The roll has no key for this number, so only an assisted ballot is possible."""

    default_code = "ballot-no-key"


class WrongKeyError(BallotError):
    """Signed, but not by the key the roll binds to that number."""

    default_code = "ballot-wrong-key"


class RevokedKeyError(BallotError):
    """Signed by a key that was revoked."""

    default_code = "ballot-revoked-key"


class BadSignatureError(BallotError):
    """The signature does not fit the ballot: changed, or made for another purpose."""

    default_code = "ballot-signature"


class SignerCountError(BallotError):
    """Not one signature for an own ballot, or not two for an assisted one."""

    default_code = "ballot-signer-count"


class NotAnOfficerError(BallotError):
    """An assisted ballot is signed by a key that is no officer's key of this society."""

    default_code = "ballot-not-an-officer"


class SameOfficerError(BallotError):
    """Both signatures of an assisted ballot are of one person."""

    default_code = "ballot-same-officer"


class ReplayedError(BallotError):
    """The sequence is not greater than one already accepted: an old ballot sent again."""

    default_code = "ballot-replayed"


class OwnBallotStandsError(BallotError):
    """Officers cannot replace a ballot that the member cast with their own key."""

    default_code = "ballot-own-stands"
