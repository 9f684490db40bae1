"""Counting, quorum and majority: whole numbers, the last ballot counts, no rounding decides."""

import fractions
import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting import rulebook
from voting.pure import count
from voting.pure.count import Counted, Tally
from voting.pure.errors import NoRuleError
from voting.pure.rules import Cited, Fraction, MajorityRule, Notice, QuorumRule

CITED = Cited("a test", True)
RULES = rulebook.standard().sets[0]
BALLOTS = st.lists(
    st.builds(
        Counted,
        roll_number=st.integers(1, 8),
        choice=st.sampled_from(count.CHOICES),
        sequence=st.integers(1, 50),
    ),
    unique_by=lambda ballot: (ballot.roll_number, ballot.sequence),
    max_size=40,
)
SHARES = st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda pair: pair[0] <= pair[1])
TALLIES = st.builds(
    lambda yes, no, abstain: Tally(yes, no, abstain, yes + no + abstain, 0),
    *[st.integers(0, 300)] * 3,
)


@given(BALLOTS, st.randoms(use_true_random=False))
def test_the_order_of_ballots_does_not_matter(
    ballots: list[Counted], chance: random.Random
) -> None:
    shuffled = list(ballots)
    chance.shuffle(shuffled)
    assert count.tally(shuffled) == count.tally(ballots)


@given(BALLOTS)
def test_every_voter_counts_once_with_the_highest_sequence(ballots: list[Counted]) -> None:
    result = count.tally(ballots)
    voters = {ballot.roll_number for ballot in ballots}
    last = [
        max((b for b in ballots if b.roll_number == v), key=lambda b: b.sequence) for v in voters
    ]
    assert result.yes == sum(ballot.choice == "yes" for ballot in last)
    assert result.no == sum(ballot.choice == "no" for ballot in last)
    assert result.abstain == sum(ballot.choice == "abstain" for ballot in last)
    assert result.accepted == len(ballots)
    assert result.superseded == len(ballots) - len(voters)


@given(SHARES, st.integers(0, 100_000))
def test_a_quorum_is_the_share_rounded_up(share: tuple[int, int], members: int) -> None:
    rule = QuorumRule(Fraction(*share), None, None, CITED)
    needed = count.quorum_needed(rule, members)
    exact = fractions.Fraction(*share) * members
    assert exact <= needed < exact + 1


@pytest.mark.parametrize(
    "members, at_least, at_most, needed",
    [
        (100, None, None, 20),
        (101, None, None, 21),
        (10_000, None, 250, 250),
        (10, 7, 250, 7),
        (0, None, None, 0),
        (4, None, None, 1),
    ],
)
def test_bounds_of_a_quorum(
    members: int, at_least: int | None, at_most: int | None, needed: int
) -> None:
    rule = QuorumRule(Fraction(1, 5), at_least, at_most, CITED)
    assert count.quorum_needed(rule, members) == needed


@given(SHARES, TALLIES, st.booleans(), st.sampled_from(["votes", "for-and-against", "members"]))
def test_a_majority_is_exact(
    share: tuple[int, int], tally: Tally, more_than: bool, base: str
) -> None:
    members = 1_000
    rule = MajorityRule(Fraction(*share), more_than, base, CITED)
    size = {
        "votes": tally.yes + tally.no + tally.abstain,
        "for-and-against": tally.yes + tally.no,
        "members": members,
    }[base]
    exact = fractions.Fraction(*share) * size
    expected = size > 0 and (tally.yes > exact if more_than else tally.yes >= exact)
    assert count.has_majority(rule, tally, members) is expected


@given(TALLIES)
def test_one_more_vote_for_never_turns_carried_into_lost(tally: Tally) -> None:
    more = Tally(tally.yes + 1, tally.no, tally.abstain, tally.accepted + 1, 0)
    for name, rule in RULES.majority.items():
        if count.has_majority(rule, tally, 1_000):
            assert count.has_majority(rule, more, 1_000), name


@pytest.mark.parametrize(
    "majority, yes, no, abstain, carried",
    [
        ("ordinary", 5, 5, 0, False),
        ("ordinary", 6, 5, 90, True),
        ("ordinary", 0, 0, 9, False),
        ("bye-law-amendment", 2, 1, 0, True),
        ("bye-law-amendment", 199, 100, 0, False),
        ("bye-law-amendment", 200, 100, 500, True),
        ("bye-law-amendment", 1, 0, 0, True),
    ],
)
def test_the_shipped_majorities(
    majority: str, yes: int, no: int, abstain: int, carried: bool
) -> None:
    tally = Tally(yes, no, abstain, yes + no + abstain, 0)
    outcome = count.decide(RULES, majority, "general-body", tally, 10, 10)
    assert outcome.carried is carried and outcome.quorate
    assert outcome.voted == yes + no, "an abstaining member is present and does not vote"


def test_a_majority_without_a_quorum_carries_nothing() -> None:
    tally = Tally(9, 0, 0, 9, 0)
    outcome = count.decide(RULES, "ordinary", "general-body", tally, 100, 9)
    assert (outcome.quorum, outcome.quorate, outcome.carried) == (20, False, False)


def test_unknown_rules_decide_nothing() -> None:
    for majority, quorum in (("no-such", "general-body"), ("ordinary", "no-such")):
        with pytest.raises(NoRuleError):
            count.decide(RULES, majority, quorum, Tally(1, 0, 0, 1, 0), 1, 1)


def test_clear_days_leave_out_both_ends() -> None:
    given_on, held_on = date(2026, 6, 1), date(2026, 6, 17)
    assert count.notice_days(given_on, held_on, Notice(15, True, CITED)) == 15
    assert count.notice_days(given_on, held_on, Notice(15, False, CITED)) == 16
    assert count.notice_days(held_on, held_on, Notice(15, True, CITED)) == 0
    assert count.notice_days(held_on, given_on, Notice(15, False, CITED)) == 0


def test_a_day_is_a_day_in_kerala() -> None:
    half_past_six_utc = 1_780_338_600
    assert count.ist_date(half_past_six_utc) == date(2026, 6, 2)
    assert count.ist_date(half_past_six_utc - 1) == date(2026, 6, 1)
