"""What an indicator is, and what it says of one period.

An indicator knows its unit and what it reads; whether a number is high is the policy's business, so
no threshold stands here. Where an input is missing the reading says why and has no value: it is
*not assessable*, which is neither good nor bad.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from oversight.pure.facts import Fact, FactBook, merged
from trust.formats.places import Place

BASIS_POINTS = 10_000
"""Shares and changes are counted in hundredths of a per cent, so that they stay integers."""

KEPT = "kept"
"""Figure of a reading that clears nothing: why, as a slug of the word list."""

TODAY = "today"
"""Figure of a reading whose value counts days up to that day."""

Figures = Mapping[str, int | str]
Params = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an indicator says of one period.

    Attributes:
        value: the number, in the indicator's unit; None when not assessable.
        figures: every input and intermediate number, for the formula and the sentence.
        evidence: the sealed entries behind the figures; of very many the newest.
        entries: how many there are.
        as_of: the day the newest input speaks of.
        known_at: when the newest input was sealed, UTC seconds.
        why: slug of the word list, when not assessable.
        left: how often something of the subject disappeared without a record, or was corrected
            so that it no longer shows; such a reading clears nothing.
    """

    value: int | None
    figures: Figures = field(default_factory=dict)
    evidence: tuple[Place, ...] = ()
    entries: int = 0
    as_of: str = ""
    known_at: int = 0
    why: str = ""
    left: int = 0


Compute = Callable[[FactBook, str, Params], Reading]
"""Reads the facts of a period."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator's fixed properties.

    Attributes:
        name: as the policy names it.
        unit: ``count``, ``basis-points``, ``days`` or ``paise``.
        params: names of the whole numbers the policy must give.
        periods_from: names of the facts whose periods it can be read for.
        compute: the function.
        left: name of the fact that says that something of the subject disappeared without a
            record: what remains of it clears no alert.
    """

    name: str
    unit: str
    params: frozenset[str]
    periods_from: tuple[str, ...]
    compute: Compute
    left: str = ""

    def periods(self, book: FactBook) -> list[str]:
        """Periods this indicator can say something of, in order of time."""
        names = (*self.periods_from, *((self.left,) if self.left else ()))
        return sorted({period for name in names for period in book.periods(name)})

    def read(self, book: FactBook, period: str, params: Params) -> Reading:
        """The reading of a period, which says whether something left without a record.

        Whether something left cannot be told if what would say so cannot be read.
        """
        found = self.compute(book, period, params)
        if not self.left:
            return found
        left = book.get(self.left, period)
        unread = book.gap(self.left, period) is not None
        value = left.value if left is not None else int(unread)
        figures = {**found.figures, KEPT: "record"}
        return replace(found, left=value, figures=figures) if value else found


def missing(book: FactBook, name: str, period: str) -> Reading:
    """A reading without a value, and why that fact is not there."""
    gap = book.gap(name, period)
    return Reading(None, why=gap.why if gap else "no-facts")


def reading(value: int, facts: Sequence[Fact], **figures: int | str) -> Reading:
    """A reading of these facts."""
    return Reading(
        value=value,
        figures={"value": value, **figures},
        evidence=merged(facts),
        entries=sum(fact.entries for fact in facts),
        as_of=max(fact.as_of for fact in facts),
        known_at=max(fact.known_at for fact in facts),
    )
