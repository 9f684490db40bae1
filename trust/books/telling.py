"""What stands about a society's filed sheets, told from the sealed entries.

Sheets, what they name, imports and vouchers are read out of the log, each compared with its
commitment; the rows beside it only say where a sheet stands. One thing is not sealed: the checks
that were recorded beside a version 1 sheet, which does not state its open faults itself.

A society is read once (`reading`), and on from there when its logs grow; findings are kept in this
process for each state of the logs.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import cast

from sqlalchemy import Connection

from trust.books.model import FiledStatement
from trust.books.published import filing_rules, line_labels_ml, mapping_by_hash
from trust.books.pure import findinglist, later, statements, years
from trust.books.pure.booked import Moved, Position, between
from trust.books.pure.findinglist import Names, Record
from trust.books.pure.findings import Colour, Finding, colour, day_of
from trust.books.reading import Books, read_on
from trust.log import lineage
from trust.log import queries as log_queries
from trust.log.model import LogInfo

KEPT = 1024
"""Societies whose findings are kept in the memory of a process."""

_Key = tuple[object, ...]
_cache: "OrderedDict[tuple[str, str], _Told]" = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class SheetFindings:
    """A filed sheet and everything found about it.

    Attributes:
        compared: whether the column of the year before was compared with a filed sheet and is it;
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


@dataclass(slots=True)
class _Told:
    """What was read of one society, and what was found of its sheets at that state."""

    lock: Lock = field(default_factory=Lock)
    books: Books | None = None
    key: _Key = ()
    found: dict[str, SheetFindings] = field(default_factory=dict)


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
    told = _held((str(conn.engine.url), society))
    with told.lock:
        if told.key != key:
            told.found = _Society(conn, shards, filed, told).all()
            told.key = key
        return told.found


def _held(place: tuple[str, str]) -> _Told:
    """What is kept of a society; the one that was asked for longest ago makes room."""
    with _lock:
        found = _cache.setdefault(place, _Told())
        _cache.move_to_end(place)
        while len(_cache) > KEPT:
            _cache.popitem(last=False)
        return found


def forget() -> None:
    """Forget what was read; the next question reads the logs from their beginning."""
    with _lock:
        _cache.clear()


def _key(conn: Connection, shards: Sequence[LogInfo], filed: Sequence[FiledStatement]) -> _Key:
    """The state of a society's logs: every shard with its size and the hash of its last entry."""
    ends = tuple(
        (
            info.origin,
            info.next_index,
            log_queries.entry(conn, info.origin, info.next_index - 1).leaf,
        )
        for info in shards
        if info.next_index
    )
    return (ends, tuple(item.sha256 for item in filed))


class _Society:
    """One society's sheets, oldest first, with the books read once for all of them."""

    def __init__(
        self,
        conn: Connection,
        shards: Sequence[LogInfo],
        filed: Sequence[FiledStatement],
        told: _Told,
    ) -> None:
        self._number = {info.origin: at for at, info in enumerate(shards)}
        self._filed = sorted(filed, key=self._sealed)
        self._sheet = {item.sha256: item for item in filed}
        self._next = {cast(str | None, item.record["supersedes"]): item for item in filed}
        first = min((self._head(item) for item in filed), default=(len(shards), 0))
        about = {item.book_year for item in filed}
        wanted = frozenset(about | {years.year_before(year) for year in about})
        books, told.books = told.books, None
        if books is None or not books.fits(conn, wanted, first):
            books = Books(wanted, first)
        if filed:
            read_on(conn, shards, books)
        self._books = told.books = books
        self._end: Position = (len(shards), 0)

    def all(self) -> dict[str, SheetFindings]:
        return {item.sha256: self._one(item) for item in self._filed}

    def _sealed(self, item: FiledStatement) -> Position:
        return self._number[item.at.origin], item.at.index

    def _head(self, item: FiledStatement) -> Position:
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
            item.sha256,
            item.book_year,
            cast(int, record["v"]),
            tuple(found),
            compared=mapping is not None and shows and earlier is not None and not wrong,
            replaced_by=None if replaced is None else replaced.sha256,
            replaces=replaces or None,
        )

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

    def _moved(self, book_year: str, first: Position, second: Position) -> Moved:
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

    def _unposted(self, book_year: str, head: Position) -> tuple[int, int]:
        """Imports of a year that never ended: opened before a place, and after it."""
        opened = [
            held.opened
            for name, held in self._books.imports.items()
            if not held.ends and self._books.years[name] == book_year
        ]
        before = sum(1 for place in opened if place < head)
        return before, len(opened) - before
