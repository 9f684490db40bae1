"""Projections: the one writer of the rows that a sealed entry makes (docs/adr/0010-projections.md).

A package keeps rows beside the log so that its pages and rules read fast. `append` seals entries
and, in the same transaction, runs the projection of their kind. `trust.log.replay` runs the same
function again, to check the rows and to rebuild them. A projection

- takes entries of its kinds in the order of the log, many at once, and each has its record;
- reads and writes rows of its own subject only, and reads only what is sealed or in the annex;
- writes the same rows whenever it is run over the same entries from the beginning.

A package registers its own in `projections.py` beside its tables; the composition root imports
them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Table

from trust.formats import records
from trust.log import annex
from trust.log.errors import LogError
from trust.log.model import LogInfo, Placed

Project = Callable[[Connection, Sequence[Placed]], None]
Whole = Callable[[Connection, Placed], bool]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is replayed at once: all logs of a society, a meeting or an office, oldest first."""

    kind: str
    name: str
    logs: tuple[LogInfo, ...]

    @property
    def ids(self) -> list[int]:
        """The rows of its logs."""
        return [info.id for info in self.logs]


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table whose rows only projections write.

    Its rows are keyed by `log_id` and `idx`, where they were sealed, unless `of` says which rows of
    the table, or of a copy of it, a subject has. `unsealed` are columns that no entry decides: a
    replay leaves them as they are. `changed_by` says which rows some entries had a part in, where
    it is not those at their place: they are carried over if the entries have no payload.
    """

    table: Table
    of: Callable[[Table, Subject], ColumnElement[bool]] | None = None
    unsealed: frozenset[str] = frozenset()
    changed_by: Callable[[Table, Sequence[Placed]], ColumnElement[bool]] | None = None

    @property
    def placed(self) -> bool:
        """Whether a row says at which place of which log it was sealed."""
        return {"log_id", "idx"} <= set(self.table.c.keys())

    def rows_of(self, table: Table, subject: Subject) -> ColumnElement[bool]:
        """Which rows of the table, or of a copy of it, are the subject's."""
        return table.c.log_id.in_(subject.ids) if self.of is None else self.of(table, subject)


@dataclass(frozen=True, slots=True)
class Projection:
    """The projection of some kinds.

    `numbered` is the table whose rows get a number `id` from the annex, given by the database when
    the entry is sealed. `lost` says in words what of the rows a recovery from a mirror cannot bring
    back, because it stood beside the log alone; members of a public record are named in braces.
    `whole` says whether everything that the rows of an
    entry are made of is still there. If it is not, a replay carries those rows over and counts the
    entry as not checked; one that has its record is projected after that.
    """

    kinds: tuple[str, ...]
    project: Project
    tables: tuple[ReadTable, ...]
    numbered: Table | None = None
    lost: str | None = None
    whole: Whole | None = None


_registry: dict[str, Projection] = {}


def register(one: Projection) -> Projection:
    """Make it the projection of its kinds; raises LogError for a kind that has another."""
    for kind in one.kinds:
        records.newest(kind)
        if _registry.get(kind, one) is not one:
            raise LogError(f"The kind {kind!r} has a projection already.")
        _registry[kind] = one
    return one


def projects(
    *kinds: str,
    tables: Sequence[ReadTable] = (),
    numbered: Table | None = None,
    lost: str | None = None,
    whole: Whole | None = None,
) -> Callable[[Project], Project]:
    """Decorate the function that projects these kinds; see `Projection`."""

    def made(function: Project) -> Project:
        register(Projection(kinds, function, tuple(tables), numbered, lost, whole))
        return function

    return made


def without_rows(*kinds: str) -> None:
    """Say of kinds that their entries make no rows."""
    register(Projection(kinds, lambda _conn, _placed: None, ()))


def of_kind(kind: str) -> Projection:
    """The projection of a kind; raises LogError if no package that was loaded has it: entries
    without their rows would be sealed otherwise."""
    try:
        return _registry[kind]
    except KeyError:
        raise LogError(f"The kind {kind!r} has no projection here.") from None


def of_log(log_kind: str) -> list[Projection]:
    """Every projection of the entries that stand in logs of a kind."""
    found = (one for kind, one in _registry.items() if records.newest(kind).stands_in(log_kind))
    return list(dict.fromkeys(found))


def read_tables(projections: Iterable[Projection]) -> list[ReadTable]:
    """The tables they write, each once."""
    return list({one.table.name: one for p in projections for one in p.tables}.values())


def project(conn: Connection, placed: Sequence[Placed]) -> None:
    """Run the projection of each entry, in order; those of one kind that follow each other at once.

    All entries are of one log and have their records. Raises LogError for a kind without one.
    """
    for kind, run in groupby(placed, key=lambda one: one.kind):
        found, entries = of_kind(kind), list(run)
        if found.numbered is not None:
            entries = annex.numbered(conn, found.numbered, entries)
        found.project(conn, entries)


without_rows("erasure", "abandonment", "log-closed", "log-key")
