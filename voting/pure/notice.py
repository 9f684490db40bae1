"""When a meeting may be held: on which days a vote can fall, and how far ahead it is called."""

from datetime import date

from voting.pure.count import ist_date


def voting_days(opens: int, closes: int) -> tuple[date, date]:
    """First and last day in Indian time on which a vote can fall; times in UTC seconds.

    The closing second takes no vote, so a deadline of 00:00 belongs to the day before.
    """
    return ist_date(opens), ist_date(closes - 1)


def too_far_ahead(given: int, closes: int) -> bool:
    """Whether voting closes later than in the year after the notice; times in UTC seconds.

    No rule of law: such a date is a slip of the pen.
    """
    return ist_date(closes).year > ist_date(given).year + 1
