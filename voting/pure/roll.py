"""The electoral roll: who stands on it, its lines and its root (docs/formats.md 6.5).

A line holds a number of this roll only, a salted commitment of the member number and the key
bound to the member, so that the roll can be given to members and auditors without a name. Numbers
are drawn by lot for each roll: a number in the order of the register would name the member.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trust.formats import b64, canon, commitments, merkle, records
from trust.formats.canon import Json
from trust.formats.errors import FormatError
from voting.pure.rules import RollRule


@dataclass(frozen=True, slots=True)
class Membership:
    """What decides whether a member has a vote. Dates are of the register (IST)."""

    number: str
    class_: str
    admitted_on: date
    share_paid_on: date | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class RollLine:
    """One line of the roll. `member` commits to the member number, `key` may be missing.

    `version` is that of the roll, and with it of the meeting's notice.
    """

    roll_number: int
    member: bytes
    key: bytes | None
    version: int

    def document(self) -> bytes:
        """The canonical line, as hashed into the roll root and given in the meeting package."""
        record: dict[str, Json] = {
            "kind": "roll-line",
            "v": self.version,
            "roll_number": self.roll_number,
            "member": b64.encode(self.member),
            "key": None if self.key is None else b64.encode(self.key),
        }
        return canon.canonical(record)


def parse_line(document: bytes) -> RollLine:
    """Read one line of a roll; raises FormatError when it is not exactly one."""
    record = canon.parse(document)
    found = records.check_record(record)
    if found.name != "roll-line":
        raise FormatError(f"This is a {found.name!r} record, not a line of a roll.")
    number, member, key = record["roll_number"], record["member"], record["key"]
    assert isinstance(number, int) and isinstance(member, str)
    bound = b64.decode(key) if isinstance(key, str) else None
    return RollLine(number, b64.decode(member), bound, found.version)


def commit_member(salt: bytes, number: str) -> bytes:
    """The commitment of a member number that stands in a line (salt: 32 random bytes)."""
    return commitments.commit_private("roll-member", salt, number.encode())


def root(documents: Sequence[bytes]) -> bytes:
    """Root of the roll: RFC 6962 over the canonical lines in roll number order."""
    return merkle.root_of([merkle.leaf_hash(document) for document in documents])


def no_vote_because(rule: RollRule, member: Membership, held_on: date) -> str | None:
    """Why the member is not on the roll of a meeting held that day, or None if they are.

    Figures: the rule file's; for Kerala s.19A, s.20 and Rules 26 and 28, as cited there.
    """
    if member.class_ not in rule.classes:
        return f"Members of class {member.class_!r} have no vote."
    if member.left_on is not None:
        return "The member has left the society."
    if member.admitted_on > held_on - timedelta(days=rule.admission_days):
        return f"Admitted less than {rule.admission_days} days before the meeting."
    if member.share_paid_on is None:
        return "The full value of the share is not paid."
    if member.share_paid_on > held_on - timedelta(days=rule.share_days):
        return f"The share was paid less than {rule.share_days} days before the meeting."
    return None
