"""How a check speaks: right with a sentence, wrong with faults, or not checked and why."""

from collections.abc import Iterable

from trust.books.model import Check, Fault
from trust.books.pure.checkwords import TITLES, WHY

MAX_FAULTS = 50


def right(number: int, says: str) -> Check:
    """The check was made and found nothing."""
    return Check(number, TITLES[number]["en"], "right", says)


def unchecked(number: int, why: str) -> Check:
    """The check could not be made; ``why`` is the slug of what it lacks (`checkwords.WHY`)."""
    said = f"Not checked: {WHY[why]['en']}."
    return Check(number, TITLES[number]["en"], "unchecked", said, why=why)


def verdict(number: int, says: str, faults: Iterable[Fault]) -> Check:
    """Right with a sentence, or wrong with its faults (the first of them at most)."""
    found = tuple(faults)
    if not found:
        return right(number, says)
    return Check(number, TITLES[number]["en"], "wrong", found[0].message, found[:MAX_FAULTS])
