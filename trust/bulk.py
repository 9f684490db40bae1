"""Many rows read and written by the driver's fastest way; what differs between the drivers."""

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Executable, Table, text
from sqlalchemy.exc import DBAPIError

SQLITE_VALUES = 1_792
"""Values bound to one statement; SQLite allows 32,766, more than these bring no gain."""
Rows = Sequence[Sequence[object]]
Plain = Sequence[tuple[Any, ...]]


class Statement:
    """A statement that goes to the driver as it stands; values are named, as in `:name`.

    For what is run for every entry: a statement of SQLAlchemy's costs twenty times what SQLite
    needs to run it.
    """

    def __init__(self, sqlite: str, postgres: str | None = None) -> None:
        self._sqlite = sqlite
        self._postgres = re.sub(r":(\w+)", r"%(\1)s", postgres or sqlite)

    def run(self, conn: Connection, **values: object) -> Plain:
        """The rows that it returns."""
        known = self._sqlite if conn.dialect.name == "sqlite" else self._postgres
        cursor = send(conn, known, values)
        return cursor.fetchall() if cursor.description else ()


def send(conn: Connection, statement: str, values: object) -> Any:
    """Have the driver execute a statement; returns its cursor."""
    driver: Any = conn.connection.driver_connection
    try:
        return driver.execute(statement, values)
    except conn.dialect.loaded_dbapi.Error as error:
        raise _as_by_sqlalchemy(conn, error) from error


def plain_rows(conn: Connection, statement: Executable, values: dict[str, object]) -> Plain:
    """All rows of a query as the driver returns them.

    For reads of many thousand rows: SQLAlchemy's own rows cost four times what reading them does.
    """
    with conn.execute(statement, values) as result:
        assert result.cursor is not None
        rows: Plain = result.cursor.fetchall()
        return rows


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from its rounds, in the whole process, for a piece of bulk work.

    Such work makes very many values that hold no circles: the collector would visit all of them,
    again and again, and free nothing. It is a fifth of the processor time of an import.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def real_schema(conn: Connection) -> str:
    """The schema of the tables themselves, under which a temporary table does not hide them."""
    if conn.dialect.name == "sqlite":
        return "main"
    return str(conn.execute(text("SELECT current_schema()")).scalar_one())


def next_numbers(conn: Connection, table: Table, count: int) -> list[int]:
    """The next free values of a table's own number `id`; nobody else gets the same."""
    name = f"{real_schema(conn)}.{table.name}"  # our own names, never a user's
    if conn.dialect.name == "sqlite":
        last = conn.execute(text(f"SELECT coalesce(max(id), 0) FROM {name}")).scalar_one()  # noqa: S608
        return list(range(last + 1, last + count + 1))
    query = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :n)")
    return list(conn.execute(query, {"name": name, "n": count}).scalars())


def insert_many(
    conn: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Rows,
    *,
    unless: Sequence[str] = (),
    replace: bool = False,
) -> int:
    """Insert many rows of plain values in the given columns, by the driver's fastest way.

    Rows that repeat a value of the unique columns `unless` are left out, or with `replace` take the
    place of the row that has it. Returns the number of rows inserted. Values go to the driver as
    they are: many to a statement on SQLite, by COPY on PostgreSQL, which is three times the rate of
    a statement compiled for each row.
    """
    if not rows:
        return 0
    # Table and column names are our own, never a user's.
    into = f"{table.name} ({', '.join(columns)})"
    ending = f" ON CONFLICT ({', '.join(unless)}) DO NOTHING" if unless else ""
    if replace:
        others = (f"{name} = excluded.{name}" for name in columns if name not in unless)
        ending = ending.replace("NOTHING", f"UPDATE SET {', '.join(others)}")
    if conn.dialect.name == "sqlite":
        return _insert_sqlite(conn, into, len(columns), rows, ending)
    try:
        return _insert_postgres(conn, into, len(columns), rows, ending)
    except conn.dialect.loaded_dbapi.Error as error:
        raise _as_by_sqlalchemy(conn, error) from error


def _insert_postgres(conn: Connection, into: str, width: int, rows: Rows, ending: str) -> int:
    driver: Any = conn.connection.driver_connection
    with driver.cursor() as cursor:
        if ending:
            marks = ", ".join(["%s"] * width)
            cursor.executemany(f"INSERT INTO {into} VALUES ({marks}){ending}", rows)  # noqa: S608
            return int(cursor.rowcount)
        with cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    return len(rows)


def _as_by_sqlalchemy(conn: Connection, error: Any) -> BaseException:
    """What the driver raised, as SQLAlchemy raises it: without the values of a row."""
    dialect = conn.dialect
    if error.args and isinstance(error.args[0], str):
        error.args = (error.args[0].partition("\n")[0], *error.args[1:])
    driver: Any = conn.connection.driver_connection
    found: BaseException = DBAPIError.instance(
        None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect,
        connection_invalidated=dialect.is_disconnect(error, driver, None),
    )  # fmt: skip
    return found


def _insert_sqlite(conn: Connection, into: str, width: int, rows: Rows, ending: str) -> int:
    one, most, inserted = f"({', '.join('?' * width)})", SQLITE_VALUES // width, 0
    for at in range(0, len(rows), most):
        part = rows[at : at + most]
        statement = f"INSERT INTO {into} VALUES {', '.join([one] * len(part))}{ending}"  # noqa: S608
        inserted += send(conn, statement, tuple(chain.from_iterable(part))).rowcount
    return inserted
