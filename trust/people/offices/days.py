"""Days of appointments in Indian time, as moments in UTC seconds."""

from datetime import date, datetime, timedelta

from trust.formats.times import IST


def first_moment(day: date) -> int:
    """When the day begins in India."""
    return int(datetime(day.year, day.month, day.day, tzinfo=IST).timestamp())


def moment_after(day: date) -> int:
    """When the day is over in India."""
    return first_moment(day) + int(timedelta(days=1).total_seconds())
