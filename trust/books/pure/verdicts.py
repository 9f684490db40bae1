"""How a check speaks: right with a sentence, wrong with faults, or not checked and why."""

from __future__ import annotations

from collections.abc import Iterable

from trust.books.model import Check, Fault

MAX_FAULTS = 50


def right(number: int, name: str, says: str) -> Check:
    """The check was made and found nothing."""
    return Check(number, name, "right", says)


def unchecked(number: int, name: str, why: str) -> Check:
    """The check could not be made; ``why`` says what it lacks."""
    return Check(number, name, "unchecked", f"Not checked: {why}.")


def verdict(number: int, name: str, says: str, faults: Iterable[Fault]) -> Check:
    """Right with a sentence, or wrong with its faults (the first of them at most)."""
    found = tuple(faults)
    if not found:
        return right(number, name, says)
    return Check(number, name, "wrong", found[0].message, found[:MAX_FAULTS])
