"""Reads what can be read: a row that no reader foresaw must not keep others from being judged.

A row that cannot be read, and a value that no record can hold, become a gap with its places
(`FAULTY`). A gap is shown to the Registrar, because an officer could seal such a row to blind a
rule.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from oversight.pure.facts import NO_PERIOD, TOO_LARGE, UNREADABLE, Fact, Gap
from trust.formats.canon import MAX_INT
from trust.formats.places import Place

MOST_PLACES = 12
"""Most entries that a gap names."""

Read = tuple[list[Fact], list[Gap]]


class HasPlaces(Protocol):
    """A row that knows where it was sealed: one entry or several."""

    @property
    def sealed(self) -> Place | tuple[Place, ...]: ...


_Row = TypeVar("_Row")
_Placed = TypeVar("_Placed", bound=HasPlaces)


def read(
    subject: str, rows: Sequence[_Placed], reader: Callable[[Sequence[_Placed]], Read]
) -> Read:
    """Facts and gaps of these rows; those that cannot be read are one gap of the subject."""
    good = readable(rows, reader)
    try:
        facts, gaps = reader(good)
    except Exception:  # The rows fail together: nothing of the subject can be told.
        return [], [unreadable(subject, rows)]
    left = {id(row) for row in good}
    bad = [row for row in rows if id(row) not in left]
    return held(facts, gaps + ([unreadable(subject, bad)] if bad else []))


def readable(rows: Sequence[_Row], reader: Callable[[Sequence[_Row]], object]) -> Sequence[_Row]:
    """The rows that a reader can read: all of them, or those that it can read alone."""
    if _reads(rows, reader):
        return rows
    return [row for row in rows if _reads([row], reader)]


def unreadable(subject: str, rows: Iterable[HasPlaces] = ()) -> Gap:
    """The gap of rows that cannot be read."""
    return Gap(subject, NO_PERIOD, UNREADABLE, _places(rows))


def held(facts: Iterable[Fact], gaps: Iterable[Gap]) -> Read:
    """Facts whose value a record can hold; each of the others is a gap."""
    kept: list[Fact] = []
    lost = {(gap.name, gap.period): gap for gap in gaps}
    for fact in facts:
        if abs(fact.value) <= MAX_INT:
            kept.append(fact)
        else:
            gap = Gap(fact.name, fact.period, TOO_LARGE, fact.evidence[:MOST_PLACES])
            lost[fact.name, fact.period] = gap
    return kept, list(lost.values())


def _reads(rows: Sequence[_Row], reader: Callable[[Sequence[_Row]], object]) -> bool:
    try:
        reader(rows)
    except Exception:  # Whatever it is: the reader is pure, so the rows are the cause.
        return False
    return True


def _places(rows: Iterable[HasPlaces]) -> tuple[Place, ...]:
    found: set[Place] = set()
    for row in rows:
        sealed = row.sealed
        found.update((sealed,) if isinstance(sealed, Place) else sealed)
    return tuple(sorted(found)[:MOST_PLACES])
