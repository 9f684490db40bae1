"""Where the counts of the limits are: in memory, in Redis, or in a table of ours.

The library `limits` counts; its storage is what processes share. Redis where the broker is Redis;
the memory of the process where SQLite and the broker in memory say that there is but one; else the
table `request_count`, which is the storage of this module.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import floor
from typing import Any, Final, TypeVar

from limits import RateLimitItem
from limits.errors import StorageError as CountsLostError
from limits.storage import MemoryStorage, RedisStorage, SlidingWindowCounterSupport, Storage
from limits.strategies import SlidingWindowCounterRateLimiter
from limits.util import WindowStats
from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from trust.database import Database
from trust.formats.errors import SakshiError
from trust.settings import Settings
from web.tables import request_count

PREFIX: Final = "sakshi-limits"
REDIS_SECONDS: Final = 1.0
"""How long Redis may take to answer; a request must not wait longer for being counted."""
AWAY_SECONDS: Final = 5.0
"""How long a storage that did not answer is not asked again."""
T = TypeVar("T")
_log = logging.getLogger("sakshi.web")


class TableStorage(Storage, SlidingWindowCounterSupport):
    """Counts in `request_count`: one row for a name and a window, raised by one statement.

    Windows begin at multiples of their length, as those of the library's own storages in memory.
    """

    STORAGE_SCHEME = None

    def __init__(self, db: Database, **options: Any) -> None:
        super().__init__(None, **options)
        self._db = db
        self._insert: Any = sqlite.insert if db.is_sqlite else postgresql.insert

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """What a database that is away raises."""
        return (SakshiError, SQLAlchemyError)

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count `amount` hits if they stay within the limit; otherwise count nothing."""
        now = time.time()
        with self._write() as conn:
            before, left_s, _, _ = _counts(conn, key, expiry, now)
            room = limit - floor(before * left_s / expiry)
            return amount <= room and self._raise(conn, key, expiry, amount, room, now)

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Hits of the window before and of this one, each with the seconds until it ends."""
        with self._db.read() as conn:
            return _counts(conn, key, expiry, time.time())

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget a name."""
        self.clear(key)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count without a limit; returns the hits of this window."""
        with self._write() as conn:
            self._raise(conn, key, expiry, amount, None, time.time())
        return self.get(key)

    def get(self, key: str) -> int:
        """Hits of a name's newest window."""
        c = request_count.c
        query = select(c.hits).where(c.name == key, c.until > time.time())
        with self._db.read() as conn:
            return conn.execute(query.order_by(c.window.desc())).scalar() or 0

    def get_expiry(self, key: str) -> float:
        """When a name is forgotten (UTC seconds); now if nothing was counted."""
        c = request_count.c
        with self._db.read() as conn:
            found = conn.execute(select(func.max(c.until)).where(c.name == key)).scalar()
        return float(found or time.time())

    def check(self) -> bool:
        """Whether the database answers."""
        with self._db.read() as conn:
            return conn.execute(select(1)).scalar() == 1

    def reset(self) -> int | None:
        """Forget every name; returns how many rows that were."""
        with self._write() as conn:
            return conn.execute(delete(request_count)).rowcount

    def clear(self, key: str) -> None:
        """Forget a name."""
        with self._write() as conn:
            conn.execute(delete(request_count).where(request_count.c.name == key))

    def _raise(
        self, conn: Connection, key: str, expiry: int, amount: int, room: int | None, now: float
    ) -> bool:
        """Add to this window's row; whether it stays within `room`, whatever others add."""
        window = int(now / expiry)
        row = {"name": key, "window": window, "hits": amount, "until": (window + 2) * expiry}
        raised = request_count.c.hits + amount
        made = self._insert(request_count).values(row)
        made = made.on_conflict_do_update(
            index_elements=["name", "window"],
            set_={"hits": raised},
            where=None if room is None else raised <= room,
        )
        return conn.execute(made.returning(request_count.c.hits)).first() is not None

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """A transaction that need not survive a power cut, so nobody waits for the disk."""
        with self._db.write() as conn:
            if not self._db.is_sqlite:
                conn.execute(text("SET LOCAL synchronous_commit TO OFF"))
            yield conn


def _counts(conn: Connection, key: str, expiry: int, now: float) -> tuple[int, float, int, float]:
    window, c = int(now / expiry), request_count.c
    rows = conn.execute(
        select(c.window, c.hits).where(c.name == key, c.window.in_((window - 1, window)))
    )
    hits = {row.window: row.hits for row in rows}
    left = (window + 1) * expiry - now
    return hits.get(window - 1, 0), left, hits.get(window, 0), left + expiry


def prune(conn: Connection, *, now: int) -> None:
    """Remove counts whose windows are over."""
    conn.execute(delete(request_count).where(request_count.c.until <= now))


def shared(settings: Settings, db: Database) -> Storage | None:
    """The storage that the web processes of these settings share; None if there is one process."""
    if settings.broker.startswith(("redis://", "rediss://")):
        return RedisStorage(
            settings.broker,
            key_prefix=PREFIX,
            wrap_exceptions=True,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
        )
    if settings.broker.startswith("memory") and db.is_sqlite:
        return None
    return TableStorage(db, wrap_exceptions=True)


class Counter:
    """Counts where all processes see it; in the memory of this one while that place is away.

    A hit that is refused is not counted (with the library's fixed window it would be), so whoever
    waits as told gets in.
    """

    def __init__(self, storage: Storage | None = None) -> None:
        self.is_shared = storage is not None
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = None if storage is None else SlidingWindowCounterRateLimiter(storage)
        self._away_until = 0.0

    def hit(self, item: RateLimitItem, name: str) -> tuple[bool, WindowStats]:
        """Count one hit of a name; whether it passed, and how the name's window stands."""
        return self._ask(lambda limiter: (limiter.hit(item, name), _stats(limiter, item, name)))

    def stats(self, item: RateLimitItem, name: str) -> WindowStats:
        """How a name's window stands; counts nothing."""
        return self._ask(lambda limiter: _stats(limiter, item, name))

    def _ask(self, what: Callable[[SlidingWindowCounterRateLimiter], T]) -> T:
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                return what(self._shared)
            except CountsLostError as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                kind = type(error.__cause__).__name__
                _log.warning("limits are counted by each process alone for a while: %s", kind)
        return what(self._own)


def _stats(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, name: str) -> WindowStats:
    return limiter.get_window_stats(item, name)
