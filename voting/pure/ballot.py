"""Whether an open ballot counts: the one function that the server and the verifier both run.

The rule (docs/formats.md 6.5): the ballot names this meeting, one of its resolutions and the root
of its roll; its number stands on that roll; it is signed by exactly the key of that line, or, when
`assisted`, by two different officers of the society; it arrives in the voting time; its sequence
is greater than every earlier one of that number on that resolution; and officers never replace a
ballot the member cast themselves. Of a number's accepted ballots the last counts.

Cheap checks come first, but nothing about a voter's earlier ballots is told before the signature
is found right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from trust.formats import b64, canon, records, signing, times
from trust.formats.canon import Json
from trust.formats.errors import SakshiError
from trust.formats.signing import Signer
from voting.pure import errors as e
from voting.pure.roll import RollLine

OFFICERS = 2
"""Signatures on an assisted ballot: what one clerk enters alone, nobody could check."""

MEMBER_ROLE = "member"


@dataclass(frozen=True)
class Poll:
    """What every ballot of a meeting is checked against. Times are UTC seconds."""

    origin: str
    roll_root: bytes
    opens: int
    closes: int
    resolutions: frozenset[str]


@dataclass(frozen=True)
class Officer:
    """Whose key an officer's key is: `holder` tells two keys of one person apart from two people's.

    The verifier, who sees keys without names, gives the key itself as the holder.
    """

    holder: str
    role: str


@dataclass(frozen=True)
class Ballot:
    """A ballot of the right shape; nothing about it is checked yet."""

    meeting: str
    resolution: str
    roll_root: bytes
    roll_number: int
    choice: str
    sequence: int
    assisted: bool
    record: dict[str, Json]
    document: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical ballot with its signatures, in hex: the very same bytes."""
        return sha256(self.document).hexdigest()

    @property
    def listed_keys(self) -> list[bytes]:
        """The keys that the ballot's signatures claim to be of, unchecked."""
        listed = self.record["signatures"]
        assert isinstance(listed, list)
        return [b64.decode(str(item["key"])) for item in listed if isinstance(item, dict)]


def parse(record: object) -> Ballot:
    """Read a ballot; raises BallotShapeError naming the member at fault."""
    if not isinstance(record, dict):
        raise e.BallotShapeError("A ballot is a JSON object.")
    try:
        document = canon.canonical(record)
        found = records.check_record(record)
    except SakshiError as fault:
        raise e.BallotShapeError(f"This is not a ballot: {fault}") from None
    if found.name != "ballot":
        raise e.BallotShapeError(f"This is a {found.name!r} record, not a ballot.")
    return Ballot(
        meeting=record["meeting"],
        resolution=record["resolution"],
        roll_root=b64.decode(record["roll_root"]),
        roll_number=record["roll_number"],
        choice=record["choice"],
        sequence=record["sequence"],
        assisted=record["assisted"],
        record=record,
        document=document,
    )


def check_place(ballot: Ballot, poll: Poll, at: int) -> None:
    """Check meeting, voting time, resolution and roll root, in this order; `at` is UTC seconds."""
    if ballot.meeting != poll.origin:
        raise e.WrongMeetingError(
            "This ballot was made for another meeting. Open this meeting's page and vote there."
        )
    if at < poll.opens:
        raise e.NotOpenYetError(
            f"Voting opens at {times.format_time(poll.opens)}. The ballot was not taken; "
            "please send it again after that time."
        )
    if at >= poll.closes:
        raise e.ClosedError(
            f"Voting closed at {times.format_time(poll.closes)}. The ballot was not taken."
        )
    if ballot.resolution not in poll.resolutions:
        raise e.UnknownResolutionError(
            "The ballot names a resolution this meeting does not have, or a changed text of one."
        )
    if ballot.roll_root != poll.roll_root:
        raise e.WrongRollError(
            "The ballot was made for another drawing of the roll. Load the page again and vote."
        )


def check_signers(
    ballot: Ballot, poll: Poll, line: RollLine | None, officers: Mapping[bytes, Officer]
) -> list[Signer]:
    """Check the number against the roll and every signature; give the signers.

    Args:
        line: the roll's line of that number, None if there is none.
        officers: keys bound to officers of this society when the ballot was cast.
    """
    if line is None or line.roll_number != ballot.roll_number:
        raise e.NotOnRollError(
            f"Number {ballot.roll_number} does not stand on this meeting's roll."
        )
    if ballot.assisted:
        _expect_officers(ballot, officers)
    else:
        _expect_own_key(ballot, line)
    try:
        return signing.verify(ballot.record, "ballot", poll.origin)
    except SakshiError as fault:
        raise e.BadSignatureError(f"{fault} The ballot was not taken.") from None


def check_sequence(ballot: Ballot, last_sequence: int, voted_self: bool = False) -> None:
    """Refuse a replay, and an assisted ballot over the member's own.

    Args:
        last_sequence: the greatest accepted before from this number on this resolution, 0 if none.
        voted_self: whether one of those was the member's own; else two officers who agree could
            overrule anybody.
    """
    if ballot.sequence <= last_sequence:
        raise e.ReplayedError(
            f"A ballot with sequence {last_sequence} was already accepted for this number; one "
            f"with sequence {ballot.sequence} cannot follow. To change a vote, sign a new ballot."
        )
    if ballot.assisted and voted_self:
        raise e.OwnBallotStandsError(
            "The member has voted with their own key; officers cannot replace that ballot. Only "
            "the member can, with the same key."
        )


def check(
    ballot: Ballot,
    poll: Poll,
    line: RollLine | None,
    officers: Mapping[bytes, Officer],
    last_sequence: int,
    at: int,
    voted_self: bool = False,
) -> list[Signer]:
    """All checks of one ballot in the order of refusal; see the module's docstring."""
    check_place(ballot, poll, at)
    signers = check_signers(ballot, poll, line, officers)
    check_sequence(ballot, last_sequence, voted_self)
    return signers


def _signatures(ballot: Ballot, wanted: int) -> list[tuple[bytes, str]]:
    listed = ballot.record["signatures"]
    assert isinstance(listed, list)
    if len(listed) != wanted:
        kind = "An assisted ballot" if ballot.assisted else "A member's own ballot"
        raise e.SignerCountError(
            f"{kind} carries exactly {wanted} signature{'s' if wanted > 1 else ''}; "
            f"this one carries {len(listed)}."
        )
    return [
        (b64.decode(str(item["key"])), str(item["role"]))
        for item in listed
        if isinstance(item, dict)
    ]


def _expect_own_key(ballot: Ballot, line: RollLine) -> None:
    ((key, role),) = _signatures(ballot, 1)
    if line.key is None:
        raise e.NoKeyError(
            f"Number {line.roll_number} had no key or voting card when the roll was drawn. "
            "Two officers can enter the vote with the member present."
        )
    if key != line.key or role != MEMBER_ROLE:
        raise e.WrongKeyError(
            f"The ballot is not signed by the key that the roll binds to number {line.roll_number}."
        )


def _expect_officers(ballot: Ballot, officers: Mapping[bytes, Officer]) -> None:
    holders: list[str] = []
    for key, role in _signatures(ballot, OFFICERS):
        officer = officers.get(key)
        if officer is None or officer.role != role:
            raise e.NotAnOfficerError(
                "An assisted ballot needs the signatures of two officers of this society whose "
                "keys the society's log has bound; one signature is by another key or role."
            )
        holders.append(officer.holder)
    if len(set(holders)) != OFFICERS:
        raise e.SameOfficerError(
            "Both signatures of this assisted ballot are of the same officer. A second officer "
            "must sign."
        )
