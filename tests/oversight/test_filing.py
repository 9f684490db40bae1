"""When a file is due: by times of sealing alone, by the calendar that is in force."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oversight.errors import PolicyError
from oversight.filing import calendars
from oversight.pure import filing
from oversight.pure.filing import Calendar

DAY = 86_400


def noon(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC).timestamp())


@pytest.fixture
def calendar() -> Calendar:
    return filing.in_force(calendars(), date(2026, 6, 1))


@pytest.mark.parametrize(
    ("brought", "due"),
    [
        ({"tally-daybook": "2026-06-30"}, date(2026, 8, 29)),
        ({"tally-daybook": "2026-07-01"}, date(2026, 11, 29)),
        ({"general-ledger": "2026-02-10"}, date(2026, 5, 30)),
        ({"trial-balance": "2026-06-30"}, date(2027, 9, 30)),
        # A trial balance puts nothing off for a society that brings day books.
        ({"tally-xml": "2026-05-01", "trial-balance": "2026-06-30"}, date(2026, 8, 29)),
        # After two years without one, it does.
        ({"tally-xml": "2024-05-01", "trial-balance": "2026-06-30"}, date(2027, 9, 30)),
    ],
)
def test_the_next_file(calendar: Calendar, brought: dict[str, str], due: date) -> None:
    assert filing.due(calendar, {name: noon(day) for name, day in brought.items()}) == due


def test_registers_and_dates_are_no_file_of_the_books(calendar: Calendar) -> None:
    at = noon("2026-06-30")
    assert filing.due(calendar, {"loan-register": at, "governance-dates": at}) is None
    assert filing.due(calendar, {}) is None


@given(
    st.dictionaries(
        st.sampled_from(["tally-xml", "tally-daybook", "general-ledger", "trial-balance"]),
        st.integers(0, 4_000_000_000),
        min_size=1,
    ),
    st.integers(0, 10_000_000),
)
def test_an_older_file_of_another_format_never_puts_off_what_is_due(
    brought: dict[str, int], earlier: int
) -> None:
    calendar = calendars()[0]
    due = filing.due(calendar, brought)
    assert due is not None and due > filing.india_day(max(brought.values()))
    more = {**brought, "tally-daybook": max(brought.values()) - earlier}
    shorter = filing.due(calendar, more)
    if "tally-daybook" not in brought:
        assert shorter is not None and shorter <= due


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[calendar]\nfrom = 2026-04-01\nrecent_days = 1\n",
        '[calendar]\nfrom=2026-04-01\nrecent_days=1\n[[file]]\nformats=["x"]\nmonths=5\ndays=1\n',
        "[calendar]\nfrom=2026-04-01\nrecent_days=1\n[[file]]\nformats=[]\nmonths=3\ndays=1\n",
        '[calendar]\nfrom=2026-04-01\nrecent_days=1\n[[file]]\nformats=["x"]\nmonths=3\ndays=-1\n',
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        filing.parse(text)


def test_the_newest_calendar_that_has_begun_is_in_force(calendar: Calendar) -> None:
    later = Calendar(date(2030, 4, 1), 1, calendar.periods)
    assert filing.in_force((calendar, later), date(2030, 3, 31)) is calendar
    assert filing.in_force((calendar, later), date(2030, 4, 1)) is later
    assert filing.in_force((later,), date(2026, 1, 1)) is later
