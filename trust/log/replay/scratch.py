"""Temporary tables that hide the read tables of the same name, so that projections run unchanged.

An unqualified name means the temporary table first, in SQLite and in PostgreSQL; the read table
itself is reached through its schema.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, MetaData, Table, UniqueConstraint, delete, insert, select, tuple_
from sqlalchemy.schema import sort_tables

from trust.bulk import real_schema
from trust.log.model import Placed
from trust.log.projections import ReadTable


class Scratch:
    """The read tables of one kind of log, empty, on a connection of `Database.scratch`."""

    def __init__(self, conn: Connection, tables: Sequence[ReadTable]) -> None:
        self.conn = conn
        schema, own = real_schema(conn), "temp" if conn.dialect.name == "sqlite" else "pg_temp"
        self.tables = _in_order(tables)
        self._real = {t.table.name: _copy(t.table, schema) for t in self.tables}
        self._copies = {t.table.name: _copy(t.table, own) for t in self.tables}
        for copy in self._copies.values():
            copy._prefixes = ["TEMPORARY"]
            copy.create(conn)

    def empty(self) -> None:
        """Forget the rows of the subject before."""
        for copy in self._copies.values():
            self.conn.execute(delete(copy))

    def real(self, one: ReadTable) -> Table:
        """The table itself."""
        return self._real[one.table.name]

    def copy(self, one: ReadTable) -> Table:
        """The temporary table that hides it."""
        return self._copies[one.table.name]

    def carry(self, entries: Sequence[Placed], tables: Sequence[ReadTable]) -> None:
        """Take over the rows of entries without payload as they are: no one can derive them."""
        places = [(one.log_id, one.index) for one in entries]
        for one in tables:
            real, copy = self.real(one), self.copy(one)
            if one.changed_by is not None:
                where = one.changed_by(real, entries)
                # What earlier entries made of such a row gives way to the row as it stands.
                keys = select(*real.primary_key).where(where)
                self.conn.execute(delete(copy).where(tuple_(*copy.primary_key).in_(keys)))
            elif one.placed:
                where = tuple_(real.c.log_id, real.c.idx).in_(places)
            else:
                continue
            rows = select(real).where(where)
            self.conn.execute(insert(copy).from_select(real.c.keys(), rows))


def _in_order(tables: Sequence[ReadTable]) -> list[ReadTable]:
    """A table after those it refers to."""
    order = sort_tables([one.table for one in tables])
    return sorted(tables, key=lambda one: order.index(one.table))


def _copy(table: Table, schema: str) -> Table:
    """The columns and keys of a table, without references to others."""
    columns = []
    for column in table.columns:
        copied = column._copy()
        copied.foreign_keys.clear()
        copied.constraints = {c for c in copied.constraints if not hasattr(c, "elements")}
        columns.append(copied)
    unique = [
        UniqueConstraint(*[c.name for c in one.columns])
        for one in table.constraints
        if isinstance(one, UniqueConstraint)
    ]
    return Table(table.name, MetaData(), *columns, *unique, schema=schema)
