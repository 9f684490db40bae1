"""Counts that processes share: in Redis, in our table, in memory while both are away."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import SlidingWindowCounterRateLimiter
from sqlalchemy import select

from tests.conftest import BROKER
from trust.database import Database
from trust.settings import Settings
from web import counts
from web.counts import Counter, TableStorage
from web.tables import request_count
from web.throttle import RULES, Throttle

ITEM = RateLimitItemPerSecond(5, 60, "test")


@pytest.fixture(params=["memory", "table", "broker"])
def storage(request: pytest.FixtureRequest, db: Database, settings: Settings) -> Iterator[Storage]:
    if request.param == "memory":
        yield MemoryStorage()
        return
    made = TableStorage(db, wrap_exceptions=True)
    if request.param == "broker":
        if BROKER != "redis":
            pytest.skip("set SAKSHI_TEST_BROKER=redis")
        found = counts.shared(settings, db)
        assert isinstance(found, RedisStorage)
        yield found
        return
    yield made


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The beginning of a window, for storages that take the time from this process."""
    begin = 60.0 * (int(time.time()) // 60 + 1) + 1
    monkeypatch.setattr(time, "time", lambda: begin)


def test_processes_count_together_and_refusals_cost_nothing(storage: Storage) -> None:
    one, two = Counter(storage), Counter(storage)
    name = uuid.uuid4().hex
    passed = [counter.hit(ITEM, name)[0] for counter in (one, two) * 10]
    assert sum(passed) in (5, 6), "a window may end in the middle"
    assert not passed[-1]
    assert one.hit(ITEM, f"{name}y")[0], "each name for itself"


def test_the_table_counts_like_the_library(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Window by window the same verdicts as the library's own storage in memory."""
    begin = 60.0 * (int(time.time()) // 60)
    clock = begin
    monkeypatch.setattr(time, "time", lambda: clock)
    ours = SlidingWindowCounterRateLimiter(TableStorage(db))
    theirs = SlidingWindowCounterRateLimiter(MemoryStorage())
    for step in (1, 2, 10, 3, 40, 1, 1, 7, 20, 30, 5, 5, 60, 59, 2, 1, 100, 1):
        clock += step
        for _ in range(3):
            assert ours.hit(ITEM, "n") == theirs.hit(ITEM, "n"), clock - begin
            mine, other = ours.get_window_stats(ITEM, "n"), theirs.get_window_stats(ITEM, "n")
            assert mine.remaining == other.remaining


def test_no_more_pass_at_once_than_may(db: Database, still: None) -> None:
    counter = Counter(TableStorage(db))
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: counter.hit(ITEM, "x")[0], range(40)))
    assert sum(passed) == 5


def test_rows_hold_no_address_and_end(db: Database, settings: Settings) -> None:
    throttle = Throttle(secret=settings.session_secret, storage=TableStorage(db))
    throttle.count(RULES[0], "address 192.0.2.7")
    with db.write() as conn:
        (row,) = conn.execute(select(request_count)).all()
        assert "192.0.2.7" not in row.name and "address" not in row.name
        counts.prune(conn, now=row.until - 1)
        assert conn.execute(select(request_count)).first() is not None
        counts.prune(conn, now=row.until)
        assert conn.execute(select(request_count)).first() is None
    assert row.until - time.time() <= 2 * RULES[0].seconds


def test_a_storage_that_is_away_is_missed_by_nobody() -> None:
    lost = RedisStorage("redis://127.0.0.1:1/0", wrap_exceptions=True, socket_connect_timeout=0.2)
    counter = Counter(lost)
    assert [counter.hit(ITEM, "x")[0] for _ in range(8)].count(True) in (5, 6)


@pytest.mark.parametrize(
    ("broker", "kind"),
    [("redis://127.0.0.1:6379/9", RedisStorage), ("amqp://somewhere//", TableStorage)],
)
def test_which_is_where(db: Database, settings: Settings, broker: str, kind: Any) -> None:
    import dataclasses

    found = counts.shared(dataclasses.replace(settings, broker=broker), db)
    assert isinstance(found, kind)
    alone = counts.shared(dataclasses.replace(settings, broker="memory://"), db)
    assert (alone is None) == db.is_sqlite
