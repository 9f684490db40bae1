"""Whether an open ballot counts: the one function that casting, the close and the verifier run.

The rule (docs/formats.md 6.5): the ballot is of the version of the notice; it names this meeting,
one of its resolutions and the root of its roll; its number stands on that roll; it is signed by
exactly the key of that line, not stopped before, or, when `assisted`, by two different officers of
the society; it arrives in the voting time; its sequence follows on the earlier ones of that number
on that resolution; and officers never replace a ballot the member cast themselves. Of a number's
accepted ballots the last counts.

In version 1 a sequence is greater than every earlier one, in version 2 it is exactly the next: else
one ballot could use up all the numbers that are left.

Cheap checks come first, but nothing about a voter's earlier ballots is told before the signature
is found right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from trust.formats import b64, canon, records, signing
from trust.formats.canon import Json
from trust.formats.errors import SakshiError, SignatureError
from trust.formats.signing import Signer
from trust.formats.times import Deadline, Moment
from voting.pure import errors as e
from voting.pure.roll import RollLine

OFFICERS = 2
"""Signatures on an assisted ballot: what one clerk enters alone, nobody could check."""

MEMBER_ROLE = "member"


@dataclass(frozen=True, slots=True)
class Poll:
    """What every ballot of a meeting is checked against. Times are UTC seconds.

    `version` is that of the notice: it decides which ballots the meeting takes and by what rules.
    """

    origin: str
    roll_root: bytes
    opens: int
    closes: int
    resolutions: frozenset[str]
    version: int


@dataclass(frozen=True, slots=True)
class Officer:
    """Whose key an officer's key is: `holder` tells two keys of one person apart from two people's.

    The close and the verifier, who sees keys without names, give the key itself as the holder, so
    that both find the same. Casting knows more, and refuses two keys of one person.
    """

    holder: str
    role: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands before a ballot in the meeting's log.

    Attributes:
        last_sequence: the greatest accepted from its number on its resolution, 0 if none.
        voted_self: whether one of those ballots was the member's own; else two officers who agree
            could overrule anybody.
        stopped: whether the key of its roll line was stopped.
        officers: keys in force of officers of the society.
    """

    last_sequence: int = 0
    voted_self: bool = False
    stopped: bool = False
    officers: Mapping[bytes, Officer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ballot:
    """A ballot of the right shape; nothing about it is checked yet."""

    version: int
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
        raise e.BallotShapeError(why="it is no JSON object.")
    try:
        document = canon.canonical(record)
        found = records.check_record(record)
    except SakshiError as error:
        raise e.BallotShapeError(why=error) from None
    if found.name != "ballot":
        raise e.BallotShapeError(why=f"it is a {found.name!r} record.")
    return Ballot(
        version=found.version,
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
    """Check meeting, version, voting time, resolution and roll root, in this order.

    `at` is UTC seconds.
    """
    if ballot.meeting != poll.origin:
        raise e.WrongMeetingError
    if ballot.version != poll.version:
        raise e.WrongVersionError(found=ballot.version, wanted=poll.version)
    if at < poll.opens:
        raise e.NotOpenYetError(opens=Moment(poll.opens))
    if at >= poll.closes:
        raise e.ClosedError(closes=Deadline(poll.closes))
    if ballot.resolution not in poll.resolutions:
        raise e.UnknownResolutionError
    if ballot.roll_root != poll.roll_root:
        raise e.WrongRollError


def check_signers(
    ballot: Ballot, poll: Poll, line: RollLine | None, officers: Mapping[bytes, Officer]
) -> list[Signer]:
    """Check the number against the roll and every signature; give the signers.

    Args:
        line: the roll's line of that number, None if there is none.
        officers: keys in force of officers of this society.
    """
    if line is None or line.roll_number != ballot.roll_number:
        raise e.NotOnRollError(number=ballot.roll_number)
    if ballot.assisted:
        _expect_officers(ballot, officers)
    else:
        _expect_own_key(ballot, line)
    try:
        return signing.verify(ballot.record, "ballot", poll.origin)
    except SignatureError:
        raise e.BadSignatureError from None
    except SakshiError as error:
        raise e.BallotShapeError(why=error) from None


def check_standing(ballot: Ballot, standing: Standing) -> None:
    """Refuse a stopped key, a replay, a gap, and an assisted ballot over the member's own."""
    if standing.stopped and not ballot.assisted:
        raise e.RevokedKeyError
    if ballot.sequence <= standing.last_sequence:
        raise e.ReplayedError(last=standing.last_sequence, found=ballot.sequence)
    if ballot.version > 1 and ballot.sequence != standing.last_sequence + 1:
        raise e.SequenceGapError(wanted=standing.last_sequence + 1, found=ballot.sequence)
    if ballot.assisted and standing.voted_self:
        raise e.OwnBallotStandsError


def check(
    ballot: Ballot, poll: Poll, line: RollLine | None, standing: Standing, at: int
) -> list[Signer]:
    """All checks of one ballot in the order of refusal; see the module's docstring."""
    check_place(ballot, poll, at)
    signers = check_signers(ballot, poll, line, standing.officers)
    check_standing(ballot, standing)
    return signers


def _signatures(ballot: Ballot, wanted: int) -> list[tuple[bytes, str]]:
    listed = ballot.record["signatures"]
    assert isinstance(listed, list)
    if len(listed) != wanted:
        raise e.SignerCountError(found=len(listed))
    return [
        (b64.decode(str(item["key"])), str(item["role"]))
        for item in listed
        if isinstance(item, dict)
    ]


def _expect_own_key(ballot: Ballot, line: RollLine) -> None:
    ((key, role),) = _signatures(ballot, 1)
    if line.key is None:
        raise e.NoKeyError(number=line.roll_number)
    if key != line.key or role != MEMBER_ROLE:
        raise e.WrongKeyError(number=line.roll_number)


def _expect_officers(ballot: Ballot, officers: Mapping[bytes, Officer]) -> None:
    holders: list[str] = []
    for key, role in _signatures(ballot, OFFICERS):
        officer = officers.get(key)
        if officer is None or officer.role != role:
            raise e.NotAnOfficerError
        holders.append(officer.holder)
    if len(set(holders)) != OFFICERS:
        raise e.SameOfficerError
