"""Many small logs: one publication of each, and single entries with their receipts.

1,000 society logs (`SAKSHI_BENCH_LOGS` asks for another number; the target is 15,000 in 20 s), each
with one new entry, published in rounds, each round cosigned by a witness of our own. Then single
entries at a steady 500 a second (`SAKSHI_BENCH_RATE`) over 1,000 of these logs: until the append
is durable, and until a published head with that witness's cosignature covers it. Targets: p99 under
250 ms and under 2 s.
"""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import text

from audit.witness import keys
from bench.log import vouchers
from bench.state import fresh_state
from bench.table import Row, quantile
from bench.witness import witness
from trust.formats import origins
from trust.log import lineage
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.log.publish import publisher
from trust.log.runtime import Runtime
from trust.log.witnesses import witnesspolicy
from web.serve import stay_on_one_core

LOGS = int(os.environ.get("SAKSHI_BENCH_LOGS", "1000"))
RATE = int(os.environ.get("SAKSHI_BENCH_RATE", "500"))
SECONDS = 8
WRITERS = 32
COSIGNED = text(
    "SELECT MAX(p.size) FROM log_publication p JOIN log_cosignature c"
    " ON c.log_id = p.log_id AND c.size = p.size"
)
ADMITTED = text(
    "SELECT log.origin, a.size FROM log_admission a JOIN log ON log.id = a.log_id"
    " WHERE a.state_index >= :since AND a.state_index < :upto"
)
"""Heads under the newest published state head that our own witness cosigned; new ones only, so
that watching costs little."""
GRACE = 60.0
"""Seconds after the last append that heads are waited for."""


def opened(rt: Runtime, items: list[NewEntry]) -> list[str]:
    """The logs, each with one entry that no head covers yet."""
    now = rt.clock()
    year = origins.financial_year(now)
    made = [origins.coop_origin(rt.host, f"s{n}", year) for n in range(LOGS)]
    for at in range(0, LOGS, 500):
        with rt.db.write() as conn:
            for origin in made[at : at + 500]:
                logs.open_log(conn, origin, now=now)
                logs.append(conn, origin, [items.pop()], now=now)
    return made


class Steady:
    """Appends at a steady rate, whoever is slow; each entry's two waits."""

    def __init__(self, rt: Runtime, logs: list[str], items: list[NewEntry]) -> None:
        self._rt, self._logs, self._items = rt, logs, items
        self.acknowledged: list[float] = []
        self.covered: list[float] = []
        self._due: queue.Queue[tuple[float, int] | None] = queue.Queue()
        self._waiting: dict[tuple[str, int], float] = {}
        self._lock = threading.Lock()

    def run(self) -> float:
        """All of it; returns the rate reached."""
        writers = [threading.Thread(target=self._write) for _ in range(WRITERS)]
        for thread in writers:
            thread.start()
        begun = time.perf_counter()
        for number in range(len(self._items)):
            due = begun + number / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            self._due.put((due, number))
        for _ in writers:
            self._due.put(None)
        for thread in writers:
            thread.join()
        taken = time.perf_counter() - begun
        self._until(lambda: not self._waiting, time.perf_counter() + GRACE)
        return len(self._items) / taken

    def _write(self) -> None:
        while (job := self._due.get()) is not None:
            due, number = job
            origin = self._logs[number * 7919 % len(self._logs)]
            (done,) = self._append(origin, self._items[number]).result()
            self.acknowledged.append(time.perf_counter() - due)
            self._expect(done, due)

    def _append(self, origin: str, item: NewEntry) -> "Future[list[Sequenced]]":
        """As a ballot is sealed: what comes together shares one durable transaction."""
        return self._rt.commits.submit(
            lambda conn: logs.append(conn, origin, [item], now=self._rt.clock()), order=origin
        )

    def _expect(self, done: Sequenced, due: float) -> None:
        with self._lock:
            self._waiting[done.origin, done.index] = due
        self._rt.publisher.request([done.origin])

    def _until(self, satisfied: Callable[[], bool], deadline: float) -> None:
        while not satisfied() and time.perf_counter() < deadline:
            time.sleep(0.05)

    def watch(self, stop: threading.Event) -> None:
        """Note when heads cover the entries; every 100 ms, so a wait may read that much longer."""
        sizes: dict[str, int] = {}
        since = 0
        while not stop.wait(0.1):
            with self._rt.db.read() as conn:
                upto = conn.execute(COSIGNED).scalar() or 0
                for row in conn.execute(ADMITTED, {"since": since, "upto": upto}):
                    sizes[row.origin] = max(row.size, sizes.get(row.origin, 0))
            since = upto
            now = time.perf_counter()
            with self._lock:
                done = [key for key in self._waiting if sizes.get(key[0], 0) > key[1]]
                self.covered += [now - self._waiting.pop(key) for key in done]


