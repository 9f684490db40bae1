"""What stands about a society's filed sheets, told from the sealed entries.

Sheets, what they name, imports and vouchers are read out of the log, each held against its
commitment; the rows beside it only say where a sheet stands. One thing is not sealed: the checks
that were recorded beside a version 1 sheet, which does not state its open faults itself.

A society is read once for each state of its logs; the findings are kept in this process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import cast

from sqlalchemy import Connection

from trust.books.model import FiledStatement
from trust.books.published import filing_rules, line_labels_ml, mapping_by_hash
from trust.books.pure import findinglist, later, statements, years
from trust.books.pure.booked import Booked, Import, Moved, Place, between
from trust.books.pure.findinglist import Names, Record
from trust.books.pure.findings import Colour, Finding, colour, day_of
from trust.books.pure.vouchers import from_record
from trust.formats.entries import Entry, parse_entry
from trust.log import lineage, sealed
from trust.log import queries as logs
from trust.log.model import LogInfo

KEPT = 1024
"""Societies whose findings are kept in the memory of a process."""

_Key = tuple[object, ...]
_cache: OrderedDict[_Key, dict[str, SheetFindings]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class SheetFindings:
    """A filed sheet and everything found about it.

    Attributes:
        compared: whether the column of the year before was held against a filed sheet and is it;
            only then may a page write "as filed" over it.
        replaced_by: hash of the sheet of the same year that was filed in its place, if any.
        replaces: hash of the sheet that it was filed in place of, if any.
    """

    sha256: str
    book_year: str
    version: int
    found: tuple[Finding, ...]
    compared: bool
    replaced_by: str | None
    replaces: str | None

    @property
    def colour(self) -> Colour:
        """Red, amber or green; `trust.books.pure.findings` says what each means."""
        return colour(self.found)


@dataclass
class _Books:
    """What the logs of a society say of imports with their years, of vouchers, erased ones too,
    and of reasons for late entries."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    years: dict[str, str] = field(default_factory=dict)
    erased: list[Place] = field(default_factory=list)
    booked: list[Booked] = field(default_factory=list)
    closed: list[Place] = field(default_factory=list)
    reasons: list[tuple[int, Record]] = field(default_factory=list)


def tell(
    conn: Connection, society: str, filed: Sequence[FiledStatement]
) -> dict[str, SheetFindings]:
    """The findings about each of a society's sheets, by its hash.

    Args:
        filed: every filing of the society, superseded ones included.

    Raises AlteredError when the database no longer holds what was sealed.
    """
    shards = lineage.shards(conn, "coop", society)
    key = _key(conn, shards, filed)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    found = _Society(conn, shards, filed).all()
    with _lock:
        _cache[key] = found
        while len(_cache) > KEPT:
            _cache.popitem(last=False)
    return found


def _key(conn: Connection, shards: Sequence[LogInfo], filed: Sequence[FiledStatement]) -> _Key:
    """The state of a society's logs: every shard with its size and the hash of its last entry."""
    ends = tuple(
        (info.origin, info.next_index, logs.entry(conn, info.origin, info.next_index - 1).leaf)
        for info in shards
        if info.next_index
    )
    return (str(conn.engine.url), ends, tuple(item.sha256 for item in filed))


