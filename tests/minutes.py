"""Tests that count by the minute of the real clock."""

import time

NEEDED = 20
"""Seconds that such a test may take."""


def early_in_a_minute() -> None:
    """Wait, if need be, so that what follows falls into one minute.

    The limits count by the minutes of the clock, and forget the attempts of the minute before one
    by one: a test that straddles two of them would be let in once more.
    """
    second = time.time() % 60
    if second > 60 - NEEDED:
        time.sleep(60 - second)
