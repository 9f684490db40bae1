"""Refusals of the verbs of voting; those of the rules are in `voting/pure/errors`."""

from voting.pure.errors import VotingError


class NoSuchMeetingError(VotingError):
    """No meeting has that id."""

    default_code = "no-such-meeting"
    status = 404


class MeetingTermsError(VotingError):
    """The notice, times or resolutions of a meeting do not fit the rules."""

    default_code = "meeting-terms"


class NoticeTooShortError(MeetingTermsError):
    """Fewer days of notice than the rule file requires."""

    default_code = "notice-too-short"
    text = "There are fewer days of notice than the rule file requires. Choose a later date."


class RollStateError(VotingError):
    """The roll is drawn at the wrong time, or is missing."""

    default_code = "roll-state"


class NoRollError(RollStateError):
    """Voting cannot begin before the roll is drawn."""

    default_code = "no-roll"


class TooEarlyError(VotingError):
    """A meeting cannot be closed before its closing time."""

    default_code = "close-too-early"
    status = 409


class CountError(VotingError):
    """What is sealed in the meeting's log cannot be counted as it is."""

    default_code = "count"
