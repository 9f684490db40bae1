"""What a society's logs say of its books, read entry by entry and compared with each commitment.

A log only grows, so what was read is kept in the memory of the process and read on from there.
Of the vouchers only those are kept that can move a filed sheet: of its year or the year before,
brought by an import that ended after its figures were taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Connection

from trust.books.pure.booked import Booked, Import, Position
from trust.books.pure.findinglist import Record
from trust.books.pure.vouchers import from_record
from trust.formats.entries import Entry, parse_entry
from trust.log import queries as log_queries
from trust.log import sealed
from trust.log.model import LogInfo


@dataclass(slots=True)
class Books:
    """Imports with their years, vouchers that may move a filed sheet, erased ones, and reasons.

    Attributes:
        wanted: book years whose vouchers are kept; vouchers of others are passed over.
        first: the lowest head that a filed sheet rests on.
        closed: vouchers after that head whose record was erased, so that their year is not known.
        erased: every voucher whose record was erased.
    """

    wanted: frozenset[str]
    first: Position
    numbers: Mapping[str, int] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    years: dict[str, str] = field(default_factory=dict)
    erased: list[Position] = field(default_factory=list)
    booked: list[Booked] = field(default_factory=list)
    closed: list[Position] = field(default_factory=list)
    reasons: list[tuple[int, Record]] = field(default_factory=list)
    upto: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def fits(self, conn: Connection, wanted: frozenset[str], first: Position) -> bool:
        """Whether what was read is the beginning of what the database holds, and is enough."""
        return (self.wanted, self.first) == (wanted, first) and all(
            size <= log_queries.info(conn, origin).next_index
            and log_queries.entry(conn, origin, size - 1).leaf == leaf
            for origin, (size, leaf) in self.upto.items()
        )


def read_on(conn: Connection, shards: Sequence[LogInfo], books: Books) -> None:
    """Read what was appended to any of the logs since.

    Raises AlteredError when the database no longer holds what was sealed.
    """
    books.numbers = {info.origin: number for number, info in enumerate(shards)}
    for info in shards:
        _public(conn, info, books)
    start = _start(books)
    for number, info in enumerate(shards[start[0] :], start[0]):
        lowest = start[1] if number == start[0] else 0
        _vouchers(conn, info, max(lowest, books.upto.get(info.origin, (0, b""))[0]), books)
    for info in shards:
        if info.next_index:
            last = log_queries.entry(conn, info.origin, info.next_index - 1)
            books.upto[info.origin] = (info.next_index, last.leaf)


def _start(books: Books) -> Position:
    """The first place at which a voucher may stand that a filed sheet does not count for sure."""
    opened = [
        held.opened
        for held in books.imports.values()
        if not held.ends or any(at >= books.first for at, _, _ in held.ends)
    ]
    return min([books.first, *opened])


def _vouchers(conn: Connection, info: LogInfo, lowest: int, books: Books) -> None:
    number = books.numbers[info.origin]
    for index, time, record in sealed.told(conn, info.origin, "voucher", lowest):
        if record is None:
            books.closed.append((number, index))
        elif record["book_year"] in books.wanted:
            books.booked.append(Booked((number, index), from_record(record), time))


def _public(conn: Connection, info: LogInfo, books: Books) -> None:
    number, lowest = books.numbers[info.origin], books.upto.get(info.origin, (0, b""))[0]
    for stored in log_queries.entries(conn, info.origin, lowest, info.next_index):
        parsed = parse_entry(stored.entry)
        if not isinstance(parsed, Entry):
            continue
        if parsed.kind == "erasure":
            _erased(conn, number, info, stored.index, books)
        if parsed.kind in ("import-open", "import-close", "late-entries"):
            record = sealed.record(conn, info.origin, stored.index, parsed.kind)
            _take(books, (number, stored.index), parsed, record)


def _erased(conn: Connection, number: int, info: LogInfo, index: int, books: Books) -> None:
    """A voucher whose record was erased, in this log or an earlier one of the society."""
    record = sealed.record(conn, info.origin, index, "erasure")
    origin, gone = str(record.get("origin", info.origin)), cast(int, record["index"])
    if record["part"] != "record" or log_queries.entry(conn, origin, gone).kind != "voucher":
        return
    place = (books.numbers.get(origin, number), gone)
    books.erased.append(place)
    if gone < books.upto.get(origin, (0, b""))[0] and place >= _start(books):
        books.booked = [item for item in books.booked if item.at != place]
        books.closed.append(place)


def _take(books: Books, place: Position, entry: Entry, record: Mapping[str, object]) -> None:
    name = str(record.get("import"))
    if entry.kind == "import-open":
        books.imports[name] = Import(place)
        books.years[name] = str(record["book_year"])
    elif entry.kind == "late-entries":
        books.reasons.append((entry.time, cast(Record, record)))
    elif name in books.imports:
        books.imports[name].ends.append((place, str(record["outcome"]), entry.time))
