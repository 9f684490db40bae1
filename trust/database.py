"""One database, two dialects: SQLite in the embedded default, PostgreSQL at state scale.

Every table of every package hangs on `metadata`; there is one migration history. Writers ask for
`write()`, which on SQLite is BEGIN IMMEDIATE, so that the CLI and the server queue up instead of
failing half-way; readers ask for `read()` and see one snapshot. Commits are durable (WAL with
full synchronisation, synchronous_commit on): what was acknowledged survives kill -9.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionError

from trust.formats.errors import SakshiError

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BUSY_SECONDS = 30
_BEGIN = "sakshi-begin"
"""In the notes of a pooled connection: how its next transaction begins."""


class StorageError(SakshiError):
    """The disk of the database is full or fails."""

    default_code = "storage"
    status = 503
    text = (
        "The server cannot store anything now: the disk of the database is full or fails. Nothing "
        "of this was stored; try again later."
    )


class DatabaseLostError(StorageError):
    """The database does not answer, or broke the connection off."""

    default_code = "database-lost"
    text = (
        "The database does not answer, or broke the connection off. What was under way is stored "
        "whole or not at all: when it answers again, look, or do it again."
    )


class DatabaseBusyError(StorageError):
    """The database had no connection, lock or memory left for this, for as long as we wait."""

    default_code = "database-busy"
    text = (
        "The database has more to do than it can, and nothing of this was stored. Try again in a "
        "minute."
    )


class DatabaseAddressError(StorageError):
    """What the settings name is no address of a database."""

    default_code = "database-address"
    text = (
        "SAKSHI_DATABASE is not the address of a database, such as sqlite:///var/sakshi.db or "
        "postgresql://name@host/base."
    )


_DISK: Final = ("disk", "unable to open database file", "readonly database")
_BUSY: Final = (
    "database is locked",
    "database table is locked",
    # A refused connection carries no state.
    "too many clients",
    "too many connections",
    "connection slots",
)


def _of_the_disk(fault: DBAPIError) -> bool:
    """Whether SQLite (full, I/O error, no file) or PostgreSQL (disk_full) speaks of the disk."""
    said = str(fault.orig).lower()
    return getattr(fault.orig, "sqlstate", None) == "53100" or any(it in said for it in _DISK)


def _away(fault: DBAPIError) -> bool:
    """Whether PostgreSQL cannot be reached, starts, stops, or is a copy that takes no writes
    (classes 08 and 57P, 25006)."""
    state = getattr(fault.orig, "sqlstate", None)
    if state is None:
        return "connection" in str(fault.orig).lower()
    return str(state).startswith(("08", "57P", "25006"))


def _busy(fault: DBAPIError) -> bool:
    """Whether SQLite is locked by another process, or PostgreSQL short of connections or memory."""
    said = str(fault.orig).lower()
    state = str(getattr(fault.orig, "sqlstate", None) or "")
    return state.startswith("53") or any(it in said for it in _BUSY)


@contextmanager
def _in_words() -> Iterator[None]:
    """A full disk, a database that went away, and one that is too busy become errors with a
    sentence."""
    try:
        yield
    except NoConnectionError as error:
        raise DatabaseBusyError from error
    except (OperationalError, InternalError, InterfaceError) as error:
        if _of_the_disk(error):
            raise StorageError from error
        if _busy(error):
            raise DatabaseBusyError from error
        if error.connection_invalidated or _away(error):
            raise DatabaseLostError from error
        raise


class _Turn:
    """A lock that passes on in the order of asking.

    Python's own lock may be taken again at once by the thread that gave it up: one that writes
    without pause (the publisher of many logs) would keep all others out for seconds.
    """

    def __init__(self) -> None:
        self._state = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait for the turn; False when the time runs out."""
        with self._state:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._state:
            if mine not in self._waiting:
                return True  # handed over just when the time ran out
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        """Hand the turn to whoever has waited longest."""
        with self._state:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class Database:
    """An engine with the kinds of transaction that packages use."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise DatabaseAddressError from None  # the text may hold a password
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.url = parsed
        self.engine = _sqlite_engine(parsed) if self.is_sqlite else _postgres_engine(parsed)
        self._turn = _Turn()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes; commits at the end, rolls back on any error.

        Raises StorageError when the disk is full or fails: nothing of the transaction is kept;
        and (code `database-lost`) when the database ends the connection.
        """
        with _in_words(), self._my_turn(), self.engine.connect() as conn:
            if self.is_sqlite:
                conn.info[_BEGIN] = "BEGIN IMMEDIATE"
            with conn.begin():
                yield conn

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        """Threads of one process take turns to write to SQLite.

        SQLite makes a second writer sleep and look again, up to 100 ms at a time, while nobody
        writes; a lock of our own wakes it at once. Other processes still queue at SQLite's lock,
        and so does whoever waited here too long.
        """
        if not self.is_sqlite:
            yield
            return
        mine = self._turn.acquire(timeout=BUSY_SECONDS)
        try:
            yield
        finally:
            if mine:
                self._turn.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, on one snapshot; StorageError as for `write`."""
        with _in_words(), self.engine.connect() as conn:
            if not self.is_sqlite:
                conn = conn.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with conn.begin():
                yield conn

    @contextmanager
    def scratch(self, *, write: bool = False) -> Iterator[Connection]:
        """A transaction on a connection of its own, in which tables may be shadowed by temporary
        ones of the same name (`trust.log.replay`).

        Without `write` it sees one snapshot, locks nothing and is rolled back at the end. Nothing
        is prepared in the server: a prepared statement would go on reading what it was made for.
        """
        turn = self._my_turn() if write else nullcontext()
        with _in_words(), turn, self.engine.connect() as conn:
            if self.is_sqlite:
                conn.info[_BEGIN] = "BEGIN IMMEDIATE" if write else "BEGIN"
            else:
                driver: Any = conn.connection.driver_connection
                driver.prepare_threshold = None
                if not write:
                    conn = conn.execution_options(isolation_level="REPEATABLE READ")
            try:
                with conn.begin() as transaction:
                    yield conn
                    if not write:
                        transaction.rollback()
            finally:
                conn.invalidate()  # its temporary tables end with it

    def dispose(self) -> None:
        """Close the pool; for tests and the end of a process."""
        self.engine.dispose()


_PATIENCE: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How long PostgreSQL's client waits for a machine that does not answer any more (seconds; the last
one milliseconds). An address of the settings that says otherwise wins."""


# `hide_parameters`: an error's text goes to the server's log, and the values of a statement are
# members' names and narrations.
def _sqlite_engine(url: Any) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None},
        pool_size=10,
        max_overflow=40,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _pragmas(dbapi: Any, _record: Any) -> None:
        cursor = dbapi.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-32000",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def _begin(connection: Any) -> None:
        connection.execute(connection.info.pop(_BEGIN, "BEGIN"))

    # Not a listener of the engine: with one, every statement costs a fifth more.
    engine.dialect.do_begin = _begin  # type: ignore[assignment, method-assign]
    return engine


def _postgres_engine(url: Any) -> Engine:
    engine = create_engine(
        url,
        connect_args={name: value for name, value in _PATIENCE.items() if name not in url.query},
        pool_size=10,
        max_overflow=40,
        pool_pre_ping=True,
        hide_parameters=True,
    )
    event.listen(engine, "handle_error", _without_values)
    return engine


def _without_values(context: ExceptionContext) -> None:
    """PostgreSQL tells the failing row's values after the first line: no log may hold them."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].partition("\n")[0], *error.args[1:])
