"""What the logs of one society have said so far, carried from each log year into the next.

A position is the number of the log among those read, and the index in it: positions of several
years compare as the entries were sealed. With the first log of a society and every one after it
(`whole`) nothing of the books is out of sight; where the first one is missing, checks that would
need it say so and name it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from audit.verify.chain import Chain
from audit.verify.openings import Record
from audit.verify.register import Members
from audit.verify.report import EntryRef
from audit.verify.years import continues
from trust.books.model import Voucher
from trust.books.pure.booked import Booked, Import, Position
from trust.formats.entries import NoteEntry


@dataclass(frozen=True, slots=True)
class FiledAt:
    """Where a sheet was filed and when (UTC seconds), and the head its figures rest on."""

    ref: EntryRef
    time: int
    head: Position


@dataclass(slots=True)
class Filed:
    """Statements so far by hash with their places, the one that stands for each book year, and
    what the society said of later entries: time and record."""

    records: dict[str, Record] = field(default_factory=dict)
    standing: dict[str, str] = field(default_factory=dict)
    places: dict[str, FiledAt] = field(default_factory=dict)
    reasons: list[tuple[int, Record]] = field(default_factory=list)

    def before(self, record: Record) -> Record | None:
        """The sheet of the year before that one names."""
        return self.records.get(str(record["previous"]))


@dataclass(slots=True)
class Carried:
    """The books of a society up to the log being read, its own entries included.

    `known` maps each voucher's id to the import that brought it last, and where; `said` what
    the voucher says; `bound` the
    role of each officer's key, None once it was revoked; `hidden` vouchers that are not open here,
    `unopened` entries of imports that are not; `needs` the log before the first of these;
    `bylaws` the version of the bye-laws, None if no log so far has one.
    """

    number: int = -1
    whole: bool = False
    needs: str = ""
    imports: dict[str, Import] = field(default_factory=dict)
    vouchers: list[Booked] = field(default_factory=list)
    hidden: list[Position] = field(default_factory=list)
    unopened: list[Position] = field(default_factory=list)
    known: dict[str, tuple[str, Position]] = field(default_factory=dict)
    said: dict[str, Voucher] = field(default_factory=dict)
    bound: dict[bytes, str | None] = field(default_factory=dict)
    filed: Filed = field(default_factory=Filed)
    members: Members = field(default_factory=Members)
    bylaws: int | None = None

    def enter(self, chain: Chain) -> None:
        """Begin to read the next log."""
        self.number += 1
        first = chain.parsed[0] if chain.parsed else None
        if self.number == 0:
            self.whole = not continues(chain)
            self.needs = first.checkpoint.origin if isinstance(first, NoteEntry) else ""

    def at(self, index: int) -> Position:
        """The position of an entry of the log being read."""
        return self.number, index

    def all_at(self, indexes: Iterable[int]) -> list[Position]:
        """The same for several."""
        return [self.at(index) for index in indexes]

    def may_open(self, name: str) -> bool:
        """Whether an import may be opened here: the log may have closed over it, never ended."""
        held = self.imports.get(name)
        return held is None or (not held.ends and held.opened[0] < self.number)

    def stands(self, identity: str) -> bool:
        """Whether a voucher of that id counts already, or still may."""
        if identity not in self.known:
            return False
        name, at = self.known[identity]
        item = self.imports.get(name)
        if item is None:
            return True
        if at < item.opened:
            return False  # its log was closed over it, and the import began again in the next
        if item.ends:
            return item.ends[-1][1] != "void"
        return at[0] == self.number

    def counted(self, upto: Position) -> Sequence[Voucher]:
        """The vouchers that a statement over the entries before a position counts."""
        return [item.voucher for item in self.vouchers if self.has(item, upto)]

    def has(self, item: Booked, upto: Position) -> bool:
        """Whether a statement over the entries before a position counts a voucher."""
        held = self.imports.get(item.voucher.import_id)
        return held is not None and held.counts(item.at, upto)
