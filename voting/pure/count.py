"""Counting: the last accepted ballot of each number, then quorum and majority by the rule file.

All arithmetic is in whole numbers; a share is compared by cross-multiplying, so that no rounding
can decide a vote. The figures recorded are the eight of Rule 9(iii) of the Kerala Co-operative
Societies Rules 1969 (date, notice given, notice required, members, quorum, present, voted, for).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from trust.formats.times import IST
from voting.pure.rules import MajorityRule, Notice, QuorumRule, RuleSet

CHOICES = ("yes", "no", "abstain")


@dataclass(frozen=True, slots=True)
class Counted:
    """One accepted ballot as counting sees it; `assisted`: two officers entered it."""

    roll_number: int
    choice: str
    sequence: int
    assisted: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one resolution. `accepted` includes the superseded ones; of the votes that count,
    abstentions too, officers entered `assisted`."""

    yes: int
    no: int
    abstain: int
    accepted: int
    superseded: int
    assisted: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rule file makes of a tally. `voted` leaves abstentions out if the rule does."""

    members: int
    quorum: int
    present: int
    voted: int
    quorate: bool
    carried: bool


def tally(ballots: Iterable[Counted]) -> Tally:
    """Count one resolution's accepted ballots, in any order: of a number's, the last counts."""
    last: dict[int, Counted] = {}
    accepted = 0
    for ballot in ballots:
        accepted += 1
        before = last.get(ballot.roll_number)
        if before is None or ballot.sequence > before.sequence:
            last[ballot.roll_number] = ballot
    counts = dict.fromkeys(CHOICES, 0)
    for ballot in last.values():
        counts[ballot.choice] += 1
    yes, no, abstain = (counts[choice] for choice in CHOICES)
    helped = sum(ballot.assisted for ballot in last.values())
    return Tally(yes, no, abstain, accepted, accepted - len(last), helped)


def quorum_needed(rule: QuorumRule, members: int) -> int:
    """How many members form the quorum: the share rounded up, within the rule's bounds."""
    needed = -(-members * rule.share.numerator // rule.share.denominator)
    if rule.at_most is not None:
        needed = min(needed, rule.at_most)
    if rule.at_least is not None:
        needed = max(needed, rule.at_least)
    return needed


def has_majority(rule: MajorityRule, counts: Tally, members: int) -> bool:
    """Whether the votes for reach (or, if the rule says so, exceed) the share of its base.

    With a base of nothing there is no majority: nobody voted, so nothing is carried.
    """
    base = {
        "votes": counts.yes + counts.no + counts.abstain,
        "for-and-against": counts.yes + counts.no,
        "members": members,
    }[rule.of]
    if base == 0:
        return False
    have = counts.yes * rule.share.denominator
    need = base * rule.share.numerator
    return have > need if rule.more_than else have >= need


def decide(
    rules: RuleSet, majority: str, quorum: str, counts: Tally, members: int, present: int
) -> Outcome:
    """Quorum and majority of one resolution.

    Args:
        members: names on the roll.
        present: different roll numbers with an accepted ballot on any resolution of the meeting.

    Raises:
        NoRuleError: the rule set has no rule of that name.
    """
    needed = quorum_needed(rules.quorum_of(quorum), members)
    quorate = present >= needed
    voted = counts.yes + counts.no + (counts.abstain if rules.abstention_votes else 0)
    carried = quorate and has_majority(rules.majority_of(majority), counts, members)
    return Outcome(members, needed, present, voted, quorate, carried)


def ist_date(moment: int) -> date:
    """The day in Kerala at that time (UTC seconds)."""
    return datetime.fromtimestamp(moment, UTC).astimezone(IST).date()


def notice_days(given_on: date, held_on: date, notice: Notice) -> int:
    """Days of notice as the rule counts them (dates in IST); nothing rather than less."""
    days = (held_on - given_on) // timedelta(days=1)
    return max(days - 1 if notice.clear else days, 0)
