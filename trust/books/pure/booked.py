"""Which vouchers count at which place of the log: those of imports that had been posted there.

A place is whatever tells the order of entries over the logs of a society; one caller counts logs
as it reads them, another orders them by year. The server and the verifier ask the same questions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trust.books.model import Voucher

Position = tuple[int, int]
"""Number of the log among those of the society, and index in it."""


@dataclass(slots=True)
class Import:
    """One import as the logs show it: where it was opened, its entries, and how it ended where.

    `ends` holds place, outcome and time (UTC seconds) of each closing entry.
    """

    opened: Position
    ends: list[tuple[Position, str, int]] = field(default_factory=list)
    entries: list[Position] = field(default_factory=list)

    def outcome(self, upto: Position) -> str | None:
        """How it had ended before a place; None while it was open."""
        ends = [outcome for at, outcome, _ in self.ends if at < upto]
        return ends[-1] if ends else None

    def counts(self, at: Position, upto: Position) -> bool:
        """Whether its entry at a place counts in a statement over what stands before another."""
        return self.opened < at < upto and self.outcome(upto) == "posted"


@dataclass(frozen=True, slots=True)
class Booked:
    """A voucher with its place and the time of its entry (UTC seconds)."""

    at: Position
    voucher: Voucher
    time: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What came and went of one book year between two places.

    `entries` count at the second place only, `withdrawn` at the first only; the time of the latter
    is that of the withdrawal.
    """

    entries: tuple[Booked, ...] = ()
    withdrawn: tuple[Booked, ...] = ()

    @property
    def unnamed(self) -> int:
        """Of the entries, how many do not name what they correct."""
        return sum(1 for item in self.entries if item.voucher.corrects is None)


def between(
    book_year: str,
    first: Position,
    second: Position,
    booked: Iterable[Booked],
    imports: Mapping[str, Import],
) -> Moved:
    """What changed in the books of a year from one place to a later one."""
    came, went = [], []
    for item in booked:
        held = imports.get(item.voucher.import_id)
        if item.voucher.book_year != book_year or held is None:
            continue
        then, now = held.counts(item.at, first), held.counts(item.at, second)
        if now and not then:
            came.append(item)
        elif then and not now:
            went.append(Booked(item.at, item.voucher, held.ends[-1][2]))
    return Moved(tuple(came), tuple(went))
