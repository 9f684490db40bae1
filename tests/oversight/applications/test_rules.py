"""The rules of the clock: which step follows, and whose the days are."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oversight.applications import queries
from oversight.errors import PolicyError
from oversight.pure.applications import (
    ENDED,
    SUBJECTS,
    Action,
    Course,
    Terms,
    days,
    figures,
    in_force,
    office_days,
    overdue,
    parse_terms,
    state_after,
    steps_from,
)

BEGIN = date(2026, 6, 1)
TERMS = (Terms(date(2026, 4, 1), 365, {"registration": 90, "bye-laws": 60}),)


def day(number: int) -> date:
    return BEGIN + timedelta(days=number)


def course(*steps: tuple[Action, int], district: str = "thrissur", at: int = 0) -> Course:
    taken = tuple((action, day(number)) for action, number in steps)
    return Course("bye-laws", district, day(at), taken)


def test_days_of_waiting_are_the_applicants() -> None:
    one = course(("query", 10), ("answer", 40), ("register", 50))
    assert (one.state, days(one, day(400)), office_days(one, day(400))) == ("registered", 50, 20)
    waiting = course(("query", 10))
    assert (days(waiting, day(100)), office_days(waiting, day(100))) == (100, 10)
    assert not overdue(waiting, TERMS, day(300))
    with_the_office = course(("query", 10), ("answer", 40))
    assert not overdue(with_the_office, TERMS, day(90))
    assert overdue(with_the_office, TERMS, day(91))
    assert not overdue(one, TERMS, day(900))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 30)), max_size=8), st.integers(0, 60))
def test_the_office_never_has_more_days_than_there_were(
    tries: list[tuple[int, int]], more: int
) -> None:
    """Whatever the order of the steps: each is taken if it may follow."""
    now, steps, one = 0, list[tuple[Action, int]](), course()
    for pick, later in tries:
        allowed = steps_from(one.state)
        if not allowed:
            break
        now += later
        steps.append((allowed[pick % len(allowed)], now))
        one = course(*steps)
    today = day(now + more)
    assert 0 <= office_days(one, today) <= days(one, today)
    waits = [b - a for (step, a), (_, b) in pairwise(steps) if step == "query"]
    open_wait = more if one.state == "waiting" else 0
    assert days(one, today) - office_days(one, today) == sum(waits) + open_wait


def test_nothing_follows_an_end() -> None:
    for state in ENDED:
        assert steps_from(state) == []
    assert state_after("register", "waiting") is None
    assert state_after("answer", "open") is None


def test_figures_count_a_year_back_and_give_a_real_age_as_median() -> None:
    many = [
        course(("register", 10)),
        course(("register", 20)),
        course(("refuse", 30)),
        course(("query", 5), ("refuse", 50)),
        course(("withdraw", 3)),
        course(("register", 7), district="kollam"),
        course(at=380),
        course(("query", 399), at=300),
    ]
    found = figures(many, TERMS, day(400), district="thrissur")
    assert (found.open, found.waiting, found.overdue, found.oldest) == (2, 1, 1, 100)
    assert (found.registered, found.refused, found.withdrawn) == (0, 1, 0), "the rest is long ago"
    early = figures(many, TERMS, day(60), district="thrissur")
    assert (early.registered, early.refused, early.withdrawn) == (2, 2, 1)
    assert (early.median, early.median_office) == (20, 10)
    assert figures(many, TERMS, day(60)).registered == 3
    assert figures([], TERMS, day(60)).median is None


def test_the_terms_that_come_with_the_platform_can_be_read() -> None:
    for one in queries.terms():
        assert set(one.days) == set(SUBJECTS)
    later = Terms(date(2027, 1, 1), 365, {"registration": 1, "bye-laws": 1})
    assert in_force([*TERMS, later], date(2026, 12, 31)) is TERMS[0]
    assert in_force([*TERMS, later], date(2027, 1, 1)) is later


HEAD = "[terms]\nfrom = 2026-04-01\nrecent_days = 9\n"


def subject(name: str, count: int) -> str:
    return f'[[subject]]\nname = "{name}"\ndays = {count}\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        HEAD + subject("registration", 9),
        HEAD + subject("registration", 0) + subject("bye-laws", 9),
        HEAD + subject("registration", 9) * 2 + subject("bye-laws", 9),
    ],
)
def test_terms_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(PolicyError, match=r"terms? of applications"):
        parse_terms(text)
