"""Facts: dated values, each pointing at the sealed entries it was read from.

A fact says what the sealed books show and nothing about whether that is good. What is missing is a
value too (`Gap`), so that silence is seen and never mistaken for a pass. A fact has the time of
sealing beside its own date: what was sealed before its own day came says nothing of that day.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from oversight.pure.periods import first_day
from trust.formats.places import Place

MAX_EVIDENCE = 500
"""Most entries one fact points at, the newest; ``entries`` counts them all."""

NO_PERIOD = "-"
"""Period of a gap that concerns no period in particular: nothing of the sort was ever sealed."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One dated value.

    Attributes:
        name: what it is, for example ``sales``.
        period: book year, quarter or month it is about.
        value: integer; the unit belongs to the name (paise, count, day ordinal).
        as_of: the day the books speak of, ``yyyy-mm-dd``.
        known_at: when the newest entry behind it was sealed, UTC seconds.
        evidence: the entries it was read from, sorted; of very many the newest.
        entries: how many entries it was read from.
        labels: further words for the sentence, for example the payee's tag.
    """

    name: str
    period: str
    value: int
    as_of: str
    known_at: int
    evidence: tuple[Place, ...]
    entries: int
    labels: Mapping[str, str] = field(default_factory=dict)


UNREADABLE = "unreadable"
"""Why something of the books is no fact: the rules cannot read it."""

TOO_LARGE = "too-large"
"""Why a number is no fact: no record can hold it."""

FAULTY = frozenset({UNREADABLE, TOO_LARGE})
"""Reasons that blind a rule; they are shown beside the alerts."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that would be needed and is not there; ``why`` is a slug of the word list.

    ``places``: the entries that cannot be read, of very many the first.
    """

    name: str
    period: str
    why: str
    places: tuple[Place, ...] = ()


def comes_later(day: str, today: date) -> bool:
    """Whether a day is still to come. India's day is at most one ahead of the UTC day `today`."""
    return day > (today + timedelta(days=1)).isoformat()


class FactBook:
    """All facts and gaps of one society on one day; the same books may read otherwise from the
    day `changes_on`, None if they never do.

    Facts and gaps of a period or a day that is still to come are left out: nothing is known of it.
    If nothing else is known of their name, that is a gap.
    """

    def __init__(
        self,
        facts: Iterable[Fact],
        gaps: Iterable[Gap],
        *,
        today: date,
        changes_on: date | None = None,
    ) -> None:
        told = list(facts)
        self.facts = tuple(fact for fact in told if not _ahead(fact, today))
        left = [gap for gap in gaps if not comes_later(first_day(gap.period), today)]
        known = {fact.name for fact in self.facts} | {gap.name for gap in left}
        lost = dict.fromkeys(fact.name for fact in told if fact.name not in known)
        self.gaps = (*left, *(Gap(name, NO_PERIOD, "still-to-come") for name in lost))
        self.today = today
        self.changes_on = changes_on
        self._by_key: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        for fact in self.facts:
            self._by_key[fact.name, fact.period].append(fact)
        self._gaps = {(gap.name, gap.period): gap for gap in self.gaps}

    def get(self, name: str, period: str) -> Fact | None:
        """The one fact of that name and period, or None.

        Raises:
            ValueError: there are several; ask with ``all`` then.
        """
        found = self._by_key.get((name, period), [])
        if len(found) > 1:
            raise ValueError(f"{len(found)} facts {name!r} for {period!r}, one was expected")
        return found[0] if found else None

    def all(self, name: str, period: str) -> Sequence[Fact]:
        """Every fact of that name and period."""
        return tuple(self._by_key.get((name, period), ()))

    def gap(self, name: str, period: str) -> Gap | None:
        """Why that fact is missing: for the period, or for the society altogether."""
        return self._gaps.get((name, period)) or self._gaps.get((name, NO_PERIOD))

    def periods(self, name: str) -> list[str]:
        """Periods with a fact or a gap of that name, in order of time."""
        known = {f.period for f in self.facts if f.name == name}
        return sorted(known | {g.period for g in self.gaps if g.name == name})


def _ahead(fact: Fact, today: date) -> bool:
    return comes_later(max(fact.as_of, first_day(fact.period)), today)


def made(
    name: str,
    period: str,
    value: int,
    seals: Iterable[Place],
    as_of: str,
    labels: Mapping[str, str] | None = None,
) -> Fact:
    """A fact of the rows sealed at these places."""
    unique = sorted(set(seals), key=lambda at: (at.time, at))
    return Fact(
        name=name,
        period=period,
        value=value,
        as_of=as_of,
        known_at=unique[-1].time if unique else 0,
        evidence=tuple(sorted(unique[-MAX_EVIDENCE:])),
        entries=len(unique),
        labels=labels or {},
    )


class HasSeal(Protocol):
    """A row that says in which entry it was sealed."""

    @property
    def sealed(self) -> Place: ...


def of_rows(
    name: str, period: str, value: int, rows: Iterable[HasSeal], as_of: str, **labels: str
) -> Fact:
    """A fact of rows that were sealed."""
    return made(name, period, value, (row.sealed for row in rows), as_of, labels)


def merged(facts: Iterable[Fact]) -> tuple[Place, ...]:
    """The evidence of several facts, each entry once, sorted."""
    return tuple(sorted({at for fact in facts for at in fact.evidence}))
