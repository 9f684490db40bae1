"""One subject replayed: its entries, in the order of its logs, through the projections."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from trust.bulk import next_numbers
from trust.formats import logkinds
from trust.formats.errors import SakshiError
from trust.log import annex, lineage, queries
from trust.log.checks.fsckrows import Finding
from trust.log.model import Placed
from trust.log.projections import Projection, Subject, of_kind, of_log
from trust.log.replay.entries import pieces
from trust.log.replay.scratch import Scratch


@dataclass(slots=True)
class Tally:
    """How many sealed records were compared with rows, and how many cannot be opened any more."""

    checked: int = 0
    unchecked: int = 0


UNREADABLE = (SakshiError, IntegrityError, ValueError, TypeError, KeyError)
"""What a replay raises where something was written by hand that cannot be read any more, or that
the keys of a table forbid."""


def unreadable(subject: Subject, error: Exception) -> Finding:
    """The subject whose replay ended early, and why."""
    why = getattr(error, "orig", error)
    words = f"a row cannot be read, so the check of this subject ends here: {why}"
    return Finding(subject.logs[-1].origin, None, "rows", words.rstrip("."))


Check = Callable[[Connection, Subject, Tally, bool], Iterator[Finding]]
"""Compares what a package keeps beside its projections with the rows that a replay made. The flag
is `keep`: what opens no entry any more may then be deleted."""

_beside: dict[str, list[Check]] = {}


def beside(log_kind: str) -> Callable[[Check], Check]:
    """Have a check run after each replay of a subject with logs of this kind."""

    def added(one: Check) -> Check:
        _beside.setdefault(log_kind, []).append(one)
        return one

    return added


@dataclass(slots=True)
class Replayer:
    """Runs projections over scratch tables. With `keep` numbers that the annex lacks are given and
    written to it; otherwise nothing but the scratch tables is written."""

    scratch: Scratch
    tally: Tally
    keep: bool = False
    _given: dict[str, int] = field(default_factory=dict)

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Fill the scratch tables with the rows of one subject; yields what cannot be read."""
        self.scratch.empty()
        self._given.clear()
        found = of_log(subject.kind)
        kinds = [kind for one in found for kind in one.kinds]
        for info in subject.logs:
            for piece in pieces(self.scratch.conn, info, kinds):
                yield from piece.findings
                self._project(piece.entries)
        for check in _beside.get(subject.kind, ()):
            yield from check(self.scratch.conn, subject, self.tally, self.keep)

    def _project(self, entries: Sequence[Placed]) -> None:
        for projection, whole, run in self._runs(entries):
            if whole:
                self.tally.checked += len(run)
            else:
                self.tally.unchecked += len(run)
                self.scratch.carry(run, projection.tables)
            kept = [one for one in run if one.record is not None]
            if kept:
                projection.project(self.scratch.conn, self._numbered(projection, kept))

    def _runs(self, entries: Sequence[Placed]) -> Iterator[tuple[Projection, bool, list[Placed]]]:
        """Entries that follow each other, are of one kind and are all whole or all not."""

        def shape(one: Placed) -> tuple[str, bool]:
            whole = of_kind(one.kind).whole
            return one.kind, one.record is not None and (
                whole is None or whole(self.scratch.conn, one)
            )

        for (kind, whole), run in groupby(entries, key=shape):
            yield of_kind(kind), whole, list(run)

    def _numbered(self, projection: Projection, entries: list[Placed]) -> list[Placed]:
        table = projection.numbered
        if table is None:
            return entries
        without = [one for one in entries if annex.ID not in one.annex]
        if not without:
            return entries
        given = {one.index: dict(one.annex) | {annex.ID: self._number(projection, one)}
                 for one in without}  # fmt: skip
        if self.keep:
            annex.put(self.scratch.conn, entries[0].log_id, given)
        return [replace(one, annex=given.get(one.index, one.annex)) for one in entries]

    def _number(self, projection: Projection, one: Placed) -> int:
        """The number of the entry's row if it has one, or a free one."""
        table = projection.numbered
        assert table is not None
        for read in projection.tables:
            if read.table.name == table.name and read.placed:
                real = self.scratch.real(read)
                here = (real.c.log_id == one.log_id) & (real.c.idx == one.index)
                held = self.scratch.conn.execute(select(real.c.id).where(here)).scalar()
                if held is not None:
                    return int(held)
        last = self._given.get(table.name, 0)
        if self.keep:
            # SQLite names the same number until a row has it; PostgreSQL never names one twice.
            (free,) = next_numbers(self.scratch.conn, table, 1)
            self._given[table.name] = max(free, last + 1)
        else:
            self._given[table.name] = last - 1
        return self._given[table.name]


def log_kinds() -> list[str]:
    """Kinds of logs whose entries make rows, in the order in which they are replayed."""
    return [name for name in logkinds.KINDS if any(one.tables for one in of_log(name))]


def subjects(conn: Connection, log_kind: str) -> Iterator[Subject]:
    """Everything that has logs of a kind, in order of its name."""
    for name in sorted({info.subject for info in queries.logs(conn, log_kind)}):
        yield Subject(log_kind, name, tuple(lineage.shards(conn, log_kind, name)))