@contextmanager
def own_witness(rt: Runtime) -> Iterator[None]:
    """A witness of the state log as a process of its own, asked for every head from now on."""
    with rt.db.read() as conn:
        vkey = rt.signer.vkey(lineage.current_state(conn, rt.host, rt.clock()))
    folder = rt.settings.home / "witness"
    folder.mkdir()
    with witness(folder, [vkey]) as (_, port):
        (key,) = keys.load(folder / "witness.key").public()
        policy = folder / "policy"
        policy.write_text(f"witness own {key.format()} http://127.0.0.1:{port}\nquorum none\n")
        settings = replace(rt.settings, witness_policy=str(policy), witness_own="own")
        with rt.db.write() as conn:
            witnesspolicy.adopt(conn, settings, now=rt.clock())
        yield


def publish_all(rt: Runtime, made: list[str]) -> float:
    """One publication of each log; returns the seconds."""
    begun = time.perf_counter()
    for at in range(0, len(made), publisher.AT_ONCE):
        some = made[at : at + publisher.AT_ONCE]
        if len(rt.publish(some)) != len(some):
            raise RuntimeError("a log has no head")
    return time.perf_counter() - begun


def again(rt: Runtime, made: list[str], items: list[NewEntry]) -> float:
    """One more entry in each log and one more publication; returns its seconds."""
    for at in range(0, len(made), 500):
        with rt.db.write() as conn:
            for origin in made[at : at + 500]:
                logs.append(conn, origin, [items.pop()], now=rt.clock())
    return publish_all(rt, made)


def run() -> list[Row]:
    """Measure."""
    items = vouchers(2 * LOGS + RATE * SECONDS)
    with fresh_state() as rt, own_witness(rt):
        # As the embedded server does; signer and witness run already and keep both cores.
        stay_on_one_core()
        made = opened(rt, items)
        first, then = publish_all(rt, made), again(rt, made, items)
        steady = Steady(rt, made[:1000], items)
        stop = threading.Event()
        watcher = threading.Thread(target=steady.watch, args=(stop,))
        watcher.start()
        rate = steady.run()
        stop.set()
        watcher.join()
    missing = len(items) - len(steady.covered)
    rows = [
        Row(
            f"{LOGS:,} new logs, their keys and first heads published",
            first,
            "s",
            f"{LOGS / first:,.0f} logs/s",
        ),
        Row(
            f"{LOGS:,} logs, one publication each",
            then,
            "s",
            f"{LOGS / then:,.0f} logs/s; target 750 (15,000 in 20 s)",
        ),
        Row("single appends over 1,000 logs", rate, "1/s", f"asked for {RATE}"),
    ]
    for name, waits, target in (
        ("durable", steady.acknowledged, 250),
        ("under a published head with our own witness", steady.covered, 2000),
    ):
        some = [wait * 1000 for wait in waits]
        rows.append(Row(f"until {name}, p50", quantile(some, 0.5), "ms"))
        rows.append(Row(f"until {name}, p99", quantile(some, 0.99), "ms", f"target {target:,}"))
    if missing:
        rows.append(Row("not covered a minute later", missing, "entries", "should be none"))
    return rows