class _Society:
    """One society's sheets, oldest first, with the books read once for all of them."""

    def __init__(
        self, conn: Connection, shards: Sequence[LogInfo], filed: Sequence[FiledStatement]
    ) -> None:
        self._number = {info.origin: at for at, info in enumerate(shards)}
        self._filed = sorted(filed, key=self._sealed)
        self._sheet = {item.sha256: item for item in filed}
        self._next = {cast(str | None, item.record["supersedes"]): item for item in filed}
        first = min((self._head(item) for item in filed), default=(len(shards), 0))
        self._books = _read(conn, shards, first) if filed else _Books()
        self._end: Place = (len(shards), 0)

    def all(self) -> dict[str, SheetFindings]:
        return {item.sha256: self._one(item) for item in self._filed}

    def _sealed(self, item: FiledStatement) -> Place:
        return self._number[item.at.origin], item.at.index

    def _head(self, item: FiledStatement) -> Place:
        return self._number[str(item.record["origin"])], cast(int, item.record["book_size"])

    def _one(self, item: FiledStatement) -> SheetFindings:
        record = cast(Record, item.record)
        earlier = self._sheet.get(str(record["previous"]))
        replaced, replaces = self._next.get(item.sha256), str(record["supersedes"] or "")
        found: list[Finding] = []
        mapping = mapping_by_hash(str(record["mapping"]))
        if mapping is not None:
            names = Names(mapping, line_labels_ml())
            before = None if earlier is None else cast(Record, earlier.record)
            rule = filing_rules().on(years.last_day(item.book_year))
            kept = item.checks if record["v"] == 1 else ()
            found += findinglist.of_sheet(
                record, before, names, rule, kept, filed=day_of(item.at.time)
            )
            if replaces in self._sheet:
                found.append(later.replaces(record, self._sheet[replaces].at.time))
            found += self._opening(item, earlier, names)
            found += later.after(record, self._after(item, replaced), names)
        shows = statements.has_prior(record)
        wrong = any(one.code.startswith("prior-") for one in found)
        return SheetFindings(
            item.sha256, item.book_year, cast(int, record["v"]), tuple(found),
            compared=mapping is not None and shows and earlier is not None and not wrong,
            replaced_by=None if replaced is None else replaced.sha256,
            replaces=replaces or None,
        )  # fmt: skip

    def _opening(
        self, item: FiledStatement, earlier: FiledStatement | None, names: Names
    ) -> Iterator[Finding]:
        """The year before: moved before this sheet opened from it, and moved since."""
        record, before = cast(Record, item.record), years.year_before(item.book_year)
        head = self._head(item)
        if earlier is not None:
            then = cast(Record, earlier.record)
            moved = self._moved(before, self._head(earlier), head)
            amounts = statements.filed_amounts(then)
            now = later.moved_lines(amounts, moved, names.mapping)
            yield from later.before_changed(record, then, now, names)
        again = None if earlier is None else self._next.get(earlier.sha256)
        refiled = None if again is None else again.at.time
        yield from later.before_late(record, self._moved(before, head, self._end), refiled)

    def _moved(self, book_year: str, first: Place, second: Place) -> Moved:
        return between(book_year, first, second, self._books.booked, self._books.imports)

    def _after(self, item: FiledStatement, replaced: FiledStatement | None) -> later.After:
        head = self._head(item)
        end = self._end if replaced is None else self._head(replaced)
        return later.After(
            self._moved(item.book_year, head, end),
            closed=sum(1 for place in self._books.closed if head <= place < end),
            reasons=[
                (time, str(record["reason"]))
                for time, record in self._books.reasons
                if record["statement"] == item.sha256
            ],
            refiled=None if replaced is None else replaced.at.time,
            unposted=self._unposted(item.book_year, head),
            erased=sum(1 for place in self._books.erased if place < head),
        )

    def _unposted(self, book_year: str, head: Place) -> tuple[int, int]:
        """Imports of a year that never ended: opened before a place, and after it."""
        opened = [
            held.opened
            for name, held in self._books.imports.items()
            if not held.ends and self._books.years[name] == book_year
        ]
        before = sum(1 for place in opened if place < head)
        return before, len(opened) - before


def _read(conn: Connection, shards: Sequence[LogInfo], first: Place) -> _Books:
    """The imports of all logs, and the vouchers of those that ended after a place."""
    books = _Books(numbers={info.origin: number for number, info in enumerate(shards)})
    for number, info in enumerate(shards):
        _public(conn, number, info, books)
    wanted = [
        held.opened for held in books.imports.values() if any(at >= first for at, _, _ in held.ends)
    ]
    start = min(wanted, default=first)
    for number, info in enumerate(shards[start[0] :], start[0]):
        lowest = start[1] if number == start[0] else 0
        for index, time, record in sealed.told(conn, info.origin, "voucher", lowest):
            if record is None:
                books.closed.append((number, index))
            else:
                books.booked.append(Booked((number, index), from_record(record), time))
    return books


def _public(conn: Connection, number: int, info: LogInfo, books: _Books) -> None:
    for stored in logs.entries(conn, info.origin, 0, info.next_index):
        parsed = parse_entry(stored.entry)
        if not isinstance(parsed, Entry):
            continue
        place = (number, stored.index)
        if parsed.kind == "erasure":
            _erased(conn, number, info, stored.index, books)
        if parsed.kind in ("import-open", "import-close", "late-entries"):
            record = sealed.record(conn, info.origin, stored.index, parsed.kind)
            _take(books, place, parsed, record)


def _erased(conn: Connection, number: int, info: LogInfo, index: int, books: _Books) -> None:
    """A voucher whose record was erased, in this log or an earlier one of the society."""
    record = sealed.record(conn, info.origin, index, "erasure")
    origin, gone = str(record.get("origin", info.origin)), cast(int, record["index"])
    if record["part"] == "record" and logs.entry(conn, origin, gone).kind == "voucher":
        books.erased.append((books.numbers.get(origin, number), gone))


def _take(books: _Books, place: Place, entry: Entry, record: Mapping[str, object]) -> None:
    name = str(record.get("import"))
    if entry.kind == "import-open":
        books.imports[name] = Import(place)
        books.years[name] = str(record["book_year"])
    elif entry.kind == "late-entries":
        books.reasons.append((entry.time, cast(Record, record)))
    elif name in books.imports:
        books.imports[name].ends.append((place, str(record["outcome"]), entry.time))
