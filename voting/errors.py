"""Refusals of the verbs of voting; those of the rules are in `voting/pure/errors`."""

from trust.log.errors import AlteredError
from voting.pure.errors import VotingError


class NoSuchMeetingError(VotingError):
    """No meeting has that id."""

    default_code = "no-such-meeting"
    status = 404
    text = "There is no meeting {meeting} here."


class NoSuchResolutionError(NoSuchMeetingError):
    """The meeting has no resolution of that number."""

    default_code = "no-such-resolution"
    text = "The meeting has no resolution number {number}."


class MeetingTermsError(VotingError):
    """The notice, times or resolutions of a meeting do not fit the rules."""

    default_code = "meeting-terms"


class TitleMissingError(MeetingTermsError):
    """A title is missing in one of the languages."""

    default_code = "meeting-title"
    field = "title_ml"
    text = "The notice needs a title in Malayalam and in English."


class NothingToVoteOnError(MeetingTermsError):
    """A meeting without a resolution."""

    default_code = "meeting-no-resolution"
    field = "text_ml_1"
    text = "A meeting without a resolution has nothing to vote on. Write at least one."


class ResolutionTextError(MeetingTermsError):
    """A resolution has its text in one language only."""

    default_code = "meeting-resolution-text"
    field = "text_ml_1"
    text = "Each resolution needs its text in Malayalam and in English."


class VotingTimeError(MeetingTermsError):
    """Voting would close before it opens."""

    default_code = "meeting-voting-time"
    field = "closes"
    text = "Voting must close after it opens. Voting would open on {opens} and close on {closes}."


class TooFarAheadError(MeetingTermsError):
    """A date so far ahead that it is a slip of the pen."""

    default_code = "meeting-too-far"
    field = "closes"
    text = (
        "Voting would close on {closes}. A meeting is called for this year or the next; check the "
        "year."
    )


class MeetingDayError(MeetingTermsError):
    """The day of the meeting is none on which a vote can fall."""

    default_code = "meeting-day"
    field = "held_on"
    text = (
        "Votes can fall from {first} to {last} (days in Indian time); the day of the meeting must "
        "be one of these. A deadline of 00:00 belongs to the day before."
    )


class NoticeTooShortError(MeetingTermsError):
    """Fewer days of notice than the rule file requires."""

    default_code = "notice-too-short"
    field = "opens"
    text = (
        "The rule file requires {days} days of notice before voting opens; this would give "
        "{given}. Choose a later date."
    )


class ClearNoticeTooShortError(NoticeTooShortError):
    """The same where the rule counts neither the day of notice nor the day of opening."""

    default_code = "notice-too-short-clear"
    text = (
        "The rule file requires {days} clear days of notice before voting opens; this would give "
        "{given}. Choose a later date."
    )


class NotToBeCalledAgainError(MeetingTermsError):
    """No meeting of this society that was given up waits under that id."""

    default_code = "meeting-not-waiting"
    field = "again"
    text = "{meeting} is no meeting of this society that waits to be called again."


class RollStateError(VotingError):
    """The roll is drawn at the wrong time, or is missing."""

    default_code = "roll-state"
    status = 409


class RollFixedError(RollStateError):
    """Voting has opened, or a ballot is sealed."""

    default_code = "roll-fixed"
    text = (
        "The roll is fixed before voting opens. Voting opened on {opens}, so it cannot be drawn "
        "now."
    )


class BallotsCastError(RollStateError):
    """Ballots stand in the log, whatever the clock says: another roll would make them void."""

    default_code = "roll-has-ballots"
    text = "Ballots were cast under this roll, so it is fixed and cannot be drawn again."


class NoVoterError(RollStateError):
    """Nobody has a vote."""

    default_code = "roll-empty"
    text = "No member has a vote at this meeting by the rule file."


class NoRollError(RollStateError):
    """Voting cannot begin before the roll is drawn."""

    default_code = "no-roll"
    text = "The roll of this meeting is not drawn, so nobody can vote and nothing can be decided."


class NotOnMyRollError(VotingError):
    """The member stands on no line of the roll."""

    default_code = "not-on-my-roll"
    status = 404
    text = "You do not stand on this meeting's roll. Ask the officers of your society why."


class TooEarlyError(VotingError):
    """A meeting cannot be closed before its closing time."""

    default_code = "close-too-early"
    status = 409
    text = "Voting is open until {closes}; the meeting can be closed after that."


class NotOnThisRollError(VotingError):
    """No member of that number stands on the roll of this meeting."""

    default_code = "not-on-this-roll"
    text = (
        "No member of that number stands on this meeting's roll. Compare the number with the "
        "register."
    )


class RegisterNotSealedError(RollStateError):
    """Two officers have not sealed the register yet, so nobody could hold the roll against it."""

    default_code = "register-not-sealed"
    text = (
        "The register of members is not sealed yet, so no roll can be drawn from it. Two officers "
        "seal it, once, on the page of the members; then draw the roll."
    )


class CountError(VotingError):
    """What is sealed in the meeting's log cannot be counted as it is."""

    default_code = "count"
    status = 500
    text = (
        "Entry {index} of {origin} is no ballot that counts, so nothing is decided until that is "
        "cleared up. {why}"
    )


class TextAlteredError(AlteredError):
    """The stored text of a resolution is not the one in the notice."""

    default_code = "text-altered"
    status = 500
    text = (
        "The text stored for resolution {number} of {origin} is not the one in the notice, so it "
        "is not shown and nobody can vote on it. Please tell the State's office."
    )


class ResultAlteredError(AlteredError):
    """An entry is not the result that a row names."""

    default_code = "result-altered"
    status = 500
    text = (
        "Entry {index} of {origin} is not the result of resolution {number}; the database was "
        "altered. `sakshi fsck` says what changed."
    )


class RollAlteredError(CountError):
    """The stored roll is not the sealed one."""

    default_code = "roll-altered"
    status = 500
    text = "The roll stored here is not the one that was sealed; nothing is decided."
