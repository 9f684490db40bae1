"""Instants and dates have one spelling and must exist in the calendar."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.formats import times
from trust.formats.errors import FormatError


def test_an_instant_reads_back() -> None:
    assert times.format_time(0) == "1970-01-01T00:00:00Z"
    assert times.parse_time("2026-11-22T05:00:00Z") == 1_795_323_600
    assert times.format_time(1_795_323_600) == "2026-11-22T05:00:00Z"
    ist = timezone(timedelta(hours=5, minutes=30))
    assert times.format_time(datetime(2026, 11, 22, 10, 30, tzinfo=ist)) == "2026-11-22T05:00:00Z"
    assert times.format_time(times.parse_time("0001-01-01T00:00:00Z")) == "0001-01-01T00:00:00Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_whole_second_reads_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    text = times.format_time(moment)
    assert times.format_time(times.parse_time(text)) == text
    assert datetime.fromtimestamp(0, UTC) + timedelta(seconds=times.parse_time(text)) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-11-22", "2026-11-22T05:00:00", "2026-11-22T05:00:00+00:00",
        "2026-02-29T00:00:00Z",
        "2026-11-22 05:00:00Z", "2026-11-22T05:00:00.0Z", "2026-11-22T24:00:00Z",
        "2026-12-31T23:59:60Z", "26-11-22T05:00:00Z", "2026-11-22t05:00:00z",
        "2026-11-22T05:00:00Z\n", "٢٠٢٦-11-22T05:00:00Z", "0000-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-1-01T00:00:00Z",
    ],
)  # fmt: skip
def test_other_spellings_of_an_instant_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        times.parse_time(text)


def test_instants_that_cannot_be_written() -> None:
    for moment in (
        datetime(2026, 11, 22),  # noqa: DTZ001
        datetime(2026, 11, 22, 0, 0, 0, 1, tzinfo=UTC),
        10**12,
        10**30,
    ):
        with pytest.raises(FormatError):
            times.format_time(moment)


def test_days() -> None:
    assert times.parse_date("2028-02-29") == date(2028, 2, 29)
    for text in (
        "2026-02-29",
        "20260401",
        "2026-4-1",
        "2026-04-01 ",
        "2026-W01-1",
        "",
        "0000-01-01",
    ):
        with pytest.raises(FormatError):
            times.parse_date(text)


def test_a_moment_is_told_in_indian_time() -> None:
    told = times.Moment(times.parse_time("2026-11-22T20:00:00Z"))
    assert str(told) == f"{told}" == "23 Nov 2026, 01:30 IST"
    assert str(times.Moment(told + 5)) == "23 Nov 2026, 01:30:05 IST"


def test_a_moment_that_india_has_no_date_for_is_told_all_the_same() -> None:
    """The last second that the format can write is already the year 10000 in India."""
    last = times.parse_time("9999-12-31T23:59:59Z")
    assert str(last) in str(times.Moment(last))
    assert str(times.Moment(times.parse_time("0001-01-01T00:00:00Z"))) == "1 Jan 0001, 05:30 IST"


def test_a_deadline_of_midnight_is_told_with_the_day_it_belongs_to() -> None:
    midnight = times.parse_time("2026-11-21T18:30:00Z")
    assert str(times.Deadline(midnight)) == "21 Nov 2026, 24:00 IST"
    assert f"until {times.Deadline(midnight + 60)}" == "until 22 Nov 2026, 00:01 IST"
    assert str(times.Moment(midnight)) == "22 Nov 2026, 00:00 IST"
