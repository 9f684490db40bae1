"""Why a ballot, a meeting or a rule file is refused: one class for each fault.

Each has its own stable `code`; the sentence says what is wrong and what the person can do. The
codes of ballots are also the reasons of `left_out` in a result: they never change.
"""

from typing import ClassVar

from trust.formats.errors import SakshiError


class VotingError(SakshiError):
    """Any refusal of voting."""

    default_code: ClassVar[str] = "voting"


class RuleFileError(VotingError):
    """A rule file is malformed, or a figure lacks its source."""

    default_code = "rule-file"


class NoRuleError(VotingError):
    """No rule file covers this decision; without one nothing is decided."""

    default_code = "no-rule"
    text = (
        "No rule file covers a meeting of the kind {type} of this society on {on}. Without its "
        "notice days, quorum and majority nothing can be decided here."
    )


class BallotError(VotingError):
    """Any refusal of a ballot. A refused ballot leaves nothing behind."""

    default_code = "ballot"


class BallotShapeError(BallotError):
    """The ballot is not a record of its kind."""

    default_code = "ballot-shape"
    text = "This is not a ballot: {why}"


class WrongVersionError(BallotError):
    """The ballot is of another version than the meeting's notice."""

    default_code = "ballot-version"
    text = (
        "The ballot is of version {found}; this meeting takes version {wanted}. Load the page "
        "again and vote."
    )


class WrongMeetingError(BallotError):
    """The ballot names another meeting's log."""

    default_code = "ballot-wrong-meeting"
    text = "This ballot was made for another meeting. Open this meeting's page and vote there."


class UnknownResolutionError(BallotError):
    """The ballot names a resolution that this meeting does not have."""

    default_code = "ballot-unknown-resolution"
    text = (
        "The ballot names a resolution this meeting does not have, or a changed text of one. Load "
        "the page again and vote."
    )


class WrongRollError(BallotError):
    """The ballot was made for another drawing of the roll."""

    default_code = "ballot-wrong-roll"
    text = "The ballot was made for another drawing of the roll. Load the page again and vote."


class NotOpenYetError(BallotError):
    """Voting has not begun."""

    default_code = "ballot-before-open"
    text = (
        "Voting opens at {opens}. The ballot was not taken; please send it again after that time."
    )


class ClosedError(BallotError):
    """Voting is over."""

    default_code = "ballot-after-close"
    status = 409
    text = "Voting closed at {closes}. The ballot was not taken."


class NotOnRollError(BallotError):
    """No such number stands on the roll."""

    default_code = "ballot-not-on-roll"
    text = "Number {number} does not stand on this meeting's roll. Ask the officers why."


class NoKeyError(BallotError):
    """The roll has no key for this number, so only an assisted ballot is possible."""

    default_code = "ballot-no-key"
    text = (
        "Number {number} had no key or voting card when the roll was drawn. Two officers can "
        "enter the vote with the member present."
    )


class WrongKeyError(BallotError):
    """Signed, but not by the key the roll binds to that number."""

    default_code = "ballot-wrong-key"
    text = "The ballot is not signed by the key that the roll binds to number {number}."


class RevokedKeyError(BallotError):
    """Signed by a key that was stopped before."""

    default_code = "ballot-revoked-key"
    text = (
        "This key or card was stopped after the roll was drawn, so it cannot vote. Two officers "
        "can enter the vote with the member present."
    )


class BadSignatureError(BallotError):
    """The signature does not fit the ballot: changed, or made for another purpose."""

    default_code = "ballot-signature"
    text = (
        "A signature on the ballot does not verify: the ballot was changed after signing, or "
        "signed for another record, log or purpose. It was not taken; load the page again and "
        "sign once more."
    )


class SignerCountError(BallotError):
    """Not one signature for an own ballot, or not two for an assisted one."""

    default_code = "ballot-signer-count"
    text = (
        "A member's own ballot carries exactly 1 signature, an assisted one exactly 2 signatures; "
        "this one carries {found}."
    )


class NotAnOfficerError(BallotError):
    """An assisted ballot is signed by a key that is no officer's key of this society."""

    default_code = "ballot-not-an-officer"
    text = (
        "An assisted ballot needs the signatures of two officers of this society whose keys the "
        "society's log has bound; one signature is by another key or role."
    )


class SameOfficerError(BallotError):
    """Both signatures of an assisted ballot are of one person."""

    default_code = "ballot-same-officer"
    text = (
        "Both signatures of this assisted ballot are of the same officer. A second officer must "
        "sign."
    )


class ReplayedError(BallotError):
    """The sequence is not greater than one already accepted: an old ballot sent again."""

    default_code = "ballot-replayed"
    status = 409
    text = (
        "A ballot with sequence {last} was already accepted for this number; one with sequence "
        "{found} cannot follow. To change a vote, load the page again and sign a new ballot."
    )


class SequenceGapError(BallotError):
    """The sequence is not the next one: it would shut out the ballots between."""

    default_code = "ballot-sequence-gap"
    text = (
        "The next ballot of this number has sequence {wanted}; this one has {found}. Load the "
        "page again and sign a new ballot."
    )


class OwnBallotStandsError(BallotError):
    """Officers cannot replace a ballot that the member cast with their own key."""

    default_code = "ballot-own-stands"
    text = (
        "The member has voted with their own key; officers cannot replace that ballot. Only the "
        "member can, with the same key."
    )


NOT_OPEN = "not-open"
"""Reason in `left_out` of a ballot whose payload does not open its entry."""


class RulesLostError(NoRuleError):
    """The rule file of a notice is gone or changed."""

    default_code = "rules-lost"
    status = 500
    text = (
        "The rule file of the notice ({rules}) is missing or was changed. Put it back as it was: "
        "a meeting is decided by the rules it was called under."
    )


class NoRuleNamedError(NoRuleError):
    """The rule file has no rule of that name."""

    default_code = "no-rule-named"
    text = "The rule file {rules} has no {what} rule named {name}."
